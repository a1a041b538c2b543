--- Similarity matrices of templates: plain tables, rows and columns in the
-- order of the definition's groups.
local definition = require "visage.templates.definition"
local pooling = require "visage.templates.pooling"

local matrix = {}

--- The matrix of one subject.
-- @tparam table def as definition.check gives it; its pairing and pooling count
-- @tparam table pooled template name -> what the pooling rule made of it
-- @treturn {{number,...},...}
function matrix.of(def, pooled)
  local compare = pooling.rule(def.pooling).compare
  local out = {}
  for i, row in ipairs(def.pairings[def.pairing]) do
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

--- How much more alike templates of one group are than those of two:
-- (M11 + M22)/2 - (M12 + M21)/2.
-- @tparam {{number,...},...} m 2 x 2
-- @treturn number
-- @usage matrix.effect { { 0.7, 0.5 }, { 0.4, 0.8 } } --> 0.3
function matrix.effect(m)
  return (m[1][1] + m[2][2]) / 2 - (m[1][2] + m[2][1]) / 2
end

return matrix
