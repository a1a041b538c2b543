local folds = require "visage.metrics.folds"
local tensor = require "visage.tensor"

local NAN = 0 / 0
local NEAR = 1e-15

-- Pairs of { score, same, fold }.
local function pairs_of(rows)
  local out = { scores = {}, same = {}, fold = {} }
  for i, row in ipairs(rows) do out.scores[i], out.same[i], out.fold[i] = table.unpack(row) end
  return out
end

-- Fold a is apart at 0.45, fold b only but for one pair.
local PAIRS = pairs_of {
  { 0.1, false, "a" }, { 0.4, false, "a" }, { 0.5, true, "a" }, { 0.9, true, "a" },
  { 0.2, false, "b" }, { 0.6, false, "b" }, { 0.8, true, "b" }, { 0.9, true, "b" },
}

describe("folds.summary", function()
  it("gives mean, deviation and standard error", function()
    -- 0.1 about the mean: std 0.1; over n - 1 0.1 sqrt 2, over sqrt 2 again 0.1.
    local s = folds.summary { 0.8, 1 }
    assert.near(0.9, s.mean, NEAR)
    assert.near(0.1, s.std, NEAR)
    assert.near(0.1, s.standard_error, NEAR)
    assert.is_nil(folds.summary({ 1 }).standard_error)
  end)
end)

describe("folds.accuracy", function()
  it("takes each fold's threshold from the others", function()
    local found = folds.accuracy(PAIRS)
    -- Fold b is best at 0.7, where a loses the pair at 0.5; a at 0.45, where b
    -- takes the pair at 0.6.
    assert.same({ "a", "b" }, found.folds)
    assert.tensor(found.thresholds).near({ 0.7, 0.45 }, NEAR)
    assert.same({ 0.75, 0.75 }, found.accuracy)
    assert.same({ 0.75, 0, 0 }, { found.mean, found.std, found.standard_error })
  end)

  it("takes the first of listed thresholds that are as good", function()
    local found = folds.accuracy(PAIRS, { thresholds = { 0.65, 0.75, 0.5, 0.45 } })
    -- At 0.65 and 0.75 b is right; at 0.5 and 0.45 a is.
    assert.same({ 0.65, 0.5 }, found.thresholds)
    found = folds.accuracy(PAIRS, { thresholds = { 0.5, 0.45 }, accept = "above" })
    assert.equal(0.45, found.thresholds[2])
  end)

  it("calls failed pairs different", function()
    local rows = pairs_of {
      { 0.1, false, 1 }, { NAN, true, 1 }, { 0.9, true, 1 }, { NAN, false, 1 },
      { 0.1, false, 2 }, { 0.9, true, 2 },
    }
    assert.same({ 0.75, 1 }, folds.accuracy(rows).accuracy)
  end)

  it("follows facenet's grid of squared distances", function()
    local grid = folds.facenet_grid()
    assert.same({ 400, 0, -3.99 }, { #grid, grid[1], grid[400] })
    assert.same({ 4000, -3.999 }, { #folds.facenet_fine_grid(), folds.facenet_fine_grid()[4000] })
    local distances = pairs_of {
      { -0.505, true, 1 }, { -1.5, false, 1 }, { -0.705, true, 2 }, { -1.2, false, 2 },
    }
    local found = folds.accuracy(distances, { thresholds = grid, accept = "above" })
    -- The first step that lies above 0.705, and above 0.505.
    assert.tensor(found.thresholds).near({ -0.71, -0.51 }, NEAR)
    assert.same({ 1, 0.5 }, found.accuracy)
  end)

  it("says what does not fit", function()
    assert.has_error(function() folds.accuracy { scores = { 1 }, same = {}, fold = { 1 } } end,
      "accuracy: 1 scores, 0 same, 1 folds")
    assert.has_error(function() folds.accuracy(pairs_of { { 1, true, 1 } }) end,
      "accuracy: there is one fold, wants two or more")
    assert.has_error(function() folds.accuracy(PAIRS, { accept = "below" }) end,
      "accuracy: accept is 'at_least' or 'above', not 'below'")
  end)
end)

describe("folds.val_at_far", function()
  it("holds the other folds' FAR", function()
    -- FAR 0.5 of b accepts 0.6 and from 0.6 on, of a 0.4 and from there on.
    local found = folds.val_at_far(PAIRS, 0.5)
    assert.same({ 0.6, 0.4 }, found.thresholds)
    assert.same({ { 0.5, 1 }, { 0, 0.5 } }, { found.val, found.far })
    assert.same({ 0.75, 0.25, false }, { found.mean, found.mean_far, found.supported })
  end)

  it("follows facenet between the steps of a grid", function()
    local found = folds.val_at_far(PAIRS, 0.25, { thresholds = { 1, 0.7, 0.5, 0.3 } })
    -- In b FAR is 0 at 0.7 and 0.5 at 0.5: the middle 0.6; in a from 0.5 to 0.3.
    assert.tensor(found.thresholds).near({ 0.6, 0.4 }, NEAR)
    found = folds.val_at_far(PAIRS, 1, { thresholds = { 1, 0.7 } })
    assert.same({ 0, 0 }, found.thresholds)
  end)

  it("takes tensors, and any rule of tar_at_far", function()
    local rows = { scores = tensor.from(PAIRS.scores, "f64"), same = PAIRS.same,
      fold = PAIRS.fold }
    -- Strictly above the greatest impostor score of the others.
    assert.same({ 0.6, 0.4 }, folds.val_at_far(rows, 0, { rule = "topk" }).thresholds)
  end)
end)
