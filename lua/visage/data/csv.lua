--- Comma-separated values, RFC 4180, with the blanks after commas that
-- VGGFace2's files have: `n000003, "Anne,_Princess_Royal", 205, 1, f`.
local system = require "visage.system"

local csv = {}

local function line_of(text, at)
  local _, lines = text:sub(1, at):gsub("\n", "")
  return lines + 1
end

-- The quoted field that opens at `at`: its value and where it ends; nil when
-- the closing quote is missing. Two quotes inside stand for one.
local function quoted(text, at)
  local from = at + 1
  while true do
    local close = text:find('"', from, true)
    if not close then return nil end
    if text:byte(close + 1) ~= 34 then
      return text:sub(at + 1, close - 1):gsub('""', '"'), close + 1
    end
    from = close + 2
  end
end

-- One field from `at`: its value and the position after it.
local function field(text, at, name)
  if text:byte(at) ~= 34 then
    local stop = text:find("[,\r\n]", at) or #text + 1
    return text:sub(at, stop - 1), stop
  end
  local value, stop = quoted(text, at)
  if not value then
    return nil, ("%s:%d: a quote is not closed"):format(name, line_of(text, at))
  end
  if not text:find("^[,\r\n]", stop) and stop <= #text then
    return nil, ("%s:%d: text after a closing quote"):format(name,
      line_of(text, stop))
  end
  return value, stop
end

--- Splits a text into rows of strings; empty lines are left out.
-- @tparam string text
-- @tparam[opt] table options name (for messages), keep_space: blanks after a
-- comma belong to the value (they do not by default)
-- @treturn {{string,...},...} rows, or nil, text, code
-- @usage csv.parse('a, "b, c"\n')[1][2] --> "b, c"
function csv.parse(text, options)
  options = options or {}
  local name = options.name or "csv"
  local rows, row, at = {}, {}, 1
  while at <= #text do
    if not options.keep_space then at = text:match("^ *()", at) end
    local value, stop = field(text, at, name)
    if not value then return nil, stop, "FORMAT" end
    row[#row + 1] = value
    at = stop
    if text:byte(at) == 44 then
      at = at + 1
      if at > #text then row[#row + 1] = "" end
    else
      at = text:match("^\r?\n?()", at)
      if #row > 1 or row[1] ~= "" then rows[#rows + 1] = row end
      row = {}
    end
  end
  if row[1] then rows[#rows + 1] = row end
  return rows
end

--- Reads a file whose first row names the columns.
-- @tparam string path
-- @tparam[opt] table options as for parse
-- @treturn {table,...} records, column name to string, or nil, text, code
-- @treturn {string,...} the columns in order
function csv.read(path, options)
  local text, why, code = system.read_file(path)
  if not text then return nil, why, code end
  local rows, fault, kind = csv.parse(text, {
    name = path, keep_space = options and options.keep_space,
  })
  if not rows then return nil, fault, kind end
  local columns = table.remove(rows, 1)
  if not columns then return nil, path .. ": no header line", "FORMAT" end
  for i, row in ipairs(rows) do
    if #row ~= #columns then
      return nil, ("%s: row %d has %d fields, the header has %d"):format(path,
        i, #row, #columns), "FORMAT"
    end
    local record = {}
    for c, column in ipairs(columns) do record[column] = row[c] end
    rows[i] = record
  end
  return rows, columns
end

-- The shortest digits that read back as the same double.
local function number(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  if value ~= value then return "nan" end
  if value - value ~= 0 then return value > 0 and "inf" or "-inf" end
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then return text end
  end
end

local function cell(value)
  if value == nil then return "" end
  if type(value) == "number" then return number(value) end
  local text = tostring(value)
  if not text:find('[,"\r\n]') and not text:find("^ ") then return text end
  return '"' .. text:gsub('"', '""') .. '"'
end

--- A row as a line of a file, its end included.
-- @tparam table row values by column, as in format
-- @tparam integer width how many columns
-- @treturn string
function csv.line(row, width)
  local cells = {}
  for c = 1, width do cells[c] = cell(row[c]) end
  return table.concat(cells, ",") .. "\n"
end

--- Writes rows under a header line; nil is an empty field, a number gets as
-- many digits as it takes to read back the same.
-- @tparam {string,...} columns
-- @tparam {table,...} rows lists of #columns values
-- @treturn string
function csv.format(columns, rows)
  local lines = { csv.line(columns, #columns) }
  for i, row in ipairs(rows) do lines[i + 1] = csv.line(row, #columns) end
  return table.concat(lines)
end

return csv
