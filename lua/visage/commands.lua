--- The commands: one file each in lua/visage/commands, which returns { summary =
-- a line, run = function(arguments) -> exit status }.
local lfs = require "lfs"
local named = require "visage.options"
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

local function unknown(name)
  local names = commands.names()
  local sorted, far = named.nearest(name, names)
  local near = far[1] <= math.max(2, #name // 3)
  local hint = near and (" Did you mean '%s'?"):format(sorted[1]) or ""
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
