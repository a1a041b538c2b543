local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local NAN = 0 / 0

-- Ten impostor and eight genuine scores whose figures can be counted by hand.
local IMPOSTOR = { 0.1, 0.2, 0.2, 0.3, 0.4, 0.4, 0.5, 0.6, 0.7, 0.8 }
local GENUINE = { 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 1.0 }
local SET = { impostor = IMPOSTOR, genuine = GENUINE }
-- The same with two failures among ten genuine and ten among twenty impostor
-- comparisons.
local FAILED = { impostor = IMPOSTOR, genuine = GENUINE,
  failures = { genuine = 2, impostor = 10 } }

-- A few roundings of numbers near 1.
local NEAR = 1e-15

describe("verification", function()
  it("counts decisions at or above a threshold", function()
    assert.same({ tp = 5, fn = 3, fp = 2, tn = 8 }, verification.counts(SET, 0.7))
    assert.same({ tp = 8, fn = 0, fp = 10, tn = 0 }, verification.counts(SET, -1))
  end)

  it("gives every point of the ROC", function()
    local roc = verification.roc(SET)
    assert.same({ math.huge, 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1 },
      roc.thresholds:totable())
    assert.same({ 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.9, 1 }, roc.far:totable())
    assert.same({ 0, 0.125, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1, 1, 1 }, roc.tar:totable())
    assert.near(0.8375, roc.auc, NEAR)
  end)

  it("gives fewer points on demand", function()
    local corners = verification.roc(SET, { points = "corners" })
    assert.same({ math.huge, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.1 }, corners.thresholds:totable())
    local hull = verification.roc(SET, { points = "hull" })
    assert.same({ { 0, 0, 0.4, 0.6, 1 }, { 0, 0.375, 0.875, 1, 1 } },
      { hull.far:totable(), hull.tar:totable() })
    -- One, 10^(1/3) = 2.2, 4.6 and 10 impostors.
    local log = verification.roc(SET, { points = 4 })
    assert.same({ 0, 0.1, 0.2, 0.4, 1 }, log.far:totable())
    assert.same({ 0, 0.5, 0.625, 0.875, 1 }, log.tar:totable())
    assert.has_error(function() verification.roc(SET, { points = "some" }) end,
      "roc: points are 'all', 'corners', 'hull' or a number, not 'some'")
  end)

  it("measures areas", function()
    assert.near(0.8375, verification.auc(SET), NEAR)
    -- To FAR 0.2: 0.1 (0.375 + 0.5) / 2 + 0.1 (0.5 + 0.625) / 2 = 0.1.
    assert.near(0.1 / 0.2, verification.auc(SET, { rule = "partial", max_far = 0.2 }), NEAR)
    -- Chance has 0.02: (1 + 0.08 / 0.18) / 2.
    assert.near((1 + 0.08 / 0.18) / 2,
      verification.auc(SET, { rule = "mcclish", max_far = 0.2 }), NEAR)
    -- From FAR 0.1 to 0.2 TAR = 0.375 + 1.25 FAR: mean over the logarithm
    -- 0.375 + 0.125 / ln 2.
    assert.near(0.375 + 0.125 / math.log(2),
      verification.auc(SET, { rule = "log", min_far = 0.1, max_far = 0.2 }), NEAR)
    local apart = { genuine = { 3 }, impostor = { 1, 2 } }
    assert.near(1, verification.auc(apart, { rule = "log" }), NEAR)
    assert.near(0.5, verification.auc { genuine = { 1 }, impostor = { 1 } }, NEAR)
    assert.has_error(function() verification.auc(SET, { rule = "cubic" }) end,
      "auc: no rule is called 'cubic'")
    assert.has_error(function() verification.auc(SET, { rule = "log", min_far = 0 }) end,
      "auc: no area from FAR 0 to 1")
  end)

  it("counts failures as rejected, or leaves them out", function()
    -- At 0.7: FMR 0.2, FNMR 0.375; FTA 2 / 10 and 10 / 20, together 12 / 30.
    local r = verification.rates(FAILED, 0.7)
    assert.near(0.2, r.fmr, NEAR)
    assert.near(0.375, r.fnmr, NEAR)
    assert.near(0.4, r.fta, NEAR)
    assert.near(0.1, r.far, NEAR)
    assert.near(0.5, r.frr, NEAR)
    assert.near(0.5, r.tar, NEAR)
    r = verification.rates(FAILED, 0.7, { fta = "joint" })
    assert.near(0.2 * 0.6, r.far, NEAR)
    assert.near(0.4 + 0.375 * 0.6, r.frr, NEAR)
    assert.has_error(function() verification.rates(SET, 1, { fta = "none" }) end,
      "rates: no rule of failures is called 'none'")
  end)

  it("takes NaN for a failure", function()
    local genuine, impostor = { NAN, NAN }, {}
    table.move(GENUINE, 1, 8, 3, genuine)
    table.move(IMPOSTOR, 1, 10, 1, impostor)
    for k = 11, 20 do impostor[k] = NAN end
    local set = { genuine = genuine, impostor = impostor }
    assert.same(verification.rates(FAILED, 0.7), verification.rates(set, 0.7))
    local roc = verification.roc(set)
    assert.same({ 0.5, 0.8 }, { roc.far[11], roc.tar[11] })
    roc = verification.roc(set, { failures = "ignored" })
    assert.same({ 1, 1 }, { roc.far[11], roc.tar[11] })
    assert.near(0.8375, roc.auc, NEAR)
  end)

  it("measures the distance of the means", function()
    -- Means 1 and 4, variances 1 and 1.
    assert.near(3, verification.d_prime { impostor = { 0, 2 }, genuine = { 3, 5 } }, NEAR)
    assert.near(3 / math.sqrt(2),
      verification.d_prime({ impostor = { 0, 2 }, genuine = { 3, 5 } }, { ddof = 1 }), NEAR)
  end)

  it("counts in bins, the last with its upper edge", function()
    local h = verification.histogram(SET, { bins = 2, low = 0.25, high = 1 })
    assert.same({ 0.25, 0.625, 1 }, h.edges:totable())
    assert.same({ { 3, 5 }, { 5, 2 } }, { h.genuine:totable(), h.impostor:totable() })
    assert.same({ { genuine = 0, impostor = 3 }, { genuine = 0, impostor = 0 } },
      { h.below, h.above })
    h = verification.histogram(SET, { bins = 3 })
    assert.same({ 8, 10 }, { h.genuine:sum(), h.impostor:sum() })
    assert.has_error(function() verification.histogram(SET, { low = 1, high = 1 }) end,
      "histogram: 50 bins from 1 to 1")
  end)

  it("draws the DET on normal deviates", function()
    local det = verification.det(SET)
    -- Threshold 0.5, the sixth corner: FAR 0.4, FRR 0.125.
    assert.near(-0.2533471031357997, det.x[6], NEAR)
    assert.near(-1.1503493803760079, det.y[6], 2 * NEAR)
    assert.same({ -math.huge, math.huge }, { det.x[1], det.y[1] })
  end)

  it("follows precision and recall", function()
    local pr = verification.precision_recall { genuine = { 3, 1 }, impostor = { 2 } }
    assert.same({ { 3, 2, 1 }, { 0.5, 0.5, 1 } }, { pr.thresholds:totable(), pr.recall:totable() })
    assert.tensor(pr.precision).near({ 1, 1 / 2, 2 / 3 }, NEAR)
    assert.near(1 / 2 + 2 / 3 / 2, pr.ap, NEAR)
  end)

  it("leaves what it is given as it is", function()
    local genuine = tensor.from({ 3, 1, 2 }, "f32")
    local set = { genuine = genuine, impostor = { 2, 1 } }
    verification.eer(set)
    verification.roc(set)
    assert.same({ 3, 1, 2 }, genuine:totable())
    assert.same({ 2, 1 }, set.impostor)
  end)
end)

