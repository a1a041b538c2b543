--- Leave-one-out identification: is each photo's nearest other of the same person?
local search = require "visage.metrics.search"

local nearest = {}

local NAN = 0 / 0

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
  local rows, counts = faces.rows:clone(), counts_of(photos)
  for i in pairs(faces.failed) do rows[i]:fill(NAN) end
  -- The photo itself is among the two unless two others are as near as it can be.
  local _, places = search.best(rows, rows, { k = 2, score = score })
  local right, asked = 0, 0
  for i, place in ipairs(places:totable()) do
    if counts[photos[i].subject] > 1 then
      local other = photos[place[1] == i and place[2] or place[1]]
      asked = asked + 1
      right = right + (other and other.subject == photos[i].subject and 1 or 0)
    end
  end
  return asked > 0 and right / asked or nil, asked
end

return nearest
