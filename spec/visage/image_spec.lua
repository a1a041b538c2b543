local image = require "visage.image"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

-- Red counts columns, green rows, blue both.
local function numbered(width, height)
  return pixels.draw(width, height, function(x, y) return x, y, 16 * y + x end)
end

describe("image.crop", function()
  local img = numbered(4, 3)

  it("takes a rectangle, counted from 0", function()
    assert.tensor(image.crop(img, 1, 2, 2, 1)).near({ { { 1, 2, 33 }, { 2, 2, 34 } } }, 0)
  end)

  it("is black outside the image, on every side", function()
    local out = image.crop(img, -1, -2, 6, 6)
    assert.same({ 6, 6, 3 }, out:shape())
    assert.tensor(out:slice { { 3, 5 }, { 2, 5 }, {} }).near(img, 0)
    assert.equal(img:to("i64"):sum(), out:to("i64"):sum())
  end)

  it("may lie wholly outside", function()
    for _, corner in ipairs { { -9, 0 }, { 0, -9 }, { 4, 0 }, { 0, 3 }, { 1 << 31, 1 << 31 } } do
      assert.tensor(image.crop(img, corner[1], corner[2], 2, 2))
        .near(tensor.zeros { 2, 2, 3 }, 0)
    end
  end)

  it("takes a view as the image it shows", function()
    local view = numbered(8, 6):slice { { 1, 6, 2 }, { 1, 8, 2 }, {} }
    assert.tensor(image.crop(view, 1, 1, 1, 1)).near({ { { 2, 2, 34 } } }, 0)
  end)

  it("raises for no size, fractions and absurd numbers", function()
    assert.error_matches(function() image.crop(img, 0, 0, 0, 5) end,
      "crop: size 0x5, wanted at least 1x1")
    assert.error_matches(function() image.crop(img, 0.5, 0, 1, 1) end, "no integer representation")
    assert.error_matches(function() image.crop(img, 0, 0, 1 << 20, 1 << 20) end,
      "crop: size 1048576x1048576, at most 268435456 pixels are possible")
    assert.error_matches(function() image.crop(img, math.mininteger, 0, 1, 1) end, "too far off")
    assert.error_matches(function() image.crop(tensor.zeros { 3, 4, 3 }, 0, 0, 1, 1) end,
      "crop: image is f32, wanted u8")
    assert.error_matches(function() image.crop(tensor.zeros({ 3, 4, 4 }, "u8"), 0, 0, 1, 1) end,
      "crop: image has shape %(3,4,4%), wanted %(H,W,3%)")
  end)
end)

describe("image.flip", function()
  it("mirrors left to right", function()
    assert.tensor(image.flip(numbered(3, 1))).near({ { { 2, 0, 2 }, { 1, 0, 1 }, { 0, 0, 0 } } }, 0)
  end)

  it("raises for what is no image", function()
    assert.error_matches(function() image.flip(tensor.zeros { 3, 4, 3 }) end,
      "flip: image is f32, wanted u8")
  end)

  it("undoes itself", function()
    local img = numbered(5, 4)
    assert.tensor(image.flip(image.flip(img))).near(img, 0)
  end)
end)

describe("image.to_tensor", function()
  local img = tensor.from({ { { 10, 20, 30 }, { 40, 50, 60 } } }, "u8")

  it("puts channels first and changes nothing else by default", function()
    local out = image.to_tensor(img)
    assert.equal("f32", out:dtype())
    assert.tensor(out).near({ { { 10, 40 } }, { { 20, 50 } }, { { 30, 60 } } }, 0)
  end)

  it("takes mean and scale in the order of the output", function()
    local options = { order = "bgr", mean = { 1, 2, 3 }, scale = { 1, 10, 0.5 } }
    assert.tensor(image.to_tensor(img, options)).near(
      { { { 29, 59 } }, { { 180, 480 } }, { { 3.5, 18.5 } } }, 0)
  end)

  it("divides by std, which is not the same as multiplying by 1/std", function()
    local out = image.to_tensor(img, { mean = 127.5, std = 128 })
    assert.equal((10 - 127.5) / 128, out:get(1, 1, 1))
    -- In f32, 50 / 3 is 0x1.0aaaaap4, and 50 times the rounded 1/3 the next number.
    assert.equal(0x1.0aaaaap4, image.to_tensor(img, { std = 3 }):get(2, 1, 2))
    assert.equal(0x1.0aaaacp4, image.to_tensor(img, { scale = 1 / 3 }):get(2, 1, 2))
  end)

  it("takes f32 images and views", function()
    local half = img:to("f32") / 2
    assert.tensor(image.to_tensor(half, { mean = 5 })).near(
      { { { 0, 15 } }, { { 5, 20 } }, { { 10, 25 } } }, 0)
    assert.tensor(image.to_tensor(img:permute { 2, 1, 3 })).near(
      { { { 10 }, { 40 } }, { { 20 }, { 50 } }, { { 30 }, { 60 } } }, 0)
  end)

  it("raises for both scale and std, and for another order", function()
    assert.error_matches(function() image.to_tensor(img, { scale = 1, std = 1 }) end,
      "scale and std exclude each other")
    assert.error_matches(function() image.to_tensor(img, { order = "rbg" }) end,
      "order 'rbg', wanted rgb or bgr")
    assert.error_matches(function() image.to_tensor(img, { mean = { 1, 2 } }) end,
      "3 numbers wanted")
  end)
end)

describe("options", function()
  it("that do not exist raise where the call stands", function()
    local ok, text = pcall(function()
      local img = image.load("x.jpg", { exfi = true })
      return img
    end)
    assert.is_false(ok)
    assert(text:find "image_spec.lua:%d+: image.load: no option 'exfi'", text)
  end)

  it("are a table", function()
    assert.error_matches(function() image.save(numbered(2, 2), "a.jpg", 80) end,
      "image.save: options are a table, not number")
  end)
end)

describe("image.heat", function()
  it("goes from dark blue to nearly white by way of its stops", function()
    local img = image.heat(tensor.from { { 10, 13.5 }, { 17, 20 } })
    assert.same({ { 8, 12, 40 }, { 0, 90, 160 } }, img[1]:totable())
    assert.same({ { 235, 170, 60 }, { 255, 250, 230 } }, img[2]:totable())
  end)

  it("is dark where all is one number, and refuses what is none", function()
    assert.same({ { { 8, 12, 40 } } }, image.heat(tensor.zeros { 1, 1 }):totable())
    assert.error_matches(function() image.heat(tensor.from { { 1, 0 / 0 } }) end, "not finite")
  end)
end)

describe("dropped images", function()
  it("do not pile up", function()
    local system = require "visage.system"
    local img = tensor.zeros({ 1000, 1000, 3 }, "u8")
    for _ = 1, 20 do image.flip(img) end
    local before = system.peak_rss()
    for _ = 1, 300 do image.flip(img) end -- 900 MB in all
    -- Under the address sanitizer 256 MB of freed memory are kept aside.
    assert(system.peak_rss() - before < 400e6, "300 images of 3 MB took memory")
  end)
end)
