local layer = require "spec.support.layer"

describe("avg_pool", function()
  local x = { { { { 2, 4 }, { 6, 8 } } } }

  it("is the mean under each window: (2 + 4 + 6 + 8) / 4 = 5", function()
    local y = layer.run("avg_pool", { x }, { kernel = 2, stride = 2 })
    assert.tensor(y).near({ { { { 5 } } } }, 0)
  end)

  it("divides by the numbers that are there, and with count_pad by padding too", function()
    local options = { kernel = 2, stride = 2, pad = 1 }
    assert.tensor(layer.run("avg_pool", { x }, options)).near({ { { { 2, 4 }, { 6, 8 } } } }, 0)
    options.count_pad = true
    assert.tensor(layer.run("avg_pool", { x }, options)).near({ { { { 0.5, 1 }, { 1.5, 2 } } } }, 0)
  end)

  it("with count_pad and ceil does not count what hangs over the padding", function()
    -- Three numbers, padded to 0 1 2 3 0; the last window holds only the last 0.
    local y = layer.run("avg_pool", { { { { { 1, 2, 3 } } } } },
      { kernel = { 1, 2 }, stride = { 1, 2 }, pad = { 0, 0, 0, 1 }, ceil = true, count_pad = true })
    assert.tensor(y).near({ { { { 1.5, 1.5 } } } }, 0)
  end)

  for _, case in ipairs(layer.cases("avg_pool")) do
    it("equals PyTorch: " .. case.name, function()
      local options = { kernel = case.options.kernel, stride = case.options.stride,
        pad = case.options.pad, ceil = case.options.ceil,
        count_pad = case.options.count_include_pad }
      local y = layer.run("avg_pool", { case.input }, options)
      assert.tensor(y).near(case.output, 3e-7)
    end)
  end

  for _, case in ipairs(layer.tf_cases("avg_pool")) do
    it("equals TensorFlow: " .. case.name, function() layer.check_tf(case, 3e-7) end)
  end
end)
