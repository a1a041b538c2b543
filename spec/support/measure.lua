--- How fast and how large the scores of many comparisons are on this machine:
--
--     ./visage spec/support/measure.lua            each part three times, medians
--     ./visage spec/support/measure.lua billion    one part, once
--
-- No part of the tests, for what it shows depends on the machine and on what else
-- runs there; minutes. Embeddings are drawn, for no time depends on their values.
local folds = require "visage.metrics.folds"
local scores = require "visage.metrics.scores"
local stream = require "visage.metrics.stream"
local system = require "visage.system"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local TIMES = 3

-- Parts in the order in which they are shown: name, what it does, run.
local parts = {}

local function part(name, title, run)
  parts[#parts + 1] = { name = name, title = title, run = run }
  parts[name] = parts[#parts]
end

part("all_pairs", "all pairs of 10,000 embeddings x 2,048 and their ROC", function()
  local x = tensor.generator(1):randn { 10000, 2048 }
  local labels = {}
  for i = 1, #x do labels[i] = i // 20 end
  return function()
    local set = scores.sorted(scores.all_pairs(x, labels))
    verification.roc(set, { points = "corners" })
    return #set.genuine + #set.impostor
  end
end)

part("billion", "10^9 impostor scores, counted as they come", function()
  local generator, ROWS <const>, TILES <const> = tensor.generator(1), 1000, 1000
  local function unit_rows()
    local x = generator:randn { ROWS, 64 }
    return x / x:norm(2, 2, true)
  end
  return function()
    local gallery = unit_rows():transpose(1, 2)
    local counts = stream.new { thresholds = { 0.5 } }
    for _ = 1, TILES do
      local tile <close> = unit_rows():matmul(gallery)
      stream.add(counts, { impostor = tile })
    end
    stream.add(counts, { genuine = tensor.ones { 1 } })
    stream.tar_at_far(counts, 1e-6)
    local at = stream.counts(counts, 0.5)
    return at.fp + at.tn
  end
end)

part("lfw", "6,000 pairs in ten folds: accuracy, VAL, EER, ROC", function()
  local generator = tensor.generator(1)
  local pairs = { scores = generator:randn { 6000 }, same = {}, fold = {} }
  for i = 1, 6000 do
    pairs.same[i], pairs.fold[i] = i % 2 == 0, (i - 1) // 600
    if pairs.same[i] then pairs.scores[i] = pairs.scores[i] + 4 end
  end
  return function()
    folds.accuracy(pairs)
    folds.val_at_far(pairs, 0.001)
    local set = { genuine = {}, impostor = {} }
    for i = 1, 6000 do
      table.insert(pairs.same[i] and set.genuine or set.impostor, pairs.scores[i])
    end
    verification.eer(set)
    verification.roc(set)
    return 6000
  end
end)

-- Runs one part and prints seconds, scores and the peak of memory, for the parent.
local function once(one)
  local work = one.run()
  local started = system.clock()
  local count = work()
  print(("%.3f %d %d"):format(system.clock() - started, count, system.peak_rss()))
end

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

local function load_average()
  local text = system.read_file "/proc/loadavg"
  return text and text:match "^%S+" or "?"
end

local function measure(one)
  local seconds, bytes, count = {}, {}, nil
  for i = 1, TIMES do
    local status, text = system.run { system.program(),
      system.root() .. "/spec/support/measure.lua", one.name }
    assert(status == 0, text)
    local s, n, peak = text:match "(%S+) (%d+) (%d+)"
    seconds[i], bytes[i], count = tonumber(s), tonumber(peak), n
  end
  print(("%s\n  %.2f s, %.0f MB at the peak (medians of %d), %s scores; load %s"):format(
    one.title, median(seconds), median(bytes) / 1e6, TIMES, count, load_average()))
end

if arg[1] then
  once(assert(parts[arg[1]], "measure: all_pairs, billion or lfw"))
else
  print(("%d processors, load %s before"):format(system.cores(), load_average()))
  for _, one in ipairs(parts) do measure(one) end
end
