--- Patches beside what crop, resize and to_tensor make of them one after the other.
local image = require "visage.image"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

local photo = pixels.noise(3, 90, 70) -- width, height
local MAP = { mean = { 131.1, 103.9, 91.5 }, scale = 1 / 128 }

local FILTERS = {
  "nearest", "bilinear", "bicubic", "lanczos", "area", "linear", "adaptive_area", "tf_area",
  "pdollar",
}

-- Corners and sizes: all of it, within, small ones, over every edge, beside it.
local BOXES = {
  { 0, 0, 90, 70 }, { 5, 7, 40, 31 }, { 30, 20, 3, 2 }, { 69, 89, 1, 1 }, { 10, 10, 24, 24 },
  { 8, 8, 48, 48 }, { -9, -5, 30, 21 }, { 50, 70, 33, 44 }, { -20, 10, 150, 12 },
  { 100, 10, 5, 5 },
}

local function patches_of(img)
  local list = {}
  for i, b in ipairs(BOXES) do list[i] = { img, table.unpack(b) } end
  return list
end

local function separately(img, filter, width, height, floats)
  local out = {}
  for i, b in ipairs(BOXES) do
    local own = image.crop(img, table.unpack(b))
    if floats then own = own:to "f32" end
    out[i] = image.to_tensor(image.resize(own, width, height, filter), MAP)
  end
  return tensor.stack(out, 1)
end

local function options(o)
  for k, v in pairs(MAP) do o[k] = v end
  return o
end

describe("image.patches", function()
  for _, filter in ipairs(FILTERS) do
    it("is crop, resize and to_tensor to the bit: " .. filter, function()
      for _, threads in ipairs { 1, 2, 3 } do
        local o = options { filter = filter, threads = threads }
        for _, size in ipairs { { 24, 24 }, { 131, 97 } } do
          local w, h = size[1], size[2]
          assert.tensor(image.patches(patches_of(photo), w, h, o))
            .near(separately(photo, filter, w, h), 0)
        end
      end
    end)
  end

  it("takes bytes as floats before they are resized", function()
    for _, filter in ipairs { "area", "linear", "tf_area", "pdollar" } do
      local out = image.patches(patches_of(photo), 24, 24,
        options { filter = filter, floats = true })
      assert.tensor(out).near(separately(photo, filter, 24, 24, true), 0)
    end
  end)

  it("fills a single large patch with all threads, in bands of rows", function()
    for _, filter in ipairs(FILTERS) do
      local want = image.to_tensor(image.resize(photo, 200, 151, filter), MAP)
      for _, threads in ipairs { 1, 2, 5 } do
        local out = image.patches({ { photo, 0, 0, 90, 70 } }, 200, 151,
          options { filter = filter, threads = threads })
        assert.tensor(out:select(1, 1)).near(want, 0)
      end
    end
  end)

  it("samples at fractions as crop_resize does", function()
    local img = photo:to "f32"
    local box = { -0.1, 0.2, 0.7, 1.3 }
    local want = image.to_tensor(image.crop_resize(img, box, 24, 20), MAP)
    local out = image.patches({ { img, table.unpack(box) } }, 24, 20,
      options { filter = "crop_resize" })
    assert.tensor(out:select(1, 1)).near(want, 0)
  end)

  it("takes views, floats and patches of several images", function()
    local view, floats = photo:permute { 2, 1, 3 }, photo:to "f32" * 0.5
    local out = image.patches({ { view, 3, 4, 20, 30 }, { floats, 0, 0, 90, 70 } }, 8, 9,
      { filter = "adaptive_area" })
    local cut = image.crop(view, 3, 4, 20, 30)
    assert.tensor(out:select(1, 1))
      .near(image.to_tensor(image.resize(cut, 8, 9, "adaptive_area")), 0)
    assert.tensor(out:select(1, 2))
      .near(image.to_tensor(image.resize(floats, 8, 9, "adaptive_area")), 0)
  end)

  it("fills a tensor that is there, and nothing for no patch", function()
    local into = tensor.full({ 1, 3, 4, 5 }, 7)
    local out = image.patches({ { photo, 0, 0, 90, 70 } }, 5, 4, { into = into, order = "bgr" })
    assert.equal(into, out)
    assert.tensor(into:select(1, 1))
      .near(image.to_tensor(image.resize(photo, 5, 4), { order = "bgr" }), 0)
    assert.same({ 0, 3, 4, 5 }, image.patches({}, 5, 4):shape())
  end)

  it("says what is wrong with a patch", function()
    local function fails(text, list, o)
      assert.error_matches(function() image.patches(list, 4, 4, o) end, text, nil, true)
    end
    fails("patches: size 0x3", { { photo, 1, 1, 0, 3 } })
    fails("patches: box 2 is too far off", { { photo, 1, 1, 2, 3 }, { photo, 0 / 0, 1, 2, 3 } })
    fails("patches: corner", { { photo, 2 ^ 40, 1, 2, 3 } })
    fails("patches are tables of an image and four numbers", { { photo, 1, 1, 3 } })
    fails("no filter 'bicubic' of floats", { { photo, 1, 1, 3, 3 } }, { floats = true })
    fails("no filter 'cubic'", { { photo, 1, 1, 3, 3 } }, { filter = "cubic" })
    fails("wanted contiguous f32 (1,3,H,W)", { { photo, 1, 1, 3, 3 } },
      { into = tensor.zeros { 2, 3, 4, 4 } })
    fails("patches: image is u8, wanted f32", { { photo, 0, 0, 1, 1 } },
      { filter = "crop_resize" })
  end)
end)
