--- The commands: one file each in lua/visage/commands, which returns { summary =
-- a line, run = function(arguments) -> exit status }.
local lfs = require "lfs"
local system = require "visage.system"

local commands = {}

local function folder()
  return system.root() .. "/lua/visage/commands/"
end

--- The names of all commands, sorted.
-- @treturn {string,...}
function commands.names()
  local list = {}
  for file in lfs.dir(folder()) do list[#list + 1] = file:match "^(%w+)%.lua$" end
  table.sort(list)
  return list
end

-- How many letters must be added, taken away or changed (Levenshtein 1966).
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local corner = row[0]
    row[0] = i
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j) and 0 or 1
      corner, row[j] = row[j], math.min(corner + same, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

local function unknown(name)
  local names = commands.names()
  local nearest, least = nil, math.huge
  for _, other in ipairs(names) do
    local d = distance(name, other)
    if d < least then nearest, least = other, d end
  end
  local near = least <= math.max(2, #name // 3)
  local hint = near and (" Did you mean '%s'?"):format(nearest) or ""
  return ("'%s' is neither a command nor a script (a path with a / or a .).%s\ncommands: %s")
    :format(name, hint, table.concat(names, ", "))
end

--- The command of that name.
-- @tparam string name
-- @treturn table {summary, run}, or nil and a text with the nearest name and all names
function commands.find(name)
  if lfs.attributes(folder() .. name .. ".lua", "mode") ~= "file" then
    return nil, unknown(name)
  end
  return require("visage.commands." .. name)
end

--- What a command's file says of it at its head.
-- @tparam string name of a command that there is
-- @treturn string
function commands.describe(name)
  local lines = {}
  for line in io.lines(folder() .. name .. ".lua") do
    local text = line:match "^%-%-%-? ?(.*)"
    if not text then break end
    lines[#lines + 1] = text
  end
  return table.concat(lines, "\n")
end

return commands
