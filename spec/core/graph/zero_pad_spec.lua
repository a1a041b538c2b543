local layer = require "spec.support.layer"

describe("zero_pad", function()
  it("puts zeros around the image and zero channels after the last", function()
    local y = layer.run("zero_pad", { { { { { 1, 2 } } } } },
      { top = 1, bottom = 0, left = 1, right = 2, channels = 1 })
    assert.tensor(y).near({ { { { 0, 0, 0, 0, 0 }, { 0, 1, 2, 0, 0 } },
      { { 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 } } } }, 0)
  end)

  it("leaves an open number of channels open", function()
    local g = require("visage.nn").graph()
    local x = g:permute(g:input { "image", 3 }, { order = { 2, 3, 1 } })
    local y = g:zero_pad(x, { channels = 2 })
    assert.same({ -1, -1, -1, 3 }, y.shape)
    assert.error_matches(function() g:prelu(y) end, "the size of slope depends on")
  end)

  it("keeps images of a batch apart", function()
    local x = { { { { 1 } } }, { { { 2 } } } }
    local y = layer.run("zero_pad", { x }, { bottom = 1, channels = 1 })
    assert.tensor(y).near({ { { { 1 }, { 0 } }, { { 0 }, { 0 } } },
      { { { 2 }, { 0 } }, { { 0 }, { 0 } } } }, 0)
  end)
end)
