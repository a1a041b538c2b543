--- Search in a gallery: the entries that are most alike each probe, without the matrix
-- of all scores. A gallery may be greater than memory: it is gone through in blocks.
local arguments = require "visage.metrics.arguments"
local core = require "visage.core.search"
local tensor = require "visage.tensor"

local search = {}

-- What is wrong with a block of a gallery, or nil.
local function fault_of(block, dimension)
  if not tensor.is(block) then
    return ("the gallery's iterator gives %s, wants tensors"):format(block)
  end
  if block:dims() == 2 and block:size(2) == dimension then return nil end
  return ("rows of %s in the gallery, wants n x %d"):format(table.concat(block:shape(), " x "),
    dimension)
end

--- The best entries of a gallery for each probe. Comparisons are made in f64 wherever
-- they decide, so that neither blocks nor threads change a result, and equal entries
-- score the same. An entry is never found when its length is not a finite number or,
-- for cosines, zero; such a probe finds nothing.
-- @tparam core.tensor probes (P, D)
-- @tparam core.tensor|function gallery (G, D); or an iterator that gives it block by
-- block, each (n, D), as loader.rows(path):blocks() does of a .npy
-- @tparam[opt] table options { k = 10, score = "cosine", threads }: how many are
-- wanted; "cosine", or "euclidean": the negated distance
-- @treturn core.tensor scores (P, K) f64, falling; K is k, or G where that is less;
-- NaN where a probe found fewer
-- @treturn core.tensor places (P, K) i64, rows of the gallery from 1 on; of equal
-- scores the smaller place comes first; 0 where a probe found fewer
-- @usage search.best(tensor.from { { 1, 0 } }, tensor.from { { 0, 2 }, { 3, 4 } }, { k = 1 })
-- --> 0.6 and 2
function search.best(probes, gallery, options)
  local o = options or {}
  local score = o.score or "cosine"
  if score ~= "cosine" and score ~= "euclidean" then
    error(("best: there is no score '%s'"):format(score), 2)
  end
  if probes:size(2) == 0 then error("best: probes of no numbers", 2) end
  local k = o.k or 10
  -- A list need not be longer than the gallery.
  if tensor.is(gallery) then k = math.max(1, math.min(k, #gallery)) end
  local one <close> = core.new(probes, k, score, o.threads or 0)
  local function add(block)
    local fault = fault_of(block, probes:size(2))
    if fault then error("best: " .. fault, 3) end
    one:add(block)
  end
  if tensor.is(gallery) then
    add(gallery)
  else
    for block in gallery do add(block) end
  end
  return one:best()
end

return arguments.checked(search, { best = "matrix gallery options?:k,score,threads" })
