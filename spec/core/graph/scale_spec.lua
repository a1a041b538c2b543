local layer = require "spec.support.layer"

describe("scale", function()
  it("multiplies each channel and adds to it", function()
    local x = { { { { 1, 2 } }, { { 3, 4 } } } }
    local y = layer.run("scale", { x }, {}, { gamma = { 2, -1 }, beta = { 0.5, 1 } })
    assert.tensor(y).near({ { { { 2.5, 4.5 } }, { { -2, -3 } } } }, 0)
  end)

  it("without bias only multiplies", function()
    local y = layer.run("scale", { { { 1, 2 } } }, { bias = false }, { gamma = { 2, -1 } })
    assert.tensor(y).near({ { 2, -2 } }, 0)
  end)

  for _, case in ipairs(layer.cases("scale")) do
    it("equals PyTorch: " .. case.name, function()
      local slots = { gamma = case.slots.weight, beta = case.slots.bias }
      local y = layer.run("scale", { case.input }, case.options, slots)
      assert.tensor(y).near(case.output, 1e-6)
    end)
  end
end)
