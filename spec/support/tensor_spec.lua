local tensor = require "visage.tensor"

describe("assert.tensor", function()
  local function refuses(text, x, expected, tolerance)
    assert.error_matches(function() assert.tensor(x).near(expected, tolerance) end, text)
  end

  it("passes within the tolerance, against tensors, tables and numbers", function()
    assert.tensor(tensor.from { 1, 2 }).near({ 1, 2.5 }, 0.5)
    assert.tensor({ { 1, math.huge } }).near(tensor.from { { 1, math.huge } }, 0)
    assert.tensor(tensor.from(3)).near(3, 0)
  end)

  it("shows how many are off and the worst of them", function()
    refuses("2 of 4 elements are off by more than 0%.1, most at %(2,1%): came 3, wanted 5",
      tensor.from { { 1, 2 }, { 3, 4 } }, { { 1, 2.5 }, { 5, 4 } }, 0.1)
  end)

  it("fails for other shapes, NaN and infinities", function()
    refuses("shape %(2,%), wanted %(1,2%)", { 1, 2 }, { { 1, 2 } }, 1)
    refuses("1 of 2 elements are off", { 1, 0 / 0 }, { 1, 0 / 0 }, 1)
    refuses("1 of 1 elements are off", { 0 / 0 }, { 1 }, 1e9)
    refuses("1 of 1 elements are off", { math.huge }, { -math.huge }, 1e9)
  end)
end)
