--- From a score matrix to what became of each search: the mate's score and rank,
-- a stranger's best score. The figures of metrics/identification.lua are counted
-- from these.
local tensor = require "visage.tensor"

local search = {}

--- Raises where labels do not fit a matrix.
-- @tparam string name the operation's
-- @tparam core.tensor matrix (P, N)
-- @tparam {any,...} probes
-- @tparam {any,...} gallery
-- @tparam ?core.tensor ignore
function search.check(name, matrix, probes, gallery, ignore)
  if matrix:dims() ~= 2 or #matrix ~= #probes or matrix:size(2) ~= #gallery then
    error(("%s: a matrix of %s, wants %d probes by %d entries"):format(name,
      table.concat(matrix:shape(), " x "), #probes, #gallery), 3)
  end
  if #gallery == 0 then error(name .. ": the gallery is empty", 3) end
  if ignore and (ignore:dims() ~= 2 or #ignore ~= #probes or ignore:size(2) ~= #gallery) then
    error(("%s: a mask of %s, wants %d by %d"):format(name,
      table.concat(ignore:shape(), " x "), #probes, #gallery), 3)
  end
end

--- The different labels of a list, without false, in their order.
-- @tparam {any,...} labels
-- @treturn {any,...}
-- @treturn table label -> the positions where it is
function search.labels(labels)
  local order, places = {}, {}
  for i, label in ipairs(labels) do
    if label and not places[label] then
      order[#order + 1] = label
      places[label] = {}
    end
    if label then table.insert(places[label], i) end
  end
  return order, places
end

--- Some columns of a matrix, copied in the order of the list.
-- @tparam core.tensor matrix (P, N)
-- @tparam {int,...} list
-- @treturn core.tensor (P, #list)
function search.columns(matrix, list)
  local out = tensor.zeros({ #matrix, #list }, matrix:dtype())
  for to, from in ipairs(list) do out:select(2, to):copy(matrix:select(2, from)) end
  return out
end

-- The greatest number but NaN; NaN where there is none.
local function greatest(row)
  local top = row:max()
  if top == top then return top end
  local made = row:eq(row):sum()
  -- Sorting puts NaN last.
  return made > 0 and row:sort(1)[made] or 0 / 0
end

-- NaN where the mask is not 0, which no comparison passes.
local function without(matrix, ignore)
  local keep = ignore:eq(0):to(matrix:dtype())
  -- 1 / 1 is 1, and 0 / 0 is NaN.
  return matrix * (keep / keep)
end

local function present(columns, ignored)
  if not ignored then return columns end
  local out = {}
  for _, column in ipairs(columns) do
    if ignored[column] == 0 then out[#out + 1] = column end
  end
  return out
end

-- Scores of the mates that were compared, falling.
local function mate_scores(row, mates)
  local out = {}
  for _, column in ipairs(mates) do
    local score = row[column]
    if score == score then out[#out + 1] = score end
  end
  table.sort(out, function(a, b) return a > b end)
  return out
end

-- Mates that score as much as the k-th best one or more.
local function mates_at_least(scores, k)
  local last = k
  while scores[last + 1] == scores[k] do last = last + 1 end
  return last
end

-- How many others stand before the k-th mate: those above it, and by the
-- pessimistic rule also those that tie with it.
local function others_before(row, scores, k, ties)
  local score = scores[k]
  if ties == "optimistic" then
    local above = k
    while above > 0 and scores[above] == score do above = above - 1 end
    return row:gt(score):sum() - above
  end
  return row:ge(score):sum() - mates_at_least(scores, k)
end

-- Calls visit(i, row, mates) for each probe; mates is empty for a non-mated one.
local function each_probe(matrix, probes, gallery, ignore, visit)
  local _, places = search.labels(gallery)
  for i, label in ipairs(probes) do
    local mates = label and places[label] or {}
    visit(i, matrix[i], present(mates, ignore and ignore[i]))
  end
end

local function check_ties(name, ties, known)
  if not known[ties] then error(("%s: no rule of ties is called '%s'"):format(name, ties), 3) end
end

local TIES = { pessimistic = true, optimistic = true }

--- What became of each search.
-- @tparam core.tensor matrix (P, N) similarities, NaN for what could not be
-- compared
-- @tparam {any,...} probes P labels; false, or one not in the gallery, is a
-- stranger's
-- @tparam {any,...} gallery N labels; a subject may have several entries, each is
-- a candidate of its own (by_subject makes them one); false is nobody's mate
-- @tparam[opt] table options { ties = "pessimistic", ignore }: of equal scores
-- the mate comes last ("pessimistic": bob, OpenBR) or first ("optimistic");
-- ignore (P, N): entries that are not 0 are not in the gallery for that probe,
-- such as the probe itself
-- @treturn table searches { entries = N, mated, nonmated (rows of matrix), mate
-- (the mates' scores, NaN where failed), rank (N + 1 where failed), top (best
-- scores of non-mated searches, NaN where failed), ties, matrix (with NaN where
-- ignored) }; mate and rank go with mated, top with nonmated
function search.searches(matrix, probes, gallery, options)
  local o = options or {}
  local ties = o.ties or "pessimistic"
  search.check("searches", matrix, probes, gallery, o.ignore)
  check_ties("searches", ties, TIES)
  if o.ignore then matrix = without(matrix, o.ignore) end
  local s = {
    entries = #gallery, mated = {}, nonmated = {}, mate = {}, rank = {}, top = {},
    ties = ties, matrix = matrix,
  }
  each_probe(matrix, probes, gallery, o.ignore, function(i, row, mates)
    if #mates == 0 then
      s.nonmated[#s.nonmated + 1] = i
      s.top[#s.nonmated] = greatest(row)
      return
    end
    local scores, n = mate_scores(row, mates), #s.mated + 1
    s.mated[n], s.mate[n], s.rank[n] = i, scores[1] or 0 / 0, #gallery + 1
    if scores[1] then s.rank[n] = others_before(row, scores, 1, ties) + 1 end
  end)
  return s
end

--- Searches of some of the probes: of one group, say.
-- @tparam table s searches
-- @tparam function keep of a row's number: true or false
-- @treturn table searches
function search.select(s, keep)
  local out = {
    entries = s.entries, mated = {}, nonmated = {}, mate = {}, rank = {}, top = {},
    ties = s.ties, matrix = s.matrix,
  }
  for i, row in ipairs(s.mated) do
    if keep(row) then
      local n = #out.mated + 1
      out.mated[n], out.mate[n], out.rank[n] = row, s.mate[i], s.rank[i]
    end
  end
  for i, row in ipairs(s.nonmated) do
    if keep(row) then
      local n = #out.nonmated + 1
      out.nonmated[n], out.top[n] = row, s.top[i]
    end
  end
  return out
end

-- The greatest of each row's scores in these columns.
local function best_entries(matrix, list)
  local some = search.columns(matrix, list)
  local best = some:max(2)
  for i, value in ipairs(best:totable()) do
    if value ~= value then best[i] = greatest(some[i]) end
  end
  return best
end

--- One entry for each subject of the gallery, its score the greatest of the
-- subject's entries, so that nobody fills several ranks.
-- @tparam core.tensor matrix (P, N)
-- @tparam {any,...} gallery N labels; entries without one are left out
-- @treturn core.tensor (P, S)
-- @treturn {any,...} S labels, in the order of their first entries
function search.by_subject(matrix, gallery)
  if matrix:dims() ~= 2 or matrix:size(2) ~= #gallery then
    error(("by_subject: a matrix of %s for %d entries")
      :format(table.concat(matrix:shape(), " x "), #gallery), 2)
  end
  local order, places = search.labels(gallery)
  local out = tensor.zeros({ #matrix, #order }, matrix:dtype())
  for column, label in ipairs(order) do
    out:select(2, column):copy(best_entries(matrix, places[label]))
  end
  return out, order
end

local PRECISION = {}

-- The k-th mate is found after k - 1 mates and the others before it.
local function stepwise(row, scores, ties)
  local sum = 0
  for k = 1, #scores do sum = sum + k / (k + others_before(row, scores, k, ties)) end
  return sum
end

function PRECISION.pessimistic(row, scores) return stepwise(row, scores, "pessimistic") end

function PRECISION.optimistic(row, scores) return stepwise(row, scores, "optimistic") end

-- All that score the same are found at once.
function PRECISION.grouped(row, scores)
  local sum, k = 0, 1
  while k <= #scores do
    local last = mates_at_least(scores, k)
    sum = sum + (last + 1 - k) * last / row:ge(scores[k]):sum()
    k = last + 1
  end
  return sum
end

--- Mean average precision of mated searches: of a search the mean, over all its
-- mates, of the share of mates among the candidates down to that mate. A mate that
-- could not be compared is never found.
-- @tparam core.tensor matrix (P, N), as for searches
-- @tparam {any,...} probes P labels
-- @tparam {any,...} gallery N labels
-- @tparam[opt] table options { ties = "pessimistic" | "optimistic" | "grouped",
-- ignore }; grouped: equal scores come at once (scikit-learn's
-- average_precision_score)
-- @treturn number
-- @treturn {number,...} of each mated search
function search.mean_average_precision(matrix, probes, gallery, options)
  local o = options or {}
  local ties = o.ties or "pessimistic"
  search.check("mean_average_precision", matrix, probes, gallery, o.ignore)
  check_ties("mean_average_precision", ties, PRECISION)
  if o.ignore then matrix = without(matrix, o.ignore) end
  local each, sum = {}, 0
  each_probe(matrix, probes, gallery, o.ignore, function(_, row, mates)
    if #mates == 0 then return end
    local value = PRECISION[ties](row, mate_scores(row, mates)) / #mates
    each[#each + 1], sum = value, sum + value
  end)
  if #each == 0 then error("mean_average_precision: no mated searches", 2) end
  return sum / #each, each
end

return search
