local image = require "visage.image"
local tensor = require "visage.tensor"

local function black(width, height)
  return tensor.zeros({ height, width, 3 }, "u8")
end

--- The picture as lines of text: "#" where red is lit, "." where not.
local function lines(img)
  local out = {}
  for y = 1, img:size(1) do
    out[y] = ""
    for x = 1, img:size(2) do out[y] = out[y] .. (img:get(y, x, 1) > 127 and "#" or ".") end
  end
  return out
end

describe("draw_box", function()
  it("draws inside the box", function()
    local img = image.draw_box(black(7, 6), { 1, 1, 6, 5 }, { width = 1 })
    assert.same({
      ".......",
      ".#####.",
      ".#...#.",
      ".#...#.",
      ".#####.",
      ".......",
    }, lines(img))
  end)

  it("rounds corners, takes a width and a colour", function()
    local img = image.draw_box(black(8, 6), { 0.6, 0.4, 7.4, 5.6 }, { color = { 200, 100, 50 } })
    assert.same({
      ".######.",
      ".######.",
      ".##..##.",
      ".##..##.",
      ".######.",
      ".######.",
    }, lines(img))
    assert.tensor(img:select(1, 1):select(1, 2)).near({ 200, 100, 50 }, 0)
  end)

  it("is cut off at the borders", function()
    local img = image.draw_box(black(4, 3), { -5, -5, 3, 2 }, { width = 1 })
    assert.same({ "..#.", "###.", "...." }, lines(img))
    for _, box in ipairs { { -9, -9, -5, -5 }, { 1e300, 0, 1e301, 2 }, { 0 / 0, 0, 0 / 0, 2 },
      { -math.huge, -1e18, math.huge, 1e18 }, { 3, 2, 1, 0 } } do
      assert.equal(0, image.draw_box(black(4, 3), box):to("i64"):sum())
    end
  end)

  it("draws on the part of an image that a view shows", function()
    local img = black(6, 5)
    image.draw_box(img:slice { { 2, 4 }, { 2, 5 }, {} }, { 0, 0, 4, 3 }, { width = 1 })
    assert.same({ "......", ".####.", ".#..#.", ".####.", "......" }, lines(img))
  end)

  it("raises for what is no box and no colour", function()
    assert.error_matches(function() image.draw_box(black(3, 3), { 1, 2, 3 }) end,
      "4 numbers wanted")
    assert.error_matches(function() image.draw_box(black(3, 3), { 0, 0, 2, 2 }, { width = 0 }) end,
      "draw_box: width 0, wanted 1 or more")
    assert.error_matches(function()
      image.draw_box(black(3, 3), { 0, 0, 2, 2 }, { color = { 1, 2, 300 } })
    end, "each from 0 to 255")
  end)
end)

describe("draw_point", function()
  it("is a disc around a place between pixels", function()
    local img = image.draw_point(black(6, 6), 3, 3, { radius = 2, color = { 255, 0, 0 } })
    assert.same({ "......", "..##..", ".####.", ".####.", "..##..", "......" }, lines(img))
  end)

  it("is at least the pixel it falls in", function()
    local img = image.draw_point(black(3, 3), 1.9, 1.1, { radius = 0, color = { 255, 0, 0 } })
    assert.same({ "...", ".#.", "..." }, lines(img))
  end)

  it("is cut off at the borders", function()
    local red = { radius = 1.5, color = { 255, 0, 0 } }
    assert.same({ "##.", "##.", "..." }, lines(image.draw_point(black(3, 3), 0.5, 0.5, red)))
    for _, x in ipairs { -1e300, 1e300, 0 / 0, math.huge } do
      assert.equal(0, image.draw_point(black(3, 3), x, x, red):to("i64"):sum())
    end
  end)
end)

describe("draw_text", function()
  local function ink(img)
    return img:to("i64"):sum()
  end

  it("lights the letters and fills the background", function()
    local img = black(60, 30):fill(90)
    assert(image.draw_text(img, 4, 3, "I", { color = { 255, 0, 0 }, size = 16 }))
    -- The background is black and starts at (4, 3); the corner above it is as it was.
    assert.tensor(img:select(1, 3):select(1, 4)).near({ 90, 90, 90 }, 0)
    assert.tensor(img:select(1, 4):select(1, 5)).near({ 0, 0, 0 }, 0)
    -- A capital I is one upright stroke: in its middle row one or two pixels are red.
    local _, strokes = lines(img)[11]:gsub("#", "")
    assert(strokes >= 1 and strokes <= 2, strokes)
  end)

  it("draws more for a longer text, and another line below", function()
    local one = image.draw_text(black(200, 60), 0, 0, "face", { background = false })
    local two = image.draw_text(black(200, 60), 0, 0, "face\nface", { background = false })
    assert(ink(one) > 0)
    assert.equal(2 * ink(one), ink(two))
    assert.tensor(two:narrow(1, 1, 16)).near(one:narrow(1, 1, 16), 0)
  end)

  it("reads UTF-8", function()
    local e = image.draw_text(black(40, 40), 0, 0, "e", { background = false })
    local acute = image.draw_text(black(40, 40), 0, 0, "é", { background = false })
    assert(ink(acute) > ink(e))
    -- The accent stands above: from the letter's own rows down they are the same.
    assert.tensor(acute:narrow(1, 8, 20)).near(e:narrow(1, 8, 20), 40)
  end)

  it("shows broken UTF-8 as the character for it, and never reads past the end", function()
    local replaced = image.draw_text(black(40, 40), 0, 0, "\u{fffd}", { background = false })
    for _, bad in ipairs { "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\x80", "\xc0\x80",
      "\xed\xa0\x80", "\xf4\x90\x80\x80" } do
      local img = image.draw_text(black(400, 40), 0, 0, bad, { background = false })
      assert(ink(img) >= ink(replaced), bad)
    end
  end)

  it("is cut off at the borders", function()
    for _, at in ipairs { { -50, -8 }, { 25, 10 }, { 1e9, 0 }, { 0, -1e300 } } do
      assert(image.draw_text(black(30, 15), at[1], at[2], "clipped text"))
    end
  end)

  it("gives nil and a text without its font, and for a file that is none", function()
    local img, text, code = image.draw_text(black(9, 9), 0, 0, "a", { font = "/none.ttf" })
    assert.same({ nil, "/none.ttf: No such file or directory", "IO" }, { img, text, code })
    img, text, code = image.draw_text(black(9, 9), 0, 0, "a", { font = "LICENSE" })
    assert.same({ nil, "LICENSE: not a TrueType font", "FORMAT" }, { img, text, code })
  end)

  it("raises for a size that is none", function()
    assert.error_matches(function() image.draw_text(black(9, 9), 0, 0, "a", { size = 0 }) end,
      "draw_text: size 0, wanted 1 to 4096")
  end)
end)
