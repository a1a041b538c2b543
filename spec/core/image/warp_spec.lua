local golden = require "spec.support.golden"
local image = require "visage.image"
local loader = require "visage.loader"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

local expected = golden.load "image"
local arrays = assert(loader.read(golden.path "image.npz")).tensors

-- Lehmer's generator: numbers in [0, 1), the same in every run.
local function stream(seed)
  return function()
    seed = seed * 48271 % 2147483647
    return seed / 2147483647
  end
end

--- The map, a table of 2 rows, applied to a point.
local function apply(m, p)
  return { m[1][1] * p[1] + m[1][2] * p[2] + m[1][3], m[2][1] * p[1] + m[2][2] * p[2] + m[2][3] }
end

local function turned(angle, scale, x, y)
  local c, s = scale * math.cos(angle), scale * math.sin(angle)
  return { { c, -s, x }, { s, c, y } }
end

describe("similarity", function()
  it("turns a unit square by a quarter, doubles and moves it", function()
    local from = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } }
    local to = { { 5, 7 }, { 5, 9 }, { 3, 9 }, { 3, 7 } }
    local m = image.similarity(from, to)
    assert.equal("f64", m:dtype())
    assert.tensor(m).near({ { 0, -2, 5 }, { 2, 0, 7 } }, 1e-15)
  end)

  it("is the least squares answer of three points by hand", function()
    -- Centred: (-1,0) (0,0) (1,0) to (-1,-1) (0,2) (1,-1): turn 0, scale 2/2 = 1.
    -- The means are (1,0) and (1,1).
    local from, to = { { 0, 0 }, { 1, 0 }, { 2, 0 } }, { { 0, 0 }, { 1, 3 }, { 2, 0 } }
    assert.tensor(image.similarity(from, to)).near({ { 1, 0, 0 }, { 0, 1, 1 } }, 1e-15)
  end)

  for i, case in ipairs(expected.similarity) do
    it("equals scikit-image's on golden " .. i, function()
      assert.tensor(image.similarity(case.from, case.to)).near(case.matrix, 1e-11)
      assert.tensor(image.similarity(tensor.from(case.from, "f64"), tensor.from(case.to, "f64")))
        .near(case.matrix, 1e-11)
    end)
  end

  it("recovers 200 random turns, scales and shifts to 1e-10", function()
    local random = stream(7)
    for _ = 1, 200 do
      local x, y = random() * 200 - 100, random() * 200 - 100
      local m = turned(random() * 7, 0.1 + random() * 10, x, y)
      local from, to = {}, {}
      for i = 1, 2 + random() * 6 // 1 | 0 do
        from[i] = { random() * 200, random() * 200 }
        to[i] = apply(m, from[i])
      end
      assert.tensor(image.similarity(from, to)).near(m, 1e-10)
    end
  end)

  it("never reflects, even where that would fit exactly", function()
    local m = image.similarity({ { 0, 0 }, { 4, 0 }, { 0, 1 } }, { { 0, 0 }, { 4, 0 }, { 0, -1 } })
    -- Centred, times 3: (-4,-1) (8,-1) (-4,2) to (-4,1) (8,1) (-4,-2). Dot products: 15, 63, 12,
    -- in all 90; cross products: -8, 16, 16, in all 24; spread 17 + 65 + 20 = 102.
    local a, b = 90 / 102, 24 / 102
    local x = 4 / 3 - a * 4 / 3 + b / 3
    local y = -1 / 3 - b * 4 / 3 - a / 3
    assert.tensor(m).near({ { a, -b, x }, { b, a, y } }, 1e-15)
  end)

  it("raises where no turn is best", function()
    local here = { { 3, 3 }, { 3, 3 }, { 3, 3 } }
    local there = { { 0, 0 }, { 1, 0 }, { 0, 1 } }
    assert.error_matches(function() image.similarity(here, there) end, "no turn of the 3 points")
    assert.error_matches(function() image.similarity(there, here) end, "no turn of the 3 points")
    local square = { { 1, 1 }, { 1, -1 }, { -1, -1 }, { -1, 1 } }
    local mirrored = { { 1, -1 }, { 1, 1 }, { -1, 1 }, { -1, -1 } }
    assert.error_matches(function() image.similarity(square, mirrored) end, "mirrors the other")
  end)

  it("raises for too few points, unlike numbers of them, and NaN", function()
    assert.error_matches(function() image.similarity({ { 1, 1 } }, { { 1, 1 } }) end,
      "similarity: 1 points, wanted at least 2")
    assert.error_matches(function() image.similarity({ { 1, 1 }, { 2, 2 } }, { { 1, 1 } }) end,
      "as many points as in the first wanted")
    assert.error_matches(function() image.similarity({ { 1, 1 }, { 2, "x" } }, {}) end,
      "bad argument #1 to 'similarity' %(2 numbers wanted%)")
    local nan = { { 1, 1 }, { 0 / 0, 2 } }
    assert.error_matches(function() image.similarity(nan, nan) end,
      "similarity: point 2 is not finite")
    local three = tensor.zeros { 4, 3 }
    assert.error_matches(function() image.similarity(three, three) end,
      "shape %(4,3%), wanted %(N,2%)")
  end)
end)

