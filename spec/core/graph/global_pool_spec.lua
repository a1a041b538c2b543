local layer = require "spec.support.layer"

describe("global_pool", function()
  local x = { { { { 1, 2 }, { 3, 6 } }, { { -1, -2 }, { -3, -6 } } } }

  it("keeps a channel's mean", function()
    assert.tensor(layer.run("global_pool", { x })).near({ { { { 3 } }, { { -3 } } } }, 0)
  end)

  it("keeps a channel's maximum", function()
    local y = layer.run("global_pool", { x }, { mode = "max" })
    assert.tensor(y).near({ { { { 6 } }, { { -1 } } } }, 0)
  end)

  it("refuses another mode", function()
    assert.error_matches(function() layer.run("global_pool", { x }, { mode = "sum" }) end,
      "mode is 'sum', wants one of 'avg', 'max'", 1, true)
  end)

  for _, case in ipairs(layer.cases("global_pool")) do
    it("equals PyTorch: " .. case.name, function()
      local y = layer.run("global_pool", { case.input }, { mode = case.options.kind })
      assert.tensor(y).near(case.output, 3e-7)
    end)
  end
end)
