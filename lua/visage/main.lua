--- What the command line means: a command, a script, `-e`, or the REPL.
-- A first word with no `/` and no `.` is a command; anything else is a script,
-- run exactly as `lua` would run it. Called once by core/lua/main.c.

local function report(text)
  io.stderr:write("visage: ", tostring(text), "\n")
  return 1
end

local function traceback(text)
  return debug.traceback(text, 2)
end

--- Runs the script argv[1] with the arguments after it in `arg` and `...`.
local function run_script(argv)
  local script = argv[1]
  arg = {}
  for i = 0, #argv do arg[i - 1] = argv[i] end
  local chunk, text = loadfile(script ~= "-" and script or nil)
  if not chunk then return report(text) end
  local ok, why = xpcall(chunk, traceback, table.unpack(arg))
  if not ok then return report(why) end
  return 0
end

return function(argv)
  if not argv[1] then return report("the REPL is not here yet") end
  return run_script(argv)
end
