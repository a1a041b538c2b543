--- Scores without end in constant memory: counts between edges, of any number of
-- comparisons, made in parts and merged.
--
-- At an edge all counts are exact, and so are the rates at the thresholds that
-- were asked for, which are edges. Between edges nothing is known: a threshold
-- for a wanted rate is an edge, and the result says how far the next one is.
local arguments = require "visage.metrics.arguments"
local core = require "visage.core.scores"
local scores = require "visage.metrics.scores"
local tensor = require "visage.tensor"

local stream = {}

local KINDS = { "genuine", "impostor" }

-- Doddington's rule of 30, as in verification/operating.lua.
local LEAST_ERRORS = 30

-- The bins' even edges and the thresholds among them, rising, none twice.
local function edges_of(low, high, bins, thresholds)
  local list, seen = {}, {}
  local function put(x)
    if not seen[x] then
      seen[x] = true
      list[#list + 1] = x
    end
  end
  for k = 0, bins do put(low + (high - low) * k / bins) end
  for _, t in ipairs(thresholds) do
    if type(t) ~= "number" or t ~= t or math.abs(t) == math.huge then
      error(("stream: a threshold is %s, wants a finite number"):format(t), 3)
    end
    put(t + 0.0)
  end
  table.sort(list)
  return tensor.from(list, "f64")
end

--- Empty counts.
-- @tparam[opt] table options { low = -1, high = 1, bins = 20000, thresholds = {} }:
-- the range of the scores (of cosines by default; what lies outside is counted in
-- one bin on either side), and thresholds whose counts are to be exact. Many
-- thresholds far from even make counting slow
-- @treturn table { edges (E) f64; genuine, impostor (E + 1) i64, the first below
-- the first edge, the last from the last edge on; failures }: a plain table of
-- tensors, to be saved and loaded as such
function stream.new(options)
  local o = options or {}
  local low, high, bins = o.low or -1, o.high or 1, o.bins or 20000
  if not (low < high and high - low < math.huge) then
    error(("new: %s bins from %s to %s"):format(bins, low, high), 2)
  end
  local edges = edges_of(low, high, bins, o.thresholds or {})
  return {
    edges = edges, failures = { genuine = 0, impostor = 0 },
    genuine = tensor.zeros({ #edges + 1 }, "i64"), impostor = tensor.zeros({ #edges + 1 }, "i64"),
  }
end

--- Counts more scores.
-- @tparam table counts of new; changed in place
-- @tparam table set { genuine, impostor, failures }, each of them optional:
-- tensors of any shape, NaN counted as failures
-- @treturn table counts
function stream.add(counts, set)
  for _, kind in ipairs(KINDS) do
    local failed = set.failures and set.failures[kind] or 0
    if set[kind] then failed = failed + core.bin(counts[kind], counts.edges, set[kind]) end
    counts.failures[kind] = counts.failures[kind] + failed
  end
  return counts
end

--- Counts of whole-number scores that are counted already: entry i is how many scores
-- are i - 1. Every score is an edge, so nothing is lost. More scores may be added.
-- @tparam table set { genuine = {int,...}, impostor = {int,...} }, each optional
-- @tparam[opt] int highest the greatest score there will be, if others are added
-- @treturn table counts as of new
function stream.of_histogram(set, highest)
  local last = math.max(highest or 0, #(set.genuine or {}) - 1, #(set.impostor or {}) - 1)
  local counts = stream.new { low = 0, high = last + 1, bins = last + 1 }
  for _, kind in ipairs(KINDS) do
    local list = set[kind] or {}
    if #list > 0 then counts[kind]:narrow(1, 2, #list):copy(tensor.from(list, "i64")) end
  end
  return counts
end

local function same_edges(a, b)
  return #a.edges == #b.edges and a.edges:eq(b.edges):min() == 1
end

--- The sum of two counts over the same edges; neither is changed.
-- @tparam table a
-- @tparam table b
-- @treturn table counts
function stream.merge(a, b)
  if not same_edges(a, b) then error("merge: the edges differ", 2) end
  local out = { edges = a.edges, failures = {} }
  for _, kind in ipairs(KINDS) do
    out[kind] = a[kind] + b[kind]
    out.failures[kind] = a.failures[kind] + b.failures[kind]
  end
  return out
end

-- Scores at or above each edge, a list with the total in front.
local function from_above(counts)
  local list, sum = counts:totable(), 0
  for k = #list, 1, -1 do
    sum = sum + list[k]
    list[k] = sum
  end
  return list
end

-- What the figures below start from: at[1] counts all, at[k + 1] those at or
-- above edge k. Raises where there is nothing of one kind.
local function opened(counts, name, failures)
  local s = {}
  for _, kind in ipairs(KINDS) do
    s[kind] = from_above(counts[kind])
    if s[kind][1] == 0 then error(("%s: no %s scores"):format(name, kind), 3) end
  end
  s.g, s.i = s.genuine[1], s.impostor[1]
  if failures == "ignored" then return s end
  if failures ~= nil and failures ~= "rejected" then
    error(("%s: failures are 'rejected' or 'ignored', not '%s'"):format(name, failures), 3)
  end
  s.g, s.i = s.g + counts.failures.genuine, s.i + counts.failures.impostor
  return s
end

--- Decisions at a threshold that is an edge, exactly.
-- @tparam table counts
-- @tparam number t
-- @treturn table { tp, fn, fp, tn } as of verification.counts; nil, text where t
-- is no edge
function stream.counts(counts, t)
  local edge = #counts.edges + 1 - scores.at_least(counts.edges, t)
  if edge > #counts.edges or counts.edges[edge] ~= t then
    return nil, ("counts: %s is no edge; name it in stream.new's thresholds"):format(t)
  end
  local genuine, impostor = from_above(counts.genuine), from_above(counts.impostor)
  local tp, fp = genuine[edge + 1], impostor[edge + 1]
  return { tp = tp, fn = genuine[1] - tp, fp = fp, tn = impostor[1] - fp }
end

--- The ROC at the edges.
-- @tparam table counts
-- @tparam[opt] table options { failures = "rejected" }
-- @treturn table { thresholds (E + 2) f64, infinity, the edges falling, -infinity;
-- far, tar (E + 2) f64; auc with straight lines between, auc_low, auc_high: what it
-- can be at the least and at the most, of the comparisons that were made }
function stream.roc(counts, options)
  local s = opened(counts, "roc", options and options.failures)
  local thresholds, far, tar = { math.huge }, { 0.0 }, { 0.0 }
  local area, doubt = 0, 0
  local fp, tp = 0, 0
  for k = #counts.edges, 0, -1 do
    local fp2, tp2 = s.impostor[k + 1], s.genuine[k + 1]
    thresholds[#thresholds + 1] = k > 0 and counts.edges[k] or -math.huge
    far[#far + 1], tar[#tar + 1] = fp2 / s.i, tp2 / s.g
    area = area + (fp2 - fp) * (tp2 + tp) / 2
    -- Within a bin any order of its genuine and impostor scores is possible.
    doubt = doubt + (fp2 - fp) * (tp2 - tp) / 2
    fp, tp = fp2, tp2
  end
  local all = s.genuine[1] * s.impostor[1] + 0.0
  return {
    thresholds = tensor.from(thresholds, "f64"), far = tensor.from(far, "f64"),
    tar = tensor.from(tar, "f64"), auc = area / all,
    auc_low = (area - doubt) / all, auc_high = (area + doubt) / all,
  }
end

--- TAR at the lowest edge whose FAR is not above the wanted one.
-- @tparam table counts
-- @tparam number far wanted
-- @tparam[opt] table options { failures = "rejected" }
-- @treturn table { tar, far (reached), threshold, supported, expected_errors as of
-- verification.tar_at_far; next_threshold, next_far, next_tar: the edge below,
-- whose FAR is above the wanted one: the exact values lie between (nil: the lowest
-- edge has it) }; threshold is infinity, TAR a lower bound, where the last edge is
-- too low
function stream.tar_at_far(counts, far, options)
  local s = opened(counts, "tar_at_far", options and options.failures)
  if type(far) ~= "number" or not (far >= 0 and far <= 1) then
    error(("tar_at_far: a rate is %s, wants 0 to 1"):format(far), 2)
  end
  local edges = #counts.edges
  local k = edges + 1
  while k > 1 and s.impostor[k] / s.i <= far do k = k - 1 end
  local out = { threshold = math.huge, tar = 0.0, far = 0.0 }
  if k <= edges then
    out.threshold = counts.edges[k]
    out.tar, out.far = s.genuine[k + 1] / s.g, s.impostor[k + 1] / s.i
  end
  if k > 1 then
    out.next_threshold, out.next_tar = counts.edges[k - 1], s.genuine[k] / s.g
    out.next_far = s.impostor[k] / s.i
  end
  out.expected_errors = far * s.i
  out.supported = out.expected_errors >= LEAST_ERRORS
  return out
end

--- The equal error rate between two edges.
-- @tparam table counts
-- @tparam[opt] table options { failures = "rejected" }
-- @treturn table { eer, where the straight lines between the edges' points meet FAR
-- = FRR; threshold, the edge before; low, high, between which it lies whatever the
-- scores in that bin }
function stream.eer(counts, options)
  local roc = stream.roc(counts, options)
  local far, tar = roc.far, roc.tar
  local k = 2
  while k < #far and far[k] < 1 - tar[k] do k = k + 1 end
  local d1, d2 = far[k - 1] - (1 - tar[k - 1]), far[k] - (1 - tar[k])
  local share = d1 == d2 and 0 or d1 / (d1 - d2)
  return {
    eer = far[k - 1] + share * (far[k] - far[k - 1]), threshold = roc.thresholds[k - 1],
    low = math.max(far[k - 1], 1 - tar[k]), high = math.min(far[k], 1 - tar[k - 1]),
  }
end

return arguments.checked(stream, {
  of_histogram = "histogram count?",
  new = "options?:low,high,bins,thresholds",
  add = "counts table",
  merge = "counts counts",
  counts = "counts number",
  roc = "counts options?:failures",
  tar_at_far = "counts number options?:failures",
  eer = "counts options?:failures",
})
