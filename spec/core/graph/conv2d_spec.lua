local layer = require "spec.support.layer"

-- Sums of at most 392 products of numbers below 1, in f32.
local TOLERANCE = 4e-6

describe("conv2d", function()
  it("sums a window: 1*5 + 2*6 + 3*8 + 4*9 = 77 at the first place, bias 0.5", function()
    local x = { { { { 5, 6, 7 }, { 8, 9, 10 } } } }
    local y = layer.run("conv2d", { x }, { out = 1, kernel = 2 },
      { weight = { { { { 1, 2 }, { 3, 4 } } } }, bias = { 0.5 } })
    assert.tensor(y).near({ { { { 77.5, 87.5 } } } }, 0)
  end)

  for _, engine in ipairs { "reference", "naive" } do
    for _, case in ipairs(layer.cases("conv2d")) do
      it(("equals PyTorch: %s, engine %s"):format(case.name, engine), function()
        local y = layer.run("conv2d", { case.input }, case.options, case.slots, engine)
        assert.tensor(y).near(case.output, TOLERANCE)
      end)
    end
  end

  for _, case in ipairs(layer.tf_cases("conv2d")) do
    it("equals TensorFlow: " .. case.name, function() layer.check_tf(case, TOLERANCE) end)
  end

  it("refuses groups that do not divide the channels", function()
    assert.error_matches(function()
      layer.run("conv2d", { { { { { 1 } } } } }, { out = 4, kernel = 1, groups = 2 })
    end, "1 input channels and out = 4 do not divide into 2 groups", 1, true)
  end)
end)
