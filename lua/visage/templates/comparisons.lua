--- Templates of many subjects, all with all: for any two template names the matrix
-- (n, n) of the similarities of n subjects' templates. On its diagonal a subject meets
-- itself (genuine), elsewhere another one (impostor), so that each cell of a
-- similarity matrix has an impostor cell that is made in the same way.
local definition = require "visage.templates.definition"
local pooling = require "visage.templates.pooling"
local scores = require "visage.metrics.scores"
local tensor = require "visage.tensor"

local comparisons = {}

-- All of one list with all of another, for rules without a faster way.
local function one_by_one(compare, a, b)
  local rows = {}
  for i, x in ipairs(a) do
    rows[i] = {}
    for k, y in ipairs(b) do rows[i][k] = compare(x, y) end
  end
  return tensor.from(rows, "f64")
end

--- Compares the templates of all subjects.
-- @tparam table def as definition.check gives it; its pooling counts
-- @tparam {table,...} list the subjects' pooled templates, name -> what the rule made
-- @treturn table { names (in byte order), n (subjects), of(a, b) -> (n, n) f64: row i,
-- column k is template a of subject i with template b of subject k }
function comparisons.all(def, list)
  local rule, names = pooling.rule(def.pooling), definition.names(def)
  local by_name, made = {}, {}
  for _, name in ipairs(names) do
    by_name[name], made[name] = {}, {}
    for i, pooled in ipairs(list) do by_name[name][i] = pooled[name] end
  end
  local function of(a, b)
    if not made[a][b] then
      made[a][b] = rule.matrix and rule.matrix(by_name[a], by_name[b])
        or one_by_one(rule.compare, by_name[a], by_name[b])
      -- Similarities of two are those of the other two, turned about.
      made[b][a] = made[a][b]:transpose(1, 2)
    end
    return made[a][b]
  end
  return { names = names, n = #list, of = of }
end

--- The comparisons of a cell of a pairing.
-- @tparam table all of comparisons.all
-- @tparam table cell a couple of template names, or a list of couples to be averaged
-- @treturn core.tensor (n, n) f64
function comparisons.cell(all, cell)
  local couples, sum = definition.pairs_of(cell), nil
  for _, couple in ipairs(couples) do
    local one = all.of(couple[1], couple[2])
    sum = sum and sum + one or one
  end
  return #couples > 1 and sum / #couples or sum
end

--- Which comparisons of n subjects count: those of a subject with itself are genuine,
-- those of two subjects impostors where their labels are equal.
-- @tparam {any,...} labels one a subject; false for an unknown one, which is no
-- impostor
-- @treturn core.tensor (n, n) u8, of metrics/scores.lua
-- @usage comparisons.mask { "f", "m", "f" } --> { { 1, 2, 0 }, { 2, 1, 2 }, { 0, 2, 1 } }
function comparisons.mask(labels)
  local subjects = {}
  for i = 1, #labels do subjects[i] = i end
  local mask = scores.mask(subjects, subjects)
  local alike = scores.mask(labels, labels)
  -- Two labels that are not MATCH each other take the comparison out, but for a
  -- subject's own.
  local out = alike:ne(scores.MATCH) * (mask:ne(scores.MATCH)) * scores.IGNORE
  return tensor.maximum(mask, out)
end

--- The score set of a matrix of comparisons.
-- @tparam core.tensor matrix (n, n) of comparisons.cell
-- @tparam core.tensor mask of comparisons.mask
-- @treturn table { genuine (n), impostor, failures } in no stated order
function comparisons.scores(matrix, mask)
  return scores.from_matrix(matrix:contiguous(), mask)
end

return comparisons