describe("verification.tar_at_far", function()
  -- By rule the TAR (and for nearest the FAR) at each wanted FAR.
  local FAR = { 0, 0.05, 0.10, 0.15, 0.20, 0.30, 0.45 }
  local TAR = {
    at_most = { 0.375, 0.375, 0.5, 0.5, 0.625, 0.75, 0.875 },
    bob = { 0.375, 0.375, 0.5, 0.5, 0.625, 0.75, 0.875 },
    nearest = { 0.375, 0.5, 0.5, 0.625, 0.625, 0.75, 0.875 },
    nearest_corner = { 0.375, 0.5, 0.5, 0.625, 0.625, 0.75, 0.875 },
    interpolate = { 0.375, 0.4375, 0.5, 0.5625, 0.625, 0.75, 0.90625 },
    topk_ceil = { 0.375, 0.375, 0.375, 0.5, 0.5, 0.625, 0.875 },
    topk = { 0.375, 0.375, 0.375, 0.375, 0.5, 0.625, 0.75 },
  }

  for rule, wanted in pairs(TAR) do
    it("follows the rule " .. rule, function()
      for k, far in ipairs(FAR) do
        local at = verification.tar_at_far(SET, far, { rule = rule })
        assert.near(wanted[k], at.tar, NEAR, ("FAR %g"):format(far))
        assert.equal(rule, at.rule)
        assert.is_false(at.supported)
      end
    end)
  end

  it("says at which threshold and FAR", function()
    local function at(far, rule)
      local found = verification.tar_at_far(SET, far, { rule = rule })
      return { found.threshold, found.far, found.strict }
    end
    assert.same({ 0.8 + 2.0 ^ -53, 0, false }, at(0, "at_most"))
    assert.same({ 0.8, 0.1, false }, at(0.1, "at_most"))
    assert.same({ 0.7, 0.2, false }, at(0.2, "at_most"))
    assert.same({ 0.5, 0.4, false }, at(0.45, "at_most"))
    assert.same({ 0.9, 0, false }, at(0, "nearest"))
    assert.same({ 0.8, 0.1, false }, at(0.05, "nearest"))
    assert.same({ 0.7, 0.2, false }, at(0.15, "nearest"))
    assert.same({ 0.5, 0.4, false }, at(0.45, "nearest"))
    assert.same({ 0.4, 0.4, true }, at(0.45, "topk_ceil"))
    assert.same({ 0.5, 0.3, true }, at(0.45, "topk"))
    assert.near(0.75, at(0.15, "interpolate")[1], NEAR)
    assert.same({ 0.1, 1, false }, at(1, "at_most"))
    assert.equal(1, at(1, "interpolate")[2])
  end)

  it("takes the greatest TAR, where bob's threshold is an impostor score", function()
    local set = { impostor = { 1, 2, 3, 4 }, genuine = { 2.5, 3.5 } }
    local best, bob = verification.tar_at_far(set, 0.5),
      verification.tar_at_far(set, 0.5, { rule = "bob" })
    assert.same({ 1, 0.5, 2.5 }, { best.tar, best.far, best.threshold })
    assert.same({ 0.5, 0.5, 3 }, { bob.tar, bob.far, bob.threshold })
  end)

  it("goes to corners as InsightFace does, on level pieces and slopes", function()
    -- Corners of the ROC, by impostors and genuine: 0 0, 0 1, 5 1, 5 2, 8 2, then a tie
    -- of both kinds, 9 3, and 10 3.
    local set = { genuine = { 10, 4.5, 1 }, impostor = { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 } }
    local function at(far)
      local found = verification.tar_at_far(set, far, { rule = "nearest_corner" })
      return { found.far, found.tar }
    end
    assert.same({ 0, 1 / 3 }, at(0))
    assert.same({ 0, 1 / 3 }, at(0.2))
    assert.same({ 0.5, 2 / 3 }, at(0.25))
    assert.same({ 0.5, 2 / 3 }, at(0.3))
    assert.same({ 0.5, 2 / 3 }, at(0.6))
    assert.same({ 0.8, 2 / 3 }, at(0.7))
    assert.same({ 0.9, 1 }, at(0.85))
    assert.same({ 1, 1 }, at(0.96))
    assert.same({ 1, 1 }, at(1))
    assert.same({ 0.2, 1 / 3 }, { verification.tar_at_far(set, 0.2, { rule = "nearest" }).far,
      verification.tar_at_far(set, 0.2, { rule = "nearest" }).tar })
  end)

  it("compares counts, not doubles", function()
    -- 0.29 * 100 is 28.999999999999996, and 0.145 * 100 14.499999999999998.
    local impostor = {}
    for k = 1, 100 do impostor[k] = k end
    local set = { genuine = { 200 }, impostor = impostor }
    assert.equal(0.29, verification.tar_at_far(set, 0.29).far)
    assert.equal(0.15, verification.tar_at_far(set, 0.145, { rule = "nearest" }).far)
  end)

  it("supports a FAR from thirty expected errors on", function()
    local set = { genuine = { 1 }, impostor = tensor.zeros { 300 } }
    local at = verification.tar_at_far(set, 0.1)
    assert.same({ true, 30 }, { at.supported, at.expected_errors })
    assert.is_false(verification.tar_at_far(set, 0.09).supported)
    assert.is_false(verification.tar_at_far(set, 1e-3).supported)
  end)

  it("counts failures in both rates", function()
    -- Of 20 impostor comparisons FAR 0.1 is two, of ten genuine five pass.
    local at = verification.tar_at_far(FAILED, 0.1)
    assert.same({ 0.5, 0.1, 0.7 }, { at.tar, at.far, at.threshold })
    at = verification.fnmr_at_fmr(FAILED, 0.1)
    assert.same({ 0.5, 0.1, 0.8 }, { at.fnmr, at.fmr, at.threshold })
    -- More than all that were made.
    at = verification.tar_at_far(FAILED, 0.9)
    assert.same({ 0.8, 0.5 }, { at.tar, at.far })
  end)

  it("finds the FAR of a TAR", function()
    local at = verification.far_at_tar(SET, 0.75)
    assert.same({ 0.3, 0.75, 0.6 }, { at.far, at.tar, at.threshold })
    assert.same({ 0.4, 0.875 }, { verification.far_at_tar(SET, 0.8).far,
      verification.far_at_tar(SET, 0.8).tar })
    assert.equal(0, verification.far_at_tar(SET, 0).far)
    local nothing, why = verification.far_at_tar(FAILED, 0.9)
    assert.is_nil(nothing)
    assert.equal("far_at_tar: 8 of 10 genuine comparisons were made", why)
  end)

  it("gives the fixed points of FVC", function()
    local p = verification.fixed_points(SET)
    assert.same({ 0.5, 0.625, 0.625, 0.625, 0.6 }, { p.fmr10.fnmr, p.fmr100.fnmr, p.fmr1000.fnmr,
      p.zero_fmr, p.zero_fnmr })
  end)

  it("says what it does not know", function()
    assert.has_error(function() verification.tar_at_far(SET, 0.1, { rule = "best" }) end,
      "tar_at_far: no rule is called 'best'")
    assert.has_error(function() verification.tar_at_far(SET, 2) end,
      "tar_at_far: a rate is 2, wants 0 to 1")
    assert.has_error(function() verification.tar_at_far({ genuine = { 1 }, impostor = {} }, 0) end,
      "tar_at_far: no impostor scores")
  end)
end)

