--- Drives a program in a pseudo-terminal, as a person at a keyboard would.
local json = require "dkjson"
local system = require "visage.system"

local terminal = {}

--- Runs argv and goes through the steps: { expect = text [, seconds = 20] },
-- { send = text } or { wait = seconds }. Returns the exit status (99 when a text
-- did not come, or the program did not end) and all that was shown, without the
-- colours and moves of a terminal.
function terminal.run(argv, steps)
  local folder = assert(system.temp_dir())
  assert(system.write_file(folder .. "/steps.json", json.encode(steps)))
  local command = {
    "python3", system.root() .. "/spec/support/terminal.py", folder .. "/steps.json",
  }
  local _, text = assert(system.run(table.move(argv, 1, #argv, #command + 1, command)))
  system.remove_tree(folder)
  local status, shown = text:match "^(%-?%d+)\n(.*)$"
  shown = shown:gsub("\27%[[%d;?]*%a", ""):gsub("\r", "")
  return tonumber(status), shown
end

return terminal
