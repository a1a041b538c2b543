local layer = require "spec.support.layer"

describe("permute", function()
  it("makes pixels of planes: order {2, 3, 1} is (N,H,W,C)", function()
    local y = layer.run("permute", { { { { { 1, 2 } }, { { 3, 4 } } } } },
      { order = { 2, 3, 1 } })
    assert.tensor(y).near({ { { { 1, 3 }, { 2, 4 } } } }, 0)
  end)

  it("refuses an axis twice and a wrong number of axes", function()
    local x = { { { { 1 } } } }
    assert.error_matches(function() layer.run("permute", { x }, { order = { 1, 1, 2 } }) end,
      "order names axis 1 twice", 1, true)
    assert.error_matches(function() layer.run("permute", { x }, { order = { 2, 1 } }) end,
      "order has 2 axes, the input 3 beside the batch", 1, true)
  end)

  for _, case in ipairs(layer.cases("permute")) do
    it("before flatten equals PyTorch: " .. case.name, function()
      -- The golden's order counts the batch as axis 1; the result is flattened.
      local order = {}
      for i = 2, 4 do order[i - 1] = case.options.order[i] - 1 end
      local y = layer.run("permute", { case.input }, { order = order })
      assert.tensor(y:reshape(case.output:shape())).near(case.output, 0)
    end)
  end
end)
