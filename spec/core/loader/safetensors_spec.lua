local corrupt = require "spec.support.corrupt"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local system = require "visage.system"
local tensor = require "visage.tensor"

local function bytes_of(name)
  return assert(system.read_file(golden.path("weights/" .. name)))
end

--- A file of a header text and elements.
local function file(header, elements)
  return string.pack("<s8", header) .. (elements or "")
end

local function refused(bytes, wanted, code)
  local got, text, came = loader.decode(bytes, "a.safetensors")
  assert.is_nil(got)
  assert.equal(code or "FORMAT", came)
  assert.truthy(text:find(wanted, 1, true), text)
end

describe("safetensors", function()
  it("reads every dtype that the library writes and visage has", function()
    local got = assert(loader.decode(bytes_of "types.safetensors"))
    assert.equal("safetensors", got.format)
    -- The library's order: the widest elements first, then by name.
    assert.same({ "count", "a.double", "b/conv.weight", "none", "scalar", "small", "brain", "half",
      "bytes" }, got.order)
    local stream, t = tensor.generator(7), got.tensors
    assert.tensor(t["b/conv.weight"]).near(stream:rand({ 2, 3, 1, 2 }, "f64"):to "f32", 0)
    assert.tensor(t["a.double"]).near(stream:rand({ 3 }, "f64"), 0)
    assert.tensor(t.half).near(stream:rand({ 2, 2 }, "f64"):to "f16", 0)
    assert.tensor(t.brain).near(stream:rand({ 5 }, "f64"):to "bf16", 0)
    assert.same({ "i64", { -1, 1 << 40 } }, { t.count:dtype(), t.count:totable() })
    assert.same({ "i32", { { -7 }, { 8 } } }, { t.small:dtype(), t.small:totable() })
    assert.same({ "u8", { 0, 255, 3 } }, { t.bytes:dtype(), t.bytes:totable() })
    assert.same({ {}, { 0, 4 } }, { t.scalar:shape(), t.none:shape() })
    assert.equal(1.5, t.scalar:item())
  end)

  it("widens what has no dtype and refuses others by name", function()
    local t = assert(loader.decode(bytes_of "widened.safetensors")).tensors
    assert.same({ "u8", { 1, 0 } }, { t.bool:dtype(), t.bool:totable() })
    assert.same({ "i32", { -3 } }, { t.i8:dtype(), t.i8:totable() })
    assert.same({ { -300 }, { 65535 } }, { t.i16:totable(), t.u16:totable() })
    assert.same({ "i64", { 1 << 31 } }, { t.u32:dtype(), t.u32:totable() })
    refused(bytes_of "eight.safetensors", "'x' has elements of F8_E4M3", "UNSUPPORTED")
  end)

  it("gives the metadata", function()
    local got = assert(loader.decode(bytes_of "meta.safetensors"))
    assert.same({ epoch = "3", note = 'a "b"\né' }, got.meta)
    assert.same({ 1 }, got.tensors['é "q"\n\1']:totable())
  end)

  it("says what is wrong with a header, and where", function()
    local x = '"dtype":"F32","shape":[1],"data_offsets":'
    refused(file '{"a":1,', "offset 15: header: ")
    refused(file '{"a":{},"a":{}}', "duplicate object key")
    refused(file '{"a":1}', "'a' is not {dtype, shape, data_offsets}")
    refused(file("{\"a\":{" .. x .. "[0,4]}}", "123"), "bytes 0 to 4 came, the file has 3")
    refused(file("{\"a\":{" .. x .. "[-4,0]}}", "1234"), "bytes -4 to 0 came")
    refused(file("{\"a\":{" .. x .. "[0,8]}}", "12345678"), "'a' of shape (1,) has 8 bytes")
    refused(file("{\"a\":{" .. x .. "[0,4]},\"b\":{" .. x .. "[0,4]}}", "1234"),
      "a tensor begins at byte 0 of another that ends at 4")
    refused(file("{\"a\":{" .. x .. "[4,8]}}", "12345678"), "begins at byte 4")
    refused(file("{\"a\":{" .. x .. "[0,4]}}", "12345678"), "4 bytes are left")
    refused(file('{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}'),
      "has 0 bytes")
    refused(file('{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}'), "no whole number")
    refused(file('{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,0]}}'), "no whole number")
    refused(file('{"__metadata__":{"a":1}}'), "'a' is no text")
    refused(file("{" .. ("["):rep(5000)), "header: ")
  end)

  it("survives every cut and flipped byte", function()
    corrupt.each(bytes_of "types.safetensors", function(bytes, what)
      local ok = corrupt.survives(bytes, what)
      if what:find "^cut" then assert.is_false(ok) end
    end)
  end)

  it("is written to the byte as the library writes it", function()
    local path, again = os.tmpname() .. ".safetensors", os.tmpname() .. ".safetensors"
    for _, name in ipairs { "types.safetensors", "widened.safetensors" } do
      local original = assert(loader.decode(bytes_of(name)))
      assert(loader.write(path, original.tensors))
      if name == "types.safetensors" then
        assert.equal(bytes_of(name), assert(system.read_file(path)))
      end
      assert(loader.write(again, assert(loader.read(path)).tensors, original.order))
      assert.equal(assert(system.read_file(path)), assert(system.read_file(again)))
    end
    os.remove(path)
    os.remove(again)
  end)

  it("writes names with any letters, and nothing at all", function()
    local path = os.tmpname() .. ".safetensors"
    local name = 'é "q"\n\1\\\127'
    assert(loader.write(path, { [name] = tensor.from { 1 } }))
    assert.same({ 1 }, assert(loader.read(path)).tensors[name]:totable())
    assert(loader.write(path, {}))
    assert.same({}, assert(loader.read(path)).order)
    os.remove(path)
    assert.error_matches(function() loader.write(path, { ["\255"] = tensor.ones { 1 } }) end,
      "is not UTF%-8")
    assert.error_matches(function() loader.write(path, { __metadata__ = tensor.ones { 1 } }) end,
      "no tensor can be called")
    assert.error_matches(function() loader.write(path, tensor.ones { 1 }) end,
      "a %.safetensors holds tensors by name")
  end)
end)
