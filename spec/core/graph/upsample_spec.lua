local layer = require "spec.support.layer"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

describe("upsample", function()
  it("repeats each number", function()
    local y = layer.run("upsample", { { { { { 1, 2 } } } } }, { scale = 2 })
    assert.tensor(y).near({ { { { 1, 1, 2, 2 }, { 1, 1, 2, 2 } } } }, 0)
  end)

  it("takes the size of a second input, of any channels", function()
    local y = layer.run("upsample", { { { { { 1, 2 } } } }, tensor.zeros { 1, 4, 2, 3 } })
    assert.tensor(y).near({ { { { 1, 1, 2 }, { 1, 1, 2 } } } }, 0)
  end)

  it("leaves open sizes open, and says what does not fit", function()
    local g = nn.graph()
    local x = g:input { "image", 3 }
    assert.same({ -1, 3, -1, -1 }, g:upsample(x).shape)
    assert.error_matches(function() g:upsample(g:flatten(g:input { "s", 1, 2, 2 })) end,
      "upsample 'upsample#%d': ")
    assert.error_matches(function()
      g:upsample(g:input { "large", 1, 1 << 20, 1 }, { scale = 1 << 20 })
    end, "result %(N,1,1099511627776,1048576%) is too large")
  end)

  for _, case in ipairs(layer.cases("upsample")) do
    it("equals PyTorch: " .. case.name, function()
      local inputs, size = { case.input }, case.options.size
      if size then inputs[2] = tensor.zeros { 2, 1, size[1], size[2] } end
      local y = layer.run("upsample", inputs, { scale = case.options.scale })
      assert.tensor(y).near(case.output, 0)
    end)
  end
end)
