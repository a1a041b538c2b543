--- One-to-one comparison: how often genuine and impostor scores fall on the
-- wrong side of a threshold, and what is made of that. Pure functions of score
-- sets (metrics/scores.lua); a score is accepted when it is at or above the
-- threshold.
--
-- FMR and FNMR are shares of the comparisons that were made (ISO/IEC 19795-1);
-- in FAR, FRR and TAR = 1 - FRR a failure to acquire is a comparison too, and is
-- rejected. Where nothing failed they are the same.
local arguments = require "visage.metrics.arguments"
local core = require "visage.core.scores"
local cost = require "visage.metrics.verification.cost"
local curve = require "visage.metrics.verification.curve"
local eer = require "visage.metrics.verification.eer"
local likelihood = require "visage.metrics.verification.likelihood"
local operating = require "visage.metrics.verification.operating"
local scores = require "visage.metrics.scores"
local tensor = require "visage.tensor"

local verification = {}

for _, part in ipairs { cost, curve, eer, likelihood, operating } do
  for name, value in pairs(part) do verification[name] = value end
end

--- Decisions at a threshold.
-- @tparam table set a score set
-- @tparam number t threshold
-- @treturn table { tp, fn, fp, tn }, of the comparisons that were made
function verification.counts(set, t)
  local s = scores.sorted(set)
  local tp, fp = scores.at_least(s.genuine, t), scores.at_least(s.impostor, t)
  return { tp = tp, fn = #s.genuine - tp, fp = fp, tn = #s.impostor - fp }
end

--- Error rates at a threshold. FAR = FMR (1 - FTA), FRR = FTA + FNMR (1 - FTA).
-- @tparam table set
-- @tparam number t threshold
-- @tparam[opt] table options { fta = "separate" }: the failures of genuine
-- comparisons count in FRR, of impostor ones in FAR; "joint": the share of both
-- together in either, as bob.measure does
-- @treturn table { fmr, fnmr, fta, far, frr, tar }, fta of both together
function verification.rates(set, t, options)
  local s = scores.both(set, "rates")
  local c, rule = verification.counts(s, t), options and options.fta or "separate"
  local fmr, fnmr = c.fp / #s.impostor, c.fn / #s.genuine
  local g, i = scores.totals(s)
  local fta = (s.failures.genuine + s.failures.impostor) / (g + i)
  local far, frr = c.fp / i, (g - c.tp) / g
  if rule == "joint" then
    far, frr = fmr * (1 - fta), fta + fnmr * (1 - fta)
  elseif rule ~= "separate" then
    error(("rates: no rule of failures is called '%s'"):format(rule), 2)
  end
  return { fmr = fmr, fnmr = fnmr, fta = fta, far = far, frr = frr, tar = 1 - frr }
end

--- How far apart the means lie: d' = |mean difference| / sqrt(half the sum of
-- the variances).
-- @tparam table set
-- @tparam[opt] table options { ddof = 0 }: 1 divides the variances by n - 1
-- @treturn number
function verification.d_prime(set, options)
  local s = scores.both(set, "d_prime")
  local ddof = options and options.ddof or 0
  local g, i = s.genuine:to "f64", s.impostor:to "f64"
  local spread = (g:var(nil, nil, ddof) + i:var(nil, nil, ddof)) / 2
  return math.abs(g:mean() - i:mean()) / math.sqrt(spread)
end

--- How many scores fall between even edges; the last bin holds its upper edge.
-- @tparam table set
-- @tparam[opt] table options { bins = 50, low, high }; the limits are those of
-- the scores unless given, what lies outside is counted in below and above
-- @treturn table { edges (bins + 1), genuine, impostor (bins) i64, below, above }
-- the last two { genuine = n, impostor = n }
function verification.histogram(set, options)
  local s = scores.both(set, "histogram")
  local o = options or {}
  local bins = o.bins or 50
  local low = o.low or math.min(s.genuine[1], s.impostor[1])
  local high = o.high or math.max(s.genuine[#s.genuine], s.impostor[#s.impostor])
  -- From the least double to the greatest is no double.
  if not (low < high and high - low < math.huge) then
    error(("histogram: %s bins from %s to %s"):format(bins, low, high), 2)
  end
  local edges = tensor.arange(0, bins, 1, "f64") * ((high - low) / bins) + low
  edges[bins + 1] = scores.after(high)
  local out = { edges = edges, below = {}, above = {} }
  for _, kind in ipairs { "genuine", "impostor" } do
    local counts = tensor.zeros({ bins + 2 }, "i64")
    core.bin(counts, edges, s[kind])
    out[kind] = counts:narrow(1, 2, bins)
    out.below[kind], out.above[kind] = counts[1], counts[bins + 2]
  end
  edges[bins + 1] = high
  return out
end

return arguments.checked(verification, {
  auc = "set options?:rule,max_far,min_far",
  cllr = "set options?:llr",
  counts = "set number",
  d_prime = "set options?:ddof",
  det = "set options?:points,failures",
  eer = "set options?:rule,failures",
  epc = "set set options?:costs,failures",
  f_score = "set number number?",
  far_at_tar = "set number options?:failures",
  fixed_points = "set",
  fnmr_at_fmr = "set number options?:rule",
  histogram = "set options?:bins,low,high",
  hter = "set number options?:failures",
  mcc = "set number?",
  min_cllr = "set",
  min_dcf = "set options?:p_target,c_miss,c_fa,normalise,failures",
  min_wer = "set number options?:failures",
  precision_recall = "set",
  rates = "set number options?:fta",
  roc = "set options?:points,failures",
  tar_at_far = "set number options?:rule,failures",
  wer = "set number number options?:failures",
  youden = "set options?:failures",
})
