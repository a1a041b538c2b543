--- Leave-one-out identification: is each photo's nearest other of the same person?
local tensor = require "visage.tensor"

local nearest = {}

-- Photos that are compared with all others at a time.
local TILE = 256

-- What to add to twice the product of rows so that the greatest is the nearest: less the
-- square of each, and minus infinity where there is no embedding. (1, N).
local function offsets(rows, failed)
  local list = (rows * rows):sum(2):totable()
  for i, square in ipairs(list) do list[i] = failed[i] and -math.huge or -square end
  return tensor.from({ list }, "f64")
end

local function counts_of(photos)
  local n = {}
  for _, photo in ipairs(photos) do n[photo.subject] = (n[photo.subject] or 0) + 1 end
  return n
end

--- The share of photos whose nearest other photo shows the same person. Photos of people
-- with one photo are not asked for, but may be found; a photo without an embedding is
-- never the nearest, and asked for it is wrong.
-- @tparam table faces of visage.experiment.pairs.scores.faces
-- @tparam {table,...} photos { subject }
-- @tparam string score "cosine" or "euclidean"
-- @treturn ?number rate; nil where nobody has two photos
-- @treturn integer photos that were asked for
function nearest.rate(faces, photos, score)
  local rows, n, counts = faces.rows, #photos, counts_of(photos)
  if score == "cosine" then
    local lengths = rows:norm(2, 2, true)
    rows = rows / tensor.maximum(lengths, lengths:eq(0))
  end
  local plus, right, asked = offsets(rows, faces.failed), 0, 0
  for first = 1, n, TILE do
    local size = math.min(TILE, n + 1 - first)
    local near <close> = rows:narrow(1, first, size):matmul(rows:transpose(1, 2)) * 2 + plus
    for r = 1, size do near:set(-math.huge, r, first + r - 1) end
    for r, place in ipairs(near:argmax(2):totable()) do
      local photo = photos[first + r - 1]
      if counts[photo.subject] > 1 then
        local found = near:get(r, place) > -math.huge and not faces.failed[first + r - 1]
        asked = asked + 1
        right = right + (found and photos[place].subject == photo.subject and 1 or 0)
      end
    end
  end
  return asked > 0 and right / asked or nil, asked
end

return nearest
