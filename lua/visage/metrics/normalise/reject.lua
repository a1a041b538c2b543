--- What rejecting poor photos gains: the error rate of the comparisons that are
-- left, over the share that is left out.
local tensor = require "visage.tensor"

local reject = {}

-- Is the decision at a threshold wrong? A comparison that failed (NaN) is
-- rejected.
local WRONG = {
  genuine = function(score, t) return score < t or score ~= score end,
  impostor = function(score, t) return score >= t end,
}

local function numbers(list) return tensor.is(list) and list:totable() or list end

local function check(scores, quality, kind, upto, threshold)
  if not threshold then error("error_versus_reject: wants a threshold", 3) end
  if #scores == 0 or #scores ~= #quality then
    error(("error_versus_reject: %d qualities for %d %s scores"):format(#quality, #scores, kind),
      3)
  end
  if not (upto > 0 and upto <= 1) then
    error(("error_versus_reject: up to %s, wants more than 0, at most 1"):format(upto), 3)
  end
end

-- Quality and error of each comparison, the poorest first, and all errors.
local function by_quality(scores, quality, wrong, t)
  local list, errors = {}, 0
  for i, score in ipairs(scores) do
    local q, miss = quality[i], wrong(score, t) and 1 or 0
    list[i] = { quality = q == q and q or -math.huge, miss = miss }
    errors = errors + miss
  end
  table.sort(list, function(a, b) return a.quality < b.quality end)
  return list, errors
end

-- The curve of a sorted list: a step before each new quality.
local function curve(list, errors)
  local share, rate, quality, n = {}, {}, {}, #list
  for i, item in ipairs(list) do
    if i == 1 or item.quality > list[i - 1].quality then
      share[#share + 1], rate[#rate + 1] = (i - 1) / n, errors / (n + 1 - i)
      quality[#quality + 1] = item.quality
    end
    errors = errors - item.miss
  end
  return share, rate, quality
end

-- The curve of a quality that knows all errors.
local function ideal_curve(n, errors)
  local share, rate = {}, {}
  for gone = 0, math.min(errors, n - 1) do
    share[#share + 1], rate[#rate + 1] = gone / n, (errors - gone) / (n - gone)
  end
  return share, rate
end

-- Each rate holds until the next share; their mean up to x.
local function mean_of_steps(share, rate, x)
  local area = 0
  for i, from in ipairs(share) do
    local to = math.min(share[i + 1] or 1, x)
    if to > from then area = area + (to - from) * rate[i] end
  end
  return area / x
end

--- Error versus reject (Grother and Tabassi 2007): the error rate at a threshold
-- when the comparisons of the poorest quality are left out. It falls where quality
-- tells which comparisons fail. Comparisons of equal quality go together.
-- @tparam table set a score set; NaN is a comparison that failed: a non-match
-- @tparam core.tensor|{number,...} quality of each comparison, more is better and
-- NaN the poorest; of two photos take the lower, tensor.minimum(a, b)
-- @tparam table options { threshold, kind = "genuine", upto = 0.2 }: "genuine"
-- gives FNMR, "impostor" FMR; verification.far_at_tar(set, 1 - f).threshold starts
-- from FNMR f
-- @treturn table { reject, rate, quality (P) f64: the share left out, the error
-- rate of the others, their least quality (-infinity for NaN); area, the mean rate
-- for shares up to upto; ideal, that mean when wrong ones went first; errors,
-- comparisons }
function reject.error_versus_reject(set, quality, options)
  local kind, upto = options.kind or "genuine", options.upto or 0.2
  if not WRONG[kind] then
    error(("error_versus_reject: a kind is 'genuine' or 'impostor', not '%s'"):format(kind), 2)
  end
  local scores, values = numbers(set[kind] or {}), numbers(quality)
  check(scores, values, kind, upto, options.threshold)
  local list, errors = by_quality(scores, values, WRONG[kind], options.threshold)
  local share, rate, least = curve(list, errors)
  local ideal_share, ideal_rate = ideal_curve(#list, errors)
  return {
    reject = tensor.from(share, "f64"), rate = tensor.from(rate, "f64"),
    quality = tensor.from(least, "f64"), area = mean_of_steps(share, rate, upto),
    ideal = mean_of_steps(ideal_share, ideal_rate, upto), errors = errors, comparisons = #list,
  }
end

return reject
