local image = require "visage.image"
local lfs = require "lfs"
local pixels = require "spec.support.pixels"
local system = require "visage.system"
local tensor = require "visage.tensor"

local folder

local function names()
  local found = {}
  for name in lfs.dir(folder) do
    if name ~= "." and name ~= ".." then found[#found + 1] = name end
  end
  return found
end

describe("encoding", function()
  local img = pixels.gradient(53, 37)

  it("PNG loses nothing", function()
    assert.tensor(image.decode(image.encode(img, "png"))).near(img, 0)
  end)

  it("JPEG keeps close, and closer with more quality", function()
    local fine = image.encode(img, "jpeg")
    local coarse = image.encode(img, "jpg", { quality = 20 })
    assert(#coarse < #fine)
    -- A smooth picture: 95 stays within 6 of 255, 20 does not.
    assert(pixels.distance(image.decode(fine), img) <= 6)
    assert(pixels.distance(image.decode(coarse), img) > 6)
  end)

  it("takes a view as the image it shows", function()
    local view = img:narrow(2, 11, 20):narrow(1, 4, 9)
    assert.tensor(image.decode(image.encode(view, "png"))).near(view:contiguous(), 0)
  end)

  it("raises for what cannot be encoded", function()
    assert.error_matches(function() image.encode(img, "webp") end,
      "encode: format 'webp', can write png and jpeg")
    assert.error_matches(function() image.encode(img, "jpeg", { quality = 101 }) end,
      "encode: quality 101, wanted 1 to 100")
    assert.error_matches(function() image.encode(img:to "f32", "png") end,
      "encode: image is f32, wanted u8")
    assert.error_matches(function() image.encode(tensor.zeros({ 4, 5 }, "u8"), "png") end,
      "encode: image has shape %(4,5%), wanted %(H,W,3%)")
    assert.error_matches(function() image.encode(tensor.zeros({ 1, 70000, 3 }, "u8"), "jpeg") end,
      "jpeg: Maximum supported image dimension is 65500 pixels")
  end)
end)

describe("saving", function()
  local img = pixels.gradient(9, 7)

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() assert(system.remove_tree(folder)) end)

  it("chooses the format by the extension", function()
    for extension, magic in pairs { png = "\x89PN", JPG = "\xff\xd8\xff", jpeg = "\xff\xd8\xff" } do
      local path = folder .. "/a." .. extension
      assert.is_true(assert(image.save(img, path)))
      assert.equal(magic, system.read_file(path):sub(1, 3))
    end
  end)

  it("raises where the name has no extension", function()
    assert.error_matches(function() image.save(img, folder .. "/v1.5/photo") end,
      "the name ends in neither .png nor .jpg")
  end)

  it("replaces a file and leaves nothing beside it", function()
    local path = folder .. "/a.png"
    assert(image.save(pixels.gradient(200, 200), path))
    assert(image.save(img, path))
    assert.tensor(image.load(path)).near(img, 0)
    assert.same({ "a.png" }, names())
  end)

  it("gives nil and a text where it cannot write", function()
    local path = folder .. "/missing/a.png"
    local ok, text, code = image.save(img, path)
    assert.is_nil(ok)
    assert.equal(path .. ": No such file or directory", text)
    assert.equal("IO", code)
  end)

  it("leaves the old file alone when the disk is full", function()
    -- A limit on the size of files stands for the full disk: 4 blocks are 2 KiB at most.
    local path = folder .. "/a.png"
    assert(image.save(img, path))
    local old = system.read_file(path)
    local script = folder .. "/save.lua"
    assert(system.write_file(script, ([[
      local image = require "visage.image"
      local noise = require("spec.support.pixels").draw(80, 80, function(x, y)
        return x * 97 %% 256, y * x * 31 %% 256, (x * x + y * 57) %% 256
      end)
      local ok, text, code = image.save(noise, %q)
      print(ok, text, code)]]):format(path)))
    local program = assert(system.realpath "/proc/self/exe")
    local pipe = io.popen(("trap '' XFSZ; ulimit -f 4; %s %s 2>&1"):format(program, script))
    local said = pipe:read "a"
    pipe:close()
    assert.equal(("nil\t%s: File too large\tIO\n"):format(path), said)
    assert.equal(old, system.read_file(path))
    os.remove(script)
    assert.same({ "a.png" }, names())
  end)
end)
