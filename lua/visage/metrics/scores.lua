--- Score sets: the similarities of genuine and impostor comparisons, from which
-- the 1:1 metrics are computed; how a matrix becomes one, and all pairs of
-- embeddings.
--
-- A score set is { genuine = (G), impostor = (I), failures = { genuine = n,
-- impostor = n } }: tensors (f32 and f64 stay as they are) or lists; more is
-- more alike (negate distances). NaN, and what failures counts besides, is a
-- comparison that could not be made: a failure to acquire. Infinity is refused,
-- for no threshold is above it; -infinity passes no threshold but itself.
local arguments = require "visage.metrics.arguments"
local core = require "visage.core.scores"
local tensor = require "visage.tensor"

local scores = {}

--- What a mask says of a comparison.
scores.NON_MATCH, scores.MATCH, scores.IGNORE = 0, 1, 2

local function side(set, name)
  local list = set[name]
  if type(list) == "table" then list = tensor.from(list, "f64") end
  local sorted, failed = core.sort(list)
  local n = #sorted
  if n > 0 and sorted[n] == math.huge then
    error(("scores: a score among the %s is infinity, above which no threshold is"):format(name), 3)
  end
  return sorted, failed + (set.failures and set.failures[name] or 0)
end

--- A sorted copy of a score set, with NaN counted as failures. All metrics take
-- it in place of the set and are then spared the sorting.
-- @tparam table set
-- @treturn table { genuine, impostor (ascending), failures, sorted = true };
-- set itself where it is one
function scores.sorted(set)
  if set.sorted then return set end
  local genuine, failed_genuine = side(set, "genuine")
  local impostor, failed_impostor = side(set, "impostor")
  return {
    genuine = genuine, impostor = impostor, sorted = true,
    failures = { genuine = failed_genuine, impostor = failed_impostor },
  }
end

--- The sorted set of a metric that needs scores of both kinds; raises for none.
-- @tparam table set
-- @tparam string name the metric's
-- @treturn table as sorted
function scores.both(set, name)
  local sorted = scores.sorted(set)
  for _, kind in ipairs { "genuine", "impostor" } do
    if #sorted[kind] == 0 then error(("%s: no %s scores"):format(name, kind), 3) end
  end
  return sorted
end

--- The numbers of genuine and of impostor comparisons that shares refer to.
-- @tparam table sorted
-- @tparam[opt="rejected"] string failures "rejected": a failed comparison counts
-- and is never accepted (FAR, FRR); "ignored": it is left out (FMR, FNMR)
-- @treturn int, int
function scores.totals(sorted, failures)
  local g, i = #sorted.genuine, #sorted.impostor
  if failures == "ignored" then return g, i end
  if failures ~= nil and failures ~= "rejected" then
    error(("scores: failures are 'rejected' or 'ignored', not '%s'"):format(failures), 3)
  end
  return g + sorted.failures.genuine, i + sorted.failures.impostor
end

--- How many of the sorted numbers are x or more; by bisection.
-- @tparam core.tensor sorted ascending
-- @tparam number x
-- @tparam[opt=false] boolean strict more than x
-- @treturn int
function scores.at_least(sorted, x, strict)
  local low, high = 1, #sorted + 1
  while low < high do
    local middle = (low + high) // 2
    local value = sorted[middle]
    if value > x or (value == x and not strict) then high = middle else low = middle + 1 end
  end
  return #sorted + 1 - low
end

-- Without the checks of its arguments, for the loops below.
local at_least = scores.at_least

