--- `visage help [COMMAND]`: what visage can do, or what one command does.
local commands = require "visage.commands"

local USAGE = [[
usage: visage [options] [script | command] [arguments]

  script       a Lua file (a path with a / or a .), or - for standard input
  command      one of those below
  (neither)    a prompt on a terminal, else a script from standard input

  -e CODE      run Lua code first; may be repeated
  -i           open the prompt afterwards
  -v, --version
  -h, --help
  --           what follows is no option

commands:
]]

local function run(arguments)
  local name = arguments[1]
  if not name then
    io.write(USAGE)
    for _, other in ipairs(commands.names()) do
      io.write(("  %-12s %s\n"):format(other, commands.find(other).summary))
    end
    return 0
  end
  local command, text = commands.find(name)
  if not command then
    io.stderr:write("visage: ", text, "\n")
    return 2
  end
  io.write(commands.describe(name), "\n")
  return 0
end

return { summary = "what visage can do, or what one command does", run = run }
