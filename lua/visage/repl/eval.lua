--- The evaluator behind the REPL, notebooks and the kernel. It does no input or
-- output: text goes in, a result comes out.
--
-- An input is an expression, whose values are the result, or statements. As in
-- `lua`, each input is a chunk of its own, so a `local` ends with it.
local errors = require "visage.repl.errors"

local eval = {}

-- Lua says that more text could still make it right.
local function is_incomplete(text)
  return text:find "<eof>$" ~= nil
end

-- True when the last sign of an expression is `;` (and not the end of a
-- comment): then nothing may follow it.
local function ends_silent(text)
  return text:find ";%s*$" ~= nil and not load("return " .. text .. "\n, nil")
end

-- A function, "silent" or "shown"; or nil, a text, and whether it is incomplete.
local function compile(text, name, env)
  local expression = text:gsub("^%s*=", "")
  local chunk, why = load("return " .. expression, name, "t", env)
  if chunk then return chunk, ends_silent(expression) and "silent" or "shown" end
  local statements, fault = load(text, name, "t", env)
  if statements then return statements, "shown" end
  return nil, expression == text and fault or why, is_incomplete(why) or is_incomplete(fault)
end

--- Whether a text could be run as it is, without running it.
-- @tparam string text
-- @treturn string "complete", "incomplete" or "invalid"
function eval.check(text)
  local chunk, _, incomplete = compile(text, "=check", {})
  return chunk and "complete" or incomplete and "incomplete" or "invalid"
end

--- Takes the next line or block of an input.
-- @tparam string text joined to what came before when that was incomplete
-- @treturn table {status = "incomplete" | "ok" | "error"}; with "ok" values (as
-- table.pack gives them) and silent (the input ended with `;`); with "error" text,
-- traceback (lines, or nil for a syntax error) and interrupted (by Ctrl-C)
function eval:feed(text)
  if self.pending then text = self.pending .. "\n" .. text end
  self.pending = nil
  local chunk, how, incomplete = compile(text, self.name, self.env)
  if incomplete then
    self.pending = text
    return { status = "incomplete" }
  elseif not chunk then
    return { status = "error", text = how, interrupted = false }
  end
  local values = table.pack(errors.call(chunk))
  if not values[1] then
    local report = values[2]
    report.status = "error"
    return report
  end
  values = table.pack(table.unpack(values, 2, values.n))
  if values[1] ~= nil then self.env._ = values[1] end
  return { status = "ok", values = values, silent = how == "silent" }
end

--- Forgets an input that was incomplete.
function eval:reset()
  self.pending = nil
end

--- A new evaluator.
-- @tparam table env the globals of what runs; `_` in it becomes the last result
-- @tparam[opt="stdin"] string name what errors call the input, as in "stdin:1:"
-- @treturn table with feed and reset; field pending: the incomplete input so far
-- @usage local e = eval.new(_G)
-- print(e:feed("1 + 1").values[1]) --> 2
function eval.new(env, name)
  return setmetatable({ env = env, name = "=" .. (name or "stdin") }, { __index = eval })
end

return eval
