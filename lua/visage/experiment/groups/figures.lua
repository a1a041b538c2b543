--- Similarity and error by group of the comparisons: what attributes.lua tells of each
-- bin of age or pose, each sex, each attribute.
local comparisons = require "visage.experiment.groups.comparisons"
local groups = require "visage.metrics.groups"
local intervals = require "visage.metrics.intervals"
local verification = require "visage.metrics.verification"

local group_figures = {}

local KINDS = { "genuine", "impostor" }

-- Is the decision about a score at threshold t wrong?
local WRONG = {
  genuine = function(score, t) return score < t end,
  impostor = function(score, t) return score >= t end,
}

-- The scores at places of a kind that were made, whether each is wrong, whose it is, and
-- how far its photos lie apart where a gap can be told.
local function gathered(photos, pairs_, scores, places, kind, t, gap)
  local out = { scores = {}, wrong = {}, subjects = {}, gaps = {}, failures = 0 }
  for _, i in ipairs(places or {}) do
    local score = scores[i]
    if score == score then
      local n = #out.scores + 1
      local a, b = photos[pairs_.first[i]], photos[pairs_.second[i]]
      out.scores[n], out.wrong[n] = score, WRONG[kind](score, t) and 1 or 0
      out.subjects[n] = kind == "genuine" and a.subject or { a.subject, b.subject }
      out.gaps[n] = gap and gap(a, b)
    else
      out.failures = out.failures + 1
    end
  end
  return out
end

local function mean(list)
  local sum = 0
  for _, value in ipairs(list) do sum = sum + value end
  return #list > 0 and sum / #list or nil
end

-- A mean with its interval, which is made to hold it: draws of a few subjects may all
-- lie beside it. Where all draws are alike, as of one subject, there is none.
local function with_interval(value, interval)
  if not value then return nil end
  local out = { value = value }
  if interval and interval.low < interval.high then
    out.low, out.high = math.min(interval.low, value), math.max(interval.high, value)
    out.level, out.method, out.n = interval.level, interval.method, interval.n
  end
  return out
end

local function errors_in(wrong)
  local n = 0
  for _, one in ipairs(wrong) do n = n + one end
  return n
end

local RATE = { genuine = "fnmr", impostor = "fmr" }

local function of_group(name, sides, options)
  local out = { group = name, genuine = #sides.genuine.scores, impostor = #sides.impostor.scores,
    failures = sides.genuine.failures + sides.impostor.failures, errors = {}, similarity = {},
    gap = {} }
  local how = { generator = options.generator, rounds = options.rounds, level = options.level }
  for _, kind in ipairs(KINDS) do
    local side = sides[kind]
    local drawn = options.rounds > 0 and intervals.bootstrap_means(
      { rate = side.wrong, similarity = side.scores }, side.subjects, how) or {}
    out.errors[kind] = errors_in(side.wrong)
    out[RATE[kind]] = with_interval(mean(side.wrong), drawn.rate and intervals.share(drawn.rate,
      mean(side.wrong), #side.wrong))
    out.gap[kind] = mean(side.gaps)
    out.similarity[kind] = with_interval(mean(side.scores), drawn.similarity)
  end
  local set = { genuine = sides.genuine.scores, impostor = sides.impostor.scores }
  if out.genuine > 0 and out.impostor > 0 then
    local d = verification.d_prime(set)
    -- Two single scores have no spread.
    out.d_prime, out.eer = d - d == 0 and d or nil, verification.eer(set).eer
  end
  return out, { group = name, set = set }
end

--- The figures of each group, at one threshold that was chosen before.
-- @tparam table grouping of visage.experiment.groups.comparisons; values: its groups that are
-- compared with each other (all where it has none)
-- @tparam {table,...} photos { subject, ... }
-- @tparam table drawn of comparisons.draw
-- @tparam table scores { genuine, impostor }, lists in the order of drawn; NaN failed
-- @tparam table options threshold; generator; rounds (0: no intervals), level
-- @treturn table groups: a list in the grouping's order, of those with a comparison:
-- { group, genuine, impostor (counts of scores), failures, errors = { genuine, impostor },
-- fmr, fnmr, similarity = { genuine, impostor }: each { value, low, high, level, method, n }
-- or nil, d_prime, eer, gap = { genuine, impostor }: the mean gap of a grouping that has one };
-- unknown: comparisons without a label; spread: of visage.metrics.groups
function group_figures.of(grouping, photos, drawn, scores, options)
  local split, unknown = {}, 0
  for _, kind in ipairs(KINDS) do
    split[kind] = comparisons.split(grouping, photos, drawn[kind])
    unknown = unknown + #split[kind][false]
  end
  local list, parts = {}, {}
  for _, name in ipairs(grouping.names) do
    if split.genuine[name] or split.impostor[name] then
      local sides = {}
      for _, kind in ipairs(KINDS) do
        sides[kind] = gathered(photos, drawn[kind], scores[kind], split[kind][name], kind,
          options.threshold, grouping.gap)
      end
      list[#list + 1], parts[#parts + 1] = of_group(name, sides, options)
    end
  end
  local compared, within = {}, {}
  for _, name in ipairs(grouping.values or grouping.names) do within[name] = true end
  for _, part in ipairs(parts) do
    if within[part.group] then compared[#compared + 1] = part end
  end
  return { groups = list, unknown = unknown,
    spread = groups.spread(groups.rates(compared, options.threshold)) }
end

-- Sums of squares about each subject's own means: of the gap, and of gap times score.
local function sums_by_subject(photos, pairs_, scores, gap)
  local list, at = {}, {}
  for i, score in ipairs(scores) do
    local a, b = photos[pairs_.first[i]], photos[pairs_.second[i]]
    local x = gap(a, b)
    if x and score == score then
      local one = at[a.subject]
      if not one then
        one = { n = 0, x = 0, y = 0, xx = 0, xy = 0 }
        at[a.subject], list[#list + 1] = one, one
      end
      one.n, one.x, one.y = one.n + 1, one.x + x, one.y + score
      one.xx, one.xy = one.xx + x * x, one.xy + x * score
    end
  end
  for i, one in ipairs(list) do
    list[i] = { xx = one.xx - one.x ^ 2 / one.n, xy = one.xy - one.x * one.y / one.n }
  end
  return list
end

--- By how much the similarity of one person's photos changes with each unit of a gap, by
-- least squares about each person's own mean: people who are more alike at all gaps, or
-- have photos at some only, do not move it, as they move the means of bins.
-- @tparam table grouping of comparisons.by_gap
-- @tparam {table,...} photos { subject, ... }
-- @tparam table pairs_ genuine ones of comparisons.draw
-- @tparam {number,...} scores in their order; NaN is left out
-- @tparam table options generator; rounds (0: no interval), level
-- @treturn ?table { value, low, high, level, method, n }; nil where no person has photos
-- at two gaps
function group_figures.slope(grouping, photos, pairs_, scores, options)
  local list = sums_by_subject(photos, pairs_, scores, grouping.gap)
  local function slope(drawn)
    local xx, xy = 0, 0
    for _, k in ipairs(drawn) do xx, xy = xx + list[k].xx, xy + list[k].xy end
    return xx > 1e-9 and xy / xx or nil
  end
  local all = {}
  for k = 1, #list do all[k] = k end
  local value = slope(all)
  return with_interval(value, value and options.rounds > 0
    and intervals.bootstrap(#list, slope, options) or nil)
end

return group_figures
