local intervals = require "visage.metrics.intervals"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

describe("intervals.clopper_pearson", function()
  it("solves the binomial's tails", function()
    local low, high = intervals.clopper_pearson(0, 10)
    assert.equal(0, low)
    -- (1 - p)^10 = 0.025.
    assert.near(1 - 0.025 ^ 0.1, high, 1e-15)
    low, high = intervals.clopper_pearson(10, 10, 0.9)
    assert.near(0.05 ^ 0.1, low, 1e-15)
    assert.equal(1, high)
    low, high = intervals.clopper_pearson(1, 1, 0.5)
    assert.near(0.25, low, 1e-15)
    assert.equal(1, high)
  end)

  it("wants whole numbers and a level", function()
    assert.has_error(function() intervals.clopper_pearson(11, 10) end,
      "clopper_pearson: 11 of 10, wants whole numbers, 0 to n of n")
    assert.has_error(function() intervals.clopper_pearson(1, 10, 95) end,
      "clopper_pearson: a level is 95, wants more than 0 and less than 1")
  end)
end)

describe("intervals.bootstrap", function()
  it("draws subjects and takes quantiles", function()
    -- The mean of two of { 0, 1 } is 0, 0.5 or 1, a quarter each at the ends.
    local values = { 0, 1 }
    local function mean(drawn) return (values[drawn[1]] + values[drawn[2]]) / 2 end
    local found = intervals.bootstrap(2, mean, { generator = tensor.generator(1), rounds = 400 })
    assert.same({ 0, 1, 0.95, 2, 400, 0 },
      { found.low, found.high, found.level, found.n, found.rounds, found.skipped })
    local ends = { [0] = 0, [0.5] = 0, [1] = 0 }
    for _, value in ipairs(found.values) do ends[value] = ends[value] + 1 end
    -- 100 with a standard deviation of 8.7.
    assert.near(100, ends[0], 35)
    assert.near(100, ends[1], 35)
  end)

  it("gives the same for the same seed", function()
    local function run()
      return intervals.bootstrap(9, function(drawn) return drawn[1] * 10 + drawn[9] end,
        { generator = tensor.generator(5), rounds = 20 }).values
    end
    assert.same(run(), run())
  end)

  it("skips draws without a value, and wants a generator", function()
    local found = intervals.bootstrap(2, function(drawn)
      return drawn[1] == 1 and 0 / 0 or drawn[2] == 2 and 7 or nil
    end, { generator = tensor.generator(2), rounds = 100 })
    assert.equal(100, found.rounds + found.skipped)
    assert.same({ 7, 7 }, { found.low, found.high })
    assert.has_error(function()
      intervals.bootstrap(2, function() end, { generator = tensor.generator(2), rounds = 3 })
    end, "bootstrap: no draw had a value")
    assert.has_error(function() intervals.bootstrap(2, print, {}) end,
      "bootstrap: wants options with a generator, tensor.generator(seed)")
  end)
end)

describe("intervals.share", function()
  it("takes Clopper and Pearson's where all draws are alike", function()
    local draws = { low = 0, high = 0.2, level = 0.95, n = 100 }
    assert.equal(draws, intervals.share(draws, 0.1, 10))
    local found = intervals.share({ low = 0, high = 0, level = 0.95 }, 0, 10)
    assert.same({ 0, 10 }, { found.low, found.n })
    -- 1 - 0.025^(1/10).
    assert.near(1 - 0.025 ^ 0.1, found.high, 1e-12)
    assert.truthy(found.method:find "^Clopper%-Pearson")
  end)
end)

