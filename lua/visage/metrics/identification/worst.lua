--- The searches that went most wrong, for looking at them: mates that others beat,
-- and strangers that are taken for somebody.
local search = require "visage.metrics.identification.search"

local worst = {}

-- The column with the greatest score, NaN and those of `mates` left out; the first
-- of equals.
local function best_column(row, mates)
  local best, at = -math.huge, nil
  for column, score in ipairs(row:totable()) do
    if not mates[column] and score == score and (not at or score > best) then
      best, at = score, column
    end
  end
  return at, best
end

local function first(list, n)
  for i = #list, (n or #list) + 1, -1 do list[i] = nil end
  return list
end

-- Whose columns are a label's.
local function columns_of(gallery)
  local found = {}
  for column, label in ipairs(gallery) do
    if label then
      found[label] = found[label] or {}
      found[label][column] = true
    end
  end
  return found
end

--- Mated searches in which somebody else comes first, those first whose mate is
-- furthest behind. A search without a mate's score, whose probe or mate has failed,
-- is not among them.
-- @tparam table s searches
-- @tparam {any,...} probes labels of the rows
-- @tparam {any,...} gallery labels of the columns
-- @tparam[opt] int n the most that are wanted
-- @treturn {table,...} { row, rank, mate (score), column (the other's), score, behind }
function worst.misidentified(s, probes, gallery, n)
  search.check("misidentified", s.matrix, probes, gallery)
  local list, mates = {}, columns_of(gallery)
  for i, row in ipairs(s.mated) do
    local mate = s.mate[i]
    if s.rank[i] > 1 and mate == mate then
      local column, score = best_column(s.matrix[row], mates[probes[row]])
      list[#list + 1] = {
        row = row, rank = s.rank[i], mate = mate, column = column, score = score,
        behind = score - mate,
      }
    end
  end
  table.sort(list, function(a, b)
    if a.behind == b.behind then return a.row < b.row end
    return a.behind > b.behind
  end)
  return first(list, n)
end

--- Strangers' searches by their best score, the greatest first; failed ones, which
-- have none, are not among them.
-- @tparam table s searches
-- @tparam[opt] int n the most that are wanted
-- @treturn {table,...} { row, column, score }
function worst.alarms(s, n)
  local list, out = {}, {}
  for i, row in ipairs(s.nonmated) do
    if s.top[i] == s.top[i] then list[#list + 1] = { row = row, score = s.top[i] } end
  end
  table.sort(list, function(a, b)
    if a.score == b.score then return a.row < b.row end
    return a.score > b.score
  end)
  for i, one in ipairs(first(list, n)) do
    one.column = best_column(s.matrix[one.row], {})
    out[i] = one
  end
  return out
end

return worst
