--- How fast is visage beside the frameworks that one would otherwise use?
--
-- Every program does the same work on the same input with as many threads, as a process of
-- its own that is ready and warm before it is measured; they take turns (A B C A B C ...).
-- What they compute is compared with what visage computes. A rate is the median of the
-- rounds with its quartiles; the ratio is ours to the best peer's, round by round, and
-- counts only when every framework that it needs was measured.
--
-- Peers (experiments/bench/peers.lua) are installed from the Python registry into
-- .venv/peers-*, 9 GB in all; one that cannot be is listed with the reason. Weights are
-- seeded: how long a network takes does not depend on what it knows.
--
-- A whole run takes hours; on a machine that does anything else its numbers mean little,
-- and it says so.
--
--     make bench
--     ./visage experiments/bench.lua --works network --networks resnet50 --batches 32
--     ./visage experiments/bench.lua --peers onnxruntime,torch-eager --rounds 3 --seconds 1
local contest = require "visage.bench.contest"
local environments = require "visage.bench.environments"
local experiment = require "visage.experiment"
local figures = require "visage.bench.figures"
local machine = require "visage.bench.machine"
local system = require "visage.system"
local tables = require "visage.bench.tables"

local FOLDER = system.root() .. "/experiments/bench/"
-- Asked for now: it has no path any more once it was built again.
local PROGRAM = system.program()

local WORKS = {
  network = require "visage.bench.works.network",
  kernels = require "visage.bench.works.kernels",
  detect = require "visage.bench.works.detect",
  job = require "visage.bench.works.job",
  search = require "visage.bench.works.search",
  start = require "visage.bench.works.start",
}
local DRAWN = "Without --photos and --data photos are drawn. MTCNN finds few faces there, so that"
  .. " its second and third network have less to do than on photos of people."

local ORDER = { "network", "kernels", "detect", "job", "search", "start" }

-- "640x480" as { 640, 480 }.
local function size(text)
  local width, height = text:match "^(%d+)x(%d+)$"
  if not width then return nil, ("'%s' is no size; wanted 640x480"):format(text) end
  return { math.tointeger(tonumber(width)), math.tointeger(tonumber(height)) }
end

local function options(parser)
  parser:option("--works", "What is done: " .. table.concat(ORDER, ", ") .. ".")
    :argname("NAME,..."):convert(experiment.split):default(table.concat(ORDER, ","))
  parser:option("--peers", "Whom it is done beside: names, all, or none.")
    :argname("NAME,..."):convert(experiment.split):default("all")
  parser:option("--peer-list", "File that says who the peers are."):argname("FILE")
    :default(FOLDER .. "peers.lua")
  parser:flag("--no-install", "Install no peer that is not there.")
  parser:option("--networks", "Networks; limit is a matrix product: what all could reach.")
    :argname("NAME,..."):convert(experiment.split)
    :default("limit,resnet50,senet50,vgg16,mobilefacenet")
  parser:option("--batches", "Images in one run of a network."):argname("N,...")
    :convert(experiment.list(experiment.whole(1))):default("1,32")
  parser:option("--photos", "Folder of photos, or drawn ones, for what is done with photos.")
    :argname("DIR")
  parser:option("--sizes", "Sizes of the photos that faces are looked for in.")
    :argname("WxH,..."):convert(experiment.list(size)):default("640x480,1280x720,3000x2000")
  parser:option("--min-faces", "Smallest faces that are looked for."):argname("N,...")
    :convert(experiment.list(experiment.whole(1))):default("20,40")
  parser:option("--gallery", "Embeddings that are searched, 8 KB each."):argname("N")
    :convert(experiment.whole(1)):default("8192")
  parser:option("--rounds", "How often each is measured."):argname("N")
    :convert(experiment.whole(1)):default("7")
  parser:option("--seconds", "How long each time."):argname("S")
    :convert(experiment.number(0)):default("3")
  parser:option("--pause", "Rest before each, for threads that spin after their work.")
    :argname("S"):convert(experiment.number(0)):default("0.3")
  parser:option("--markdown", "Write the tables there too."):argname("FILE")
