--- Verification in folds, as LFW's view 2: what is chosen, a threshold, is chosen
-- on the other folds. Pure functions of a list of pairs.
--
-- Pairs are { scores = (N) tensor or list, same = N booleans, fold = N labels };
-- more is more alike (negate distances). NaN is a failure to acquire: the pair is
-- called different.
local arguments = require "visage.metrics.arguments"
local core = require "visage.core.scores"
local scores = require "visage.metrics.scores"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local folds = {}

-- Thresholds of facenet's code and its heirs: squared distances of embeddings of
-- length one, by steps from 0 to below 4, as similarities, for accept = "above".
local function grid(step)
  local list = {}
  for k = 0, math.floor(4 / step + 0.5) - 1 do list[k + 1] = -k * step end
  return list
end

--- The thresholds facenet tries for accuracy, in its order.
-- @treturn {number,...} 400 of them, 0 to -3.99
function folds.facenet_grid() return grid(0.01) end

--- The thresholds facenet tries for VAL@FAR, in its order.
-- @treturn {number,...} 4,000 of them, 0 to -3.999
function folds.facenet_fine_grid() return grid(0.001) end

local function check(pairs_, name)
  local n = #pairs_.scores
  if n == 0 or #pairs_.same ~= n or #pairs_.fold ~= n then
    error(("%s: %d scores, %d same, %d folds"):format(name, n, #pairs_.same, #pairs_.fold), 3)
  end
end

-- The labels of the folds in the order in which they come.
local function fold_names(pairs_, name)
  local names, seen = {}, {}
  for _, fold in ipairs(pairs_.fold) do
    if not seen[fold] then
      seen[fold] = true
      names[#names + 1] = fold
    end
  end
  if #names < 2 then error(name .. ": there is one fold, wants two or more", 3) end
  return names
end

-- The score set of a fold, or of all others.
local function set_of(pairs_, fold, others)
  local set = { genuine = {}, impostor = {} }
  for i = 1, #pairs_.scores do
    if (pairs_.fold[i] == fold) ~= others then
      local list = pairs_.same[i] and set.genuine or set.impostor
      list[#list + 1] = pairs_.scores[i]
    end
  end
  return scores.sorted(set)
end

-- Pairs rightly called at t; the failed ones are called different.
local function right(s, t, strict)
  local tp, fp = scores.at_least(s.genuine, t, strict), scores.at_least(s.impostor, t, strict)
  local g, i = scores.totals(s)
  return (tp + i - fp) / (g + i)
end

-- The first of the thresholds with the greatest accuracy.
local function best_of(s, thresholds, strict)
  local best, at = -1, nil
  for _, t in ipairs(thresholds) do
    local accuracy = right(s, t, strict)
    if accuracy > best then best, at = accuracy, t end
  end
  return at
end

-- Midways between neighbouring scores, rising; the first lies at the lowest.
local function midways(s)
  local list, t = {}, math.huge
  repeat
    list[#list + 1] = scores.midway(s, t)
    t = scores.next_below(s, t)
  until not t
  return list
end

-- The best of them, the first of equals: what is accepted at a midway is what is at
-- the score above it, and the curve counts that for all scores at once.
local function best_midway(s)
  local thresholds, fp, tp = core.curve(s.genuine, s.impostor, "all")
  return scores.midway(s, thresholds[(tp - fp):argmax()])
end

--- Mean and spread of a figure over folds.
-- @tparam {number,...} values one per fold
-- @treturn table { mean, std, standard_error }: std divides by n (as the tables of
-- facenet and InsightFace), the standard error is LFW's, the deviation divided by
-- n - 1 over the root of n
-- @usage folds.summary({ 0.8, 1 }).mean --> 0.9
function folds.summary(values)
  local t = tensor.is(values) and values:to "f64" or tensor.from(values, "f64")
  local n = #values
  if n == 0 then error("summary: no values", 2) end
  return {
    mean = t:mean(), std = math.sqrt(t:var()),
    standard_error = n > 1 and math.sqrt(t:var(nil, nil, 1) / n) or nil,
  }
end

local function strict_of(options, name)
  local accept = options.accept or "at_least"
  if accept ~= "at_least" and accept ~= "above" then
    error(("%s: accept is 'at_least' or 'above', not '%s'"):format(name, accept), 3)
  end
  return accept == "above"
end

--- Accuracy on each fold at the threshold that is most accurate on the others.
-- @tparam table pairs_ { scores, same, fold }
-- @tparam[opt] table options { thresholds, accept = "at_least" }; thresholds: a
-- list to choose from, of equally good ones the first; none: midway between
-- neighbouring scores of the other folds, of equally good ones the highest.
-- accept = "above": a score at the threshold is called different. As facenet does
-- it: { thresholds = folds.facenet_grid(), accept = "above" }, scores being
-- squared distances, negated
-- @treturn table { accuracy, thresholds (one per fold), folds (labels), mean, std,
-- standard_error as of summary }
function folds.accuracy(pairs_, options)
  check(pairs_, "accuracy")
  local o = options or {}
  local strict = strict_of(o, "accuracy")
  local names = fold_names(pairs_, "accuracy")
  local accuracy, thresholds = {}, {}
  for k, fold in ipairs(names) do
    local others = set_of(pairs_, fold, true)
    thresholds[k] = not o.thresholds and not strict and best_midway(others)
      or best_of(others, o.thresholds or midways(others), strict)
    accuracy[k] = right(set_of(pairs_, fold, false), thresholds[k], strict)
  end
  local out = folds.summary(accuracy)
  out.accuracy, out.thresholds, out.folds = accuracy, thresholds, names
  return out
end

-- facenet's: the threshold on the straight line between the last of the grid with
-- a FAR up to the wanted one and the next; 0 where none reaches it.
local function interpolated(s, far, thresholds, strict)
  local _, total = scores.totals(s)
  local function far_at(k) return scores.at_least(s.impostor, thresholds[k], strict) / total end
  if far_at(#thresholds) < far then return 0 end
  local k = 1
  while k < #thresholds and far_at(k + 1) <= far do k = k + 1 end
  if k == #thresholds then return thresholds[k] end
  local low, high = far_at(k), far_at(k + 1)
  return thresholds[k] + (far - low) / (high - low) * (thresholds[k + 1] - thresholds[k])
end

--- TAR on each fold ("validation rate", VAL) at the threshold where the others
-- have the wanted FAR.
-- @tparam table pairs_ { scores, same, fold }
-- @tparam number far wanted
-- @tparam[opt] table options { rule = "at_most", thresholds, accept }; rule: of
-- verification.tar_at_far; with thresholds, a list in falling order, facenet's:
-- FAR interpolated between them, and threshold 0 where none reaches it:
-- { thresholds = folds.facenet_fine_grid(), accept = "above" }
-- @treturn table { val, far, thresholds (one per fold), folds, mean, std,
-- standard_error (of val), mean_far, supported: false where fewer than 30 false
-- accepts are expected on the other folds }
function folds.val_at_far(pairs_, far, options)
  check(pairs_, "val_at_far")
  local o = options or {}
  local names = fold_names(pairs_, "val_at_far")
  local strict = strict_of(o, "val_at_far")
  local val, reached, thresholds, supported = {}, {}, {}, true
  for k, fold in ipairs(names) do
    local others = scores.both(set_of(pairs_, fold, true), "val_at_far")
    local here = scores.both(set_of(pairs_, fold, false), "val_at_far")
    local at = verification.tar_at_far(others, far, { rule = o.rule })
    local above = at.strict
    thresholds[k], supported = at.threshold, supported and at.supported
    if o.thresholds then
      thresholds[k], above = interpolated(others, far, o.thresholds, strict), strict
    end
    local g, i = scores.totals(here)
    val[k] = scores.at_least(here.genuine, thresholds[k], above) / g
    reached[k] = scores.at_least(here.impostor, thresholds[k], above) / i
  end
  local out = folds.summary(val)
  out.val, out.far, out.thresholds, out.folds = val, reached, thresholds, names
  out.mean_far, out.supported = folds.summary(reached).mean, supported
  return out
end

return arguments.checked(folds, {
  facenet_grid = "",
  facenet_fine_grid = "",
  summary = "numbers",
  accuracy = "pairs options?:thresholds,accept",
  val_at_far = "pairs share options?:rule,thresholds,accept",
})
