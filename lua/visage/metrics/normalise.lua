--- Scores made comparable: by a cohort (Z-, T-, S-norm), as log likelihood ratios,
-- those of several systems fused; and what is gained by rejecting poor photos.
-- Pure functions of tensors. Parameters learnt from the scores that are then
-- judged flatter the result: learn them on other subjects.
local arguments = require "visage.metrics.arguments"
local logistic = require "visage.metrics.normalise.logistic"
local reject = require "visage.metrics.normalise.reject"
local tensor = require "visage.tensor"

local normalise = { error_versus_reject = reject.error_versus_reject }

local function shape_text(t) return table.concat(t:shape(), " x ") end

-- Mean and deviation of each row of a cohort, (rows, 1) each; what names a row.
local function statistics(name, what, cohort, options)
  local o = options or {}
  local scores, n = cohort:to "f64", cohort:size(2)
  local top = o.top or n
  if not (math.tointeger(top) and top >= 2 and top <= n) then
    error(("%s: %s of %d cohort scores, wants 2 or more"):format(name, top, n), 3)
  end
  if top < n then scores = scores:topk(top, 2) end
  local low, high = scores:min(2), scores:max(2)
  for i = 1, #scores do
    if low[i] == high[i] or low[i] ~= low[i] then
      error(("%s: the cohort scores of %s %d are all the same or have NaN"):format(name, what, i),
        3)
    end
  end
  return scores:mean(2, true), scores:var(2, true, o.ddof or 0):sqrt()
end

local function check_cohort(name, scores, cohort, axis)
  if scores:dims() ~= 2 or cohort:dims() ~= 2 or scores:size(axis) ~= cohort:size(axis) then
    error(("%s: scores of %s and a cohort of %s, wants axis %d alike"):format(name,
      shape_text(scores), shape_text(cohort), axis), 3)
  end
end

local function z_norm(name, scores, cohort, options)
  local mean, sd = statistics(name, "entry", cohort:transpose(1, 2), options)
  return (scores:to "f64" - mean:transpose(1, 2)) / sd:transpose(1, 2)
end

local function t_norm(name, scores, cohort, options)
  local mean, sd = statistics(name, "probe", cohort, options)
  return (scores:to "f64" - mean) / sd
end

--- Z-norm (Li and Porter 1988): of each gallery entry, scores less the mean of a
-- cohort's scores against it, over their deviation.
-- @tparam core.tensor scores (P, N) probes by entries
-- @tparam core.tensor cohort (K, N) of other people's photos by the same entries
-- @tparam[opt] table options { top, ddof = 0 }: top takes the greatest so many of
-- an entry's K only (adaptive); ddof 1 divides by K - 1
-- @treturn core.tensor (P, N) f64
function normalise.z(scores, cohort, options)
  check_cohort("z", scores, cohort, 2)
  return z_norm("z", scores, cohort, options)
end

--- T-norm (Auckenthaler et al. 2000): the same of each probe, by its own scores
-- against a cohort.
-- @tparam core.tensor scores (P, N)
-- @tparam core.tensor cohort (P, K) of the same probes by a cohort's entries
-- @tparam[opt] table options as of z
-- @treturn core.tensor (P, N) f64
function normalise.t(scores, cohort, options)
  check_cohort("t", scores, cohort, 1)
  return t_norm("t", scores, cohort, options)
end

--- S-norm (Kenny 2010): the mean of Z- and T-norm, which treats both sides alike.
-- @tparam core.tensor scores (P, N)
-- @tparam core.tensor entries (K, N), the cohort by the gallery's entries
-- @tparam core.tensor probes (P, L), the probes by the cohort
-- @tparam[opt] table options as of z; top makes it adaptive
-- @treturn core.tensor (P, N) f64
function normalise.s(scores, entries, probes, options)
  check_cohort("s", scores, entries, 2)
  check_cohort("s", scores, probes, 1)
  return (z_norm("s", scores, entries, options) + t_norm("s", scores, probes, options)) / 2
end

local function as_list(x) return (tensor.is(x) or x.genuine) and { x } or x end

local function as_tensor(x) return tensor.is(x) and x:to "f64" or tensor.from(x, "f64") end