describe("verification.eer", function()
  it("follows every rule", function()
    local function eer(rule)
      local e = verification.eer(SET, { rule = rule })
      return e.eer, e.threshold, e.low, e.high
    end
    assert.same({ 0.275, 0.55, 0.25, 0.3 }, { eer "bob" })
    assert.same({ 0.275, 0.6, 0.25, 0.3 }, { eer "pyeer" })
    -- From (0.3, 0.75) to (0.2, 0.625): 5 / 18.
    assert.near(5 / 18, (eer "linear"), NEAR)
    -- The hull has (0, 0.375) to (0.4, 0.875), slope 1.25: x = 0.625 / 2.25.
    assert.near(0.625 / 2.25, (eer "rocch"), NEAR)
    assert.has_error(function() eer "best" end, "eer: no rule is called 'best'")
  end)

  it("is 0 apart and one half for equal scores", function()
    for _, rule in ipairs { "bob", "pyeer", "linear", "rocch" } do
      local apart = verification.eer({ genuine = { 3, 4 }, impostor = { 1, 2 } }, { rule = rule })
      assert.equal(0, apart.eer, rule)
      local equal = verification.eer({ genuine = { 1, 1 }, impostor = { 1 } }, { rule = rule })
      assert.equal(0.5, equal.eer, rule)
    end
    assert.equal(2.5, verification.eer({ genuine = { 3, 4 }, impostor = { 1, 2 } }).threshold)
  end)

  it("chooses as the sources do between places as good", function()
    -- At 1: 1, 0; at 2: 0.5, 0; at 3: 0, 0.5: bob ends where impostors are used up.
    local set = { impostor = { 1, 2 }, genuine = { 2, 3 } }
    local e = verification.eer(set)
    assert.same({ 0.25, 1.5, 0, 0.5 }, { e.eer, e.threshold, e.low, e.high })
    e = verification.eer(set, { rule = "pyeer" })
    assert.same({ 0.25, 2 }, { e.eer, e.threshold })
  end)

  it("counts failures as misses", function()
    -- Thresholds at 0.4, 0.5: FAR 6 / 20, 4 / 20; FRR 2 / 10, 3 / 10. As near: the later.
    local e = verification.eer(FAILED)
    assert.near(0.25, e.eer, NEAR)
    assert.near(0.45, e.threshold, NEAR)
    assert.near(0.275, verification.eer(FAILED, { failures = "ignored" }).eer, NEAR)
  end)
end)

