local layer = require "spec.support.layer"

describe("prelu", function()
  it("scales negatives by the channel's slope", function()
    local x = { { { { -2, 4 } }, { { -2, 4 } } } }
    local y = layer.run("prelu", { x }, {}, { slope = { 0.25, 3 } })
    assert.tensor(y).near({ { { { -0.5, 4 } }, { { -6, 4 } } } }, 0)
  end)

  for _, case in ipairs(layer.cases("prelu")) do
    it("equals PyTorch: " .. case.name, function()
      local y = layer.run("prelu", { case.input }, {}, case.slots)
      assert.tensor(y).near(case.output, 0)
    end)
  end
end)
