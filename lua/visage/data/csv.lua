--- Comma-separated values, RFC 4180, with the blanks after commas that
-- VGGFace2's files have: `n000003, "Anne,_Princess_Royal", 205, 1, f`. A byte
-- order mark before the first is no part of it.
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

-- The row that begins at `at`, and where the next does; nil, text.
local function row_at(text, at, options)
  local row = {}
  while true do
    if not options.keep_space then at = text:match("^ *()", at) end
    local value, stop = field(text, at, options.name)
    if not value then return nil, stop end
    row[#row + 1] = value
    if text:byte(stop) ~= 44 then return row, text:match("^\r?\n?()", stop) end
    at = stop + 1
  end
end

--- Splits a text into rows of strings; empty lines are left out.
-- @tparam string text
-- @tparam[opt] table options name (for messages), keep_space: blanks after a
-- comma belong to the value (they do not by default)
-- @treturn {{string,...},...} rows, or nil, text, code
-- @treturn {integer,...} the line where each row begins
-- @usage csv.parse('a, "b, c"\n')[1][2] --> "b, c"
function csv.parse(text, options)
  options = {
    name = options and options.name or "csv", keep_space = options and options.keep_space,
  }
  local rows, starts, line = {}, {}, 1
  local at = text:find("^\xEF\xBB\xBF") and 4 or 1
  while at <= #text do
    local row, stop = row_at(text, at, options)
    if not row then return nil, stop, "FORMAT" end
    if #row > 1 or row[1] ~= "" then
      rows[#rows + 1], starts[#starts + 1] = row, line
    end
    local _, ends = text:sub(at, stop - 1):gsub("\n", "")
    line, at = line + ends, stop
  end
  return rows, starts
end

--- Reads a file whose first row names the columns.
-- @tparam string path
-- @tparam[opt] table options as for parse
-- @treturn {table,...} records, column name to string, or nil, text, code
-- @treturn {string,...} the columns in order
-- @treturn {integer,...} the line where each record begins
function csv.read(path, options)
  local text, why, code = system.read_file(path)
  if not text then return nil, why, code end
  local rows, starts, kind = csv.parse(text, {
    name = path, keep_space = options and options.keep_space,
  })
  if not rows then return nil, starts, kind end
  local columns = table.remove(rows, 1)
  if not columns then return nil, path .. ": no header line", "FORMAT" end
  table.remove(starts, 1)
  for i, row in ipairs(rows) do
    if #row ~= #columns then
      return nil, ("%s:%d: %d fields, the header has %d"):format(path, starts[i], #row,
        #columns), "FORMAT"
    end
    local record = {}
    for c, column in ipairs(columns) do record[column] = row[c] end
    rows[i] = record
  end
  return rows, columns, starts
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
