--- What the networks are shown, on images whose pixels can be counted.
local inputs = require "visage.face.inputs"
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
  return inputs.crop(inputs.prepare(white, o), box, side, o):get(1, y, x)
end

describe("inputs.crop", function()
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
    assert.is_nil(inputs.crop(white, { 9, 1, 12, 4 }, 24, o))
    assert.is_nil(inputs.crop(white, { 3, 3, 2, 3 }, 24, options "matlab"))
  end)
end)

describe("inputs.whole", function()
  it("normalises once, before or after resizing", function()
    for _, name in ipairs { "ipazc-0.1.1", "ipazc-1.0.0", "matlab", "facenet-pytorch" } do
      local o = options(name)
      local whole = inputs.whole(inputs.prepare(white, o), 3, 2, o)
      assert.same({ 3, 2, 3 }, whole:shape())
      assert.tensor(whole).near(tensor.full({ 3, 2, 3 }, WHITE), 2e-6)
    end
  end)
end)
