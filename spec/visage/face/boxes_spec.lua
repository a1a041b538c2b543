--- Arithmetic on boxes, by hand.
local boxes = require "visage.face.boxes"

local function scores(list)
  local out = {}
  for i, b in ipairs(list) do out[i] = b[5] end
  return out
end

describe("boxes.suppress", function()
  local union = { threshold = 0.5, kind = "union", plus = 0, ties = "first" }

  it("drops what overlaps a better box by more than the threshold", function()
    -- 10x10 boxes: 8 of 10 columns shared is 80/120, 6 of 10 is 60/140.
    local list = { { 0, 0, 10, 10, 0.8 }, { 2, 0, 12, 10, 0.9 }, { 6, 0, 16, 10, 0.7 } }
    assert.same({ 0.9, 0.7 }, scores(boxes.suppress(list, union)))
  end)

  it("keeps what overlaps by the threshold exactly", function()
    -- 10x10 in 10x20: 100/200.
    local list = { { 0, 0, 10, 20, 0.9 }, { 0, 0, 10, 10, 0.8 } }
    assert.same({ 0.9, 0.8 }, scores(boxes.suppress(list, union)))
  end)

  it("counts both edge pixels with plus", function()
    -- 0..9 and 0..4 of 10 rows: 50/100 with plus, 36/81 without.
    local list = { { 0, 0, 9, 9, 0.9 }, { 0, 0, 4, 9, 0.8 } }
    local function kept(plus, threshold)
      return #boxes.suppress(list,
        { threshold = threshold, kind = "union", plus = plus, ties = "first" })
    end
    assert.equal(1, kept(1, 0.49))
    assert.equal(2, kept(0, 0.49))
    assert.equal(1, kept(0, 0.44))
  end)

  it("lets a dropped box drop with suppression matrix", function()
    -- Each overlaps the next by 8 of 10 columns, the one after by 6.
    local list = { { 0, 0, 10, 10, 0.9 }, { 2, 0, 12, 10, 0.8 }, { 4, 0, 14, 10, 0.7 } }
    assert.same({ 0.9, 0.7 }, scores(boxes.suppress(list, union)))
    assert.same({ 0.9 }, scores(boxes.suppress(list, { threshold = 0.5, kind = "union", plus = 0,
      ties = "first", suppression = "matrix" })))
  end)

  it("measures over the smaller box with min", function()
    local list = { { 0, 0, 100, 100, 0.9 }, { 10, 10, 20, 20, 0.8 } }
    assert.equal(2, #boxes.suppress(list, union))
    assert.equal(1, #boxes.suppress(list,
      { threshold = 0.7, kind = "min", plus = 0, ties = "first" }))
  end)

  it("orders equal scores as it is told", function()
    local list = { { 0, 0, 1, 1, 0.5, n = 1 }, { 5, 5, 6, 6, 0.5, n = 2 } }
    assert.equal(1, boxes.suppress(list, union)[1].n)
    assert.equal(2, boxes.suppress(list,
      { threshold = 0.5, kind = "union", plus = 0, ties = "last" })[1].n)
  end)
end)

describe("boxes.regress", function()
  it("moves the edges by fractions of the size", function()
    local b = { 10, 20, 30, 60 }
    boxes.regress(b, { 0.1, -0.1, 0.5, 0 }, 0)
    assert.same({ 12, 16, 40, 60 }, b)
  end)
end)

describe("boxes.square", function()
  it("grows the shorter side about the centre", function()
    local b = { 10, 20, 30, 60 }
    boxes.square(b)
    assert.same({ 0, 20, 40, 60 }, b)
  end)
end)

describe("boxes.truncate", function()
  it("goes towards zero", function()
    assert.equal(-1, boxes.truncate(-1.9))
    assert.equal(1, boxes.truncate(1.9))
  end)
end)

describe("boxes.refine", function()
  it("moves what suppression keeps, squares it and cuts the fractions off", function()
    -- 10x4 moved right by a tenth of its width: 1..11; its square is 10 high about y = 2.
    local box = { 0, 0, 10, 4, 0.9, offset = { 0.1, 0, 0.1, 0 } }
    local o = { union_plus = 0, ties = "first", fix = true }
    local kept = boxes.refine({ box, { 0, 0, 10, 4, 0.8, offset = { 0, 0, 0, 0 } } }, 0, o)
    assert.equal(1, #kept)
    assert.same({ 1, -3, 11, 7, 0.9 }, { table.unpack(kept[1], 1, 5) })
    assert.equal("integer", math.type(kept[1][1]))
  end)
end)

describe("boxes.f32", function()
  it("is the nearest single", function()
    assert.equal(0.5, boxes.f32(0.5))
    assert.equal(1 + 2^-23, boxes.f32(1 + 1e-7))
    assert.equal(16777216, boxes.f32(16777217))
  end)
end)
