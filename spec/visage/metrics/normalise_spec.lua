local golden = require "spec.support.golden"
local normalise = require "visage.metrics.normalise"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local NAN = 0 / 0
local expected = golden.load "identification"

-- A few roundings of numbers near 1.
local NEAR = 1e-13

-- A column of 1 for each of two impostor scores 0 and genuine scores 1 with one of
-- each on the wrong side: shares 2/3 and 1/3.
local THIRDS = { genuine = { 1, 1, 0 }, impostor = { 0, 0, 1 } }

describe("normalise", function()
  it("moves and scales by the cohort of the entry, of the probe, of both", function()
    -- Entry 1 has cohort scores 1, 3 (mean 2, deviation 1), entry 2 0, 4 (2, 2); the
    -- probe has 0, 2 (1, 1).
    local scores = tensor.from({ { 4, 4 } }, "f64")
    local entries = tensor.from({ { 1, 0 }, { 3, 4 } }, "f64")
    local probes = tensor.from({ { 0, 2 } }, "f64")
    assert.same({ { 2, 1 } }, normalise.z(scores, entries):totable())
    assert.same({ { 3, 3 } }, normalise.t(scores, probes):totable())
    assert.same({ { 2.5, 2 } }, normalise.s(scores, entries, probes):totable())
    -- Divided by n - 1 the deviation of 1 and 3 is the root of 2.
    assert.near(math.sqrt(2), normalise.z(scores, entries, { ddof = 1 }):get(1, 1), NEAR)
    -- The two greatest of 0, 2, 8: mean 5, deviation 3.
    local top = normalise.t(tensor.from({ { 8 } }, "f64"), tensor.from({ { 2, 8, 0 } }, "f64"),
      { top = 2 })
    assert.same({ { 1 } }, top:totable())
  end)

  it("equals numpy's means and deviations", function()
    local g = tensor.generator(22)
    local scores, entries, probes = g:rand({ 4, 5 }, "f64"), g:rand({ 7, 5 }, "f64"),
      g:rand({ 4, 6 }, "f64")
    for ddof = 0, 1 do
      local o, n = { ddof = ddof }, expected.norm
      assert.tensor(normalise.z(scores, entries, o)).near(n["z" .. ddof], NEAR)
      assert.tensor(normalise.t(scores, probes, o)).near(n["t" .. ddof], NEAR)
      assert.tensor(normalise.s(scores, entries, probes, o)).near(n["s" .. ddof], NEAR)
    end
    assert.tensor(normalise.t(scores, probes, { top = 3 })).near(expected.norm.top3, NEAR)
  end)

  it("calibrates scores of two values to the logarithms of their ratios", function()
    -- 1 is twice as likely genuine as impostor, 0 half as likely.
    local model = assert(normalise.calibrate(THIRDS))
    local llr = normalise.llr(model, tensor.from({ 0, 1 }, "f64"))
    assert.tensor(llr).near({ -math.log(2), math.log(2) }, NEAR)
    -- Where two values have two parameters the prior changes nothing.
    model = assert(normalise.calibrate(THIRDS, { prior = 0.1 }))
    assert.tensor(normalise.llr(model, tensor.from({ { 0 }, { 1 } }, "f64")))
      .near({ { -math.log(2) }, { math.log(2) } }, NEAR)
  end)

  it("equals scikit-learn's logistic regression", function()
    local g = tensor.generator(21)
    local genuine, impostor = g:rand({ 60, 2 }, "f64") + 0.4, g:rand({ 90, 2 }, "f64")
    local function system(i)
      return { genuine = genuine:select(2, i), impostor = impostor:select(2, i) }
    end
    for _, case in ipairs(expected.logistic) do
      local sets = case.systems == "one" and system(1) or { system(1), system(2) }
      local model = assert(normalise.calibrate(sets, { prior = case.prior, ridge = case.ridge }))
      -- scikit-learn stops where the slope is below 1e-12.
      assert.tensor(tensor.from(model.weights, "f64")).near(case.weights, 1e-7)
      assert.near(case.offset, model.offset, 1e-7)
    end
  end)

  it("lowers Cllr below that of any other scale and offset", function()
    local g = tensor.generator(3)
    local set = { genuine = g:randn({ 200 }, "f64") + 1, impostor = g:randn({ 300 }, "f64") }
    local model = assert(normalise.calibrate(set))
    local function cllr(a, b)
      return verification.cllr({ genuine = set.genuine * a + b, impostor = set.impostor * a + b },
        { llr = true })
    end
    local a, b = model.weights[1], model.offset
    local least = cllr(a, b)
    for _, change in ipairs { { 0.01, 0 }, { -0.01, 0 }, { 0, 0.01 }, { 0, -0.01 } } do
      assert.is_true(cllr(a + change[1], b + change[2]) > least)
    end
  end)

  it("leaves out comparisons that a system could not make", function()
    local set = { genuine = { 1, NAN, 1, 0 }, impostor = { 0, 0, 1, NAN } }
    local model = assert(normalise.calibrate(set))
    assert.near(2 * math.log(2), model.weights[1], NEAR)
    local llr = normalise.llr(model, tensor.from({ NAN }, "f64"))
    assert.is_true(llr[1] ~= llr[1])
  end)

  it("has no finite weights for scores that do not overlap, or follow from others", function()
    local overlap = "do not overlap"
    for _, set in ipairs {
      { genuine = { 2, 3 }, impostor = { 0, 1 } }, { genuine = { 1, 2 }, impostor = { 0, 1 } },
      { genuine = { 0, 1 }, impostor = { 2, 3 } },
    } do
      local model, why = normalise.calibrate(set)
      assert.is_nil(model)
      assert.truthy(why:find(overlap, 1, true))
      assert.truthy(normalise.calibrate(set, { ridge = 0.01 }))
    end
    assert.is_nil(normalise.calibrate { THIRDS, THIRDS })
    -- The third system is the sum of two others.
    local sets, g = {}, tensor.generator(4)
    for i = 1, 2 do
      sets[i] = { genuine = g:randn({ 30 }, "f64") + 1, impostor = g:randn({ 30 }, "f64") }
    end
    sets[3] = { genuine = sets[1].genuine + sets[2].genuine,
      impostor = sets[1].impostor + sets[2].impostor }
    assert.is_nil(normalise.calibrate(sets))
    local model = assert(normalise.calibrate(sets, { ridge = 0.01 }))
    assert.near(model.weights[3], model.weights[1] + model.weights[2], 1e-9)
    local none, why = normalise.calibrate { genuine = { 1, 1 }, impostor = { 1 } }
    assert.is_nil(none)
    assert.equal("calibrate: all scores of a system are the same", why)
  end)

  it("joins systems by a fixed rule", function()
    local list = { tensor.from { 1, 5 }, tensor.from { 3, 2 } }
    assert.same({ 2, 3.5 }, normalise.combine(list):totable())
    assert.same({ 4, 7 }, normalise.combine(list, "sum"):totable())
    assert.same({ 3, 5 }, normalise.combine(list, "max"):totable())
    assert.same({ 1, 2 }, normalise.combine(list, "min"):totable())
  end)

  it("says what does not fit", function()
    local z = tensor.zeros { 2, 3 }
    assert.has_error(function() normalise.z(z, tensor.zeros { 4, 2 }) end,
      "z: scores of 2 x 3 and a cohort of 4 x 2, wants axis 2 alike")
    assert.has_error(function() normalise.t(z, tensor.from { { 1, 2 }, { 1, 1 } }) end,
      "t: the cohort scores of probe 2 are all the same or have NaN")
    assert.has_error(function()
      normalise.z(tensor.zeros({ 1, 1 }, "f64"), tensor.full({ 3, 1 }, 0.1, "f64"))
    end, "z: the cohort scores of entry 1 are all the same or have NaN")
    assert.has_error(function() normalise.t(z, tensor.from { { 1, 2 }, { 1, NAN } }) end,
      "t: the cohort scores of probe 2 are all the same or have NaN")
    assert.has_error(function() normalise.t(z, tensor.ones { 2, 2 }, { top = 3 }) end,
      "t: 3 of 2 cohort scores, wants 2 or more")
    assert.has_error(function() normalise.calibrate { genuine = {}, impostor = { 1 } } end,
      "calibrate: no genuine scores")
    assert.has_error(function()
      normalise.calibrate { genuine = { 1, math.huge }, impostor = { 1 } }
    end, "calibrate: a score is infinite")
    assert.has_error(function() normalise.calibrate(THIRDS, { prior = 1 }) end,
      "calibrate: prior 1 and ridge 0, wants 0 to 1 and 0 or more")
    assert.has_error(function()
      normalise.calibrate { THIRDS, { genuine = { 1 }, impostor = { 0 } } }
    end, "calibrate: system 2 has 1 genuine scores, the first 3")
    assert.has_error(function() normalise.llr({ weights = { 1 }, offset = 0 }, { z, z }) end,
      "llr: scores of 2 systems for 1 weights")
    assert.has_error(function() normalise.combine({ z, tensor.zeros { 6 } }) end,
      "combine: scores of 2 x 3 and 6")
    assert.has_error(function() normalise.combine({ z }, "best") end,
      "combine: no rule is called 'best'")
  end)
end)