--- The smallest score of either kind above x, or nil.
-- @tparam table sorted a sorted set
-- @tparam number x
-- @treturn number
function scores.next_above(sorted, x)
  local found
  for _, list in ipairs { sorted.genuine, sorted.impostor } do
    local above = at_least(list, x, true)
    local value = above > 0 and list[#list + 1 - above]
    if value and not (found and found <= value) then found = value end
  end
  return found
end

--- The greatest score of either kind below x, or nil.
-- @tparam table sorted a sorted set
-- @tparam number x
-- @treturn number
function scores.next_below(sorted, x)
  local found
  for _, list in ipairs { sorted.genuine, sorted.impostor } do
    local below = #list - at_least(list, x)
    local value = below > 0 and list[below]
    if value and not (found and found >= value) then found = value end
  end
  return found
end

--- The middle of the gap below a threshold, which decides these scores as it
-- does and others more evenly.
-- @tparam table sorted a sorted set
-- @tparam number t a score of it, or infinity: then right above the greatest
-- @treturn number; t itself where it is the lowest score
function scores.midway(sorted, t)
  local below = scores.next_below(sorted, t)
  if not below or below == -math.huge then return t end
  return t == math.huge and scores.after(below) or (below + t) / 2
end

--- The next greater double, as C's nextafter(x, infinity).
-- @tparam number x finite
-- @treturn number
function scores.after(x)
  if x == 0 then return 0x1p-1074 end
  local bits = string.unpack("<i8", string.pack("<d", x))
  return (string.unpack("<d", string.pack("<i8", bits + (x > 0 and 1 or -1))))
end

--- The scores of a matrix that a mask says are genuine and impostor.
-- @tparam core.tensor matrix (N, M)
-- @tparam core.tensor mask (N, M) u8 of MATCH, NON_MATCH; all else is ignored
-- @treturn table a score set, with ignored, the number left out
function scores.from_matrix(matrix, mask)
  local genuine, impostor = core.split(matrix, mask)
  return { genuine = genuine, impostor = impostor,
    ignored = matrix:numel() - #genuine - #impostor }
end

-- Labels as numbers from 1, equal for equal labels; 0 for false.
local function numbers_of(labels, known)
  local list = {}
  for i, label in ipairs(labels) do
    if label and not known[label] then
      known.n = known.n + 1
      known[label] = known.n
    end
    list[i] = label and known[label] or 0
  end
  return tensor.from(list, "i64")
end

-- The mask of numbered labels. shift is nil, or what is added to the position of
-- a row to give the column that holds the same item.
local function mask_of(rows, columns, shift)
  local down = rows:unsqueeze(2)
  local mask = down:eq(columns)
  local unknown = tensor.maximum(down:eq(0), columns:eq(0)) * scores.IGNORE
  mask = tensor.maximum(mask, unknown)
  if not shift then return mask end
  local at = tensor.arange(1 + shift, #rows + shift, 1, "i64"):unsqueeze(2)
  local seen = tensor.arange(1, #columns, 1, "i64"):le(at) * scores.IGNORE
  return tensor.maximum(mask, seen)
end

--- The mask of a matrix by labels: equal ones match, false is ignored.
-- @tparam {any,...} rows N labels; false for an unknown one
-- @tparam[opt] {any,...} columns M labels; none: the rows' items themselves, and
-- each pair counts once: the diagonal and what is below it is ignored
-- @treturn core.tensor (N, M) u8
-- @usage scores.mask({ "a", "b" }, { "b", false }) --> { { 0, 2 }, { 1, 2 } }
function scores.mask(rows, columns)
  local known = { n = 0 }
  local down = numbers_of(rows, known)
  if columns then return mask_of(down, numbers_of(columns, known)) end
  return mask_of(down, down, 0)
end

-- Rows of length one in f32; a row of NaN stays NaN, one of zeros becomes it, for
-- neither has a cosine.
local function unit_rows(x)
  local wide = x:to "f32"
  return wide / wide:to("f64"):norm(2, 2, true):to "f32"
end

local function pair_counts(ids)
  local per, known = {}, 0
  for _, id in ipairs(ids:totable()) do
    if id > 0 then
      per[id] = (per[id] or 0) + 1
      known = known + 1
    end
  end
  local genuine = 0
  for _, n in pairs(per) do genuine = genuine + n * (n - 1) // 2 end
  return genuine, known * (known - 1) // 2 - genuine
end

--- Dot products of listed pairs of rows, which are cosines where rows have length one:
-- for protocols that name millions of pairs of few templates.
-- @tparam core.tensor rows (N, D) f32 or f64; a row of NaN gives NaN
-- @tparam core.tensor first (P) i64, places of rows
-- @tparam core.tensor second (P) i64
-- @treturn core.tensor (P) f64
function scores.listed(rows, first, second)
  return core.dots(rows, first, second)
end

--- Cosines in f32 of all pairs i < j of embeddings, by tiles, so that memory
-- holds the scores and little more: 10,000 embeddings give 5e7 scores, 200 MB.
-- An embedding with NaN or of length zero makes failures.
-- @tparam core.tensor embeddings (N, D)
-- @tparam {any,...} labels N of them; false leaves the embedding out
-- @tparam[opt] table options { tile = 500 } rows at a time
-- @treturn table a score set
function scores.all_pairs(embeddings, labels, options)
  local n, tile = #embeddings, options and options.tile or 500
  if #labels ~= n then
    error(("all_pairs: %d labels for %d embeddings"):format(#labels, n), 2)
  end
  local unit, ids = unit_rows(embeddings), numbers_of(labels, { n = 0 })
  local genuine, impostor = pair_counts(ids)
  local out = { genuine = tensor.zeros { genuine }, impostor = tensor.zeros { impostor } }
  local at = { genuine = 1, impostor = 1 }
  for first = 1, n, tile do
    local rows = math.min(tile, n + 1 - first)
    local rest <const> = n + 1 - first
    local matrix <close> = unit:narrow(1, first, rows)
      :matmul(unit:narrow(1, first, rest):transpose(1, 2))
    local mask <close> = mask_of(ids:narrow(1, first, rows), ids:narrow(1, first, rest), 0)
    for kind, part in pairs(scores.from_matrix(matrix, mask)) do
      if out[kind] and #part > 0 then
        out[kind]:narrow(1, at[kind], #part):copy(part)
        at[kind] = at[kind] + #part
      end
    end
  end
  return out
end

return arguments.checked(scores, {
  after = "number",
  all_pairs = "matrix labels options?:tile",
  at_least = "numbers number boolean?",
  both = "set text",
  listed = "matrix places places",
  from_matrix = "tensor tensor",
  mask = "labels labels?",
  midway = "sorted number",
  next_above = "sorted number",
  next_below = "sorted number",
  sorted = "set",
  totals = "sorted text?",
})
