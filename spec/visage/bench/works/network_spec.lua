local loader = require "visage.loader"
local network = require "visage.bench.works.network"
local nn = require "visage.nn"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("the work network", function()
  local folder
  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  local OPTIONS = {
    networks = { "tiny" }, batches = { 1, 3 }, threads = { 1, 2 }, precision = "fp32", seed = 1,
  }

  it("is every batch with every number of threads, with a model and an input", function()
    local seen = {}
    for work in network.works(OPTIONS, folder) do
      seen[#seen + 1] = work.case
      assert.same({ work.units, 3, 32, 32 }, tensor.load(work.job.input):shape())
      assert.same({ "conv1" }, { assert(nn.import(work.job.model)):node("conv1").name })
    end
    assert.same({ "fp32_b1_t1", "fp32_b1_t2", "fp32_b3_t1", "fp32_b3_t2" }, seen)
  end)

  it("compares other precisions with fp32, int8 calibrated on inputs of its own", function()
    local options = setmetatable({ batches = { 2 }, threads = { 1 }, precision = "int8" },
      { __index = OPTIONS })
    local work = network.works(options, folder)()
    local g = assert(nn.import(work.job.model))
    local net <close> = g:compile { batch = 2 }
    local y = net:run(tensor.load(work.job.input))
    assert.equal(0, (tensor.load(work.reference) - y):abs():max())
    local calibration = tensor.load(work.job.calibration)
    assert.same({ 16, 3, 32, 32 }, calibration:shape())
    assert.is_true((calibration:narrow(1, 1, 2) - tensor.load(work.job.input)):abs():max() > 0)
    options.precision = "bf16"
    work = network.works(options, folder)()
    assert.same({ "openvino", "torch" }, work.families)
    assert.is_nil(work.job.calibration)
  end)

  it("checks outputs by their relative error, in any shape", function()
    local work = network.works(OPTIONS, folder)()
    local function error_of(values)
      for name, list in pairs { ours = { 3, 4 }, theirs = values } do
        assert(loader.write(("%s/%s.npy"):format(folder, name), tensor.from(list)))
      end
      return work.check(folder .. "/ours.npy", folder .. "/theirs.npy")
    end
    assert.same({ 0 }, { error_of { { 3, 4 } } })
    -- 0.0005 of 5.
    assert.near(1e-4, (error_of { 3, 4.0005 }), 1e-7)
    local far, why = error_of { 3, 4.01 }
    assert.near(2e-3, far, 1e-6)
    assert.equal("its output is not ours", why)
    assert.equal("its output is not ours", select(2, error_of { 0 / 0, 4 }))
    assert.equal("its output has 3 numbers, not 2", select(2, error_of { 3, 4, 5 }))
  end)
end)
