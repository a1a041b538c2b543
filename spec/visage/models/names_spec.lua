--- Tensor names of the frameworks.
local names = require "visage.models.names"
local tensor = require "visage.tensor"

describe("names.keras", function()
  local name = names.keras { fc = true }

  it("turns a kernel from H, W, in, out to out, in, H, W", function()
    assert.same({ name = "conv/kernel:0", permute = { 4, 3, 1, 2 } }, name("conv", "weight"))
  end)

  it("turns a dense kernel from in, out to out, in", function()
    assert.same({ name = "fc/kernel:0", permute = { 2, 1 } }, name("fc", "weight"))
  end)

  it("names the statistics of batch normalisation as Keras does", function()
    assert.equal("conv/bn/moving_mean:0", name("conv/bn", "mean"))
    assert.equal("conv/bn/moving_variance:0", name("conv/bn", "var"))
    assert.equal("conv/bn/gamma:0", name("conv/bn", "gamma"))
    assert.equal("conv/bn/beta:0", name("conv/bn", "beta"))
    assert.equal("conv/bias:0", name("conv", "bias"))
  end)
end)

describe("names.torch", function()
  it("takes the node as the module's path", function()
    assert.equal("conv1.bn.running_var", names.torch("conv1.bn", "var"))
    assert.equal("conv1.bn.weight", names.torch("conv1.bn", "gamma"))
    assert.equal("prelu1.weight", names.torch("prelu1", "slope"))
  end)
end)

describe("names.caffe", function()
  it("counts a layer's blobs, a Scale layer's after its BatchNorm's", function()
    assert.equal("conv1/7x7_s2.1", names.caffe("conv1/7x7_s2", "weight"))
    assert.equal("fc6.2", names.caffe("fc6", "bias"))
    assert.equal("conv1/7x7_s2/bn.1", names.caffe("conv1/7x7_s2/bn", "mean"))
    assert.equal("conv1/7x7_s2/bn.2", names.caffe("conv1/7x7_s2/bn", "var"))
    assert.equal("conv1/7x7_s2/bn/scale.1", names.caffe("conv1/7x7_s2/bn", "gamma"))
    assert.equal("conv1/7x7_s2/bn/scale.2", names.caffe("conv1/7x7_s2/bn", "beta"))
  end)
end)

describe("names.caffe_statistics", function()
  it("divides what a BatchNorm layer summed by its weight", function()
    local kernel = tensor.ones { 1, 1, 3, 3 }
    local given = {
      ["c.1"] = kernel, ["bn.1"] = tensor.from { 3, 6 }, ["bn.2"] = tensor.from { 12, 1.5 },
      ["bn.3"] = tensor.from { 3 }, ["zero.1"] = tensor.from { 5 }, ["zero.3"] = tensor.from { 0 },
    }
    local found = names.caffe_statistics(given)
    assert.equal(kernel, found["c.1"])
    assert.tensor(found["bn.1"]).near({ 1, 2 }, 1e-6)
    assert.tensor(found["bn.2"]).near({ 4, 0.5 }, 1e-6)
    assert.tensor(found["zero.1"]).near({ 0 }, 0)
    assert.is_nil(found["bn.3"])
    assert.equal(3, given["bn.3"]:get(1))
  end)
end)
