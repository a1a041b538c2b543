local golden = require "spec.support.golden"
local permutation = require "visage.metrics.permutation"
local tensor = require "visage.tensor"

local ALTERNATIVES = { "two-sided", "greater", "less" }

describe("the paired permutation test", function()
  it("goes through all deals of few pairs", function()
    -- Differences 2, 3, 4: of eight sums only 9 is 9 or more, all are 9 or less.
    local found = permutation.paired({ 3, 4, 5 }, { 1, 1, 1 }, { alternative = "greater" })
    assert.same({ p = 1 / 8, difference = 3.0, n = 3, deals = 8, exact = true,
      alternative = "greater" }, found)
    assert.equal(1, permutation.paired({ 3, 4, 5 }, { 1, 1, 1 }, { alternative = "less" }).p)
    assert.equal(2 / 8, permutation.paired({ 3, 4, 5 }, { 1, 1, 1 }).p)
  end)

  it("counts sums that are equal, whatever their rounding", function()
    -- 0.1 + 0.2 - 0.3 is not 0 in doubles; sums: 0.6, 0.4, 0.2, 0 twice and so on.
    assert.equal(5 / 8, permutation.paired({ 0.1, 0.2, 0 }, { 0, 0, 0.3 },
      { alternative = "greater" }).p)
  end)

  it("is 1 where no pair differs, and NaN where an observation is", function()
    assert.equal(1, permutation.paired({ 1, 2 }, { 1, 2 }).p)
    local p = permutation.paired({ 1, 0 / 0 }, { 1, 2 }).p
    assert.is_true(p ~= p)
  end)

  local expected = golden.load "permutation"

  -- The pairs of the golden's script.
  local function pairs_of(stream, case)
    local sides = {}
    for side = 1, 2 do
      sides[side] = {}
      for i = 1, case.n do
        sides[side][i] = math.floor(10 * stream:uniform()) / 10 - (side == 2 and case.shift or 0)
      end
    end
    return table.unpack(sides)
  end

  it("equals scipy's", function()
    local stream = tensor.generator(7)
    for _, name in ipairs { "few", "shifted", "many" } do
      local case = expected[name]
      local a, b = pairs_of(stream, case)
      for _, alternative in ipairs(ALTERNATIVES) do
        local found = permutation.paired(a, b, {
          alternative = alternative, generator = tensor.generator(1), rounds = 20000,
        })
        assert.near(case.difference, found.difference, 1e-15)
        -- Drawn by both: four standard errors of a share of 20,000.
        local p = case[alternative]
        local tolerance = name == "many" and 4 * 2 * math.sqrt(p * (1 - p) / 20000) or 1e-15
        assert.near(p, found.p, tolerance)
        assert.equal(name ~= "many", found.exact)
      end
    end
  end)

  it("draws the same deals from the same seed, and says how many", function()
    local a, b = {}, {}
    for i = 1, 20 do a[i], b[i] = i % 3, 1 end
    local function test() return permutation.paired(a, b, { generator = tensor.generator(3) }) end
    assert.same(test(), test())
    assert.equal(10000, test().deals)
    assert.is_false(test().exact)
    -- The one that was found counts: 1 of 10,000 is the least p of one side.
    for i = 1, 20 do a[i] = i + 1 end
    assert.equal(2 / 10000, test().p)
  end)

  it("says what is wrong", function()
    assert.has_error(function() permutation.paired({ 1 }, { 1, 2 }) end,
      "permutation: 1 and 2 observations are no pairs")
    assert.has_error(function() permutation.paired({}, {}) end, "permutation: no observations")
    assert.has_error(function() permutation.paired({ 1 }, { 2 }, { alternative = "more" }) end,
      "permutation: no alternative is called 'more'")
    assert.has_error(function() permutation.paired({ 1, 2 }, { 2, 3 }, { exact = 1 }) end,
      "permutation: wants options with a generator, tensor.generator(seed)")
  end)
end)
