--- The prompt: reads inputs with line editing and history, shows their values.
-- What an input means is visage.repl.eval's business.
local eval = require "visage.repl.eval"
local line = require "visage.core.line"
local show = require "visage.repl.show"
local system = require "visage.system"

local repl = {}

local PRIVATE_FOLDER <const> = 448 -- 0700

local BANNER = [[
visage %s, %s. An expression's value is printed unless it ends with `;`, and is
kept in `_`. A `local` lasts for one input. Ctrl-C stops what runs, Ctrl-D leaves.
]]

-- $XDG_STATE_HOME/visage/history, or nil when its folder cannot be made: then
-- nothing is kept. libedit makes the file readable by the user alone.
local function history_path()
  local home = os.getenv "HOME"
  local state = os.getenv "XDG_STATE_HOME" or (home and home .. "/.local/state")
  if not state then return nil end
  local folder = state .. "/visage"
  return system.mkdir_p(folder, PRIVATE_FOLDER) and folder .. "/history" or nil
end

local function report(result)
  if result.status == "error" then
    io.stderr:write(result.text, "\n")
    if result.traceback then io.stderr:write(table.concat(result.traceback, "\n"), "\n") end
  elseif result.values.n > 0 and not result.silent then
    io.stdout:write(show.values(result.values), "\n")
  end
  io.stdout:flush()
end

-- Reads one input and runs it. False at the end of input.
local function step(editor, evaluator, history)
  local text, why = editor:read(evaluator.pending and ">> " or "> ")
  if not text then
    io.stdout:write("\n")
    evaluator:reset()
    return why == "interrupted"
  end
  local entry = evaluator.pending and evaluator.pending .. "\n" .. text or text
  local result = evaluator:feed(text)
  if result.status == "incomplete" then return true end
  if entry:find "%S" then
    editor:remember(entry)
    if history then editor:save(history) end
  end
  report(result)
  return true
end

--- Runs the prompt until Ctrl-D.
-- @tparam table env the globals of what is typed
-- @treturn integer exit status
function repl.run(env)
  local editor <close> = line.open()
  local evaluator = eval.new(env)
  local history = history_path()
  if history then editor:load(history) end
  io.stdout:write(BANNER:format(system.version, _VERSION))
  local more = true
  while more do
    -- A value's __tostring may fail, and Ctrl-C may come while it is shown.
    local ok, result = pcall(step, editor, evaluator, history)
    if ok then
      more = result
    else
      io.stderr:write(tostring(result), "\n")
    end
  end
  return 0
end

return repl
