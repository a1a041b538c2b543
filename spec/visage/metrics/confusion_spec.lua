--- Confusions, counted by hand.
local confusion = require "visage.metrics.confusion"

local TRUTHS = { "a", "a", "a", "b", "b", "c", "c", "c", "c" }
local NAMED = { "a", "b", "b", "b", false, "a", "a", "c", "b" }

describe("confusion.list", function()
  it("counts each kind of error, the most frequent first", function()
    assert.same({
      -- Two of three are more than two of four.
      { truth = "a", named = "b", count = 2, of = 3 },
      { truth = "c", named = "a", count = 2, of = 4 },
      { truth = "b", named = false, count = 1, of = 2 },
      { truth = "c", named = "b", count = 1, of = 4 },
    }, confusion.list(TRUTHS, NAMED))
  end)

  it("has those with the greatest share first among as frequent ones", function()
    local list = confusion.list({ "a", "a", "a", "b", "b" }, { "b", "a", "a", "a", "b" })
    assert.same({ "b", "a" }, { list[1].truth, list[2].truth })
  end)

  it("is empty without errors, and of nothing", function()
    assert.same({}, confusion.list({ "a", "b" }, { "a", "b" }))
    assert.same({}, confusion.list({}, {}))
  end)

  it("tells nobody from one who is called false", function()
    assert.equal(2, #confusion.list({ "a", "a" }, { false, "false" }))
  end)

  it("raises lists of two lengths", function()
    assert.error_matches(function() confusion.list({ "a" }, {}) end,
      "1 true names, 0 names given")
  end)
end)

describe("confusion.matrix", function()
  it("has the true in rows and the named in columns, failures nowhere", function()
    assert.same({ { 1, 2, 0 }, { 0, 1, 0 }, { 2, 1, 1 } },
      confusion.matrix(TRUTHS, NAMED, { "a", "b", "c" }):totable())
  end)

  it("raises a true name that is no class", function()
    assert.error_matches(function() confusion.matrix({ "x" }, { "a" }, { "a" }) end,
      "'x' is no class")
  end)
end)
