-- The metrics beside scikit-learn, scipy, bob.measure and pyeer, whose figures
-- spec/golden/metrics.py keeps.
local folds = require "visage.metrics.folds"
local golden = require("spec.support.golden").load "metrics"
local intervals = require "visage.metrics.intervals"
local special = require "visage.metrics.special"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

-- Sums and quotients in another order differ by a few roundings of numbers to 1;
-- a curve's area adds a thousand of them.
local NEAR, SUM = 2e-15, 1e-13

local function sets()
  local stream, out = tensor.generator(4), {}
  for _, name in ipairs { "tied", "fine" } do
    local genuine = stream:rand({ 200 }, "f64") * 0.75 + 0.35
    local impostor = stream:rand({ 1000 }, "f64") * 0.75
    if name == "tied" then
      genuine = (genuine * 200):to("i64"):to("f64") / 200
      impostor = (impostor * 200):to("i64"):to("f64") / 200
    end
    out[name] = { genuine = genuine, impostor = impostor }
  end
  return out
end

local SETS = sets()

-- Elements first, first + 29, ... of a tensor or list.
local function sampled(list, first)
  local out = {}
  for k = first, #list, 29 do out[#out + 1] = list[k] end
  return out
end

for _, name in ipairs { "tied", "fine" } do
  local set, other = SETS[name], SETS[name == "tied" and "fine" or "tied"]

  describe("the metrics of the set " .. name, function()
    it("start from the same scores", function()
      assert.near(golden[name].sums[1], set.genuine:sum(), 1e-11)
      assert.near(golden[name].sums[2], set.impostor:sum(), 1e-11)
    end)

    it("equal scikit-learn's curves and areas", function()
      local wanted = golden[name].sklearn
      local roc = verification.roc(set)
      assert.equal(wanted.points, #roc.far)
      assert.tensor(sampled(roc.far, 1)).near(wanted.fpr, NEAR)
      assert.tensor(sampled(roc.tar, 1)).near(wanted.tpr, NEAR)
      assert.tensor(sampled(roc.thresholds, 30)).near(wanted.thresholds, NEAR)
      assert.near(wanted.auc, roc.auc, SUM)
      assert.near(wanted.mcclish, verification.auc(set, { rule = "mcclish", max_far = 0.1 }), SUM)
      local pr = verification.precision_recall(set)
      assert.near(wanted.ap, pr.ap, SUM)
      assert.tensor(sampled(pr.precision, 1)).near(wanted.precision, NEAR)
      assert.tensor(sampled(pr.recall, 1)).near(wanted.recall, NEAR)
    end)

    it("equal scikit-learn's figures at a threshold", function()
      local wanted = golden[name].sklearn
      assert.near(wanted.mcc, verification.mcc(set, 0.6), SUM)
      assert.near(wanted.f1, verification.f_score(set, 0.6), NEAR)
      assert.near(wanted.f2, verification.f_score(set, 0.6, 2), NEAR)
    end)

    it("equal scipy's roots on the ROC and on its hull", function()
      local wanted = golden[name].sklearn
      assert.near(wanted.linear_eer, verification.eer(set, { rule = "linear" }).eer, SUM)
      assert.near(wanted.rocch_eer, verification.eer(set, { rule = "rocch" }).eer, SUM)
      assert.near(wanted.min_cllr, verification.min_cllr(set), SUM)
    end)

    it("find the points that InsightFace finds", function()
      local wanted = golden[name].sklearn
      for k, far in ipairs(golden.fars) do
        local at = verification.tar_at_far(set, far, { rule = "nearest" })
        assert.near(wanted.insightface[k], at.tar, NEAR, ("FAR %g"):format(far))
      end
    end)

    it("equal bob.measure's thresholds", function()
      local wanted = golden[name].bob
      for k, far in ipairs(golden.fars) do
        local at = verification.tar_at_far(set, far, { rule = "bob" })
        assert.tensor({ at.threshold, at.far, 1 - at.tar }).near(wanted.far[k], NEAR)
      end
      local eer = verification.eer(set)
      assert.near(wanted.eer, eer.eer, NEAR)
      assert.near(wanted.eer_threshold, eer.threshold, NEAR)
    end)

    it("equal bob.measure's weighted errors and expected performance", function()
      local wanted = golden[name].bob
      for k, c in ipairs(golden.costs) do
        local row = wanted.wer[k]
        local least = verification.min_wer(set, c)
        assert.near(c * row[2] + (1 - c) * row[3], least.wer, NEAR)
      end
      local epc, same = verification.epc(set, other), 0
      assert.tensor(epc.costs).near(wanted.epc[1], NEAR)
      for k, c in ipairs(epc.costs) do
        local theirs = wanted.epc[3][k]
        -- bob.measure adds its rates up step by step, so that rounding decides
        -- between thresholds that are as good.
        assert.near(verification.wer(set, theirs, c), verification.wer(set, epc.thresholds[k], c),
          NEAR)
        if math.abs(theirs - epc.thresholds[k]) < NEAR then
          assert.near(wanted.epc[2][k], epc.hter[k], NEAR)
          same = same + 1
        end
      end
      assert.is_true(same >= 10)
    end)

    it("equal pyeer's", function()
      local wanted = golden[name].pyeer
      local eer = verification.eer(set, { rule = "pyeer" })
      assert.tensor({ eer.eer, eer.low, eer.high, eer.threshold }).near(
        { wanted.eer, wanted.low, wanted.high, wanted.threshold }, NEAR)
      assert.near(wanted.d_prime, verification.d_prime(set), SUM)
      local youden = verification.youden(set)
      assert.near(wanted.youden, youden.youden, NEAR)
      local mcc, at = verification.mcc(set)
      assert.near(wanted.mcc, mcc, SUM)
      assert.near(wanted.mcc_threshold, at, NEAR)
      local fixed = verification.fixed_points(set)
      assert.near(wanted.zero_fmr, fixed.zero_fmr, NEAR)
      assert.near(wanted.zero_fnmr, fixed.zero_fnmr, NEAR)
    end)
  end)
end

describe("the metrics", function()
  it("equal bob.measure's Cllr", function()
    local fine = SETS.fine
    local set = { genuine = (fine.genuine - 0.5) * 10, impostor = (fine.impostor - 0.5) * 10 }
    assert.near(golden.cllr, verification.cllr(set, { llr = true }), SUM)
  end)

  it("equal scipy's and mpmath's normal and binomial distributions", function()
    local wanted = golden.scipy
    for k, p in ipairs(wanted.shares) do
      local x = wanted.probit[k]
      assert.near(x, special.probit(p), 1e-14 * math.abs(x))
    end
    for k, row in ipairs(wanted.counts) do
      local p = 0.9 * row[1] / row[2]
      -- Relative: an exponent of 500, at 1e9 trials, is off by a few roundings.
      assert.near(1, special.binomial(row[1], row[2], p) / wanted.binomial[k], 1e-12)
      assert.near(1, special.binomial_tail(row[1], row[2], p) / wanted.tail[k], 1e-12)
      for l, level in ipairs { 0.9, 0.95 } do
        local low, high = intervals.clopper_pearson(row[1], row[2], level)
        -- scipy stops its search at 2e-12; the tails at ours are right, to the
        -- rounding of a thousand steps of the fraction at 1e9 trials.
        assert.near(wanted.exact[k][l][1], low, 2e-12)
        assert.near(wanted.exact[k][l][2], high, 2e-12)
        local outside = (1 - level) / 2
        assert.near(outside, special.binomial_tail(row[1], row[2], low), 1e-11)
        assert.near(1 - outside, special.binomial_tail(row[1] + 1, row[2], high), 1e-11)
      end
    end
  end)

  it("equal facenet's folds", function()
    local pairs_ = { scores = {}, same = {}, fold = {} }
    local i = 0
    for _, kind in ipairs { "genuine", "impostor" } do
      for _, s in ipairs(SETS.fine[kind]:totable()) do
        i = i + 1
        pairs_.scores[i], pairs_.same[i], pairs_.fold[i] = -(2 - 2 * s), kind == "genuine",
          (i - 1) % 10
      end
    end
    local accuracy = folds.accuracy(pairs_,
      { thresholds = folds.facenet_grid(), accept = "above" })
    local val = folds.val_at_far(pairs_, 0.01,
      { thresholds = folds.facenet_fine_grid(), accept = "above" })
    for k, row in ipairs(golden.facenet.rows) do
      assert.near(row[1], -accuracy.thresholds[k], NEAR)
      assert.near(row[2], accuracy.accuracy[k], NEAR)
      assert.near(row[3], -val.thresholds[k], NEAR)
      assert.near(row[4], val.val[k], NEAR)
      assert.near(row[5], val.far[k], NEAR)
    end
    assert.near(golden.facenet.mean, accuracy.mean, NEAR)
    assert.near(golden.facenet.std, accuracy.std, NEAR)
    assert.near(golden.facenet.standard_error, accuracy.standard_error, NEAR)
  end)
end)
