local layer = require "spec.support.layer"

describe("max_pool", function()
  it("takes the largest number under each window", function()
    local x = { { { { 1, 2, 3, 0 }, { 4, 5, 6, 9 } } } }
    local y = layer.run("max_pool", { x }, { kernel = 2, stride = 2 })
    assert.tensor(y).near({ { { { 5, 9 } } } }, 0)
  end)

  it("never takes padding: the largest of negative numbers is negative", function()
    local y = layer.run("max_pool", { { { { { -3, -2 }, { -5, -4 } } } } },
      { kernel = 2, stride = 2, pad = 1 })
    assert.tensor(y).near({ { { { -3, -2 }, { -5, -4 } } } }, 0)
  end)

  it("with ceil lets the last window hang over: 5 numbers give 3 places, not 2", function()
    local x = { { { { 1, 2, 3, 4, 5 } } } }
    local options = { kernel = { 1, 2 }, stride = 2 }
    assert.tensor(layer.run("max_pool", { x }, options)).near({ { { { 2, 4 } } } }, 0)
    options.ceil = true
    assert.tensor(layer.run("max_pool", { x }, options)).near({ { { { 2, 4, 5 } } } }, 0)
  end)

  it("with ceil drops a window that would start in the padding after the image", function()
    local x = { { { { 1, 2, 3 } } } }
    local y = layer.run("max_pool", { x },
      { kernel = { 1, 2 }, stride = { 1, 2 }, pad = { 0, 0, 1, 1 }, ceil = true })
    assert.tensor(y).near({ { { { 1, 3 } } } }, 0)
  end)

  it("lets NaN through", function()
    local y = layer.run("max_pool", { { { { { 0 / 0, 1, 2 } } } } },
      { kernel = { 1, 2 }, stride = 1 }):totable()[1][1][1]
    assert.is_true(y[1] ~= y[1])
    assert.equal(2, y[2])
  end)

  it("refuses a padding as large as the kernel", function()
    assert.error_matches(function()
      layer.run("max_pool", { { { { { 1 } } } } }, { kernel = 2, stride = 2, pad = 2 })
    end, "a padding of 2 must be smaller than the kernel, 2", 1, true)
  end)

  it("refuses a window larger than the image", function()
    assert.error_matches(function()
      layer.run("max_pool", { { { { { 1, 2 } } } } }, { kernel = 2, stride = 2 })
    end, "a window of 2 does not fit the height 1 padded by 0", 1, true)
  end)

  for _, case in ipairs(layer.cases("max_pool")) do
    it("equals PyTorch: " .. case.name, function()
      assert.tensor(layer.run("max_pool", { case.input }, case.options)).near(case.output, 0)
    end)
  end

  for _, case in ipairs(layer.tf_cases("max_pool")) do
    it("equals TensorFlow: " .. case.name, function() layer.check_tf(case, 0) end)
  end
end)
