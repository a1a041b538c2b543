--- Confidence intervals: of a share of independent trials, and by drawing
-- subjects anew.
--
-- Comparisons that share a person are not independent. Clopper and Pearson's
-- interval takes them to be and is then too narrow; the bootstrap draws whole
-- subjects.
local arguments = require "visage.metrics.arguments"
local core = require "visage.core.scores"
local pairs_of = require "visage.metrics.pairs"
local scores = require "visage.metrics.scores"
local special = require "visage.metrics.special"
local tensor = require "visage.tensor"

local intervals = {}

local EXACT = "Clopper-Pearson, comparisons taken as independent: each draw of the bootstrap"
  .. " by subject gives the same"

local function check_level(name, level)
  if type(level) ~= "number" or not (level > 0 and level < 1) then
    error(("%s: a level is %s, wants more than 0 and less than 1"):format(name, level), 3)
  end
end

--- Clopper and Pearson's exact interval (1934) of the share behind k successes in
-- n independent trials.
-- @tparam int k 0 to n
-- @tparam int n 1 or more
-- @tparam[opt=0.95] number level
-- @treturn number low
-- @treturn number high
-- @usage intervals.clopper_pearson(0, 10) --> 0.0 0.3084971078187606
function intervals.clopper_pearson(k, n, level)
  level = level or 0.95
  check_level("clopper_pearson", level)
  if not (math.tointeger(k) and math.tointeger(n) and n >= 1 and k >= 0 and k <= n) then
    error(("clopper_pearson: %s of %s, wants whole numbers, 0 to n of n"):format(k, n), 2)
  end
  local outside = (1 - level) / 2
  local low, high = 0.0, 1.0
  if k > 0 then low = special.binomial_tail_inverse(k, n, outside) end
  -- k or fewer are what is left of k + 1 or more.
  if k < n then high = special.binomial_tail_inverse(k + 1, n, 1 - outside) end
  return low, high
end

-- The interval of n subjects from the values of their draws.
local function interval_of(values, n, options, name)
  local level = options.level or 0.95
  check_level(name, level)
  table.sort(values)
  local outside = (1 - level) / 2
  return {
    low = pairs_of.quantile(values, outside), high = pairs_of.quantile(values, 1 - outside),
    level = level, n = n, rounds = #values, method = "bootstrap by subject",
    values = values,
  }
end

local function draw(generator, n)
  local list = {}
  for i = 1, n do list[i] = generator:integer(n) end
  return list
end

local function check_options(name, options)
  if type(options) ~= "table" or not options.generator then
    error(name .. ": wants options with a generator, tensor.generator(seed)", 3)
  end
end

-- Statistics of so many draws; NaN and nil, where a draw has nothing to compute
-- from, are left out and counted. A table is a figure for each of its keys.
local function repeated(statistic, n, options, name)
  local values, rounds, one = {}, options.rounds or 1000, {}
  for _ = 1, rounds do
    local found = statistic()
    if type(found) ~= "table" then found = { [one] = found } end
    for key, value in pairs(found) do
      values[key] = values[key] or {}
      if value == value then table.insert(values[key], value) end
    end
  end
  local out = {}
  for key, list in pairs(values) do
    if list[1] then
      out[key] = interval_of(list, n, options, name)
      out[key].skipped = rounds - #list
    end
  end
  if not next(out) then error(name .. ": no draw had a value", 3) end
  return out[one] or out
end

--- Percentile interval of a statistic of subjects (Efron 1979): subjects are
-- drawn with replacement, as many as there are.
-- @tparam int n subjects
-- @tparam function statistic of a list of n positions 1..n, some repeated; gives
-- a number, or a table of numbers: several figures of the same draws
-- @tparam table options { generator, rounds = 1000, level = 0.95 }
-- @treturn table { low, high, level, n, method, rounds (draws with a value), skipped
-- (those without), values (ascending) }; of a table of numbers one for each key, those
-- that no draw had left out
function intervals.bootstrap(n, statistic, options)
  check_options("bootstrap", options)
  return repeated(function() return statistic(draw(options.generator, n)) end, n, options,
    "bootstrap")
end

--- The interval of a share by its draws; where every draw gives the same share, as
-- 1 or 0 of few trials does, Clopper and Pearson's, which such draws would make look
-- like certainty.
-- @tparam table found of bootstrap or bootstrap_scores
-- @tparam number share 0 to 1
-- @tparam int n its trials
-- @treturn table { low, high, level, method, n }
function intervals.share(found, share, n)
  if found.low < found.high or n == 0 then return found end
  local low, high = intervals.clopper_pearson(math.floor(share * n + 0.5), n, found.level)
  return { low = low, high = high, level = found.level, method = EXACT, n = n }
end

