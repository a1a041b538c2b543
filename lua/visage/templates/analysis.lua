--- What the templates of many subjects say: the mean matrix of each pairing, the
-- impostor matrix that belongs to it, how well each cell tells persons apart, and the
-- effect of the groups with its interval and its test. Plain tables in and out; all
-- that is drawn comes from a seed.
local comparisons = require "visage.templates.comparisons"
local definition = require "visage.templates.definition"
local intervals = require "visage.metrics.intervals"
local matrix = require "visage.templates.matrix"
local permutation = require "visage.metrics.permutation"
local scores = require "visage.metrics.scores"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local analysis = {}

-- Two subjects are the fewest that can be compared.
local FEWEST = 2

-- Impostor scores of a cell that are kept.
local SAMPLE = 1000

-- The mean of numbers and its interval by drawing subjects anew. NaN has none, nor have
-- draws that are all alike, as of one subject, which would look like certainty.
local function mean_of(list, o)
  local sum = 0
  for _, value in ipairs(list) do sum = sum + value end
  if sum ~= sum then return sum, nil end
  local interval = intervals.bootstrap(#list, function(drawn)
    local total = 0
    for _, place in ipairs(drawn) do total = total + list[place] end
    return total / #drawn
  end, { generator = tensor.generator(o.seed), rounds = o.rounds, level = o.level })
  return sum / #list, interval.low < interval.high and {
    low = interval.low, high = interval.high, level = interval.level,
    method = interval.method, n = interval.n,
  } or nil
end

-- So many of sorted numbers, at even ranks: enough for their histogram.
local function sampled(sorted)
  local n, list = math.min(#sorted, SAMPLE), {}
  for i = 1, n do list[i] = sorted[math.floor((i - 0.5) * #sorted / n) + 1] end
  return list
end

-- How well the genuine scores of a cell stand out from impostors; nil without any.
local function figures(genuine, impostor, far)
  local set = scores.sorted { genuine = genuine, impostor = impostor }
  if #set.genuine == 0 or #set.impostor == 0 then return nil end
  local at = verification.tar_at_far(set, far)
  return {
    impostor = impostor:mean(), impostors = #set.impostor, sample = sampled(set.impostor),
    d_prime = verification.d_prime(set), eer = verification.eer(set).eer,
    tar = at.tar, supported = at.supported,
  }
end

-- One cell: its mean over the subjects, and the figures with any impostors and with
-- those of the same sex.
local function cell_of(list, values, all, masks, o)
  local mean, interval = mean_of(values, o)
  local cell = { mean = mean, interval = interval, genuine = values }
  if not all then return cell end
  local genuine, matches = tensor.from(values, "f64"), comparisons.cell(all, list)
  for kind, mask in pairs(masks) do
    cell[kind] = figures(genuine, comparisons.scores(matches, mask).impostor, o.far)
  end
  return cell
end

-- The effect of the groups, paired by subject.
local function effect_of(matrices, o)
  local same, other, list = {}, {}, {}
  for i, one in ipairs(matrices) do
    same[i], other[i] = matrix.sides(one)
    list[i] = same[i] - other[i]
  end
  local mean, interval = mean_of(list, o)
  local test = permutation.paired(same, other, {
    generator = tensor.generator(o.seed), rounds = o.deals,
  })
  return { mean = mean, interval = interval, test = test }
end

local function pairing_of(def, name, subjects, all, masks, o)
  local matrices, cells = {}, {}
  for i, one in ipairs(subjects) do matrices[i] = one.matrices[name] end
  for i, row in ipairs(def.pairings[name]) do
    cells[i] = {}
    for j, cell in ipairs(row) do
      local values = {}
      for s, one in ipairs(matrices) do values[s] = one[i][j] end
      cells[i][j] = cell_of(cell, values, all, masks, o)
    end
  end
  return {
    name = name, mean = matrix.mean(matrices), cells = cells, effect = effect_of(matrices, o),
  }
end

-- The subjects that are compared with each other: all, or so many drawn.
local function drawn(subjects, o)
  local most = o.impostors or #subjects
  if #subjects <= most then return subjects end
  local list = {}
  for i, place in ipairs(tensor.generator(o.seed):permutation(#subjects)) do
    if i > most then break end
    list[i] = subjects[place]
  end
  return list
end

-- Every template with every other one, whatever the pairing.
local function all_templates(all, mask)
  local list = {}
  for i, first in ipairs(all.names) do
    for k = i, #all.names do
      local second = all.names[k]
      local set = comparisons.scores(all.of(first, second), mask)
      list[#list + 1] = {
        first = first, second = second, impostor = set.impostor:mean(),
        -- A template with itself says nothing.
        genuine = k > i and set.genuine:mean() or nil,
      }
    end
  end
  return list
end

--- Analyses the templates of subjects.
-- @tparam table def as definition.check gives it
-- @tparam {table,...} subjects { pooled = template name -> what the rule made;
-- matrices = pairing -> matrix; sex = any label, false where it is not known }
-- @tparam table options seed; far = 0.01 of the TAR; rounds = 1000 and level = 0.95 of
-- the bootstrap by subject; deals = 9999 of the permutation test; impostors: at most so
-- many subjects, drawn, are compared with each other (0: none)
-- @treturn table { n, impostor_subjects (compared with each other), pairings, templates }:
-- pairings[NAME] = { name, mean, cells, effect = { mean, interval, test } };
-- cells[i][j] = { mean, interval, genuine = {number,...}, any, same_sex }, the last two
-- { impostor (mean), impostors (how many), sample (of them, ascending), d_prime, eer, tar,
-- supported } or nil where there is no impostor; templates = { { first, second, genuine,
-- impostor }, ... }, nil without impostors
function analysis.of(def, subjects, options)
  local o = { far = 0.01 }
  for key, value in pairs(options) do o[key] = value end
  local compared, pooled, any, sexes = drawn(subjects, o), {}, {}, {}
  for i, one in ipairs(compared) do
    pooled[i], any[i], sexes[i] = one.pooled, 1, one.sex or false
  end
  local all = #compared >= FEWEST and comparisons.all(def, pooled) or nil
  local masks = all and { any = comparisons.mask(any), same_sex = comparisons.mask(sexes) }
  local out = { n = #subjects, impostor_subjects = all and #compared or 0, pairings = {} }
  for _, name in ipairs(definition.pairing_names(def)) do
    out.pairings[name] = pairing_of(def, name, subjects, all, masks, o)
  end
  out.templates = all and all_templates(all, masks.any)
  return out
end

return analysis
