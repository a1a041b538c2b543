local golden = require "spec.support.golden"
local image = require "visage.image"
local pixels = require "spec.support.pixels"
local shared = require "spec.support.shared"
local system = require "visage.system"

local expected = golden.load "image"

local function sorted_names(t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function file(name)
  return golden.path("images/" .. name)
end

local function bytes_of(name)
  return assert(system.read_file(file(name)))
end

it("decoding with fast_dct equals TensorFlow's", function()
  if not shared.data "photos" then return pending "the photos are not here" end
  for name, want in pairs(golden.load("image_tf").decode) do
    local path = shared.data(name)
    local fast = assert(image.load(path, { fast_dct = true }))
    assert.equal(want, pixels.sha256(fast), name)
    assert.not_equal(want, pixels.sha256(assert(image.load(path))), name)
    assert.is_true(pixels.distance(fast, assert(image.load(path))) <= 16, name)
  end
end)

describe("decoding equals Pillow for", function()
  for _, name in ipairs(sorted_names(expected.images)) do
    it(name, function()
      local want = expected.images[name]
      local img = assert(image.load(file(name)))
      assert.same({ want.size[2], want.size[1], 3 }, img:shape())
      assert.equal("u8", img:dtype())
      assert.equal(want.rgb, pixels.sha256(img))
    end)
  end

  for _, name in ipairs(sorted_names(expected.decode)) do
    it(name, function()
      local path = shared.data(name)
      if not path then return pending("no photo " .. name) end
      assert.equal(expected.decode[name].rgb, pixels.sha256(assert(image.load(path))))
    end)
  end
end)

describe("PNM", function()
  it("has comments, grey or colour, and is scaled to 0..255", function()
    assert.tensor(image.decode "P6 # colour\n2 1\n#\n255\n\1\2\3\253\254\255")
      .near({ { { 1, 2, 3 }, { 253, 254, 255 } } }, 0)
    -- 3 of 7 is 109.29 of 255; what is above the largest value counts as it.
    assert.tensor(image.decode "P5 3 1 7\n\0\3\9")
      .near({ { { 0, 0, 0 }, { 109, 109, 109 }, { 255, 255, 255 } } }, 0)
  end)

  it("may have values of two bytes", function()
    -- 0x8000 of 65535 is 127.502 of 255.
    assert.tensor(image.decode "P5 2 1 65535\n\x80\0\xff\xff")
      .near({ { { 128, 128, 128 }, { 255, 255, 255 } } }, 0)
  end)
end)

describe("EXIF orientation", function()
  for orientation = 2, 8 do
    it(orientation .. " is applied when asked for", function()
      local want = expected.images[("exif%d.jpg"):format(orientation)]
      local img = assert(image.load(file(("exif%d.jpg"):format(orientation)), { exif = true }))
      assert.same({ want.upright_size[2], want.upright_size[1], 3 }, img:shape())
      assert.equal(want.upright, pixels.sha256(img))
    end)
  end

  it("that is broken leaves the picture as it is", function()
    local plain = bytes_of "exif6.jpg"
    local tag = plain:find("\x12\x01\x03\0", 1, true) or plain:find("\x01\x12\0\x03", 1, true)
    local bad = plain:sub(1, tag + 7) .. "\x63\x63" .. plain:sub(tag + 10)
    assert.equal(expected.images["exif6.jpg"].rgb,
      pixels.sha256(assert(image.decode(bad, { exif = true }))))
  end)
end)

describe("a faulty file gives nil, a text with its name, and a code:", function()
  local function fault(bytes, pattern)
    local img, text, code = image.decode(bytes, { name = "photo.x" })
    assert.is_nil(img)
    assert.equal("FORMAT", code)
    assert.equal("photo.x: offset ", text:sub(1, 16))
    assert(text:find(pattern), text)
  end

  it("an empty one", function() fault("", "offset 0: the file is empty") end)

  it("one of no known kind", function()
    fault("hello, world", "offset 0: no JPEG, PNG, BMP, GIF, TGA or PNM")
  end)

  it("JPEG cut short, baseline and progressive", function()
    for _, name in ipairs { "baseline_420.jpg", "progressive.jpg", "cmyk.jpg", "restart.jpg" } do
      local whole = bytes_of(name)
      for _, cut in ipairs { 3, 20, #whole // 2, #whole - 40, #whole - 2 } do
        fault(whole:sub(1, cut), "offset %d+: ")
      end
      fault(whole:sub(1, #whole - 40), "offset %d+: Premature end of JPEG file")
    end
  end)

  it("JPEG that lacks a piece of its data but not its end", function()
    local whole = bytes_of "baseline_420.jpg"
    fault(whole:sub(1, #whole - 60) .. whole:sub(-2), "premature end of data segment")
  end)

  it("PNG cut short", function()
    local whole = bytes_of "rgba.png"
    for _, cut in ipairs { 8, 20, #whole // 2, #whole - 20, #whole - 1 } do
      fault(whole:sub(1, cut), "offset %d+: the file ends too early")
    end
  end)

  it("BMP, GIF and TGA cut short", function()
    for _, name in ipairs { "rgb.bmp", "palette.gif", "rgb.tga" } do
      local whole = bytes_of(name)
      for _, part in ipairs { 0.5, 0.8 } do
        fault(whole:sub(1, #whole * part // 1 | 0), "offset %d+: the file ends too early")
      end
    end
  end)

  it("PNM cut short or without its numbers", function()
    fault("P5 3 1 255\nab", "offset 11: 3 bytes wanted, 2 left")
    fault("P6 1 1 255", "offset 10: 1 bytes wanted, 0 left")
    fault("P6 0 1 255\nabc", "the width is not a number from 1 to 268435456")
    fault("P6 1 -1 255\nabc", "the height is not a number")
    fault("P6 1 1 65536\nabc", "the largest value is not a number from 1 to 65535")
  end)

  it("PNG with a wrong check sum", function()
    local whole = bytes_of "rgba.png"
    local at = whole:find("IDAT", 1, true) + 10
    fault(whole:sub(1, at) .. "\x55\xaa" .. whole:sub(at + 3), "offset %d+: ")
  end)

  it("one that is not there", function()
    local img, text, code = image.load "/nowhere/photo.jpg"
    assert.same({ nil, "/nowhere/photo.jpg: No such file or directory", "IO" }, { img, text, code })
  end)

  it("a folder", function()
    local img, text, code = image.load "/"
    assert.same({ nil, "/: not a regular file", "IO" }, { img, text, code })
  end)
end)

describe("a header that promises too much is refused before memory is asked for:", function()
  -- Width and height of each kind of file, at their place, as big as they go.
  local function refused(bytes, pattern)
    local before = system.peak_rss()
    local img, text = image.decode(bytes, { name = "bomb" })
    assert.is_nil(img)
    assert(text:find(pattern or "%d+x%d+ pixels, "), text)
    assert(system.peak_rss() - before < 64 << 20, "took memory")
  end

  it("JPEG", function()
    local whole = bytes_of "baseline_420.jpg"
    local sof = whole:find("\xff\xc0", 1, true)
    refused(whole:sub(1, sof + 4) .. "\xfd\xe8\xfd\xe8" .. whole:sub(sof + 9))
  end)

  it("one of over 64 megapixels, unless more are asked for", function()
    -- 8193 x 8192 is 67,117,056; 2^26 is 67,108,864.
    local bytes = "P6 8193 8192 255\n"
    refused(bytes .. ("\0"):rep(100), "3%d+ bytes wanted")
    local img, text = image.decode("P5 9000 8000 255\n" .. ("\7"):rep(72000000), { name = "wide" })
    assert.same({ nil, "wide: offset 72000017: 9000x8000 pixels, the limit is 67108864" },
      { img, text })
    img, text = image.decode("P6 2 2 255\nabcdefghijkl", { most_pixels = 3 })
    assert.same({ nil, "image: offset 23: 2x2 pixels, the limit is 3" }, { img, text })
    assert.has_error(function() image.decode("P6 2 2 255\n", { most_pixels = 1 << 29 }) end)
    assert.same({ 2, 2, 3 },
      assert(image.decode("P6 2 2 255\nabcdefghijkl", { most_pixels = 4 })):shape())
  end)

  it("PNG", function()
    local header = "IHDR" .. string.pack(">I4I4", 100000, 900000) .. "\8\2\0\0\0"
    local function crc32(text)
      local crc = 0xffffffff
      for i = 1, #text do
        crc = crc ~ text:byte(i)
        for _ = 1, 8 do crc = (crc >> 1) ~ (0xedb88320 & -(crc & 1)) end
      end
      return crc ~ 0xffffffff
    end
    refused("\x89PNG\r\n\x1a\n" .. string.pack(">I4", 13) .. header
      .. string.pack(">I4", crc32(header)) .. string.pack(">I4", 10) .. "IDAT")
  end)

  it("BMP", function()
    local whole = bytes_of "rgb.bmp"
    refused(whole:sub(1, 18) .. string.pack("<i4i4", 60000, 60000) .. whole:sub(27))
  end)

  it("GIF", function()
    local whole = bytes_of "palette.gif"
    refused(whole:sub(1, 6) .. "\xff\xff\xff\xff" .. whole:sub(11))
  end)

  it("PNM", function() refused("P6 16384 16384 255\n", "805306368 bytes wanted") end)
end)

describe("damaged files", function()
  -- 200 copies of each small file, with up to 8 bytes changed and a third of them cut: each is an
  -- image or nil and a text. What matters is that nothing crashes, with sanitizers above all.
  for _, name in ipairs(sorted_names(expected.images)) do
    it("made from " .. name .. " give an image or a text", function()
      local random = 12345
      local function draw(n) -- Lehmer's generator; the same damage in every run
        random = random * 48271 % 2147483647
        return random % n + 1
      end
      local whole = bytes_of(name)
      for _ = 1, 200 do
        local damaged = whole
        for _ = 1, draw(8) do
          local at = draw(#damaged)
          damaged = damaged:sub(1, at - 1) .. string.char(draw(256) - 1) .. damaged:sub(at + 1)
        end
        if draw(3) == 1 then damaged = damaged:sub(1, draw(#damaged)) end
        local img, text, code = image.decode(damaged, { exif = true })
        if img then
          assert.equal(3, img:size(3))
        else
          assert.equal("FORMAT", code)
          assert(text:find "^image: offset %d+: .", text)
        end
      end
    end)
  end
end)
