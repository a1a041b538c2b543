--- How good scores are as likelihood ratios: Cllr (Brummer and du Preez 2006), in
-- bits.
local core = require "visage.core.scores"
local scores = require "visage.metrics.scores"

local likelihood = {}

-- The mean of log2(1 + e^-x), without overflow.
local function mean_bits(x)
  local small = ((-x:abs()):exp() + 1):log()
  return ((-x):clamp(0) + small):mean() / math.log(2)
end

--- The cost of log likelihood ratios: 0 for perfect ones, 1 for ones that say
-- nothing. It means nothing for a similarity that is not calibrated, so the
-- caller says that the scores are natural logarithms of likelihood ratios.
-- @tparam table set a score set
-- @tparam table options { llr = true }
-- @treturn number
function likelihood.cllr(set, options)
  if not (options and options.llr) then
    error("cllr: wants calibrated natural-log likelihood ratios, { llr = true }; "
      .. "min_cllr takes any score", 2)
  end
  local s = scores.both(set, "cllr")
  return (mean_bits(s.genuine:to "f64") + mean_bits(-s.impostor:to "f64")) / 2
end

--- The least Cllr that a rising function of the scores can reach, that of the
-- pool-adjacent-violators algorithm, whose blocks are the sides of the ROC's
-- convex hull.
-- @tparam table set of any scores
-- @treturn number in [0, 1]
function likelihood.min_cllr(set)
  local s = scores.both(set, "min_cllr")
  local g, i = #s.genuine, #s.impostor
  local _, fp, tp = core.curve(s.genuine, s.impostor, "hull")
  local bits = 0
  for k = 2, #fp do
    local genuine, impostor = (tp[k] - tp[k - 1]) / g, (fp[k] - fp[k - 1]) / i
    -- A block of one kind alone has an infinite ratio and costs nothing.
    if genuine > 0 and impostor > 0 then
      bits = bits + genuine * math.log(1 + impostor / genuine, 2)
        + impostor * math.log(1 + genuine / impostor, 2)
    end
  end
  return bits / 2
end

return likelihood
