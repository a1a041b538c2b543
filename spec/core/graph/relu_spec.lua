local layer = require "spec.support.layer"

describe("relu", function()
  it("keeps what is positive", function()
    local y = layer.run("relu", { { { -2, 0, 3 } } })
    assert.tensor(y).near({ { 0, 0, 3 } }, 0)
  end)

  it("keeps a part of what is negative with a slope", function()
    local y = layer.run("relu", { { { -2, 0, 3 } } }, { slope = 0.25 })
    assert.tensor(y).near({ { -0.5, 0, 3 } }, 0)
  end)

  it("lets NaN through", function()
    local y = layer.run("relu", { { { 0 / 0, 1 } } }):totable()
    assert.is_true(y[1][1] ~= y[1][1])
  end)

  for _, case in ipairs(layer.cases("relu")) do
    it("equals PyTorch: " .. case.name, function()
      assert.tensor(layer.run("relu", { case.input }, case.options)).near(case.output, 1e-7)
    end)
  end
end)
