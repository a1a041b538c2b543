--- The equal error rate, by the four rules in use. None walks over the scores:
-- FAR falls and FRR rises with the threshold, so the crossing is found by
-- bisection.
local core = require "visage.core.scores"
local scores = require "visage.metrics.scores"

local eer = {}

local function rates(s, t, g, i)
  return scores.at_least(s.impostor, t) / i, 1 - scores.at_least(s.genuine, t) / g
end

-- The lowest of the sorted numbers where FAR <= FRR, or nil.
local function first_crossed(list, s, g, i)
  local low, high = 1, #list + 1
  while low < high do
    local middle = (low + high) // 2
    local far, frr = rates(s, list[middle], g, i)
    if far <= frr then high = middle else low = middle + 1 end
  end
  if low <= #list then return list[low] end
end

-- The lowest threshold with FAR <= FRR, infinity where no score is one, and the
-- score before it (nil: it is the lowest).
local function crossing(s, g, i)
  local t = math.min(first_crossed(s.genuine, s, g, i) or math.huge,
    first_crossed(s.impostor, s, g, i) or math.huge)
  return t, scores.next_below(s, t)
end

local RULES = {}

-- The last threshold in rising order, midway between neighbouring scores, where
-- |FAR - FRR| is least. bob.measure's walk ends where one kind of score is used
-- up, and takes that last place only when it is strictly better.
function RULES.bob(s, g, i)
  local t, before = crossing(s, g, i)
  local far, frr = rates(s, t, g, i)
  if before then
    local far1, frr1 = rates(s, before, g, i)
    local better, here = math.abs(far1 - frr1), math.abs(far - frr)
    if better < here or (better == here and (far == 0 or frr == 1)) then
      t, far, frr = before, far1, frr1
    end
  end
  return { eer = (far + frr) / 2, threshold = scores.midway(s, t),
    low = math.min(far, frr), high = math.max(far, frr) }
end

-- FVC 2000 and pyeer: the interval of the first threshold with FMR <= FNMR or of
-- the one before it, whichever has the smaller sum.
function RULES.pyeer(s, g, i)
  local t, before = crossing(s, g, i)
  local far, frr = rates(s, t, g, i)
  if before and far ~= frr then
    local far1, frr1 = rates(s, before, g, i)
    if far1 + frr1 <= far + frr then t, far, frr = before, far1, frr1 end
  end
  return { eer = (far + frr) / 2, threshold = t,
    low = math.min(far, frr), high = math.max(far, frr) }
end

-- Where the line between two points of a ROC meets FAR = FRR.
local function meet(p, q)
  local d1, d2 = p.far - p.frr, q.far - q.frr
  local share = d1 == d2 and 0 or d1 / (d1 - d2)
  local threshold = q.t
  if p.t < math.huge then threshold = p.t + share * (q.t - p.t) end
  local far, frr = p.far + share * (q.far - p.far), p.frr + share * (q.frr - p.frr)
  -- Where failures keep the curve from the diagonal the rates stay apart.
  return { eer = (far + frr) / 2, threshold = threshold,
    low = math.min(far, frr), high = math.max(far, frr) }
end

-- On the ROC, drawn with straight lines: the root of 1 - x - ROC(x).
function RULES.linear(s, g, i)
  local t, before = crossing(s, g, i)
  local far, frr = rates(s, t, g, i)
  local q = { t = before or t, far = far, frr = frr }
  if before then q.far, q.frr = rates(s, before, g, i) end
  return meet({ t = t, far = far, frr = frr }, q)
end

-- On the convex hull of the ROC (Brummer and de Villiers, BOSARIS).
function RULES.rocch(s, g, i)
  local thresholds, fp, tp = core.curve(s.genuine, s.impostor, "hull")
  local before
  for k = 1, #fp do
    local point = { t = thresholds[k], far = fp[k] / i, frr = 1 - tp[k] / g }
    if point.far >= point.frr then return meet(before or point, point) end
    before = point
  end
  return meet(before, before)
end

--- The equal error rate.
-- @tparam table set a score set
-- @tparam[opt] table options { rule = "bob", failures = "rejected" }; rules:
-- "bob": (FAR + FRR) / 2 at the last threshold, midway between neighbouring
-- scores, where |FAR - FRR| is least;
-- "pyeer": the middle of the interval at the first threshold with FMR <= FNMR or
-- the one before, by smaller sum (FVC 2000);
-- "linear": where the ROC drawn with straight lines meets FAR = FRR (facenet);
-- "rocch": where its convex hull does (BOSARIS)
-- @treturn table { eer, threshold, low, high, rule }: low and high are the two
-- error rates of which eer is the middle; of linear and rocch they differ by rounding at most
function eer.eer(set, options)
  local s = scores.both(set, "eer")
  local o = options or {}
  local rule = o.rule or "bob"
  if not RULES[rule] then error(("eer: no rule is called '%s'"):format(rule), 2) end
  local out = RULES[rule](s, scores.totals(s, o.failures))
  out.rule = rule
  return out
end

return eer
