--- What the readers of IJB's files share: fields of a line, columns by name,
-- templates by id, faults with their place.
local csv = require "visage.data.csv"
local lines = require "visage.data.lines"

local fields = {}

--- A fault of a file: nil, text, code.
-- @tparam string path
-- @tparam integer line
-- @tparam string format as string.format's
function fields.fault(path, line, format, ...)
  return nil, ("%s:%d: " .. format):format(path, line, ...), "FORMAT"
end

--- The fields of a line of a list: between tabs where there are some, else blanks.
-- @tparam string text
-- @treturn {string,...}
function fields.split(text)
  local list = {}
  for field in text:gmatch(text:find("\t", 1, true) and "[^\t]+" or "%S+") do
    list[#list + 1] = field
  end
  return list
end

-- The fields of a line of CSV; quoted ones are rare and go the long way.
local function cells(text)
  if text:find('"', 1, true) then
    local rows, why = csv.parse(text)
    return rows and rows[1], why
  end
  local list = {}
  for cell in (text .. ","):gmatch "([^,]*)," do list[#list + 1] = cell end
  return list
end

-- Places of the wanted columns by their first names.
local function places_of(header, wanted, path)
  local at, places = {}, {}
  for i, name in ipairs(header) do at[name:upper()] = i end
  for _, names in ipairs(wanted) do
    for _, name in ipairs(names) do places[names[1]] = places[names[1]] or at[name] end
    if not places[names[1]] then
      return nil, ("%s: no column %s; there are %s"):format(path,
        table.concat(names, " or "), table.concat(header, ", ")), "FORMAT"
    end
  end
  return places
end

--- Reads a CSV row by row; NIST's lists of probes have 34 columns and half a million
-- rows, of which few are wanted.
-- @tparam string path
-- @tparam {table,...} wanted { column, another name of it, ... }
-- @tparam function visit of values by the columns' first names and the line; may return
-- nil, text, code
-- @treturn boolean true, or nil, text, code
function fields.rows(path, wanted, visit)
  local each, why, code = lines.each(path)
  if not each then return nil, why, code end
  local header, width = nil, 0
  for text, line in each do
    local row, fault = cells(text)
    if not row then return fields.fault(path, line, "%s", fault) end
    if not header then
      header, why, code = places_of(row, wanted, path)
      if not header then return nil, why, code end
      width = #row
    elseif #row ~= width then
      return fields.fault(path, line, "%d fields, the header has %d", #row, width)
    else
      local values = {}
      for name, place in pairs(header) do values[name] = row[place] end
      local ok, text_, code_ = visit(values, line)
      if not ok then return nil, text_, code_ end
    end
  end
  if not header then return nil, path .. ": no header line", "FORMAT" end
  return true
end

--- A whole number from its digits.
-- @tparam string text
-- @treturn ?integer
function fields.id(text)
  return text:find "^%d+$" and math.tointeger(tonumber(text)) or nil
end

--- The template of an id, made where there is none.
-- @tparam table p the protocol
-- @tparam integer id
-- @treturn table
-- @treturn integer its place
function fields.template(p, id)
  local row = p.row_of[id]
  if not row then
    row = #p.templates + 1
    p.row_of[id] = row
    p.templates[row] = { id = id, faces = {}, media = {} }
  end
  return p.templates[row], row
end

--- A path that stays below the folder of the photos.
-- @tparam string name
-- @treturn boolean
function fields.is_below(name)
  return name ~= "" and name:sub(1, 1) ~= "/" and not name:find("\0", 1, true)
    and not ("/" .. name .. "/"):find("/../", 1, true)
end

--- Puts a template into a gallery or among the probes, once however many lines name
-- it, and says whose it is.
-- @tparam table list with path, rows and place (empty at first)
-- @tparam table template
-- @tparam integer row its place
-- @tparam string subject
-- @tparam integer line
-- @treturn boolean true, or nil, text, code
function fields.enter(list, template, row, subject, line)
  if template.subject and template.subject ~= subject then
    return fields.fault(list.path, line, "template %d is of subject %s, before it was of %s",
      template.id, subject, template.subject)
  end
  if template.list and template.list ~= list then
    return fields.fault(list.path, line, "template %d is in %s too", template.id,
      template.list.path)
  end
  if not template.list then list.rows[#list.rows + 1] = row end
  template.subject, template.list = subject, list
  return true
end

return fields
