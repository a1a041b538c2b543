local layer = require "spec.support.layer"

describe("add", function()
  local x = { { { { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } } } }

  it("computes x + y element by element", function()
    local y = layer.run("add", { x, { { { { 2, 2 }, { 2, 3 } }, { { 0, 1 }, { 1, -1 } } } } })
    assert.tensor(y).near({ { { { 3, 4 }, { 5, 7 } }, { { 5, 7 }, { 8, 7 } } } }, 0)
  end)

  it("repeats a number per channel, on either side", function()
    local per_channel = { { { { 2 } }, { { -1 } } } }
    local expected = { { { { 3, 4 }, { 5, 6 } }, { { 4, 5 }, { 6, 7 } } } }
    assert.tensor(layer.run("add", { x, per_channel })).near(expected, 0)
    assert.tensor(layer.run("add", { per_channel, x })).near(expected, 0)
  end)

  it("repeats a row, and a column of one number per row", function()
    local row = { { { { 1, 10 } }, { { 1, 10 } } } }
    assert.tensor(layer.run("add", { x, row })).near(
      { { { { 2, 12 }, { 4, 14 } }, { { 6, 16 }, { 8, 18 } } } }, 0)
    local tall, other = { { { { 1 }, { 2 } } } }, { { { { 3 }, { 4 } } } }
    assert.tensor(layer.run("add", { tall, other })).near({ { { { 4 }, { 6 } } } }, 0)
  end)

  it("refuses other shapes", function()
    assert.error_matches(function() layer.run("add", { x, { { { { 1, 2, 3 } } } } }) end,
      "inputs are (N,2,2,2) and (N,1,1,3)", 1, true)
  end)
end)
