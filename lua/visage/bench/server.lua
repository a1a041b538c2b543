--- The other side of visage.bench.peer: what a measured program that is ours answers.
local dkjson = require "dkjson"
local system = require "visage.system"

local server = {}

-- A work, ready and warm, and what to answer.
local function prepare(works, job)
  local open = works[job.work] or error(("there is no work '%s'"):format(job.work), 0)
  local work = open(job)
  local started = system.clock()
  repeat work.run() until system.clock() - started > (job.warm or 0)
  if work.save then work.save(job.output) end
  return work, { ok = true, about = work.about }
end

local function time(work, seconds)
  local started, cpu, runs = system.clock(), os.clock(), 0
  repeat
    work.run()
    runs = runs + 1
  until system.clock() - started >= seconds
  local taken, used = system.clock() - started, os.clock() - cpu
  return {
    ok = true, runs = runs, seconds = taken, cpu = not work.starts and used or nil,
    parts = work.parts and work.parts(),
  }
end

--- Answers requests until its input ends.
-- @tparam table works name -> function(job) -> { run = function(), save =
-- function(path) or nil: writes what the last run computed, about = text, parts =
-- function() or nil: the seconds of a run by part; starts: true when the time is
-- that of programs that it starts }; it raises when it cannot
function server.serve(works)
  local work
  for line in io.lines() do
    local request = dkjson.decode(line)
    local ok, answer = pcall(function()
      if request["do"] == "time" then return time(work, request.seconds) end
      local reply
      work, reply = prepare(works, request)
      return reply
    end)
    if not ok then answer = { ok = false, error = tostring(answer) } end
    io.write(dkjson.encode(answer), "\n")
    io.flush()
  end
end

return server
