local layer = require "spec.support.layer"

describe("sigmoid", function()
  it("is 1/2 at 0 and 3/4 at log 3", function()
    local y = layer.run("sigmoid", { { { 0, math.log(3) } } })
    assert.tensor(y).near({ { 0.5, 0.75 } }, 1e-7)
  end)

  for _, case in ipairs(layer.cases("sigmoid")) do
    it("equals PyTorch, far out as well: " .. case.name, function()
      local y = layer.run("sigmoid", { case.input })
      assert.tensor(y).near(case.output, 1e-7)
    end)
  end
end)
