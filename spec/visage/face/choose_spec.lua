--- Which face is meant.
local choose = require "visage.face.choose"
local tensor = require "visage.tensor"

describe("choose", function()
  local img = tensor.zeros({ 100, 200, 3 }, "u8")
  local faces = {
    { box = { 0, 0, 20, 20 } },
    { box = { 150, 40, 190, 90 } },
    { box = { 85, 35, 105, 65 } },
  }

  local function place(rule, list)
    local face, at = choose.choose(list or faces, rule, img)
    assert.equal((list or faces)[at], face)
    return at
  end

  it("takes the detector's first", function() assert.equal(1, place "first") end)
  it("takes the largest", function() assert.equal(2, place "largest") end)
  it("takes the one nearest the image's centre", function() assert.equal(3, place "centre") end)

  it("lets the earlier face win a tie", function()
    assert.equal(1, place("largest", { faces[1], { box = { 5, 5, 25, 25 } } }))
  end)

  it("takes the one that overlaps a box most, if any does by a quarter", function()
    -- 16 x 16 of 400 + 400 - 256, and 5 x 20 of 400 + 400 - 100.
    local list = { { box = { 15, 0, 35, 20 } }, { box = { 4, 4, 24, 24 } } }
    local function at(box) return select(2, choose.choose(list, "box", img, box)) end
    assert.equal(2, at { 0, 0, 20, 20 })
    assert.equal(1, at { 15, 0, 35, 20 })
    -- 10 x 16 of 400 + 400 - 160 are a quarter, 9 x 16 are not.
    assert.equal(2, at { -6, 0, 14, 20 })
    assert.is_nil(at { -7, 0, 13, 20 })
    assert.is_nil(at { 100, 50, 120, 70 })
    assert.has_error(function() choose.choose(list, "box", img) end,
      "face.choose: the rule 'box' wants a box")
  end)

  it("has none of none", function()
    assert.is_nil(choose.choose({}, "largest", img))
  end)

  it("raises for a rule that there is not", function()
    assert.has_error(function() place "best" end,
      "face.choose: first, largest, centre or box, got best")
  end)
end)
