--- Curves over all thresholds: ROC and the area under it, DET, precision and
-- recall.
local core = require "visage.core.scores"
local scores = require "visage.metrics.scores"
local special = require "visage.metrics.special"
local tensor = require "visage.tensor"

local curve = {}

-- The last of the rising numbers that is x or less; there is one.
local function last_upto(rising, x)
  local low, high = 1, #rising
  while low < high do
    local middle = (low + high + 1) // 2
    if rising[middle] <= x then low = middle else high = middle - 1 end
  end
  return low
end

-- Of a curve { thresholds, impostors, genuine } the first point and the last
-- ones at n even steps of the logarithm of FAR, from one impostor to all.
local function log_spaced(points, n)
  local fp = points[2]
  local total = fp[#fp]
  local out, places = { {}, {}, {} }, { 1 }
  for k = 0, n - 1 do
    -- Counts are whole: the rounding of the power must not lose the last one.
    local most = total ^ (n > 1 and k / (n - 1) or 1) + 1e-6
    local place = last_upto(fp, most)
    if place > places[#places] then places[#places + 1] = place end
  end
  for i, place in ipairs(places) do
    for k = 1, 3 do out[k][i] = points[k][place] end
  end
  return { tensor.from(out[1], "f64"), tensor.from(out[2], "i64"), tensor.from(out[3], "i64") }
end

local function points_of(sorted, points)
  if math.type(points) == "integer" and points > 0 then
    return log_spaced({ core.curve(sorted.genuine, sorted.impostor, "all") }, points)
  end
  if points ~= "all" and points ~= "corners" and points ~= "hull" then
    error(("roc: points are 'all', 'corners', 'hull' or a number, not '%s'"):format(points), 3)
  end
  return { core.curve(sorted.genuine, sorted.impostor, points) }
end

-- Trapezoids below y over x; both rise.
local function area(x, y)
  local n = #x
  if n < 2 then return 0 end
  local width = x:narrow(1, 2, n - 1) - x:narrow(1, 1, n - 1)
  return (width * (y:narrow(1, 2, n - 1) + y:narrow(1, 1, n - 1))):sum() / 2
end

-- Counts as shares of the comparisons that were made.
local function shares(sorted, fp, tp)
  return fp:to "f64" / #sorted.impostor, tp:to "f64" / #sorted.genuine
end

-- The points of the curve between two FARs, its ends interpolated.
local function part(far, tar, low, high)
  local x, y = {}, {}
  local fars, tars = far:totable(), tar:totable()
  for i = 2, #fars do
    local x1, y1, x2, y2 = fars[i - 1], tars[i - 1], fars[i], tars[i]
    if x2 >= low and x1 <= high and (x2 > low or x1 == x2) then
      local slope = x2 > x1 and (y2 - y1) / (x2 - x1) or 0
      local function put(at, value)
        x[#x + 1], y[#y + 1] = at, value
      end
      put(math.max(x1, low), x1 < low and y1 + (low - x1) * slope or y1)
      put(math.min(x2, high), x2 > high and y1 + (high - x1) * slope or y2)
    end
  end
  return x, y
end

-- The integral of TAR over ln FAR: exact for straight pieces y = a + b x.
local function log_area(x, y)
  local sum = 0
  for i = 2, #x do
    if x[i] > x[i - 1] then
      local b = (y[i] - y[i - 1]) / (x[i] - x[i - 1])
      sum = sum + (y[i] - b * x[i]) * math.log(x[i] / x[i - 1]) + b * (x[i] - x[i - 1])
    end
  end
  return sum
end

--- Area under the ROC of the comparisons that were made.
-- @tparam table set a score set
-- @tparam[opt] table options { rule = "linear", max_far = 1, min_far }
-- "linear": P(genuine > impostor) + P(equal) / 2;
-- "partial": the mean TAR from FAR 0 to max_far;
-- "mcclish": that area scaled to 0.5 for chance (scikit-learn's max_fpr);
-- "log": the mean TAR over log FAR from min_far (1 / impostors) to max_far
-- @treturn number in [0, 1]
function curve.auc(set, options)
  local s = scores.both(set, "auc")
  local o = options or {}
  local rule, high = o.rule or "linear", o.max_far or 1
  local low = rule == "log" and (o.min_far or 1 / #s.impostor) or 0
  if not (0 <= low and low < high and high <= 1) or (rule == "log" and low == 0) then
    error(("auc: no area from FAR %g to %g"):format(low, high), 2)
  end
  local _, fp, tp = core.curve(s.genuine, s.impostor, "corners")
  local far, tar = shares(s, fp, tp)
  if rule == "linear" then return area(far, tar) end
  local x, y = part(far, tar, low, high)
  if rule == "log" then return log_area(x, y) / math.log(high / low) end
  local below = area(tensor.from(x, "f64"), tensor.from(y, "f64"))
  if rule == "partial" then return below / high end
  if rule ~= "mcclish" then error(("auc: no rule is called '%s'"):format(rule), 2) end
  local chance = high * high / 2
  return (1 + (below - chance) / (high - chance)) / 2
end

--- The ROC: a point for each different score, falling; ties move both rates at
-- once (scikit-learn's roc_curve without drop_intermediate).
-- @tparam table set
-- @tparam[opt] table options { points = "all", failures = "rejected" }; points:
-- "corners" leaves out what lies inside straight horizontal and vertical lines,
-- which loses nothing but thresholds and is right for 1e7 scores; "hull" the
-- convex hull (ROCCH); a number: so many even steps of log FAR, from 1 / I to 1
-- @treturn table { thresholds (P) f64, the first infinity; far (P), tar (P) f64;
-- auc, by curve.auc; fp (P), tp (P) i64 }
function curve.roc(set, options)
  local s = scores.both(set, "roc")
  local o = options or {}
  local kind = o.points or "all"
  local points = points_of(s, kind)
  local whole = kind == "all" or kind == "corners"
  local g, i = scores.totals(s, o.failures)
  return {
    thresholds = points[1], fp = points[2], tp = points[3],
    far = points[2]:to "f64" / i, tar = points[3]:to "f64" / g,
    auc = whole and area(shares(s, points[2], points[3])) or curve.auc(s),
  }
end

--- The detection error trade-off: FRR over FAR on normal deviates (Martin et al.
-- 1997).
-- @tparam table set
-- @tparam[opt] table options as for roc, points = "corners"
-- @treturn table { thresholds, far, frr, x, y } (P): x and y are probit(far) and
-- probit(frr), infinite where a rate is 0 or 1
function curve.det(set, options)
  local o = options or {}
  local roc = curve.roc(set, { points = o.points or "corners", failures = o.failures })
  local x, y = {}, {}
  local frr = 1 - roc.tar
  for p, share in ipairs(roc.far:totable()) do x[p] = special.probit(share) end
  for p, share in ipairs(frr:totable()) do y[p] = special.probit(share) end
  return {
    thresholds = roc.thresholds, far = roc.far, frr = frr,
    x = tensor.from(x, "f64"), y = tensor.from(y, "f64"),
  }
end

--- Precision over recall, of the comparisons that were made.
-- @tparam table set
-- @treturn table { thresholds, precision, recall (P), thresholds falling from the
-- greatest score; ap }: average precision = sum of precision times the step of
-- recall (scikit-learn's average_precision_score)
function curve.precision_recall(set)
  local s = scores.both(set, "precision_recall")
  local thresholds, fp, tp = core.curve(s.genuine, s.impostor, "all")
  local n = #fp - 1
  local hits = tp:to "f64"
  local precision = hits:narrow(1, 2, n) / (hits + fp:to "f64"):narrow(1, 2, n)
  local recall = hits / #s.genuine
  local step = recall:narrow(1, 2, n) - recall:narrow(1, 1, n)
  return {
    thresholds = thresholds:narrow(1, 2, n), precision = precision,
    recall = recall:narrow(1, 2, n), ap = (precision * step):sum(),
  }
end

return curve