describe("intervals.bootstrap_scores", function()
  local set = { genuine = { 0.9, 0.3 }, impostor = { 0.2, 0.4 } }
  local subjects = { genuine = { "a", "b" }, impostor = { { "a", "b" }, { "b", "c" } } }

  it("counts a comparison as often as its subjects were drawn", function()
    local seen = {}
    local found = intervals.bootstrap_scores(set, subjects, function(s)
      -- a three times, b and c not at all, leaves no impostor score: never here.
      local key = ("%d %d"):format(#s.genuine, #s.impostor)
      seen[key] = true
      return s.genuine:mean()
    end, { generator = tensor.generator(3), rounds = 300 })
    -- Draws (a, b, c) times and counts a + b of genuine, ab + bc of impostor scores.
    assert.same({ ["3 2"] = true, ["2 2"] = true, ["1 2"] = true }, seen)
    assert.near(0.3, found.low, 1e-15)
    assert.is_true(found.high < 0.9 and found.skipped > 0)
  end)

  it("feeds any figure of a score set", function()
    local found = intervals.bootstrap_scores(set, subjects, function(s)
      return verification.auc(s)
    end, { generator = tensor.generator(4), rounds = 50, level = 0.9 })
    assert.is_true(found.low >= 0 and found.low <= found.high and found.high <= 1)
    assert.equal("bootstrap by subject", found.method)
  end)

  it("draws the subjects of several sets together", function()
    local found = intervals.bootstrap_scores({ set, set }, { subjects, subjects }, function(a, b)
      return a.genuine:mean() - b.genuine:mean()
    end, { generator = tensor.generator(3), rounds = 100 })
    assert.same({ 0, 0 }, { found.low, found.high })
  end)

  it("gives several figures of the same draws", function()
    local function mean(s) return s.genuine:mean() end
    local function run(statistic)
      return intervals.bootstrap_scores(set, subjects, statistic,
        { generator = tensor.generator(6), rounds = 40 })
    end
    local both = run(function(s)
      return { mean = mean(s), [1] = #s.genuine, never = 0 / 0 }
    end)
    local alone = run(mean)
    assert.same({ alone.low, alone.high, alone.n, alone.skipped },
      { both.mean.low, both.mean.high, both.mean.n, both.mean.skipped })
    assert.same({ 1, 3, nil }, { both[1].values[1], both[1].values[both[1].rounds], both.never })
  end)

  it("wants a subject for each score", function()
    assert.has_error(function()
      intervals.bootstrap_scores(set, { genuine = { "a" }, impostor = {} }, print,
        { generator = tensor.generator(1) })
    end, "bootstrap_scores: 1 subjects for 2 genuine scores")
  end)
end)

describe("intervals.bootstrap_means", function()
  local function options(rounds) return { generator = tensor.generator(5), rounds = rounds } end

  it("draws as bootstrap does and counts a pair as often as both were drawn", function()
    -- Three subjects, a comparison of each with itself but c, and all pairs, one twice.
    local subjects = { "a", "b", { "a", "b" }, { "c", "a" }, { "b", "c" }, { "b", "a" } }
    local lists = { x = { 1, 0, 0.5, 0.25, 1, 0 }, error = { 0, 0, 1, 1, 0, 0 } }
    local PLACE = { a = 1, b = 2, c = 3 }
    local function mean(list)
      return function(drawn)
        local times, sum, n = { 0, 0, 0 }, 0, 0
        for _, k in ipairs(drawn) do times[k] = times[k] + 1 end
        for i, s in ipairs(subjects) do
          local w = type(s) == "string" and times[PLACE[s]]
            or times[PLACE[s[1]]] * times[PLACE[s[2]]]
          sum, n = sum + w * list[i], n + w
        end
        return n > 0 and sum / n or nil
      end
    end
    local found = intervals.bootstrap_means(lists, subjects, options(500))
    for name, list in pairs(lists) do
      local wanted = intervals.bootstrap(3, mean(list), options(500))
      assert.same({ wanted.n, wanted.rounds, wanted.skipped },
        { found[name].n, found[name].rounds, found[name].skipped })
      assert.is_true(wanted.skipped > 0)
      for i, value in ipairs(wanted.values) do assert.near(value, found[name].values[i], 1e-12) end
      assert.near(wanted.low, found[name].low, 1e-12)
      assert.near(wanted.high, found[name].high, 1e-12)
    end
  end)

  it("is bootstrap_scores' mean where there are more subjects than a block holds", function()
    local generator, subjects, values, n = tensor.generator(2), {}, {}, 600
    for i = 1, n do subjects[i], values[i] = i, generator:uniform() end
    for i = n + 1, 4 * n do
      subjects[i], values[i] = { generator:integer(n), generator:integer(n) }, generator:uniform()
    end
    local found = intervals.bootstrap_means({ x = values }, subjects, options(20)).x
    local wanted = intervals.bootstrap_scores({ genuine = values, impostor = { 0 } },
      { genuine = subjects, impostor = { 1 } }, function(s) return s.genuine:mean() end,
      options(40))
    -- There a draw without an impostor has no value.
    local left = {}
    for _, value in ipairs(wanted.values) do left[("%.12f"):format(value)] = true end
    local common = 0
    for _, value in ipairs(found.values) do
      if left[("%.12f"):format(value)] then common = common + 1 end
    end
    assert.is_true(common >= 5)
  end)

  it("has no interval of nothing, and refuses what it cannot use", function()
    assert.same({}, intervals.bootstrap_means({ x = {} }, {}, options(3)))
    assert.has_error(function()
      intervals.bootstrap_means({ x = { 1 } }, { "a", "b" }, options(3))
    end, "bootstrap_means: 2 subjects for 1 values of x")
    assert.has_error(function()
      intervals.bootstrap_means({ x = { 0 / 0 } }, { "a" }, options(3))
    end, "bootstrap_means: a value is NaN; leave it out")
  end)

  it("draw the trials of a subject together", function()
    local g = tensor.generator(1)
    -- a is always right and b never: a draw of two has a share of 1 (1/4), of 0 (1/4), or
    -- with one a, which has three trials, 3/4.
    local list = { hits = { true, false, true, true }, owners = { "a", "b", "a", "a" } }
    local found = intervals.bootstrap_shares({ list }, { generator = g, rounds = 400 })
    local times = {}
    for _, value in ipairs(found.values) do times[value] = (times[value] or 0) + 1 end
    assert.is_true(math.abs(times[1] - 100) < 40 and math.abs(times[0] - 100) < 40)
    assert.equal(400, times[0] + times[1] + times[0.75])
    assert.same({ 0, 1 }, { found.low, found.high })
    -- The mean of two shares; draws without a trial of one have no value.
    local two = intervals.bootstrap_shares({
      { hits = { true, true }, owners = { "a", "b" } }, { hits = { false }, owners = { "c" } },
    }, { generator = g, rounds = 400 })
    assert.same({ 0.5, 0.5 }, { two.low, two.high })
    assert.is_true(two.skipped > 50 and two.rounds + two.skipped == 400)
    assert.has_error(function()
      intervals.bootstrap_shares({ { hits = { true }, owners = {} } }, { generator = g })
    end, "bootstrap_shares: 0 owners of 1 trials")
  end)
end)