describe("affine", function()
  it("maps three points exactly", function()
    local m = image.affine({ { 0, 0 }, { 1, 0 }, { 0, 1 } }, { { 5, 6 }, { 7, 7 }, { 4, 9 } })
    assert.tensor(m).near({ { 2, -1, 5 }, { 1, 3, 6 } }, 1e-14)
  end)

  it("recovers 200 random maps from more points to 1e-10", function()
    local random = stream(11)
    for _ = 1, 200 do
      local m = {}
      for row = 1, 2 do
        m[row] = { random() * 4 - 2, random() * 4 - 2, random() * 200 - 100 }
      end
      local from, to = { { 0, 0 }, { 200, 0 }, { 0, 200 } }, {}
      for i = 1, 3 + random() * 6 // 1 | 0 do
        from[i] = from[i] or { random() * 200, random() * 200 }
        to[i] = apply(m, from[i])
      end
      for i = #to + 1, #from do to[i] = apply(m, from[i]) end
      assert.tensor(image.affine(from, to)).near(m, 1e-10)
    end
  end)

  it("leaves residues that no small change makes less", function()
    local random = stream(3)
    local from, to = {}, {}
    for i = 1, 8 do
      from[i] = { random() * 100, random() * 100 }
      to[i] = { random() * 100, random() * 100 }
    end
    local function residue(m)
      local sum = 0
      for i = 1, 8 do
        local p = apply(m, from[i])
        sum = sum + (p[1] - to[i][1]) ^ 2 + (p[2] - to[i][2]) ^ 2
      end
      return sum
    end
    local m = image.affine(from, to):totable()
    local best = residue(m)
    for row = 1, 2 do
      for column = 1, 3 do
        for _, step in ipairs { -1e-3, 1e-3 } do
          m[row][column] = m[row][column] + step
          assert(residue(m) > best)
          m[row][column] = m[row][column] - step
        end
      end
    end
  end)

  it("raises for points on a line", function()
    local line = { { 0, 1 }, { 1, 3 }, { 2, 5 }, { 10, 21 } }
    assert.error_matches(function() image.affine(line, line) end, "the 4 points lie on a line")
    local upright = { { 2, 0 }, { 2, 1 }, { 2, 5 } }
    assert.error_matches(function() image.affine(upright, upright) end, "lie on a line")
  end)
end)

describe("warp", function()
  local img = pixels.gradient(53, 37)
  local identity = { { 1, 0, 0 }, { 0, 1, 0 } }

  it("by the identity changes nothing", function()
    for _, filter in ipairs { "bilinear", "nearest" } do
      assert.tensor(image.warp(img, identity, 53, 37, { filter = filter })).near(img, 0)
    end
  end)

  it("moves by whole pixels as crop does, with a coloured border", function()
    local move = { { 1, 0, 3 }, { 0, 1, -2 } }
    assert.tensor(image.warp(img, move, 53, 37)).near(image.crop(img, -3, 2, 53, 37), 0)
    local bordered = image.warp(img, move, 53, 37, { border = { 9, 8, 7 } })
    assert.tensor(bordered:select(1, 5):select(1, 2)).near({ 9, 8, 7 }, 0)
  end)

  it("halves the way between two pixels, and towards the border", function()
    local row = tensor.from({ { { 10, 20, 30 }, { 20, 40, 130 } } }, "u8")
    assert.tensor(image.warp(row, { { 1, 0, 0.5 }, { 0, 1, 0 } }, 3, 1, { border = 100 }))
      .near({ { { 55, 60, 65 }, { 15, 30, 80 }, { 60, 70, 115 } } }, 0)
  end)

  it("mirrors as flip does", function()
    assert.tensor(image.warp(img, { { -1, 0, 52 }, { 0, 1, 0 } }, 53, 37)).near(image.flip(img), 0)
  end)

  it("is the exact bilinear value, rounded (scipy), and close to OpenCV 4's", function()
    local map = arrays["warp/matrix"]
    for name, source in pairs { gradient = img, noise = pixels.noise(7, 53, 37) } do
      local exact = arrays[("warp/%s/exact"):format(name)]
      local out = image.warp(source, map, exact:size(2), exact:size(1))
      -- Half a level is rounding; scipy's values are stored in f32.
      assert(pixels.distance(out, exact) <= 0.5 + 1e-4)
      -- OpenCV 4 rounds places to 1/32 pixel, which moves values by several levels in noise and
      -- at the border.
      assert(pixels.distance(out, arrays[("warp/%s/cv2"):format(name)]) <= 7)
    end
  end)

  it("raises for a map without inverse and for wrong arguments", function()
    assert.error_matches(function() image.warp(img, { { 1, 2, 0 }, { 2, 4, 0 } }, 5, 5) end,
      "warp: matrix {1, 2, 0, 2, 4, 0} has no inverse")
    assert.error_matches(function() image.warp(img, { { 0 / 0, 0, 0 }, { 0, 1, 0 } }, 5, 5) end,
      "has no inverse")
    assert.error_matches(function() image.warp(img, { { 1, 0, 0 } }, 5, 5) end, "2x3 matrix")
    assert.error_matches(function() image.warp(img, identity, 5, 5, { filter = "cubic" }) end,
      "warp: no filter 'cubic'")
  end)

  it("stays inside for places at infinity", function()
    for _, x in ipairs { 1e300, -1e300, 1e18, math.huge } do
      local out = image.warp(img, { { 1, 0, x }, { 0, 1, 0 } }, 4, 4)
      assert.tensor(out).near(tensor.zeros { 4, 4, 3 }, 0)
    end
  end)
end)
