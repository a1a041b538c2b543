--- Similarity matrices of templates: plain tables, rows and columns in the
-- order of the definition's groups.
local definition = require "visage.templates.definition"
local pooling = require "visage.templates.pooling"

local matrix = {}

--- The matrix of one subject.
-- @tparam table def as definition.check gives it; its pairing and pooling count
-- @tparam table pooled template name -> what the pooling rule made of it
-- @tparam[opt] string pairing instead of the definition's
-- @treturn {{number,...},...}
function matrix.of(def, pooled, pairing)
  local compare = pooling.rule(def.pooling).compare
  local out = {}
  for i, row in ipairs(def.pairings[pairing or def.pairing]) do
    out[i] = {}
    for j, cell in ipairs(row) do
      local sum, couples = 0, definition.pairs_of(cell)
      for _, couple in ipairs(couples) do
        sum = sum + compare(pooled[couple[1]], pooled[couple[2]])
      end
      out[i][j] = sum / #couples
    end
  end
  return out
end

--- The mean of matrices of one size, cell by cell.
-- @tparam {matrix,...} list not empty
-- @treturn {{number,...},...}
function matrix.mean(list)
  local out = {}
  for i, row in ipairs(list[1]) do
    out[i] = {}
    for j in ipairs(row) do
      local sum = 0
      for _, one in ipairs(list) do sum = sum + one[i][j] end
      out[i][j] = sum / #list
    end
  end
  return out
end

--- The two sides of the effect: the mean of the diagonal (templates of one group)
-- and of all other cells (templates of two groups).
-- @tparam {{number,...},...} m n x n, n at least 2
-- @treturn number
-- @treturn number
function matrix.sides(m)
  local same, other = 0, 0
  for i, row in ipairs(m) do
    for j, value in ipairs(row) do
      if i == j then same = same + value else other = other + value end
    end
  end
  return same / #m, other / (#m * (#m - 1))
end

--- How much more alike templates of one group are than those of two: the mean of
-- the diagonal less that of the rest; of 2 x 2 (M11 + M22)/2 - (M12 + M21)/2.
-- @tparam {{number,...},...} m n x n
-- @treturn number
-- @usage matrix.effect { { 0.7, 0.5 }, { 0.4, 0.8 } } --> 0.3
function matrix.effect(m)
  local same, other = matrix.sides(m)
  return same - other
end

return matrix
