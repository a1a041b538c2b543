local loader = require "visage.loader"
local corrupt = require "spec.support.corrupt"
local system = require "visage.system"

-- Made by numpy 1.26.4:
--   numpy.savez_compressed(f, a=numpy.arange(3, dtype="<i2"), b=numpy.float32(1.5))
local compressed = ("504b0304140000000800000021006acff2514a0000008600000005001400612e6e7079010010"
  .. "0086000000000000004a000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a0"
  .. "6e9369a4aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91ac63a"
  .. "9a3a0ab50a14002e06064606260600504b0304140000000800000021002513e65d4600000084"
  .. "00000005001400622e6e707901001000840000000000000046000000000000009bec17ea1b10"
  .. "c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774b"
  .. "cc294e058a17672416a402f91a9a3a0ab50a14012e068603f600504b01021403140000000800"
  .. "000021006acff2514a00000086000000050000000000000000000000800100000000612e6e70"
  .. "79504b01021403140000000800000021002513e65d4600000084000000050000000000000000"
  .. "000000800181000000622e6e7079504b0506000000000200020066000000fe0000000000"):gsub("%x%x",
  function(byte) return string.char(tonumber(byte, 16)) end)

describe("npz", function()
  local path
  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)

  it("reads deflated arrays under their names, in the file's order", function()
    local got = assert(loader.decode(compressed, "a.npz"))
    assert.equal("npz", got.format)
    assert.same({ "a", "b" }, got.order)
    assert.same({ 0, 1, 2 }, got.tensors.a:totable())
    assert.equal(1.5, got.tensors.b:item())
  end)

  it("writes and reads back a table of tensors, the same bytes each time", function()
    local tensors = assert(loader.decode(compressed, "a.npz")).tensors
    assert(loader.write(path, tensors))
    local first = assert(system.read_file(path))
    assert(loader.write(path, assert(loader.read(path)).tensors))
    assert.equal(first, assert(system.read_file(path)))
    -- Widened to i32 on the way: 0, 1, 2.
    assert.truthy(first:find(string.pack("<i4i4i4", 0, 1, 2), 1, true))
    assert.truthy(first:find(string.pack("<f", 1.5), 1, true))
  end)

  it("reads and writes an archive of nothing", function()
    assert(loader.write(path, {}))
    local got = assert(loader.read(path))
    assert.same({}, got.order)
  end)

  it("refuses a flipped element by its checksum", function()
    assert(loader.write(path, assert(loader.decode(compressed, "a.npz")).tensors))
    local bytes = assert(system.read_file(path))
    local at = bytes:find(string.pack("<i4i4i4", 0, 1, 2), 1, true)
    local broken = bytes:sub(1, at - 1) .. "\9" .. bytes:sub(at + 1)
    local got, text, code = loader.decode(broken, "a.npz")
    assert.is_nil(got)
    assert.equal("FORMAT", code)
    assert.truthy(text:find("checksum %x+ came, %x+ wanted %(in a%.npy%)"), text)
  end)

  it("survives every cut and flipped byte, stored and deflated", function()
    assert(loader.write(path, assert(loader.decode(compressed, "a.npz")).tensors))
    for _, whole in ipairs { compressed, assert(system.read_file(path)) } do
      corrupt.each(whole, function(bytes, what)
        local ok = corrupt.survives(bytes, what)
        if what:find("^cut") then assert.is_false(ok) end
      end)
    end
  end)

  it("refuses an entry that claims more than deflate can make", function()
    -- The directory entry's unpacked size, 24 bytes after its mark.
    local at = compressed:find("PK\1\2", 1, true) + 24
    local bomb = compressed:sub(1, at - 1) .. "\0\0\0\x7f" .. compressed:sub(at + 4)
    local got, text, code = loader.decode(bomb, "a.npz")
    assert.is_nil(got)
    assert.equal("FORMAT", code)
    assert.truthy(text:find("cannot unpack to 2130706432", 1, true), text)
  end)
end)
