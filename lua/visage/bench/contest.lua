--- Programs that do the same work, measured in turns (A B C A B C ...), each as a
-- process of its own that is ready and warm, so that what changes on the machine while
-- they are measured meets all of them.
local machine = require "visage.bench.machine"
local peer = require "visage.bench.peer"
local system = require "visage.system"

local contest = {}

-- How long a run is repeated before it is measured, in seconds, at most.
local WARM = 0.5

-- No program may be slowed by others' threads, nor by more of its own than asked for.
local VARIABLES = { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" }

-- What it says on standard error, where frameworks are talkative, goes to a file.
local function command_of(one, threads)
  local command = { "env" }
  for _, name in ipairs(VARIABLES) do command[#command + 1] = ("%s=%d"):format(name, threads) end
  local quiet = { "sh", "-c", 'log=$1; shift; exec "$@" 2>"$log"', "sh", one.output .. ".log" }
  table.move(quiet, 1, #quiet, #command + 1, command)
  return table.move(one.command, 1, #one.command, #command + 1, command)
end

-- The last that it said there tells why it ended.
local function last_words(one)
  local text = system.read_file(one.output .. ".log") or ""
  return text:match "([^\n]+)%s*$"
end

local function drop(one, why)
  local words = why:find "^it ended" and last_words(one)
  one.why, one.rates = words and why .. ": " .. words or why, nil
  if one.peer then one.peer:close() end
  one.peer = nil
end

-- Starts it and has it prepare; or says why it takes no part.
local function enter(one, work, o)
  if not one.command then return end
  local started = system.clock()
  local job = { ["do"] = "prepare", output = one.output, warm = math.min(WARM, o.seconds) }
  for key, value in pairs(work.job) do job[key] = value end
  local why, answer
  one.peer, why = peer.start(command_of(one, work.job.threads))
  if one.peer then answer, why = one.peer:ask(job) end
  if not answer then return drop(one, why) end
  one.about, one.prepared = answer.about, system.clock() - started
  one.rates = {}
end

-- One stretch; disturbed when others had more than half a processor meanwhile.
local function stretch(one, work, o)
  system.run { "sleep", tostring(o.pause) }
  local busy = machine.meter()
  local rate, answer = one.peer:rate(o.seconds)
  if not rate then return drop(one, answer) end
  one.rates[#one.rates + 1], one.parts = rate * work.units, answer.parts
  one.processors = answer.cpu and answer.cpu / answer.seconds
  return answer.cpu and not machine.is_idle(busy() - one.processors)
end

--- Measures a work.
-- @tparam table work job (what is asked of each: plain data with `work` and `threads`),
-- units (images or whatever one run does), check: function(ours, theirs),
-- paths of what the first contestant and another computed: the error, or nil and why
-- theirs is wrong; reference: a path in place of what the first one computed
-- @tparam {table,...} contestants ours first: { name, family, command or nil and why,
-- output: a path }; each gets about, error, prepared (seconds), parts, processors (that
-- it kept busy) and rates (units a second, one for each round), or why not; counts: its
-- output is right, else wrong says what it is
-- @tparam table o rounds, seconds (of each stretch), pause (seconds before each, in which
-- the threads of the one before may come to rest), say: function(contestant)
-- @treturn table stretches, disturbed: how many there were, in how many others ran too
function contest.run(work, contestants, o)
  local count = { stretches = 0, disturbed = 0 }
  local _ <close> = setmetatable({}, { __close = function()
    for _, one in ipairs(contestants) do
      if one.peer then one.peer:close() end
      one.peer = nil
    end
  end })
  for i, one in ipairs(contestants) do
    enter(one, work, o)
    if one.rates then
      one.error, one.wrong = work.check(work.reference or contestants[1].output, one.output)
      one.counts = one.wrong == nil
    end
    o.say(one)
    if i == 1 and not one.rates then return count end
  end
  for _ = 1, o.rounds do
    for _, one in ipairs(contestants) do
      if one.peer then
        count.stretches = count.stretches + 1
        if stretch(one, work, o) then count.disturbed = count.disturbed + 1 end
      end
    end
  end
  return count
end

return contest