end

-- The peers that are asked for, each with its command or why it has none.
local function peers_of(o)
  local chunk = assert(loadfile(o.peer_list, "t"))
  local list, asked, here = chunk(), {}, {}
  for _, name in ipairs(o.peers) do asked[name] = true end
  for _, one in ipairs(list) do
    if asked.all or asked[one.name] then here[#here + 1] = one end
    asked[one.name] = nil
  end
  asked.all, asked.none = nil, nil
  if next(asked) then error(("--peers %s: no such peer"):format((next(asked))), 0) end
  return here
end

local function made(one, o)
  if one.command then return one.command end
  if not one.environment then return { PROGRAM, FOLDER .. one.script, one.mode } end
  local folder = system.root() .. "/.venv/peers-" .. one.environment
  local list = ("%srequirements-%s.txt"):format(FOLDER, one.environment)
  if o.no_install and not system.read_file(folder .. "/requirements.txt") then
    return nil, folder .. " is not there"
  end
  local python, why = environments.python(folder, list)
  if not python then return nil, why end
  return { python, FOLDER .. one.script, one.mode }
end

local function can(one, kind)
  for _, work in ipairs(one.works) do
    if work == kind then return true end
  end
end

-- visage and who can do the work, for one contest.
local function contestants(work, peers, folder)
  local list = { {
    name = "visage", family = "visage", output = folder .. "/visage.npy",
    command = { PROGRAM, FOLDER .. "visage.lua" },
  } }
  for _, one in ipairs(peers) do
    if can(one, work.kind) then
      list[#list + 1] = {
        name = one.name, family = one.family, command = one.command, why = one.why,
        output = ("%s/%s.npy"):format(folder, one.name),
      }
    end
  end
  return list
end

local function threads_of(o)
  if o.threads then return { o.threads } end
  return system.cores() > 1 and { 1, system.cores() } or { 1 }
end

local function prepare(run)
  local o = run.options
  for _, name in ipairs(o.works) do
    if not WORKS[name] then
      error(("--works %s: no such work; there are %s"):format(name, table.concat(ORDER, ", ")), 0)
    end
  end
  for _, name in ipairs(o.works) do
    if WORKS[name].prepare then WORKS[name].prepare(o) end
  end
  if o.model or o.weights then error("--model, --weights: see --networks", 0) end
  return { peers = peers_of(o) }
end

-- Seconds by part, of those who tell.
local function record_parts(work, list, out)
  for _, one in ipairs(list) do
    local names = {}
    for part in pairs(one.parts or {}) do names[#names + 1] = part end
    table.sort(names)
    for _, part in ipairs(names) do
      out.parts[#out.parts + 1] = { work.model, work.case, one.name, part, one.parts[part] }
    end
  end
end

-- Everyone's rate.
local function record_rates(run, work, list, out)
  for i, one in ipairs(list) do
    one.spread = one.rates and figures.spread(one.rates)
    local s = one.spread or {}
    if one.spread then
      run:metric(("%s/bench.%s.%s.%s_per_second"):format(work.model, work.case, one.name,
        work.unit), s.median)
    end
    out.rates[#out.rates + 1] = {
      work.model, work.case, one.name, one.about, work.unit, s.median, s.low, s.high,
      s.median and work.multiply_adds and s.median * work.multiply_adds / 1e9,
      (i > 1 or work.reference) and one.error or nil, one.processors, one.why or one.wrong,
    }
  end
end

-- Ours to the best of the others.
local function record_ratio(run, work, list, count, out)
  local ours, best = list[1], figures.best(table.move(list, 2, #list, 1, {}))
  local lacking = figures.lacking(work.families, list)
  local ratio = best and figures.ratio(ours.rates, best.rates) or {}
  run:metric(("%s/bench.%s.ratio"):format(work.model, work.case),
    #lacking == 0 and ratio.median or 0 / 0)
  out.ratios[#out.ratios + 1] = {
    work.model, work.case, ours.spread.median, best and best.name, best and best.spread.median,
    ratio.median, ratio.low, ratio.high,
    #lacking > 0 and "no: without " .. table.concat(lacking, ", ") or best and "yes" or nil,
    ("%d of %d"):format(count.disturbed, count.stretches),
  }
  run:print("%s %s: %.4g %s/s%s", work.model, work.case, ours.spread.median, work.unit,
    best and (", %.2f times %s"):format(ratio.median, best.name) or "")
end

-- What one contest found; why there was none, if so.
local function record(run, work, list, count, out)
  record_rates(run, work, list, out)
  record_parts(work, list, out)
  if not list[1].rates then
    return ("%s %s: visage: %s"):format(work.model, work.case, list[1].why)
  end
  record_ratio(run, work, list, count, out)
end

local function say(run, work)
  return function(one)
    run:say("%s %s, %s: %s", work.model, work.case, one.name, one.why or one.wrong
      or ("ready in %.0f s"):format(one.prepared))
  end
end

-- A second in which nothing of ours runs.
local function load_now()
  local busy = machine.meter()
  system.run { "sleep", "1" }
  return busy()
end

local function works(o, folder, threads)
  return coroutine.wrap(function()
    for _, name in ipairs(o.works) do
      for work in WORKS[name].works(setmetatable({ threads = threads }, { __index = o }), folder) do
        coroutine.yield(work)
      end
    end
  end)
end

-- Of how many measurements one may have been disturbed.
local SOME = 100

-- What is to be known of the machine; loads before and after, and how often others ran.
local function describe(run, loads, count)
  local about = machine.describe()
  local idle = machine.is_idle(loads[1]) and machine.is_idle(loads[2])
    and count.disturbed * SOME <= count.stretches
  run:rule("machine", about)
  run:rule("load", { busy_before = loads[1], busy_after = loads[2], idle = idle,
    stretches = count.stretches, disturbed = count.disturbed })
  run:rule("measured", ("%d rounds of %g s each"):format(run.options.rounds,
    run.options.seconds))
  local busy = ("It %s idle otherwise: %.1f processors were busy before, %.1f after, and others"
    .. " ran too in %d of %d measurements.%s"):format(idle and "was" or "was NOT", loads[1],
    loads[2], count.disturbed, count.stretches, idle and "" or " Take no number from here.")
  run:print("%s", busy)
  local text = ("%s, %d processors (%s), %.0f GiB. %s"):format(about.cpu, about.cores,
    table.concat(about.flags, " "), about.memory_bytes / 2 ^ 30, busy)
  run:note(text)
  return text
end

-- All contests; why some could not be.
local function measure(run, peers, folder, out)
  local o, failed, all = run.options, {}, { stretches = 0, disturbed = 0 }
  for work in works(o, folder, threads_of(o)) do
    local list = contestants(work, peers, folder)
    local count = contest.run(work, list, {
      rounds = o.rounds, seconds = o.seconds, pause = o.pause, say = say(run, work),
    })
    failed[#failed + 1] = record(run, work, list, count, out)
    for key, n in pairs(count) do all[key] = all[key] + n end
  end
  return all, failed
end

local function main(run, opened)
  local o = run.options
  local folder <close> = setmetatable({ path = assert(system.temp_dir()) },
    { __close = function(self) system.remove_tree(self.path) end })
  for _, one in ipairs(opened.peers) do one.command, one.why = made(one, o) end
  local out = {}
  for _, name in ipairs { "ratios", "rates", "parts" } do
    out[name] = run:table(name, tables[name]).rows
  end
  local before = load_now()
  local count, failed = measure(run, opened.peers, folder.path, out)
  local text = describe(run, { before, load_now() }, count)
  if not (o.photos and o.data) then run:note(DRAWN) end
  if o.markdown then assert(system.write_file(o.markdown, tables.markdown(text, out))) end
  if failed[1] then error(table.concat(failed, "; "), 0) end
end

os.exit(experiment.main({
  name = "bench",
  summary = "How fast is visage beside the frameworks that one would otherwise use?",
  options = options, prepare = prepare, run = main,
}, arg), true)