describe("verification's costs", function()
  it("weigh the errors of a threshold", function()
    assert.near(0.275, verification.hter(SET, 0.55), NEAR)
    assert.near(0.1 * 0.3 + 0.9 * 0.25, verification.wer(SET, 0.55, 0.1), NEAR)
    assert.near((0.1 + 0.5) / 2, verification.hter(FAILED, 0.7), NEAR)
    assert.has_error(function() verification.wer(SET, 0.5, 2) end,
      "wer: a weight is 2, wants 0 to 1")
  end)

  it("are least at a corner of the ROC", function()
    -- 0.5 FAR + 0.5 FRR: at 0.5 (0.4 + 0.125) / 2, the same as nowhere else.
    local least = verification.min_wer(SET, 0.5)
    assert.near(0.2625, least.wer, NEAR)
    assert.same({ 0.5, 0.4, 0.125 }, { least.threshold, least.far, least.frr })
    assert.equal(0.9, verification.min_wer(SET, 1).threshold)
    assert.equal(0.4, verification.min_wer(SET, 0).threshold)
    -- Misses weigh 1, alarms 99: at 0.9 only misses, 0.625, of which 1 is the worst.
    local dcf = verification.min_dcf(SET)
    assert.near(0.625, dcf.dcf, NEAR)
    assert.near(0.00625, verification.min_dcf(SET, { normalise = false }).dcf, NEAR)
    assert.near(0.525, verification.min_dcf(SET, { p_target = 0.5 }).dcf, NEAR)
  end)

  it("make Youden's J, MCC and F", function()
    local j = verification.youden(SET)
    assert.near(0.475, j.youden, NEAR)
    assert.same({ 0.5, 0.4 }, { j.threshold, j.far })
    -- At 0.7: tp 5, fn 3, fp 2, tn 8.
    assert.near((40 - 6) / math.sqrt(7 * 8 * 10 * 11), verification.mcc(SET, 0.7), NEAR)
    local best, t = verification.mcc(SET)
    -- At 0.9: tp 3, fn 5, fp 0, tn 10, that is 30 / 60; at 0.5 it is 38 / 78.
    assert.near(0.5, best, NEAR)
    assert.equal(0.9, t)
    assert.equal(0, (verification.mcc(SET, 2)))
    -- Precision 5 / 7, recall 5 / 8.
    assert.near(2 * 5 / 15, verification.f_score(SET, 0.7), NEAR)
    assert.near(5 * 5 / (5 * 5 + 4 * 3 + 2), verification.f_score(SET, 0.7, 2), NEAR)
    assert.equal(0, verification.f_score(SET, 2))
  end)

  it("judge one set by the thresholds of another", function()
    local eval = { impostor = { 0.3, 0.86 }, genuine = { 0.45, 0.9 } }
    -- Thresholds between 0.3 and 0.4, 0.4 and 0.5, 0.8 and 0.9.
    local epc = verification.epc(SET, eval, { costs = { 0, 0.5, 1 } })
    assert.tensor(epc.thresholds).near({ 0.35, 0.45, 0.85 }, NEAR)
    assert.tensor(epc.hter).near({ 0.25, 0.25, 0.5 }, NEAR)
    assert.equal(11, #verification.epc(SET, SET).hter)
  end)
end)

describe("verification.cllr", function()
  it("is the cost of likelihood ratios, in bits", function()
    local set = { genuine = { math.log(3) }, impostor = { 0 } }
    -- log2(4 / 3) and log2(2), halved.
    assert.near((math.log(4 / 3, 2) + 1) / 2, verification.cllr(set, { llr = true }), NEAR)
    assert.near(500 / math.log(2),
      verification.cllr({ genuine = { -1000 }, impostor = { -1000 } }, { llr = true }), 1e-12)
    assert.has_error(function() verification.cllr(set) end,
      "cllr: wants calibrated natural-log likelihood ratios, { llr = true }; "
      .. "min_cllr takes any score")
  end)

  it("is least after the best rising map", function()
    assert.equal(0, verification.min_cllr { genuine = { 2 }, impostor = { 1 } })
    assert.near(1, verification.min_cllr { genuine = { 1 }, impostor = { 2 } }, NEAR)
    -- One block of genuine 1/2 and impostor 1/2 of theirs: ratio 1, one bit each.
    assert.near(0.5, verification.min_cllr { genuine = { 2, 3 }, impostor = { 1, 2 } }, NEAR)
  end)
end)
