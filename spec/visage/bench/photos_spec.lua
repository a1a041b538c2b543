local image = require "visage.image"
local networks = require "spec.support.networks"
local photos = require "visage.bench.photos"
local system = require "visage.system"

describe("visage.bench.photos", function()
  local folder
  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  it("draws different ones of any size, the same from the same seed", function()
    local function drawn(name)
      local into = folder .. "/" .. name
      assert(system.mkdir_p(into))
      return photos.write({ width = 330, height = 210, count = 2, seed = 3 }, into)
    end
    local a, b = drawn "a", drawn "b"
    assert.equal(2, #a)
    assert.same({ 210, 330, 3 }, image.load(a[1]):shape())
    assert.equal(system.sha256_file(a[2]), system.sha256_file(b[2]))
    assert.not_equal(system.sha256_file(a[1]), system.sha256_file(a[2]))
  end)

  it("takes a folder's, scaled to cover the size and cut to it", function()
    local from = folder .. "/from"
    assert(system.mkdir_p(from))
    for i = 1, 3 do
      assert(image.save(networks.pixels(i, { 30, 60, 3 }), ("%s/%d.png"):format(from, i)))
    end
    local list = photos.write({ from = from, width = 40, height = 40, count = 2 }, folder)
    assert.equal(2, #list)
    assert.same({ 40, 40, 3 }, image.load(list[2]):shape())
    assert.has_error(function()
      assert(system.mkdir_p(folder .. "/none"))
      photos.write({ from = folder .. "/none", width = 4, height = 4, count = 2 }, folder)
    end, folder .. "/none: no photo is in it")
  end)
end)
