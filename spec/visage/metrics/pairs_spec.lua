local pair = require "visage.metrics.pairs"
local tensor = require "visage.tensor"

describe("pairs", function()
  it("splits the scores of all pairs by their labels", function()
    local x = tensor.from { { 1, 0 }, { 0, 1 }, { 1, 0 } }
    local genuine, impostor = pair.scores(x, { "a", "b", "a" })
    assert.same({ 1 }, genuine)
    assert.same({ 0, 0 }, impostor)
    genuine = pair.scores(x, { "a", "b", "a" }, "euclidean")
    assert.same({ 0 }, genuine)
  end)

  it("summarises 1, 2, 3, 4", function()
    local list = { 3, 1, 4, 2 }
    local s = pair.summary(list)
    assert.same({ 4, 2.5, 1, 4, 2.5, 1.75, 3.25 },
      { s.n, s.mean, s.min, s.max, s.median, s.q25, s.q75 })
    -- Squares about 2.5: 2.25 + 0.25 + 0.25 + 2.25 = 5, over n - 1 = 3.
    assert.near(math.sqrt(5 / 3), s.sd, 1e-15)
    assert.same({ 3, 1, 4, 2 }, list)
  end)

  it("knows lists of none and of one", function()
    assert.same({ n = 0 }, pair.summary {})
    assert.is_nil(pair.summary({ 7 }).sd)
    assert.equal(7, pair.summary({ 7 }).q975)
  end)

  it("says what does not fit", function()
    local x = tensor.from { { 1, 0 } }
    assert.has_error(function() pair.scores(x, { 1, 2 }) end, "pairs: 2 labels for 1 embeddings")
    assert.has_error(function() pair.scores(x, { 1 }, "manhattan") end,
      "pairs: no distance is called 'manhattan'")
  end)
end)
