--- What is said of an error that nothing caught: its text and where it came
-- from, without the frames of the program itself. Scripts, `-e`, the REPL and
-- notebooks say the same.
local errors = {}

-- A traceback as lines, down to the chunk that errors.call was given.
local function own_frames(trace)
  local list = {}
  for line in trace:gmatch "[^\n]+" do
    if line:find "repl/errors%.lua:%d+: in " and list[#list]:find "'xpcall'$" then
      list[#list] = nil
      break
    end
    list[#list + 1] = line
  end
  return list
end

local function text_of(value)
  if type(value) == "string" or type(value) == "number" then return tostring(value), true end
  local meta = getmetatable(value)
  if meta and meta.__tostring then return tostring(value), false end
  return ("(error object is a %s value)"):format(type(value)), true
end

--- True for the error that Ctrl-C raises.
-- @param value an error's value or text
-- @treturn boolean
function errors.interrupted(value)
  return type(value) == "string" and value:find "interrupted!$" ~= nil
end

--- Calls f(...) and reports what goes wrong.
-- @tparam function f
-- @treturn boolean true and f's results, or false and a table {value = what was raised,
-- text = in words, traceback = lines or nil, interrupted = boolean}
function errors.call(f, ...)
  local function handler(value)
    local text, traced = text_of(value)
    return {
      value = value, text = text, interrupted = errors.interrupted(value),
      traceback = traced and own_frames(debug.traceback("", 2)) or nil,
    }
  end
  return xpcall(f, handler, ...)
end

--- The report of errors.call as one text, as `lua` would print it.
-- @tparam table report
-- @treturn string
function errors.text(report)
  if not report.traceback then return report.text end
  return report.text .. "\n" .. table.concat(report.traceback, "\n")
end

return errors
