local layer = require "spec.support.layer"

describe("l2_normalize", function()
  it("divides by the Euclidean norm: 3 and 4 by 5", function()
    local y = layer.run("l2_normalize", { { { 3, 4 }, { 0, 0 } } })
    assert.tensor(y).near({ { 0.6, 0.8 }, { 0, 0 } }, 1e-7)
  end)

  it("never divides by less than eps", function()
    local y = layer.run("l2_normalize", { { { 3, 4 } } }, { eps = 10 })
    assert.tensor(y).near({ { 0.3, 0.4 } }, 1e-7)
  end)

  it("works along any axis", function()
    local y = layer.run("l2_normalize", { { { { { 3 }, { 4 } } } } }, { axis = 2 })
    assert.tensor(y).near({ { { { 0.6 }, { 0.8 } } } }, 1e-7)
  end)

  for _, case in ipairs(layer.cases("l2_normalize")) do
    it("equals PyTorch: " .. case.name, function()
      local y = layer.run("l2_normalize", { case.input }, case.options)
      assert.tensor(y).near(case.output, 2e-7)
    end)
  end
end)
