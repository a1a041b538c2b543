local golden = require "spec.support.golden"
local image = require "visage.image"
local loader = require "visage.loader"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

local expected = golden.load "image"
local arrays = assert(loader.read(golden.path "image.npz")).tensors

local tensorflow = assert(loader.read(golden.path "image_tf.npz")).tensors
local pdollar = assert(loader.read(golden.path "image_pdollar.npz")).tensors

local sources = {
  noise = pixels.noise(7, 53, 37),
  big = pixels.noise(8, 401, 300),
  even = pixels.noise(9, 52, 36),
  gradient = pixels.gradient(53, 37),
}
sources.small = sources.noise:slice { { 1, 15 }, { 1, 11 }, {} }

local function numbers(t)
  return t:reshape({ -1 }):totable()
end

describe("the sources", function()
  for name, img in pairs(sources) do
    it("are those of the golden: " .. name, function()
      assert.equal(expected.sources[name], pixels.sha256(img))
    end)
  end
end)

describe("resize equals Pillow:", function()
  for _, case in ipairs(expected.pillow) do
    local width, height = case.size[1], case.size[2]
    it(("%s of %s to %dx%d"):format(case.filter, case.source, width, height), function()
      local out = image.resize(sources[case.source], width, height, case.filter)
      local first = table.move(numbers(out), 1, #case.first, 1, {})
      assert.same(case.first, first)
      assert.equal(case.sha256, pixels.sha256(out))
    end)
  end

  it("bicubic by default", function()
    assert.tensor(image.resize(sources.noise, 17, 29))
      .near(arrays["pillow/noise/bicubic/17x29"], 0)
  end)

  it("and no filter passes for another", function() -- a negative control
    local want = arrays["pillow/noise/bicubic/17x29"]
    for _, filter in ipairs { "nearest", "bilinear", "lanczos", "area", "linear" } do
      assert(pixels.distance(image.resize(sources.noise, 17, 29, filter), want) > 10, filter)
    end
  end)
end)

describe("resize equals OpenCV:", function()
  for name, want in pairs(arrays) do
    local source, filter, width, height = name:match "^cv2_u8/(%w+)/(%w+)/(%d+)x(%d+)$"
    if source then
      it(("%s of %s to %sx%s"):format(filter, source, width, height), function()
        local out = image.resize(sources[source], tonumber(width), tonumber(height), filter)
        assert.tensor(out).near(want, 0)
      end)
    end
    local float_source, w, h = name:match "^cv2_f64/(%w+)/area/(%d+)x(%d+)$"
    if float_source then
      it(("area of %s as floats to %sx%s"):format(float_source, w, h), function()
        local img = sources[float_source]:to "f32"
        local out = image.resize(img, tonumber(w), tonumber(h), "area")
        assert.equal("f32", out:dtype())
        -- OpenCV adds in f64, we in f32: 1e-4 is 4e-7 of 255.
        assert.tensor(out).near(want, 1e-4)
      end)
    end
  end

  it("linear of floats lies between its neighbours", function()
    local row = tensor.from { { { 0, 0, 0 }, { 8, 80, 800 } } }
    assert.tensor(image.resize(row, 4, 1, "linear")).near(
      { { { 0, 0, 0 }, { 2, 20, 200 }, { 6, 60, 600 }, { 8, 80, 800 } } }, 1e-4)
  end)
end)

describe("adaptive_area", function()
  it("shares inputs between neighbours: 5 to 3", function()
    -- Output 1 is inputs 1, 2; output 2 is 2, 3, 4; output 3 is 4, 5.
    local row = tensor.from({
      { { 1, 10, 0 }, { 2, 20, 0 }, { 4, 40, 0 }, { 8, 80, 0 }, { 16, 0, 9 } },
    }, "u8")
    local out = image.resize(row, 3, 1, "adaptive_area")
    assert.equal("f32", out:dtype())
    assert.tensor(out).near({ { { 1.5, 15, 0 }, { 14 / 3, 140 / 3, 0 }, { 12, 40, 4.5 } } }, 1e-5)
    assert.tensor(image.resize(row:to "f32", 3, 1, "adaptive_area")).near(out, 0)
  end)

  it("repeats pixels when it enlarges", function()
    local out = image.resize(tensor.from({ { { 7, 8, 9 } } }, "u8"), 2, 2, "adaptive_area")
    assert.tensor(out).near({ { { 7, 8, 9 }, { 7, 8, 9 } }, { { 7, 8, 9 }, { 7, 8, 9 } } }, 0)
  end)

  local layers = golden.load "layers"
  local tensors = assert(loader.read(golden.path "layers.npz")).tensors
  for _, case in ipairs(layers.cases) do
    if case.layer == "adaptive_area" then
      local width, height = case.options.size[1], case.options.size[2]
      it(("equals PyTorch's interpolate to %dx%d"):format(width, height), function()
        local img = tensors[case.input]:squeeze(1):permute { 2, 3, 1 }
        local want = tensors[case.name .. "/output"]:squeeze(1):permute { 2, 3, 1 }
        -- PyTorch worked in f64; sums of up to 143 numbers around 1 in f32 are off by less.
        assert.tensor(image.resize(img, width, height, "adaptive_area")).near(want, 1e-5)
      end)
    end
  end

  it("keeps the mean when sizes divide", function()
    local out = image.resize(sources.even, 13, 9, "adaptive_area")
    assert.near(sources.even:to("f64"):mean(), out:to("f64"):mean(), 1e-5)
  end)
end)

local function scaled(img)
  return (img:to "f32" - 127.5) / 128
end

describe("resize equals TensorFlow:", function()
  for name, want in pairs(tensorflow) do
    local source, width, height = name:match "^area/(%w+)/(%d+)x(%d+)$"
    if source then
      it(("tf_area of %s to %sx%s"):format(source, width, height), function()
        local img = scaled(sources[source])
        local out = image.resize(img, tonumber(width), tonumber(height), "tf_area")
        assert.tensor(out).near(want, 0)
      end)
    end
  end

  it("from u8 too", function()
    local img = sources.noise
    assert.tensor(image.resize(img, 31, 22, "tf_area"))
      .near(image.resize(img:to "f32", 31, 22, "tf_area"), 0)
  end)
end)

describe("crop_resize equals TensorFlow:", function()
  local img = scaled(sources.noise)
  local boxes = tensorflow["crop/boxes"]:totable()
  for name, want in pairs(tensorflow) do
    local width, height = name:match "^crop/(%d+)x(%d+)$"
    if width then
      it(("%d boxes to %sx%s"):format(#boxes, width, height), function()
        for i, box in ipairs(boxes) do
          local out = image.crop_resize(img, box, tonumber(width), tonumber(height))
          assert.tensor(out).near(want[i], 0)
        end
      end)
    end
  end

  it("and has nothing where a place is not a number", function()
    local nan = 0 / 0
    local out = image.crop_resize(img, { nan, 0, 1, 1 / 0 }, 3, 2)
    assert.tensor(out).near(tensor.zeros { 2, 3, 3 }, 0)
  end)

  it("and stays in an image of over 2^24 pixels, where f32 rounds the last place up", function()
    local width = (1 << 24) + 4
    local wide <close> = tensor.zeros { 1, width, 3 }
    wide:select(2, width):fill(1)
    local out = image.crop_resize(wide, { 0, 0, 1, 1 }, 2, 1)
    assert.tensor(out).near(tensor.from { { { 0, 0, 0 }, { 1, 1, 1 } } }, 0)
  end)

  it("but takes no u8 image and no other box", function()
    assert.error_matches(function() image.crop_resize(sources.noise, { 0, 0, 1, 1 }, 3, 3) end,
      "crop_resize: image is u8, wanted f32")
    assert.error_matches(function() image.crop_resize(img, { 0, 0, 1 }, 3, 3) end,
      "4 numbers wanted")
    assert.error_matches(function() image.crop_resize(img, { 0, 0, 1, 1 }, 0, 3) end,
      "crop_resize: size 0x3, wanted at least 1x1")
  end)
end)

describe("resize equals Piotr Dollar's imResample:", function()
  for name, want in pairs(pdollar) do
    local source, width, height = name:match "^(%w+)/(%d+)x(%d+)$"
    it(("%s to %sx%s"):format(source, width, height), function()
      local out = image.resize(sources[source], tonumber(width), tonumber(height), "pdollar")
      -- The toolbox scales weights where we scale sums: two units of 255's last place.
      assert.tensor(out).near(want, 3.1e-5)
    end)
  end

  it("hands an image of the wanted size back as it is", function()
    assert.tensor(image.resize(sources.noise, 53, 37, "pdollar")).near(sources.noise:to "f32", 0)
  end)
end)

describe("resize", function()
  it("takes a view as the image it shows", function()
    local view = sources.noise:slice { { 1, 37, 2 }, { 3, 41 }, {} }
    for _, filter in ipairs { "nearest", "bicubic", "area", "linear", "adaptive_area", "tf_area",
      "pdollar" } do
      assert.tensor(image.resize(view, 11, 9, filter))
        .near(image.resize(view:contiguous(), 11, 9, filter), 0)
    end
  end)

  it("makes a copy when the size is the same", function()
    local out = image.resize(sources.noise, 53, 37, "lanczos")
    assert.tensor(out).near(sources.noise, 0)
    out:fill(0)
    assert(sources.noise:to("f64"):sum() > 0)
  end)

  it("raises for a filter and sizes that are not there, and for floats in u8 filters", function()
    assert.error_matches(function() image.resize(sources.noise, 5, 5, "cubic") end,
      "resize: no filter 'cubic', there are nearest, ")
    assert.error_matches(function() image.resize(sources.noise, 5, 0) end,
      "resize: size 5x0, wanted at least 1x1")
    assert.error_matches(function() image.resize(sources.noise, 1 << 20, 1 << 20) end,
      "resize: size 1048576x1048576, at most 268435456 pixels")
    assert.error_matches(function() image.resize(sources.noise:to "f32", 5, 5) end,
      "resize: image is f32, wanted u8")
    assert.error_matches(function() image.resize(sources.noise:to "i32", 5, 5, "area") end,
      "resize: image is i32, wanted u8")
  end)
end)
