--- A program that is measured, as a child process: a framework's in Python, or our own.
-- Requests and answers are lines of JSON on its standard input and output:
--
--     {"do":"prepare","work":"network",...,"warm":0.5,"output":"y.npy"}
--         gets everything ready, runs once and `warm` seconds longer, and writes what it
--         computed to `output`; answers {"ok":true,"about":"who and in which mode"}
--     {"do":"time","seconds":2}
--         runs for about so long, once at least; answers
--         {"ok":true,"runs":N,"seconds":S,"cpu":T,"parts":{"decode":0.1,...}}, T the
--         processor seconds that it took itself; parts: the seconds of a run; both may be
--         missing
--
-- What cannot be is answered by {"ok":false,"error":"..."}. The end of its input ends it.
local dkjson = require "dkjson"
local system = require "visage.system"

local peer = {}
peer.__index = peer

--- Starts it.
-- @tparam {string,...} command
-- @treturn peer, or nil and a text
function peer.start(command)
  local process, text = system.start(command)
  if not process then return nil, text end
  return setmetatable({ process = process, command = command, rest = "" }, peer)
end

-- The next line of its output, or nil and a text.
local function line(self)
  while true do
    local text, rest = self.rest:match "^([^\n]*)\n(.*)$"
    if text then
      self.rest = rest
      return text
    end
    local piece, why = self.process:read()
    if why then return nil, why end
    if not piece then
      return nil, ("it ended, with status %s"):format(self.process:wait())
    end
    self.rest = self.rest .. piece
  end
end

--- Asks and waits for the answer.
-- @tparam table request plain data
-- @treturn table the answer, or nil and a text
function peer:ask(request)
  local ok, why = self.process:write(dkjson.encode(request) .. "\n")
  local text
  -- What it said before it ended tells more than that it can be asked no more.
  if ok then text, why = line(self) end
  if not text then return nil, why end
  local answer = dkjson.decode(text)
  if type(answer) ~= "table" then return nil, "no answer but: " .. text end
  if not answer.ok then return nil, tostring(answer.error) end
  return answer
end

--- Runs per second in one stretch of about so many seconds.
-- @tparam number seconds
-- @treturn number, or nil and a text
-- @treturn table the answer
function peer:rate(seconds)
  local answer, why = self:ask { ["do"] = "time", seconds = seconds }
  if not answer then return nil, why end
  if type(answer.runs) ~= "number" or type(answer.seconds) ~= "number"
      or not (answer.runs > 0 and answer.seconds > 0) then
    return nil, "an answer without runs and seconds"
  end
  return answer.runs / answer.seconds, answer
end

--- Ends it.
function peer:close()
  self.process:close()
end

peer.__close = peer.close

return peer
