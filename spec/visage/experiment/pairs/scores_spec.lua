--- Scores of pairs, on vectors of two numbers.
local pair_scores = require "visage.experiment.pairs.scores"
local tensor = require "visage.tensor"

-- Rounding of a few operations in f64.
local ULP = 1e-15

describe("pair_scores", function()
  local rows = tensor.from { { 3, 4 }, { 4, 3 }, { 0, 2 }, { 0 / 0, 1 }, { 9, 9 } }
  local faces = pair_scores.faces(rows, { [4] = "not_finite", [5] = "no_face" })
  local list = { { places = { 1, 2 } }, { places = { 1, 3 } }, { places = { 4, 1 } },
    { places = { 2, 5 } } }

  local function near(wanted, options)
    local scores = pair_scores.of(faces, list, options)
    for i, value in ipairs(wanted) do assert.near(value, scores[i], ULP) end
    assert.is_true(scores[3] ~= scores[3] and scores[4] ~= scores[4])
  end

  it("leaves the caller's rows as they are", function()
    assert.same({ { 0, 0 }, 9 }, { faces.rows[5]:totable(), rows:get(5, 1) })
  end)

  it("is more for what is more alike, NaN where a face failed", function()
    near({ 0.96, 0.8 }, { score = "cosine" })
    near({ -math.sqrt(2), -math.sqrt(13) }, { score = "euclidean" })
    -- Of length one: (.6, .8), (.8, .6), (0, 1).
    near({ -0.08, -0.4 }, { score = "facenet" })
  end)

  it("subtracts a mean in which faces count as often as asked, failures never", function()
    -- The mean of (3, 4) and three times (0, 2) is (0.75, 2.5).
    local times = { 1, 0, 3, 5, 7 }
    local a, b = { 2.25, 1.5 }, { -0.75, -0.5 }
    local cosine = (a[1] * b[1] + a[2] * b[2]) / math.sqrt((a[1] ^ 2 + a[2] ^ 2)
      * (b[1] ^ 2 + b[2] ^ 2))
    assert.near(-1, cosine, ULP)
    assert.near(cosine, pair_scores.of(faces, { list[2] },
      { score = "cosine", times = times })[1], ULP)
    near({ -math.sqrt(2), -math.sqrt(13) }, { score = "euclidean", times = times })
  end)

  it("refuses a score that it does not know", function()
    assert.has_error(function() pair_scores.of(faces, list, { score = "dot" }) end,
      "scores: there is no score 'dot'")
  end)
end)
