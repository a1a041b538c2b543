--- What the networks are shown, on images whose pixels can be counted.
local image = require "visage.image"
local inputs = require "visage.face.inputs"
local pixels = require "spec.support.pixels"
local profiles = require "visage.face.profiles"
local tensor = require "visage.tensor"

local function options(name)
  local o = { preprocess = { order = "rgb", mean = { 127.5, 127.5, 127.5 }, scale = 1 / 128 } }
  for k, v in pairs(profiles[name]) do o[k] = v end
  return o
end

-- 6x4, white.
local white = tensor.full({ 4, 6, 3 }, 255, "u8")
local WHITE, BLACK, GREY = 127.5 / 128, -127.5 / 128, 0

-- The value in the first channel at row y, column x of the box shown to the net.
local function shown(name, box, side, y, x)
  local o = options(name)
  local patch = inputs.patch(inputs.prepare(white, o), box, o)
  return inputs.batch({ patch }, side, o):get(1, 1, y, x)
end

-- The same in separate steps, of an image that one can tell the pixels of.
local photo = pixels.noise(5, 61, 47)

local function numbers(img, o)
  return image.to_tensor(img, o.normalise == "after" and o.preprocess or nil)
end

local function crop(img, b, side, o)
  local height, width = img:size(1), img:size(2)
  if o.crop == "sample" then
    local box = { b[1] / width, b[2] / height, b[3] / width, b[4] / height }
    return numbers(image.crop_resize(img, box, side, side), o)
  end
  local x1, y1, x2, y2 = table.unpack(b)
  if o.crop == "clip" then
    x1, y1, x2, y2 = math.max(x1, 1), math.max(y1, 1), math.min(x2, width), math.min(y2, height)
  end
  local own = image.crop(img, x1 - 1, y1 - 1, x2 - x1 + 1, y2 - y1 + 1)
  return numbers(image.resize(own:to "f32", side, side, o.resize), o)
end

local MTCNN = { "ipazc-0.1.1", "ipazc-1.0.0", "matlab", "facenet-pytorch" }

describe("inputs are those of separate steps to the bit:", function()
  for _, name in ipairs(MTCNN) do
    local o = options(name)
    local img = inputs.prepare(photo, o)

    it("boxes, " .. name, function()
      local list, want = {}, {}
      for i, b in ipairs { { 1, 1, 24, 24 }, { -5, 9, 30, 40 }, { 20, 20, 80, 80 },
        { 7, 3, 9, 5 }, { 1, 1, 61, 47 }, { 33, 12, 56, 35 } } do
        list[i], want[i] = inputs.patch(img, b, o), crop(img, b, 24, o)
      end
      assert.tensor(inputs.batch(list, 24, o, 2)).near(tensor.stack(want, 1), 0)
    end)

    it("whole images, " .. name, function()
      local work = { threads = 2 }
      for _, size in ipairs { { 60, 46 }, { 31, 22 }, { 90, 80 } } do
        local w, h = size[1], size[2]
        assert.tensor(inputs.whole(img, w, h, o, work):select(1, 1))
          .near(numbers(image.resize(img, w, h, o.resize), o), 0)
      end
    end)
  end
end)

describe("inputs.batch", function()
  it("fills what lies outside with black, with grey, or leaves it out", function()
    local box = { 4, 1, 9, 6 } -- rows and columns 1 to 6 from 4: two rows, three columns over
    assert.near(WHITE, shown("ipazc-0.1.1", box, 6, 1, 1), 1e-6)
    assert.near(BLACK, shown("ipazc-0.1.1", box, 6, 1, 6), 1e-6)
    assert.near(BLACK, shown("matlab", box, 6, 6, 1), 1e-6)
    -- mtcnn 1.0.0 normalises first, so its zeros are grey.
    assert.near(WHITE, shown("ipazc-1.0.0", box, 6, 1, 1), 1e-6)
    assert.near(GREY, shown("ipazc-1.0.0", box, 6, 1, 6), 1e-6)
    assert.near(WHITE, shown("facenet-pytorch", box, 6, 6, 6), 1e-6)
  end)

  it("gives nothing for a box without pixels", function()
    local o = options "facenet-pytorch"
    assert.is_nil(inputs.patch(white, { 9, 1, 12, 4 }, o))
    assert.is_nil(inputs.patch(white, { 3, 3, 2, 3 }, options "matlab"))
  end)
end)

describe("inputs.whole", function()
  it("normalises once, before or after resizing", function()
    for _, name in ipairs(MTCNN) do
      local o = options(name)
      local whole = inputs.whole(inputs.prepare(white, o), 3, 2, o, {})
      assert.same({ 1, 3, 2, 3 }, whole:shape())
      assert.tensor(whole).near(tensor.full({ 1, 3, 2, 3 }, WHITE), 2e-6)
    end
  end)
end)
