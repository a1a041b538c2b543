--- Metrics by group: score sets and searches apart by any label (sex, age group,
-- pose, an attribute), error rates of each at one threshold, and the field's
-- figures of how far they differ. Pure functions; who is in which group, and
-- whether a label is fit to be one, is the caller's to say.
--
-- A part is { group = name, set = score set }. Impostor rates depend on who is
-- compared with whom: pairs within a group are harder than pairs across groups,
-- so groups.pairs keeps them apart.
local arguments = require "visage.metrics.arguments"
local identification = require "visage.metrics.identification"
local scores = require "visage.metrics.scores"
local search = require "visage.metrics.identification.search"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local groups = {}

local KINDS = { "genuine", "impostor" }

local function numbers(list)
  return tensor.is(list) and list:totable() or list
end

--- A score set's parts by the label of each comparison.
-- @tparam table set a score set
-- @tparam table labels { genuine = {...}, impostor = {...} }, one for each score;
-- false leaves the comparison out
-- @treturn {table,...} { group, set }, in the order in which labels appear,
-- genuine ones first; NaN scores are in the set's, failures are not apart
-- @usage groups.split(set, { genuine = { "f", "m" }, impostor = { "f" } })
function groups.split(set, labels)
  local parts, at = {}, {}
  for _, kind in ipairs(KINDS) do
    local list = numbers(set[kind])
    if #(labels[kind] or {}) ~= #list then
      error(("split: %d labels for %d %s scores"):format(#(labels[kind] or {}), #list, kind), 2)
    end
    for i, label in ipairs(labels[kind]) do
      if label and not at[label] then
        at[label] = { group = label, set = { genuine = {}, impostor = {} } }
        parts[#parts + 1] = at[label]
      end
      if label then table.insert(at[label].set[kind], list[i]) end
    end
  end
  for _, part in ipairs(parts) do
    for _, kind in ipairs(KINDS) do part.set[kind] = tensor.from(part.set[kind], "f64") end
  end
  return parts
end

local function check_side(matrix, axis, side)
  for _, name in ipairs { "subjects", "groups" } do
    if #side[name] ~= matrix:size(axis) then
      error(("pairs: %d %s for %d %s"):format(#side[name], name, matrix:size(axis),
        axis == 1 and "rows" or "columns"), 3)
    end
  end
end

-- 1 where a label is this group, (N) u8.
local function members(labels, group)
  local out = {}
  for i, label in ipairs(labels) do out[i] = label == group and 1 or 0 end
  return tensor.from(out, "u8")
end

local function cell_name(a, b)
  return a == b and a or ("%s / %s"):format(a, b)
end

--- The parts of a score matrix by the groups of both sides: within groups, named
-- by it ("f"), and between two ("f / m").
-- @tparam core.tensor matrix (N, M)
-- @tparam table rows { subjects = N labels, groups = N labels }; false leaves out
-- @tparam[opt] table columns the same of M; none: the rows' items, and each pair
-- counts once
-- @tparam[opt] table options { ordered = false }: true keeps "f / m" (row f,
-- column m) and "m / f" apart, which wants columns
-- @treturn {table,...} { group, first, second, within, set }, those without a
-- comparison left out
function groups.pairs(matrix, rows, columns, options)
  local across = columns or rows
  check_side(matrix, 1, rows)
  check_side(matrix, 2, across)
  local ordered = options and options.ordered
  local base = scores.mask(rows.subjects, columns and columns.subjects)
  local parts = {}
  local function of(a, b)
    return members(rows.groups, a):unsqueeze(2) * members(across.groups, b)
  end
  local function add(a, b)
    local cell = of(a, b)
    if a ~= b and not ordered then cell = tensor.maximum(cell, of(b, a)) end
    local set = scores.from_matrix(matrix, tensor.maximum(base, cell:eq(0) * scores.IGNORE))
    if #set.genuine + #set.impostor > 0 then
      parts[#parts + 1] = { group = cell_name(a, b), first = a, second = b, within = a == b,
        set = { genuine = set.genuine, impostor = set.impostor } }
    end
  end
  local names = table.move(rows.groups, 1, #rows.groups, 1, {})
  if columns then table.move(across.groups, 1, #across.groups, #names + 1, names) end
  names = search.labels(names)
  for i, a in ipairs(names) do
    for j, b in ipairs(names) do
      if ordered or i <= j then add(a, b) end
    end
  end
  return parts
end

--- Searches by the group of the probe.
-- @tparam table s searches (metrics/identification.lua)
-- @tparam {any,...} labels one for each probe, that is each row of the matrix;
-- false leaves it out
-- @treturn {table,...} { group, searches }, in the order in which labels appear
function groups.searches(s, labels)
  if #labels ~= #s.mated + #s.nonmated then
    error(("searches: %d labels for %d probes"):format(#labels, #s.mated + #s.nonmated), 2)
  end
  local parts = {}
  for i, group in ipairs(search.labels(labels)) do
    local function is_of(row) return labels[row] == group end
    parts[i] = { group = group, searches = identification.select(s, is_of) }
  end
  return parts
end

--- FMR and FNMR of each part at one threshold, of the comparisons that were made.
-- intervals.clopper_pearson(false_matches, impostor) says how sure each is.
-- @tparam {table,...} parts { group, set }
-- @tparam number t threshold, accepted at or above
-- @treturn {table,...} { group, fmr, fnmr, genuine, impostor (comparisons),
-- false_matches, false_non_matches, failures }; a rate of no comparisons is nil
function groups.rates(parts, t)
  local out = {}
  for i, part in ipairs(parts) do
    local set = scores.sorted(part.set)
    local c, g, n = verification.counts(set, t), #set.genuine, #set.impostor
    out[i] = {
      group = part.group, genuine = g, impostor = n, false_matches = c.fp,
      false_non_matches = c.fn, failures = set.failures,
      fmr = n > 0 and c.fp / n or nil, fnmr = g > 0 and c.fn / g or nil,
    }
  end
  return out
end

-- The groups that have a rate, the lowest first; equal ones as they came.
local function ranked(rates, name)
  local list = {}
  for i, rate in ipairs(rates) do
    if rate[name] then list[#list + 1] = { group = rate.group, value = rate[name], at = i } end
  end
  table.sort(list, function(a, b)
    if a.value ~= b.value then return a.value < b.value end
    return a.at < b.at
  end)
  return list
end

-- Of no errors at all 1; of a worst over a best without errors infinity.
local function ratio(worst, best)
  if worst == best then return 1.0 end
  return best == 0 and math.huge or worst / best
end

local function geometric_mean(list)
  local sum = 0
  for _, rate in ipairs(list) do sum = sum + math.log(rate.value) end
  return math.exp(sum / #list)
end

-- The Gini coefficient of n rates, times n / (n - 1): 0 for equal ones, 1 where
-- one group has all errors.
local function gini(list)
  local n, sum, apart = #list, 0, 0
  for _, a in ipairs(list) do
    sum = sum + a.value
    for _, b in ipairs(list) do apart = apart + math.abs(a.value - b.value) end
  end
  if n < 2 or sum == 0 then return 0.0 end
  return apart / (2 * (n - 1) * sum)
end

local function spread_of(rates, name)
  local list = ranked(rates, name)
  if #list == 0 then return nil end
  local best, worst = list[1], list[#list]
  return {
    groups = #list, worst = worst.value, worst_group = worst.group, best = best.value,
    best_group = best.group, difference = worst.value - best.value,
    ratio = ratio(worst.value, best.value),
    worst_to_mean = ratio(worst.value, geometric_mean(list)), gini = gini(list),
  }
end

--- How far FMR and FNMR of groups lie apart at one threshold.
-- @tparam {table,...} rates of groups.rates; where fmr or fnmr is nil the group
-- has no say in that one
-- @tparam[opt] table options { weight = 0.5 } of FMR in fdr and garbe
-- @treturn table { fmr, fnmr, fdr, garbe }. fmr and fnmr: { groups, worst,
-- worst_group, best, best_group, difference, ratio (worst / best; infinity where
-- the best is 0, 1 where both are), worst_to_mean (worst / geometric mean, as
-- NIST's FRTE demographics), gini }, nil where no group has a rate. fdr: the
-- fairness discrepancy rate 1 - (w difference of FMR + (1 - w) difference of FNMR)
-- (de Freitas Pereira and Marcel 2021), 1 is fair; garbe: w gini of FMR + (1 - w)
-- gini of FNMR (Howard et al. 2022), 0 is fair; both nil where either is
function groups.spread(rates, options)
  local w = options and options.weight or 0.5
  if not (w >= 0 and w <= 1) then
    error(("spread: a weight is %s, wants 0 to 1"):format(w), 2)
  end
  local fmr, fnmr = spread_of(rates, "fmr"), spread_of(rates, "fnmr")
  local out = { fmr = fmr, fnmr = fnmr }
  if fmr and fnmr then
    out.fdr = 1 - (w * fmr.difference + (1 - w) * fnmr.difference)
    out.garbe = w * fmr.gini + (1 - w) * fnmr.gini
  end
  return out
end

return arguments.checked(groups, {
  split = "set table",
  pairs = "matrix side side? options?:ordered",
  searches = "searches labels",
  rates = "parts number",
  spread = "rates options?:weight",
})