-- Positions of labels, the same for both lists.
local function number_subjects(list, known)
  local out = {}
  for i, label in ipairs(list) do
    if not known[label] then
      known.n = known.n + 1
      known[label] = known.n
    end
    out[i] = known[label]
  end
  return out
end

-- The first and the second subject of each comparison.
local function sides_of(pair)
  local first, second = {}, {}
  for i = 1, #pair do
    local both = pair[i]
    local is_pair = type(both) == "table"
    first[i], second[i] = is_pair and both[1] or both, is_pair and both[2] or both
  end
  return first, second
end

-- One kind of scores sorted, their subjects in that order. A pair's subjects are
-- one label or { a, b }.
local function sorted_side(set, subjects, kind, known)
  local list, pair = set[kind], subjects[kind] or {}
  if type(list) == "table" then list = tensor.from(list, "f64") end
  if #pair ~= #list then
    error(("bootstrap_scores: %d subjects for %d %s scores"):format(#pair, #list, kind), 3)
  end
  local first, second = sides_of(pair)
  first, second = number_subjects(first, known), number_subjects(second, known)
  local values, order = list:sort(1)
  local a, b = {}, {}
  for i, place in ipairs(order:totable()) do a[i], b[i] = first[place], second[place] end
  return { values = values, first = tensor.from(a, "i64"), second = tensor.from(b, "i64") }
end

-- One set as its subjects were drawn; nil where nothing is left of a kind.
local function drawn_set(sides, weights)
  local drawn = {}
  for kind, side in pairs(sides) do
    drawn[kind] = core.multiply(side.values, side.first, side.second, weights)
    if #drawn[kind] == 0 and #side.values > 0 then return nil end
  end
  return scores.sorted(drawn)
end

--- Percentile interval of a figure of a score set by subjects: a comparison
-- counts as often as its subjects were drawn, the product for two. A draw that leaves
-- nothing of a kind that a set has is skipped.
-- @tparam table set a score set; its NaN are drawn too. Or a list of sets, of
-- several galleries say, whose subjects are drawn for all of them at once
-- @tparam table subjects { genuine = { label, ... }, impostor = { { a, b }, ... } },
-- one entry for each score; labels of any type; of a list of sets a list
-- @tparam function statistic of a score set, or of as many as there are, gives a
-- number or a table of numbers; for example
-- function(s) return verification.eer(s).eer end
-- @tparam table options { generator, rounds = 1000, level = 0.95 }
-- @treturn table as of bootstrap
function intervals.bootstrap_scores(set, subjects, statistic, options)
  check_options("bootstrap_scores", options)
  local known, all = { n = 0 }, {}
  local sets, owners = set[1] and set or { set }, set[1] and subjects or { subjects }
  for i, one in ipairs(sets) do
    all[i] = {}
    for _, kind in ipairs { "genuine", "impostor" } do
      all[i][kind] = sorted_side(one, owners[i], kind, known)
    end
  end
  return repeated(function()
    local times = {}
    for i = 1, known.n do times[i] = 0 end
    for _, subject in ipairs(draw(options.generator, known.n)) do
      times[subject] = times[subject] + 1
    end
    local weights, drawn = tensor.from(times, "i64"), {}
    for i, sides in ipairs(all) do
      drawn[i] = drawn_set(sides, weights)
      if not drawn[i] then return nil end
    end
    return statistic(table.unpack(drawn))
  end, known.n, options, "bootstrap_scores")
end

-- How often each subject (column) is drawn in each round (row), f64.
local function drawn_times(generator, rounds, n)
  local rows = {}
  for round = 1, rounds do
    local times = {}
    for i = 1, n do times[i] = 0 end
    for _, subject in ipairs(draw(generator, n)) do times[subject] = times[subject] + 1 end
    rows[round] = times
  end
  return tensor.from(rows, "f64")
end

-- The sums of values by subjects: of each pair of two, as a -> b -> sum with a < b, and
-- of each one with itself.
local function summed(values, first, second)
  local two, one = {}, {}
  for i, value in ipairs(values) do
    local a, b = math.min(first[i], second[i]), math.max(first[i], second[i])
    if a == b then
      one[a] = (one[a] or 0) + value
    else
      two[a] = two[a] or {}
      two[a][b] = (two[a][b] or 0) + value
    end
  end
  return two, one
end

-- So many rows of sums are one matrix at a time: 9,000 subjects take 18 MB.
local BLOCK = 256

-- The sum of each round: a comparison of two counts as often as the product of their
-- times, one of a subject's own as often as it was drawn. (rounds) f64.
local function sums_of_draws(times, two, one)
  local rounds, n = times:size(1), times:size(2)
  local own = tensor.zeros({ n, 1 }, "f64")
  for a, value in pairs(one) do own:set(value, a, 1) end
  local total = times:matmul(own):squeeze(2)
  for first = 1, next(two) and n or 0, BLOCK do
    local rows = math.min(BLOCK, n + 1 - first)
    local block <close> = tensor.zeros({ n, rows }, "f64")
    for a = first, first + rows - 1 do
      for b, value in pairs(two[a] or {}) do block:set(value, b, a - first + 1) end
    end
    local part <close> = times:matmul(block)
    total = total + (part * times:narrow(2, first, rows)):sum(2):reshape { rounds }
  end
  return total
end

local function checked_lists(lists, n)
  for name, list in pairs(lists) do
    if #list ~= n then
      error(("bootstrap_means: %d subjects for %d values of %s"):format(n, #list, name), 3)
    end
    for _, value in ipairs(list) do
      if value ~= value then error("bootstrap_means: a value is NaN; leave it out", 3) end
    end
  end
end

--- Percentile intervals of means over comparisons, by subjects, as bootstrap_scores
-- has them of any figure, but with matrix products: a thousand draws of millions of
-- comparisons take seconds. With an error as 1 and all else as 0 a mean is an error
-- rate at a threshold, which stays the same in all draws.
-- @tparam table lists name -> numbers, one for each comparison
-- @tparam {any,...} subjects { a, b } of each comparison, or the label of its one
-- @tparam table options { generator, rounds = 1000, level = 0.95 }
-- @treturn table name -> interval as of bootstrap; none where no draw has a comparison
-- @usage intervals.bootstrap_means({ fnmr = { 0, 1 } }, { "a", "b" }, options).fnmr.low
function intervals.bootstrap_means(lists, subjects, options)
  check_options("bootstrap_means", options)
  checked_lists(lists, #subjects)
  local known, first, second = { n = 0 }, sides_of(subjects)
  first, second = number_subjects(first, known), number_subjects(second, known)
  if known.n == 0 then return {} end
  local times <close> = drawn_times(options.generator, options.rounds or 1000, known.n)
  local ones, out = {}, {}
  for i = 1, #subjects do ones[i] = 1 end
  local counts = sums_of_draws(times, summed(ones, first, second)):totable()
  for name, list in pairs(lists) do
    local sums, values = sums_of_draws(times, summed(list, first, second)):totable(), {}
    for round, count in ipairs(counts) do
      if count > 0 then values[#values + 1] = sums[round] / count end
    end
    if values[1] then
      out[name] = interval_of(values, known.n, options, "bootstrap_means")
      out[name].skipped = #counts - #values
    end
  end
  return out
end

-- Of each subject its trials and successes in each list.
local function totals_of(lists)
  local known, totals = { n = 0 }, {}
  for k, list in ipairs(lists) do
    if #list.owners ~= #list.hits then
      error(("bootstrap_shares: %d owners of %d trials"):format(#list.owners, #list.hits), 3)
    end
    for i, subject in ipairs(number_subjects(list.owners, known)) do
      totals[subject] = totals[subject] or {}
      local one = totals[subject][k] or { n = 0, hits = 0 }
      one.n, one.hits = one.n + 1, one.hits + (list.hits[i] and 1 or 0)
      totals[subject][k] = one
    end
  end
  return totals
end

--- Percentile interval of a share of trials by their subjects, or of the mean of several
-- shares, such as those of two galleries: a subject's trials are drawn together.
-- @tparam {table,...} lists of each share { hits = booleans, owners = labels }
-- @tparam table options { generator, rounds = 1000, level = 0.95 }
-- @treturn table as of bootstrap
-- @usage intervals.bootstrap_shares({ { hits = { true, false }, owners = { "a", "b" } } },
--   { generator = tensor.generator(1) }).low --> 0.0
function intervals.bootstrap_shares(lists, options)
  check_options("bootstrap_shares", options)
  local totals = totals_of(lists)
  if #totals == 0 then error("bootstrap_shares: no trials", 2) end
  return intervals.bootstrap(#totals, function(drawn)
    local mean = 0
    for k = 1, #lists do
      local n, hits = 0, 0
      for _, subject in ipairs(drawn) do
        local one = totals[subject][k]
        if one then n, hits = n + one.n, hits + one.hits end
      end
      if n == 0 then return nil end
      mean = mean + hits / n / #lists
    end
    return mean
  end, options)
end

return arguments.checked(intervals, {
  share = "interval share whole",
  clopper_pearson = "whole count number?",
  bootstrap = "count function options:generator,rounds,level",
  bootstrap_scores = "sets table function options:generator,rounds,level",
  bootstrap_shares = "trials options:generator,rounds,level",
  bootstrap_means = "table labels options:generator,rounds,level",
})
