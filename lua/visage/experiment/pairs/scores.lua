--- Scores of listed pairs of photos from the photos' embeddings: what the
-- verification experiments have in common.
local similarity = require "visage.metrics.similarity"
local tensor = require "visage.tensor"

local pair_scores = {}

local function unit(rows)
  return rows / rows:norm(2, 2, true)
end

-- name -> rows before a mean is subtracted, and similarity of rows (N, D): more is
-- more alike.
local SCORES = {
  cosine = { similarity = similarity.cosine_rows },
  euclidean = {
    similarity = function(a, b) return -similarity.euclidean_rows(a, b) end,
  },
  -- facenet's networks end in vectors of length one.
  facenet = {
    before = unit,
    similarity = function(a, b) return -(similarity.euclidean_rows(a, b) ^ 2) end,
  },
}

--- Embeddings with the failures among them.
-- @tparam core.tensor rows (N, D)
-- @tparam table failed by place: why the photo has none
-- @treturn table { rows (N, D) f64 with zeros where there is none, failed }
function pair_scores.faces(rows, failed)
  local clean = rows:to("f64"):clone()
  for place in pairs(failed) do clean[place] = 0 end
  return { rows = clean, failed = failed }
end

-- The mean of the rows, each counted so many times.
local function weighted_mean(rows, times, failed)
  local weights, total = {}, 0
  for i, n in ipairs(times) do
    weights[i] = failed[i] and 0 or n
    total = total + weights[i]
  end
  if total == 0 then return tensor.zeros({ 1, rows:size(2) }, "f64") end
  return tensor.from({ weights }, "f64"):matmul(rows) / total
end

local function sides(rows, list)
  local a, b = {}, {}
  for i, pair in ipairs(list) do
    a[i], b[i] = rows[pair.places[1]], rows[pair.places[2]]
  end
  return tensor.stack(a, 1), tensor.stack(b, 1)
end

--- Scores of pairs.
-- @tparam table faces of pair_scores.faces
-- @tparam {table,...} list pairs; places = { i, j }, rows of the faces
-- @tparam table options score: "cosine", "euclidean" (negated distance) or "facenet"
-- (negated squared distance of embeddings of length one); times: how often each face
-- counts in the mean that is subtracted first (none: nothing is)
-- @treturn {number,...} more is more alike; NaN where a face has no embedding
function pair_scores.of(faces, list, options)
  local rule = SCORES[options.score]
  if not rule then error(("scores: there is no score '%s'"):format(options.score), 2) end
  if #list == 0 then return {} end
  local rows, failed = faces.rows, faces.failed
  if rule.before then
    rows = rule.before(rows)
    for i in pairs(failed) do rows[i] = 0 end
  end
  if options.times then rows = rows - weighted_mean(rows, options.times, failed) end
  local scores = rule.similarity(sides(rows, list)):totable()
  for i, pair in ipairs(list) do
    if failed[pair.places[1]] or failed[pair.places[2]] then scores[i] = 0 / 0 end
  end
  return scores
end

return pair_scores
