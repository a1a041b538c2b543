--- Lists of one thing a line: the one reader of them. A byte order mark, carriage
-- returns and blanks at the end of a line are no part of it; empty lines are left
-- out. What the lines mean is the caller's.
local system = require "visage.system"

local lines = {}

--- The lines of a text.
-- @tparam string text
-- @treturn {table,...} { text, line: its number from 1 on }
-- @usage lines.of("a\r\n\nb")[2].line --> 3
function lines.of(text)
  local list, number = {}, 0
  for line in (text:gsub("^\xEF\xBB\xBF", "") .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    line = line:gsub("%s+$", "")
    if line ~= "" then list[#list + 1] = { text = line, line = number } end
  end
  return list
end

--- The lines of a file.
-- @tparam string path
-- @treturn {table,...} as of, or nil, text, code
function lines.read(path)
  local text, why, code = system.read_file(path)
  if not text then return nil, why, code end
  return lines.of(text)
end

--- The lines of a file one by one, for lists that are better not held at once.
-- @tparam string path
-- @treturn function for a `for`: text, its number; or nil, text, code
function lines.each(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, why, "IO" end
  local number = 0
  return function()
    for line in file:lines() do
      number = number + 1
      if number == 1 then line = line:gsub("^\xEF\xBB\xBF", "") end
      line = line:gsub("%s+$", "")
      if line ~= "" then return line, number end
    end
    file:close()
  end
end

--- Lines that came before.
-- @tparam {table,...} list of read
-- @treturn {table,...} { text, line, first: the line that has it first }
function lines.repeated(list)
  local first, again = {}, {}
  for _, one in ipairs(list) do
    if first[one.text] then
      again[#again + 1] = { text = one.text, line = one.line, first = first[one.text] }
    end
    first[one.text] = first[one.text] or one.line
  end
  return again
end

return lines
