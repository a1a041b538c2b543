--- Tensor names of the frameworks.
local names = require "visage.models.names"

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