describe("error versus reject", function()
  local SET = { genuine = { 0.9, 0.2, 0.8, 0.7, 0.3 }, impostor = { 0.1, 0.6, 0.2, 0.4 } }

  it("counts errors of those that are left", function()
    -- By quality: 0.2 wrong, then 0.9 and 0.3 at once (one wrong), 0.7, 0.8.
    local e = normalise.error_versus_reject(SET, { 2, 1, 9, 5, 2 },
      { threshold = 0.5, upto = 0.6 })
    assert.same({ 2, 5 }, { e.errors, e.comparisons })
    assert.tensor(e.reject).near({ 0, 0.2, 0.6, 0.8 }, NEAR)
    assert.tensor(e.rate).near({ 2 / 5, 1 / 4, 0, 0 }, NEAR)
    assert.same({ 1, 2, 5, 9 }, e.quality:totable())
    assert.near((0.2 * 2 / 5 + 0.4 / 4) / 0.6, e.area, NEAR)
    -- The two wrong ones first: 2/5, 1/4 and then none.
    assert.near((0.2 * 2 / 5 + 0.2 / 4) / 0.6, e.ideal, NEAR)
  end)

  it("rejects no quality first and takes failures for non-matches", function()
    local e = normalise.error_versus_reject({ genuine = { NAN, 0.9 } }, { NAN, 0 },
      { threshold = 0.5 })
    assert.same({ { 0, 0.5 }, { 0.5, 0 }, 1 },
      { e.reject:totable(), e.rate:totable(), e.errors })
    e = normalise.error_versus_reject(SET, tensor.from { 1, 2, 3, 4 },
      { threshold = 0.5, kind = "impostor" })
    assert.tensor(e.rate).near({ 1 / 4, 1 / 3, 0, 0 }, NEAR)
  end)

  it("is what leaving out comparisons gives, one quality after the other", function()
    local g = tensor.generator(8)
    local scores, quality = g:rand({ 50 }, "f64"), {}
    for i = 1, 50 do quality[i] = g:integer(9) end
    local e = normalise.error_versus_reject({ genuine = scores }, quality, { threshold = 0.4 })
    for p, least in ipairs(e.quality:totable()) do
      local left, wrong = 0, 0
      for i, q in ipairs(quality) do
        if q >= least then left, wrong = left + 1, wrong + (scores[i] < 0.4 and 1 or 0) end
      end
      assert.near(1 - left / 50, e.reject[p], NEAR)
      assert.near(wrong / left, e.rate[p], NEAR)
    end
    assert.is_true(e.ideal <= e.area)
  end)

  it("says what does not fit", function()
    assert.has_error(function()
      normalise.error_versus_reject(SET, { 1 }, { threshold = 0 })
    end, "error_versus_reject: 1 qualities for 5 genuine scores")
    assert.has_error(function()
      normalise.error_versus_reject(SET, {}, { threshold = 0, kind = "both" })
    end, "error_versus_reject: a kind is 'genuine' or 'impostor', not 'both'")
    assert.has_error(function()
      normalise.error_versus_reject(SET, { 1, 2, 3, 4, 5 }, { threshold = 0, upto = 0 })
    end, "error_versus_reject: up to 0, wants more than 0, at most 1")
  end)
end)
