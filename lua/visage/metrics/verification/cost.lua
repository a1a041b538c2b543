--- Errors weighed against each other at one threshold, and the threshold where
-- such a figure is best: HTER, WER, detection cost, Youden's J, MCC, F; the
-- expected performance curve.
--
-- A best threshold is a score, accepted at or above it; of several as good ones
-- the highest that rejects no genuine score needlessly, infinity where accepting
-- nothing is best. The best point is
-- looked for among the corners of the ROC, which hold it.
local core = require "visage.core.scores"
local scores = require "visage.metrics.scores"

local cost = {}

local function rates(s, t, options)
  local g, i = scores.totals(s, options and options.failures)
  return scores.at_least(s.impostor, t) / i, 1 - scores.at_least(s.genuine, t) / g
end

-- far and frr at the corners of the ROC, and their thresholds.
local function corners(s, options)
  local g, i = scores.totals(s, options and options.failures)
  local thresholds, fp, tp = core.curve(s.genuine, s.impostor, "corners")
  return fp:to "f64" / i, 1 - tp:to "f64" / g, thresholds
end

local function check_weight(name, c)
  if type(c) ~= "number" or not (c >= 0 and c <= 1) then
    error(("%s: a weight is %s, wants 0 to 1"):format(name, c), 3)
  end
end

--- Weighted error rate at a threshold: c FAR + (1 - c) FRR.
-- @tparam table set a score set
-- @tparam number t threshold
-- @tparam number c weight of FAR, 0 to 1
-- @tparam[opt] table options { failures = "rejected" }
-- @treturn number
function cost.wer(set, t, c, options)
  check_weight("wer", c)
  local far, frr = rates(scores.both(set, "wer"), t, options)
  return c * far + (1 - c) * frr
end

--- Half total error rate at a threshold: (FAR + FRR) / 2.
-- @tparam table set
-- @tparam number t threshold
-- @tparam[opt] table options as for wer
-- @treturn number
function cost.hter(set, t, options)
  return cost.wer(scores.both(set, "hter"), t, 0.5, options)
end

--- The least weighted error rate over all thresholds.
-- @tparam table set
-- @tparam number c weight of FAR
-- @tparam[opt] table options as for wer
-- @treturn table { wer, threshold, far, frr }
function cost.min_wer(set, c, options)
  check_weight("min_wer", c)
  local far, frr, thresholds = corners(scores.both(set, "min_wer"), options)
  local wer = far * c + frr * (1 - c)
  local at = wer:argmin()
  -- With c = 1 misses cost nothing: as many as can be accepted without a false one.
  while at < #wer and wer[at + 1] == wer[at] and far[at + 1] == far[at] do at = at + 1 end
  return { wer = wer[at], threshold = thresholds[at], far = far[at], frr = frr[at] }
end

--- The least detection cost over all thresholds: c_miss P FRR + c_fa (1 - P) FAR,
-- divided by the lesser of c_miss P and c_fa (1 - P), the cost of deciding
-- without scores (NIST's speaker recognition evaluations).
-- @tparam table set
-- @tparam[opt] table options { p_target = 0.01, c_miss = 1, c_fa = 1, normalise =
-- true, failures = "rejected" }
-- @treturn table { dcf, threshold, far, frr }
function cost.min_dcf(set, options)
  local o = options or {}
  local p = o.p_target or 0.01
  if not (p > 0 and p < 1) then
    error(("min_dcf: p_target is %s, wants more than 0 and less than 1"):format(p), 2)
  end
  local miss, alarm = (o.c_miss or 1) * p, (o.c_fa or 1) * (1 - p)
  local least = cost.min_wer(scores.both(set, "min_dcf"), alarm / (miss + alarm), o)
  local dcf = miss * least.frr + alarm * least.far
  if o.normalise ~= false then dcf = dcf / math.min(miss, alarm) end
  return { dcf = dcf, threshold = least.threshold, far = least.far, frr = least.frr }
end

--- Youden's index: the greatest TAR - FAR.
-- @tparam table set
-- @tparam[opt] table options { failures = "rejected" }
-- @treturn table { youden, threshold, far, tar }
function cost.youden(set, options)
  local least = cost.min_wer(scores.both(set, "youden"), 0.5, options)
  local tar = 1 - least.frr
  return { youden = tar - least.far, threshold = least.threshold, far = least.far, tar = tar }
end

-- Numbers or tensors of counts; where a class is never decided the figure is 0.
local function correlation(tp, fn, fp, tn)
  local product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
  return tp * tn - fp * fn, product
end

--- Matthews' correlation of decision and truth, of the comparisons that were made.
-- @tparam table set
-- @tparam[opt] number t threshold; none: where it is greatest
-- @treturn number in [-1, 1]; 0 where all is accepted or all rejected
-- @treturn number the threshold
function cost.mcc(set, t)
  local s = scores.both(set, "mcc")
  local g, i = #s.genuine + 0.0, #s.impostor + 0.0
  if t then
    local tp, fp = scores.at_least(s.genuine, t) + 0.0, scores.at_least(s.impostor, t) + 0.0
    local above, product = correlation(tp, g - tp, fp, i - fp)
    return product == 0 and 0.0 or above / math.sqrt(product), t
  end
  local thresholds, fp, tp = core.curve(s.genuine, s.impostor, "corners")
  fp, tp = fp:to "f64", tp:to "f64"
  local above, product = correlation(tp, g - tp, fp, i - fp)
  -- A product of counts is 0 or at least 1, and above is 0 where it is 0.
  local mcc = above / product:clamp(1):sqrt()
  local at = mcc:argmax()
  return mcc[at], thresholds[at]
end

--- F score at a threshold, of the comparisons that were made: (1 + b^2) P R /
-- (b^2 P + R).
-- @tparam table set
-- @tparam number t threshold
-- @tparam[opt=1] number b weight of recall
-- @treturn number; 0 where nothing genuine is accepted
function cost.f_score(set, t, b)
  local s = scores.both(set, "f_score")
  local tp, fp = scores.at_least(s.genuine, t), scores.at_least(s.impostor, t)
  local square = (b or 1) ^ 2
  return (1 + square) * tp / ((1 + square) * tp + square * (#s.genuine - tp) + fp)
end

--- The expected performance curve (Bengio, Mariethoz and Keller 2005): HTER on
-- one set at the threshold, midway between scores, where the other set's c FAR +
-- (1 - c) FRR is least.
-- @tparam table dev the set that gives the thresholds
-- @tparam table eval the set that is judged
-- @tparam[opt] table options { costs = { 0, 0.1 ... 1 }, failures = "rejected" }
-- @treturn table { costs, thresholds, hter }, lists of numbers
function cost.epc(dev, eval, options)
  local given, judged = scores.both(dev, "epc"), scores.both(eval, "epc")
  local costs = options and options.costs
  if not costs then
    costs = {}
    for k = 0, 10 do costs[k + 1] = k / 10 end
  end
  local out = { costs = costs, thresholds = {}, hter = {} }
  for k, c in ipairs(costs) do
    check_weight("epc", c)
    local t = scores.midway(given, cost.min_wer(given, c, options).threshold)
    out.thresholds[k], out.hter[k] = t, cost.hter(judged, t, options)
  end
  return out
end

return cost
