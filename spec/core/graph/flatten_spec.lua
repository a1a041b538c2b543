local layer = require "spec.support.layer"

describe("flatten", function()
  local x = { { { { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } } } }

  it("makes a row of each image, channel by channel", function()
    assert.tensor(layer.run("flatten", { x })).near({ { 1, 2, 3, 4, 5, 6, 7, 8 } }, 0)
  end)

  it("as hwc goes pixel by pixel, as Keras", function()
    local y = layer.run("flatten", { x }, { order = "hwc" })
    assert.tensor(y).near({ { 1, 5, 2, 6, 3, 7, 4, 8 } }, 0)
  end)
end)
