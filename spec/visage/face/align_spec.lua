--- Templates and the warp to them.
local align = require "visage.face.align"
local tensor = require "visage.tensor"

describe("align.templates", function()
  it("lays dlib-from-mtcnn5 on dlib's mean shape", function()
    local points = align.templates["dlib-from-mtcnn5"].points
    -- 25 + 100 p of each mean; the left eye's x is the mean of six numbers.
    assert.near(25 + 100 * 1.352951 / 6, points[1][1], 1e-9)
    assert.near(25 + 49.0127, points[3][1], 1e-9)
    assert.near(25 + 51.5625, points[3][2], 1e-9)
    -- The mean shape is symmetric about the nose.
    assert.near(2 * points[3][1], points[1][1] + points[2][1], 0.01)
    assert.near(2 * points[3][1], points[4][1] + points[5][1], 0.01)
  end)

  it("keeps every point inside its chip", function()
    for _, t in pairs(align.templates) do
      assert.equal(5, #t.points)
      for _, p in ipairs(t.points) do
        assert.is_true(p[1] > 0 and p[1] < t.width and p[2] > 0 and p[2] < t.height)
      end
    end
  end)
end)

describe("align.align", function()
  it("moves the points onto the template", function()
    local t = align.templates["sphereface-112x96"]
    -- Twice as large, turned by 90 degrees, moved: x' = 300 - 2y, y' = 2x + 10.
    local points = {}
    for i, p in ipairs(t.points) do points[i] = { 300 - 2 * p[2], 2 * p[1] + 10 } end
    local img = tensor.zeros({ 320, 320, 3 }, "u8")
    -- A white disc around where the nose is.
    local nose = points[3]
    for y = -8, 8 do
      for x = -8, 8 do
        local place = { math.floor(nose[2]) + y + 1, math.floor(nose[1]) + x + 1 }
        for c = 1, 3 do img:set(255, place[1], place[2], c) end
      end
    end
    local face, matrix = align.align(img, points, "sphereface-112x96")
    assert.same({ 112, 96, 3 }, face:shape())
    -- The inverse of the map above: 0.5, turned back.
    assert.tensor(matrix:narrow(2, 1, 2)).near({ { 0, 0.5 }, { -0.5, 0 } }, 1e-9)
    assert.equal(255, face:get(72, 48, 1))
    assert.equal(0, face:get(20, 48, 1))
  end)

  it("raises for a template that there is not", function()
    assert.has_error(function() align.align(tensor.zeros({ 8, 8, 3 }, "u8"), {}, "none") end)
  end)
end)
