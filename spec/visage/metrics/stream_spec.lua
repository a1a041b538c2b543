local stream = require "visage.metrics.stream"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local NAN = 0 / 0
local SET = {
  impostor = tensor.from({ 0.1, 0.2, 0.2, 0.3, 0.4, 0.4, 0.5, 0.6, 0.7, 0.8 }, "f64"),
  genuine = tensor.from({ 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 1.0 }, "f64"),
}

-- Cosines of ten thousand impostors and a hundred genuine pairs, seeded.
local function drawn(seed)
  local g = tensor.generator(seed)
  return { impostor = g:rand({ 100, 100 }, "f32") - 0.7, genuine = g:rand({ 100 }, "f32") * 0.7 }
end

local function flat(set)
  return { impostor = set.impostor:reshape { -1 }, genuine = set.genuine:reshape { -1 } }
end

describe("stream", function()
  it("counts between edges", function()
    local counts = stream.add(stream.new { low = 0, high = 1, bins = 2, thresholds = { 0.7 } }, SET)
    assert.same({ 0, 0.5, 0.7, 1 }, counts.edges:totable())
    assert.same({ 0, 6, 2, 2, 0 }, counts.impostor:totable())
    assert.same({ 0, 1, 2, 4, 1 }, counts.genuine:totable())
    assert.same({ tp = 5, fn = 3, fp = 2, tn = 8 }, stream.counts(counts, 0.7))
    local nothing, why = stream.counts(counts, 0.6)
    assert.is_nil(nothing)
    assert.equal("counts: 0.6 is no edge; name it in stream.new's thresholds", why)
    assert.is_nil(stream.counts(counts, 2))
  end)

  it("takes whole numbers that are counted already", function()
    -- Ten times the impostors of SET: none of 0, one of 1, two of 2, ...
    local counts = stream.of_histogram({ impostor = { 0, 1, 2, 1, 2, 1, 1, 1, 1 } }, 10)
    stream.add(counts, { genuine = SET.genuine * 10 })
    assert.same({ tp = 5, fn = 3, fp = 2, tn = 8 }, stream.counts(counts, 7))
    local roc = stream.roc(counts)
    assert.near(0.8375, roc.auc, 1e-15)
    assert.same({ 0.5, 8 }, { stream.tar_at_far(counts, 0.1).tar,
      stream.tar_at_far(counts, 0.1).threshold })
    local genuine = { 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 1 }
    assert.tensor(stream.of_histogram({ genuine = genuine }).genuine).near(counts.genuine, 0)
  end)

  it("adds parts, merges, and counts failures", function()
    local whole, a, b = stream.new(), stream.new(), stream.new()
    local first, second = drawn(1), drawn(2)
    first.impostor[1][1] = NAN
    stream.add(stream.add(whole, first), second)
    stream.add(a, first)
    stream.add(b, { impostor = second.impostor })
    stream.add(b, { genuine = second.genuine })
    local merged = stream.merge(a, b)
    assert.tensor(merged.impostor).near(whole.impostor, 0)
    assert.tensor(merged.genuine).near(whole.genuine, 0)
    assert.same({ genuine = 0, impostor = 1 }, merged.failures)
    assert.equal(9999, a.impostor:sum())
    assert.has_error(function() stream.merge(a, stream.new { bins = 7 }) end,
      "merge: the edges differ")
  end)

  it("is exact at thresholds that were asked for", function()
    local set = drawn(3)
    local thresholds = { 0.1, 0.123456789, 0.25, -0.3, 0.29 }
    local counts = stream.add(stream.new { bins = 100, thresholds = thresholds }, set)
    for _, t in ipairs(thresholds) do
      assert.same(verification.counts(flat(set), t), stream.counts(counts, t))
    end
  end)

  it("gives the ROC of the fixture where each score has its bin", function()
    local counts = stream.add(stream.new { low = 0.05, high = 1.05, bins = 10 }, SET)
    local roc = stream.roc(counts)
    assert.tensor(roc.far).near({ 0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.9, 1, 1 }, 1e-15)
    assert.tensor(roc.tar).near({ 0, 0, 0.125, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1, 1, 1, 1 },
      1e-15)
    assert.near(0.8375, roc.auc, 1e-15)
    local at = stream.tar_at_far(counts, 0.15)
    assert.same({ 0.5, 0.1, 0.2, 0.625, false },
      { at.tar, at.far, at.next_far, at.next_tar, at.supported })
    assert.near(0.75, at.threshold, 1e-15)
    -- As verification's rule "linear", and its interval.
    local eer = stream.eer(counts)
    assert.near(5 / 18, eer.eer, 1e-15)
    assert.near(0.25, eer.low, 1e-15)
    assert.near(0.3, eer.high, 1e-15)
  end)

  it("holds the exact figures between its bounds", function()
    local set = drawn(4)
    local counts = stream.add(stream.new { bins = 50 }, set)
    local roc, eer = stream.roc(counts), stream.eer(counts)
    local auc = verification.auc(flat(set))
    assert.is_true(roc.auc_low <= auc and auc <= roc.auc_high)
    local exact = verification.eer(flat(set), { rule = "linear" }).eer
    assert.is_true(eer.low <= exact and exact <= eer.high)
    for _, far in ipairs { 0, 0.001, 0.01, 0.1, 1 } do
      local at, wanted = stream.tar_at_far(counts, far), verification.tar_at_far(flat(set), far)
      assert.is_true(at.far <= far and at.tar <= wanted.tar)
      assert.is_true(wanted.tar <= (at.next_tar or 1))
    end
  end)

  it("counts failures as rejected", function()
    local counts = stream.add(stream.new { low = 0, high = 1, thresholds = { 0.7 } },
      { genuine = SET.genuine, impostor = SET.impostor,
        failures = { genuine = 2, impostor = 10 } })
    assert.equal(0.5, stream.tar_at_far(counts, 0.1).tar)
    assert.equal(0.5, stream.roc(counts).far[#stream.roc(counts).far])
    assert.equal(1, stream.roc(counts, { failures = "ignored" }).far[#counts.edges + 2])
  end)

  it("says what it cannot do", function()
    assert.has_error(function() stream.new { low = 1, high = 0 } end,
      "new: 20000 bins from 1 to 0")
    assert.has_error(function() stream.new { thresholds = { NAN } } end,
      ("stream: a threshold is %s, wants a finite number"):format(NAN))
    assert.has_error(function() stream.roc(stream.new()) end, "roc: no genuine scores")
    local counts = stream.add(stream.new { low = -1, high = -0.5 }, SET)
    assert.has_error(function() stream.tar_at_far(counts, 2) end,
      "tar_at_far: a rate is 2, wants 0 to 1")
    local at = stream.tar_at_far(counts, 0.1)
    assert.same({ math.huge, 0, 1 }, { at.threshold, at.tar, at.next_far })
  end)
end)
