local layer = require "spec.support.layer"

describe("clip", function()
  it("keeps results within bounds, by default without any", function()
    local x = { { { -2, 0, 3, 8 } } }
    assert.tensor(layer.run("clip", x, { low = 0, high = 6 })).near({ { 0, 0, 3, 6 } }, 0)
    assert.tensor(layer.run("clip", x, { low = 1 })).near({ { 1, 1, 3, 8 } }, 0)
    assert.tensor(layer.run("clip", x, { high = 1 })).near({ { -2, 0, 1, 1 } }, 0)
    assert.tensor(layer.run("clip", x)).near(x[1], 0)
  end)

  it("lets NaN through", function()
    local y = layer.run("clip", { { { 0 / 0, 1 } } }, { low = 0, high = 6 }):totable()
    assert.is_true(y[1][1] ~= y[1][1])
  end)

  for _, case in ipairs(layer.cases("clip")) do
    it("equals PyTorch: " .. case.name, function()
      assert.tensor(layer.run("clip", { case.input }, case.options)).near(case.output, 1e-7)
    end)
  end
end)