-- Rows without NaN.
local function made(rows)
  if rows:eq(rows):min() == 1 then return rows end
  local out = {}
  for _, row in ipairs(rows:totable()) do
    local whole = true
    for _, score in ipairs(row) do whole = whole and score == score end
    if whole then out[#out + 1] = row end
  end
  return #out > 0 and tensor.from(out, "f64")
end

-- One kind's scores of all systems, (comparisons, systems).
local function side_by_side(sets, kind)
  local columns = {}
  for i, set in ipairs(sets) do
    columns[i] = as_tensor(set[kind])
    if #columns[i] ~= #columns[1] then
      error(("calibrate: system %d has %d %s scores, the first %d"):format(i, #columns[i], kind,
        #columns[1]), 3)
    end
  end
  local rows = #columns[1] > 0 and made(tensor.stack(columns, 2))
  if not rows then error(("calibrate: no %s scores"):format(kind), 3) end
  if rows:abs():max() == math.huge then error("calibrate: a score is infinite", 3) end
  return rows
end

--- Learns to turn scores into natural-log likelihood ratios by logistic
-- regression: one system's (calibration) or those of several for the same
-- comparisons (fusion).
-- @tparam table sets a score set, or a list of them with comparisons in the same
-- order; a comparison that a system could not make is left out
-- @tparam[opt] table options { prior = 0.5, ridge = 0 }: prior of a genuine
-- comparison, where the fit is best (0.5 minimises Cllr); ridge adds
-- ridge |weights|^2 / 2 to what is minimised
-- @treturn table { weights, offset, prior, ridge }, for llr
-- @return or nil, text where the scores have no finite weights
function normalise.calibrate(sets, options)
  local o, list = options or {}, as_list(sets)
  local prior, ridge = o.prior or 0.5, o.ridge or 0
  if not (prior > 0 and prior < 1 and ridge >= 0) then
    error(("calibrate: prior %s and ridge %s, wants 0 to 1 and 0 or more"):format(prior, ridge),
      2)
  end
  local genuine, impostor = side_by_side(list, "genuine"), side_by_side(list, "impostor")
  local weights, offset = logistic.fit(genuine, impostor, prior, ridge)
  if not weights then return nil, "calibrate: " .. offset end
  return { weights = weights, offset = offset, prior = prior, ridge = ridge }
end

--- Log likelihood ratios of scores: offset + the weighted sum. A genuine
-- comparison is as likely as not at llr = -logit of its prior.
-- @tparam table model of calibrate
-- @tparam core.tensor|table scores any shape; a list of one for each system
-- @treturn core.tensor that shape, f64; NaN where a score is
function normalise.llr(model, scores)
  local list = as_list(scores)
  if #list ~= #model.weights then
    error(("llr: scores of %d systems for %d weights"):format(#list, #model.weights), 2)
  end
  local sum
  for i, t in ipairs(list) do
    local term = t:to "f64" * model.weights[i]
    sum = sum and sum + term or term
  end
  return sum + model.offset
end

local COMBINE = {}

function COMBINE.sum(list)
  local sum = list[1]
  for i = 2, #list do sum = sum + list[i] end
  return sum
end

function COMBINE.mean(list) return COMBINE.sum(list) / #list end

function COMBINE.max(list)
  local best = list[1]
  for i = 2, #list do best = tensor.maximum(best, list[i]) end
  return best
end

function COMBINE.min(list)
  local best = list[1]
  for i = 2, #list do best = tensor.minimum(best, list[i]) end
  return best
end

--- One score of several systems by a fixed rule (Kittler et al. 1998); their
-- scores must be alike in range, calibrated ones are. calibrate learns weights.
-- @tparam {core.tensor,...} list of one shape
-- @tparam[opt="mean"] string rule "sum", "mean", "max" or "min"
-- @treturn core.tensor that shape, f64; NaN where a score is
-- @usage normalise.combine({ tensor.from { 1 }, tensor.from { 3 } }) --> [2]
function normalise.combine(list, rule)
  local combine = COMBINE[rule or "mean"]
  if not combine then error(("combine: no rule is called '%s'"):format(rule), 2) end
  if #list == 0 then error("combine: no scores", 2) end
  local wide = {}
  for i, t in ipairs(list) do
    wide[i] = t:to "f64"
    if shape_text(t) ~= shape_text(list[1]) then
      error(("combine: scores of %s and %s"):format(shape_text(list[1]), shape_text(t)), 2)
    end
  end
  return combine(wide)
end

return arguments.checked(normalise, {
  z = "matrix matrix options?:top,ddof",
  t = "matrix matrix options?:top,ddof",
  s = "matrix matrix matrix options?:top,ddof",
  calibrate = "sets options?:prior,ridge",
  llr = "model systems",
  combine = "tensors text?",
  error_versus_reject = "table numbers options:threshold,kind,upto",
})
