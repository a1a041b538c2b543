local layer = require "spec.support.layer"

describe("softmax", function()
  it("of 0 and log 3 is 1/4 and 3/4", function()
    local y = layer.run("softmax", { { { 0, math.log(3) } } })
    assert.tensor(y).near({ { 0.25, 0.75 } }, 1e-7)
  end)

  it("works along any axis", function()
    local x = { { { { 0, math.log(3) } }, { { 5, 5 } } } }
    local y = layer.run("softmax", { x }, { axis = 3 })
    assert.tensor(y).near({ { { { 0.25, 0.75 } }, { { 0.5, 0.5 } } } }, 1e-7)
  end)

  it("does not overflow", function()
    local y = layer.run("softmax", { { { 1000, 1000 } } })
    assert.tensor(y).near({ { 0.5, 0.5 } }, 0)
  end)

  it("refuses an axis that is not there", function()
    assert.error_matches(function() layer.run("softmax", { { { 1 } } }, { axis = 2 }) end,
      "axis is 2, the input has 1 beside the batch", 1, true)
  end)

  for _, case in ipairs(layer.cases("softmax")) do
    it("equals PyTorch: " .. case.name, function()
      -- The golden counts the batch as axis 1.
      local y = layer.run("softmax", { case.input }, { axis = case.options.axis - 1 })
      assert.tensor(y).near(case.output, 2e-7)
    end)
  end
end)
