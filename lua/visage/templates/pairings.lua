--- Pairings of two templates a group, GROUP1 and GROUP2: which of them fill which
-- cell of the matrix, row by row. Each is a function of the groups, so that it
-- serves age (2 x 2), pose (3 x 3) and whatever else comes in groups; a cell is one
-- pair of template names, or a list of pairs whose similarities are averaged.
local pairings = {}

local function first(group) return group .. "1" end
local function second(group) return group .. "2" end

-- Every cell by a function of its row's and its column's place.
local function filled(groups, cell)
  local rows = {}
  for i = 1, #groups do
    rows[i] = {}
    for j = 1, #groups do rows[i][j] = cell(i, j) end
  end
  return rows
end

--- First template of the row with the second of the column. The paper (Cao et al.,
-- FG 2018) does not spell it out; it is inferred from matrices that are not
-- symmetric.
-- @tparam {string,...} groups
-- @treturn {{table,...},...} rows of cells
-- @usage pairings.paper { "young", "mature" } [1][2] --> { "young1", "mature2" }
function pairings.paper(groups)
  return filled(groups, function(i, j) return { first(groups[i]), second(groups[j]) } end)
end

--- Every template of the row's group with every one of the column's, the least
-- noisy; the two of one group with each other.
-- @tparam {string,...} groups
-- @treturn {{table,...},...} rows of cells; the matrix is symmetric
function pairings.all_cross(groups)
  return filled(groups, function(i, j)
    if i == j then return { first(groups[i]), second(groups[i]) } end
    -- In one order in both triangles, so that both get the same sum.
    local a, b = groups[math.min(i, j)], groups[math.max(i, j)]
    return {
      { first(a), first(b) }, { first(a), second(b) },
      { second(a), first(b) }, { second(a), second(b) },
    }
  end)
end

--- What the Keras reproduction computes for young and mature templates
-- (florastack/ReproducingVGGFace2-TensorFlow): [y1 y2, y1 m1; m2 y2, m1 m2].
-- @tparam {string,...} groups
-- @treturn ?table rows of cells; nil but for two groups
function pairings.reproduction(groups)
  if #groups ~= 2 then return nil end
  local y, m = table.unpack(groups)
  return {
    { { first(y), second(y) }, { first(y), first(m) } },
    { { second(m), second(y) }, { first(m), second(m) } },
  }
end

return pairings
