local figures = require "visage.bench.figures"

describe("visage.bench.figures", function()
  it("tells median and quartiles", function()
    assert.same({ median = 3, low = 2, high = 4, n = 5 }, figures.spread { 5, 1, 4, 2, 3 })
  end)

  it("divides round by round, so that a slow round of both changes nothing", function()
    -- 3/2, 30/10 and 0.3/0.2.
    local ratio = figures.ratio({ 3, 30, 0.3 }, { 2, 10, 0.2 })
    assert.near(1.5, ratio.median, 1e-12)
    assert.near(2.25, ratio.high, 1e-12)
    assert.has_error(function() figures.ratio({ 1 }, { 1, 2 }) end,
      "figures.ratio: 1 rounds and 2")
  end)

  local function one(name, rates, counts)
    return { name = name, family = name, rates = rates, counts = counts }
  end

  it("takes the largest median of those whose output is ours", function()
    local list = { one("a", { 1, 100, 1 }, true), one("b", { 2, 2, 2 }, true),
      one("wrong", { 9, 9, 9 }, false), one("absent", nil, nil) }
    assert.equal("b", figures.best(list).name)
    assert.is_nil(figures.best { one("absent") })
  end)

  it("names the frameworks without which a ratio does not count", function()
    local list = { one("a", { 1 }, true), one("b", { 2 }, false) }
    assert.same({ "b", "c" }, figures.lacking({ "a", "b", "c" }, list))
    assert.same({}, figures.lacking({ "a" }, list))
  end)
end)
