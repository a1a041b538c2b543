local layer = require "spec.support.layer"

describe("mul", function()
  local x = { { { { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } } } }

  it("computes x * y element by element", function()
    local y = layer.run("mul", { x, { { { { 2, 2 }, { 2, 3 } }, { { 0, 1 }, { 1, -1 } } } } })
    assert.tensor(y).near({ { { { 2, 4 }, { 6, 12 } }, { { 0, 6 }, { 7, -8 } } } }, 0)
  end)

  it("repeats a number per channel, on either side", function()
    local per_channel = { { { { 2 } }, { { -1 } } } }
    local expected = { { { { 2, 4 }, { 6, 8 } }, { { -5, -6 }, { -7, -8 } } } }
    assert.tensor(layer.run("mul", { x, per_channel })).near(expected, 0)
    assert.tensor(layer.run("mul", { per_channel, x })).near(expected, 0)
  end)

  it("repeats a row, and a column of one number per row", function()
    local row = { { { { 1, 10 } }, { { 1, 10 } } } }
    assert.tensor(layer.run("mul", { x, row })).near(
      { { { { 1, 20 }, { 3, 40 } }, { { 5, 60 }, { 7, 80 } } } }, 0)
    local tall, other = { { { { 1 }, { 2 } } } }, { { { { 3 }, { 4 } } } }
    assert.tensor(layer.run("mul", { tall, other })).near({ { { { 3 }, { 8 } } } }, 0)
  end)

  it("refuses other shapes", function()
    assert.error_matches(function() layer.run("mul", { x, { { { { 1, 2, 3 } } } } }) end,
      "inputs are (N,2,2,2) and (N,1,1,3)", 1, true)
  end)
end)
