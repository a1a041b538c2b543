local fold = require "visage.nn.import.fold"
local tensor = require "visage.tensor"

local function whole(...) return tensor.from({ ... }, "i64") end

describe("fold", function()
  it("gathers along an axis, from the end too; a scalar drops the axis", function()
    assert.same({ 7, 5 }, fold.gather(whole(5, 6, 7), whole(-1, 0), 0):totable())
    assert.equal(6, fold.gather(whole(5, 6, 7), tensor.from(1, "i64"), 0):item())
    local t = tensor.from { { 1, 2 }, { 3, 4 } }
    assert.same({ { 2, 1 }, { 4, 3 } }, fold.gather(t, whole(1, 0), 1):totable())
    assert.error_matches(function() fold.gather(t, whole(2), 0) end, "2 of 2")
  end)

  it("slices as Python does, cutting off what is outside", function()
    local t = whole(0, 1, 2, 3, 4)
    assert.same({ 1, 3 }, fold.slice(t, { 1 }, { 99 }, nil, { 2 }):totable())
    assert.same({ 3 }, fold.slice(t, { -2 }, { -1 }):totable())
    assert.equal(0, fold.slice(t, { 4 }, { 2 }):numel())
  end)

  it("drops and adds axes of size 1", function()
    assert.same({ 3, 2 }, fold.squeezed({ 1, 3, 1, 2 }))
    assert.same({ 1, 3, 2 }, fold.squeezed({ 1, 3, 1, 2 }, { -2 }))
    assert.same({ 1, 3, 1 }, fold.unsqueezed({ 3 }, { 0, -1 }))
    assert.error_matches(function() fold.squeezed({ 3 }, { 0 }) end, "axis 0 has size 3")
  end)

  it("cuts the fraction off a quotient of whole numbers, and counts a broadcast", function()
    assert.same({ 3, -3 }, fold.divide(whole(7, -7), whole(2)):totable())
    assert.equal(12, fold.broadcast(tensor.ones { 3, 1 }, tensor.ones { 2, 1, 2 }))
    assert.same({ 0 }, fold.integers({}):shape())
  end)
end)
