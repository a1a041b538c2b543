--- Each photo's nearest other, by hand and against all pairs.
local nearest = require "visage.experiment.groups.nearest"
local pair_scores = require "visage.experiment.pairs.scores"
local similarity = require "visage.metrics.similarity"
local tensor = require "visage.tensor"

local function photos_of(text)
  local photos = {}
  for subject in text:gmatch "%a" do photos[#photos + 1] = { subject = subject } end
  return photos
end

describe("nearest", function()
  local faces = pair_scores.faces(tensor.from({ { 1, 0 }, { 2, 0.1 }, { 0, 1 }, { 0.2, 1 },
    { 3, 3 } }, "f64"), {})

  it("depends on what is near: by cosine or by distance", function()
    -- By angle (0, 3, 90, 79 and 45 degrees) 1-2, 3-4 and 5 to 4: of a, a, b and b two.
    assert.same({ 0.5, 4 }, { nearest.rate(faces, photos_of "aabcb", "cosine") })
    -- By distance 1-2, 3-4 and 5 to 2.
    assert.same({ 1, 4 }, { nearest.rate(faces, photos_of "aabbc", "euclidean") })
    assert.same({ 0.4, 5 }, { nearest.rate(faces, photos_of "abbba", "euclidean") })
  end)

  it("counts a photo without an embedding as wrong, and finds it never", function()
    local lost = pair_scores.faces(tensor.from({ { 1, 0 }, { 1, 0 }, { 0, 1 } }, "f64"),
      { [2] = "no_face" })
    assert.same({ 0, 2 }, { nearest.rate(lost, photos_of "aab", "cosine") })
    local none = pair_scores.faces(tensor.from({ { 1 }, { 1 } }, "f64"), { "x", "x" })
    assert.same({ 0, 2 }, { nearest.rate(none, photos_of "aa", "cosine") })
    assert.same({ nil, 0 }, { nearest.rate(none, photos_of "ab", "cosine") })
  end)

  it("is what all pairs say, of many photos", function()
    local n, photos = 300, {}
    local rows = tensor.generator(3):randn({ n, 4 }, "f64")
    for i = 1, n do photos[i] = { subject = i % 5 } end
    local all, right = similarity.cosine_matrix(rows, rows), 0
    for i = 1, n do
      all:set(-2, i, i)
      right = right + (all[i]:argmax() % 5 == i % 5 and 1 or 0)
    end
    assert.equal(right / n, (nearest.rate(pair_scores.faces(rows, {}), photos, "cosine")))
  end)
end)
