local layer = require "spec.support.layer"

describe("batch_norm", function()
  local slots = { gamma = { 2, 1 }, beta = { 1, 0 }, mean = { 3, -1 }, var = { 3.75, 0.75 } }

  it("is (x - mean) / sqrt(var + eps) * gamma + beta: (7 - 3) / 2 * 2 + 1 = 5", function()
    local x = { { { { 7, 3 } }, { { 1, -3 } } } }
    local y = layer.run("batch_norm", { x }, { eps = 0.25 }, slots)
    assert.tensor(y).near({ { { { 5, 1 } }, { { 2, -2 } } } }, 0)
  end)

  it("takes rows of features", function()
    local y = layer.run("batch_norm", { { { 7, 1 }, { 3, -3 } } }, { eps = 0.25 }, slots)
    assert.tensor(y).near({ { 5, 2 }, { 1, -2 } }, 0)
  end)

  it("without affine has only mean and var", function()
    local y = layer.run("batch_norm", { { { 7, 1 } } }, { eps = 0.25, affine = false },
      { mean = { 3, -1 }, var = { 3.75, 0.75 } })
    assert.tensor(y).near({ { 2, 2 } }, 0)
  end)

  for _, case in ipairs(layer.cases("batch_norm")) do
    it("equals PyTorch: " .. case.name, function()
      local y = layer.run("batch_norm", { case.input }, case.options, case.slots)
      -- Numbers up to 15, two roundings of f32 each.
      assert.tensor(y).near(case.output, 2e-6)
    end)
  end
end)
