--- The machine that a benchmark ran on, and how busy it was.
local system = require "visage.system"

local machine = {}

-- Instruction sets that decide how fast networks are.
local FLAGS = { "sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni",
  "amx_bf16", "amx_int8", "asimd", "asimddp", "i8mm", "bf16", "sve" }

-- Half of one processor: what the system itself does now and then is less.
local IDLE = 0.5

--- The processor, as Linux tells it.
-- @treturn table cpu (a name), cores, flags (those that count here), memory_bytes
function machine.describe()
  local text, there, flags = system.read_file "/proc/cpuinfo" or "", {}, {}
  for _, field in ipairs { "flags", "Features" } do
    for word in (text:match("\n" .. field .. "%s*:([^\n]*)") or ""):gmatch "%S+" do
      there[word] = true
    end
  end
  for _, flag in ipairs(FLAGS) do
    if there[flag] then flags[#flags + 1] = flag end
  end
  local kib = (system.read_file "/proc/meminfo" or ""):match "MemTotal:%s*(%d+) kB"
  return {
    cpu = text:match "model name%s*:%s*([^\n]+)" or "unknown", cores = system.cores(),
    flags = flags, memory_bytes = math.tointeger(tonumber(kib or 0)) * 1024,
  }
end

--- How many processes wanted to run, on average over the last minute.
-- @treturn ?number
function machine.load()
  return tonumber((system.read_file "/proc/loadavg" or ""):match "^%S+")
end

-- Ticks in which processors were busy, all ticks, and how many processors there are.
local function ticks()
  local text, fields, total = assert(system.read_file "/proc/stat"), {}, 0
  for n in text:match "^cpu ([^\n]*)":gmatch "%d+" do fields[#fields + 1] = tonumber(n) end
  -- user, nice, system, idle, iowait, irq, softirq, steal; guests are in user.
  for i = 1, 8 do total = total + (fields[i] or 0) end
  return total - fields[4] - (fields[5] or 0), total, select(2, text:gsub("\ncpu%d", ""))
end

--- How many of the machine's processors were busy since the last call, with all
-- programs together.
-- @treturn function -> number 2.0: two, all the time
function machine.meter()
  local busy, total = ticks()
  return function()
    local before, from = busy, total
    local now, all, processors = ticks()
    busy, total = now, all
    return all > from and (now - before) / (all - from) * processors or 0
  end
end

--- Whether a machine with that load is idle.
-- @tparam number busy processors
-- @treturn boolean
function machine.is_idle(busy)
  return busy < IDLE
end

return machine
