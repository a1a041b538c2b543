local ijb_results = require "visage.experiment.ijb.results"
local run_class = require "visage.experiment.run"
local tensor = require "visage.tensor"

describe("results of IJB", function()
  local run, p

  before_each(function()
    run = run_class.new({ name = "spec" }, {
      quiet = true, seed = 1, out = "none", rounds = 0, rule = "at_most", fpir_rule = "at_most",
    }, {})
    run.print = function() end
    p = { set = "IJB-B", templates = {}, galleries = { { name = "S1" }, { name = "S2" } } }
  end)

  it("have the published numbers of the same weights beside them", function()
    local results = ijb_results.new(run, p)
    local function published(weights)
      results:published { name = "m", model = { weights = { name = weights } } }
      local values = run.values
      run.values = {}
      local name = values["m/tar_at_far_0.01"] and "m" or "senet50-ft (published)"
      return values[name .. "/tar_at_far_0.001"], values[name .. "/tar_at_far_0.01"], name
    end
    assert.same({ 0.908, 0.956, "m" }, { published "senet50-pytorch-ft" })
    assert.same({ 0.878, 0.938, "m" }, { published "resnet50-caffe-scratch" })
    assert.same({ 0.912, 0.965, "m" }, { published "senet50-caffe-256" })
    assert.same({ 0.908, 0.956, "senet50-ft (published)" }, { published "mobilefacenet-casia" })
    p.set = "IJB-C"
    assert.same({ 0.927, 0.967, "m" }, { published "senet50-pytorch-ft" })
    assert.same({ 0.927, 0.967, "senet50-ft (published)" }, { published "resnet50-pytorch-ft" })
    results:published { name = "embeddings" }
    assert.equal(0.927, run.values["senet50-ft (published)/tar_at_far_0.001"])
  end)

  it("say which FARs have too few impostors", function()
    local results = ijb_results.new(run, p)
    local impostor = tensor.arange(0, 2999, 1, "f64") / 3000
    results:verification("m", { genuine = tensor.from({ 0.5, 2 }, "f64"), impostor = impostor },
      { false, false })
    assert.same({ 0, 1 }, { run.metrics["m/tar_at_far_0.001.supported"],
      run.metrics["m/tar_at_far_0.01.supported"] })
    assert.same({ 0.5, 0.5 }, { run.metrics["m/tar_at_far_0.001"],
      run.metrics["m/tar_at_far_0.1"] })
  end)

  it("do without curves where nothing could be compared, or nobody is a stranger", function()
    local results = ijb_results.new(run, p)
    local none = tensor.full({ 2 }, 0 / 0, "f64")
    results:verification("m", { genuine = none, impostor = none }, { "a", "b" })
    assert.same({ 4, 4 }, { run.metrics["m/pairs"], run.metrics["m/pairs.failed"] })
    assert.is_nil(run.metrics["m/auc"])
    local s = { entries = 2, mated = { 1 }, nonmated = {}, mate = { 0.5 }, rank = { 2 }, top = {} }
    results:identification("m", { s, s }, { "a" })
    assert.same({ 0, 1 }, { run.metrics["m/rank_1.mean"], run.metrics["m/rank_5.mean"] })
    assert.is_nil(run.metrics["m/tpir_at_fpir_0.1.mean"])
    s = { entries = 2, mated = {}, nonmated = { 1 }, mate = {}, rank = {}, top = { 0.5 } }
    results:identification("n", { s, s }, { "a" })
    assert.is_nil(run.metrics["n/rank_1.mean"])
  end)
end)
