local scores = require "visage.metrics.scores"
local similarity = require "visage.metrics.similarity"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local NAN = 0 / 0

describe("metrics.scores", function()
  it("sorts a copy and counts NaN as failures", function()
    local genuine = tensor.from({ 3, NAN, 1 }, "f64")
    local s = scores.sorted { genuine = genuine, impostor = { 2 }, failures = { genuine = 4 } }
    assert.same({ { 1, 3 }, { 2 } }, { s.genuine:totable(), s.impostor:totable() })
    assert.same({ genuine = 5, impostor = 0 }, s.failures)
    assert.equal(3, genuine[1])
    assert.equal(s, scores.sorted(s))
    assert.same({ 7, 1 }, { scores.totals(s) })
    assert.same({ 2, 1 }, { scores.totals(s, "ignored") })
  end)

  it("counts at or above, and finds neighbours", function()
    local s = scores.sorted { genuine = { 2, 3, 3, 5 }, impostor = { 1, 4 } }
    assert.same({ 4, 3, 3, 1, 0 }, { scores.at_least(s.genuine, 2), scores.at_least(s.genuine, 3),
      scores.at_least(s.genuine, 2, true), scores.at_least(s.genuine, 3, true),
      scores.at_least(s.genuine, 6) })
    assert.same({ 4, 5 }, { scores.next_above(s, 3), scores.next_above(s, 4) })
    assert.is_nil(scores.next_above(s, 5))
    assert.same({ 1, 4 }, { scores.next_below(s, 2), scores.next_below(s, 5) })
    assert.is_nil(scores.next_below(s, 1))
    assert.same({ 1, 1.5, 4.5 }, { scores.midway(s, 1), scores.midway(s, 2), scores.midway(s, 5) })
    assert.equal(scores.after(5), scores.midway(s, math.huge))
  end)

  it("steps to the next double", function()
    assert.equal(1 + 2.0 ^ -52, scores.after(1))
    assert.equal(-1 + 2.0 ^ -53, scores.after(-1))
    assert.is_true(scores.after(0) > 0)
  end)

  it("makes a mask of labels and a set of a matrix", function()
    assert.same({ { 0, 2 }, { 1, 2 } }, scores.mask({ "a", "b" }, { "b", false }):totable())
    assert.same({ { 2, 0, 1 }, { 2, 2, 0 }, { 2, 2, 2 } },
      scores.mask({ "a", "b", "a" }):totable())
    local matrix = tensor.from { { 9, 0.2, 0.7 }, { 9, 9, 0.4 }, { 9, 9, 9 } }
    local s = scores.from_matrix(matrix, scores.mask { "a", "b", "a" })
    assert.tensor(s.genuine).near(tensor.from { 0.7 }, 0)
    assert.tensor(s.impostor).near(tensor.from { 0.2, 0.4 }, 0)
    assert.equal(6, s.ignored)
  end)

  it("gives the cosines of all pairs, tile by tile", function()
    local x = tensor.generator(1):rand({ 23, 5 }, "f64") - 0.5
    local labels = {}
    for i = 1, 23 do labels[i] = i % 4 end
    labels[5] = false
    local matrix = similarity.cosine_matrix(x, x)
    local wanted = scores.sorted(scores.from_matrix(matrix, scores.mask(labels)))
    for _, tile in ipairs { 1, 7, 23, 500 } do
      local s = scores.sorted(scores.all_pairs(x, labels, { tile = tile }))
      -- f32 against f64: a few roundings of 2^-24.
      assert.tensor(s.genuine:to "f64").near(wanted.genuine, 5e-7)
      assert.tensor(s.impostor:to "f64").near(wanted.impostor, 5e-7)
    end
  end)

  it("makes failures of embeddings without a direction", function()
    local x = tensor.from { { 1, 0 }, { 0, 0 }, { 1, 1 }, { NAN, 1 } }
    local s = scores.sorted(scores.all_pairs(x, { "a", "a", "b", "b" }))
    assert.same({ genuine = 2, impostor = 3 }, s.failures)
    assert.tensor(s.impostor).near(tensor.from { math.sqrt(0.5) }, 1e-7)
  end)

  it("takes -infinity for what no threshold accepts", function()
    local set = { genuine = { 0.8, -math.huge }, impostor = { -math.huge, 0.1 } }
    -- At 0.1 one of two impostors is accepted and one of two genuine ones rejected;
    -- the middle of the gap below it would be -infinity, which accepts all.
    local eer = verification.eer(set)
    assert.same({ 0.5, 0.1 }, { eer.eer, eer.threshold })
  end)

  it("says what does not fit", function()
    assert.has_error(function() scores.sorted { genuine = { 1 } } end,
      "sorted: argument 1 is a table, wants a score set, numbers as genuine and impostor")
    assert.has_error(function() scores.sorted { genuine = { 1 }, impostor = { math.huge } } end,
      "scores: a score among the impostor is infinity, above which no threshold is")
    assert.has_error(function() scores.both({ genuine = { 1 }, impostor = { NAN } }, "eer") end,
      "eer: no impostor scores")
    assert.has_error(function()
      scores.totals(scores.sorted { genuine = { 1 }, impostor = { 1 } }, "dropped")
    end, "scores: failures are 'rejected' or 'ignored', not 'dropped'")
    assert.has_error(function() scores.all_pairs(tensor.zeros { 2, 3 }, { 1 }) end,
      "all_pairs: 1 labels for 2 embeddings")
  end)

  it("scores listed pairs of rows", function()
    local rows = tensor.from({ { 0.6, 0.8 }, { 1, 0 }, { 0 / 0, 0 / 0 } }, "f64")
    local found = scores.listed(rows, tensor.from({ 1, 2, 3 }, "i64"),
      tensor.from({ 2, 2, 1 }, "i64"))
    assert.same({ 0.6, 1 }, found:narrow(1, 1, 2):totable())
    assert.is_true(found[3] ~= found[3])
  end)
end)
