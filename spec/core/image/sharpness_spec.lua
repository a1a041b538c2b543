--- The variance of the Laplacian: OpenCV's, and one by hand.
local golden = require "spec.support.golden"
local image = require "visage.image"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

-- OpenCV sums rounded squares of differences from the mean, we whole numbers.
local ROUNDING = 1e-12

local noise = pixels.noise(7, 53, 37)
local SOURCES = {
  noise = noise, big = pixels.noise(8, 401, 300), gradient = pixels.gradient(53, 37),
  row = noise:narrow(1, 1, 1), column = noise:narrow(2, 1, 1),
  pixel = noise:slice { { 1, 1 }, { 1, 1 }, {} }, two = noise:slice { { 1, 2 }, { 1, 2 }, {} },
}

describe("sharpness", function()
  for _, case in ipairs(golden.load("image_sharpness").variance) do
    it("equals OpenCV's of " .. case.source, function()
      local found = image.sharpness(SOURCES[case.source])
      assert.near(case.value, found, ROUNDING * math.max(1, case.value))
    end)
  end

  it("is right by hand for one white pixel", function()
    -- Grey 0, but 255 in the middle of 3x3: there the Laplacian is -1020. The middle of
    -- an edge sees it on the inside and, reflected, on the outside: 510. The corners
    -- see nothing.
    local img = tensor.zeros({ 3, 3, 3 }, "u8")
    for c = 1, 3 do img:set(255, 2, 2, c) end
    local mean = (4 * 510 - 1020) / 9
    assert.near((4 * 510 ^ 2 + 1020 ^ 2) / 9 - mean ^ 2, image.sharpness(img), 1e-9)
  end)

  it("is zero for one colour and falls when an image is made smaller and larger", function()
    assert.equal(0, image.sharpness(tensor.full({ 20, 30, 3 }, 77, "u8")))
    local soft = image.resize(image.resize(noise, 13, 9, "area"), 53, 37, "bilinear")
    assert.is_true(image.sharpness(soft) < image.sharpness(noise) / 10)
  end)

  it("wants u8 pixels", function()
    assert.has_error(function() image.sharpness(tensor.zeros { 2, 2, 3 }) end,
      "sharpness: image is f32, wanted u8")
    assert.error_matches(function() image.sharpness(tensor.zeros({ 2, 2 }, "u8")) end,
      "wanted %(H,W,3%)")
  end)
end)
