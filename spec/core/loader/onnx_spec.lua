local corrupt = require "spec.support.corrupt"
local golden = require "spec.support.golden"
local lfs = require "lfs"
local loader = require "visage.loader"
local protobuf = require "spec.support.protobuf"
local shared = require "spec.support.shared"
local system = require "visage.system"

local bytes, float, floats = protobuf.bytes, protobuf.float, protobuf.floats
local integer, varint = protobuf.integer, protobuf.varint

-- Numbers as onnx.proto has them: see core/loader/onnx.c, onnx_tensor.c.

local function model(...)
  return integer(1, 8) .. bytes(2, "visage") .. bytes(7, ...) .. bytes(8, integer(2, 13))
end

local function dims(...)
  local list = ""
  for _, size in ipairs { ... } do list = list .. varint(size) end
  return bytes(1, list)
end

local function initializer(...) return bytes(5, ...) end

local function value(number, name, ...)
  local shape = ""
  for _, size in ipairs { ... } do
    shape = shape .. bytes(1, size == "n" and bytes(2, "n") or integer(1, size))
  end
  return bytes(number, bytes(1, name), bytes(2, bytes(1, integer(1, 1), bytes(2, shape))))
end

local function node(type, name, inputs, outputs, ...)
  local parts = {}
  for _, input in ipairs(inputs) do parts[#parts + 1] = bytes(1, input) end
  for _, output in ipairs(outputs) do parts[#parts + 1] = bytes(2, output) end
  return bytes(1, table.concat(parts), bytes(3, name), bytes(4, type), ...)
end

local function attribute(name, type, ...)
  return bytes(5, bytes(1, name), table.concat { ... }, type and integer(20, type) or "")
end

local function read(...) return loader.decode(model(...), "a.onnx") end

local function tensor_of(...)
  return assert(read(initializer(bytes(8, "w"), ...))).tensors.w
end

local function fault(...)
  local got, text, code = read(...)
  assert.is_nil(got)
  return text, code
end

describe("onnx", function()
  it("gives tensors, inputs, outputs and operators by the file's names", function()
    local got = assert(read(
      initializer(dims(2), integer(2, 1), bytes(8, "w"), bytes(9, floats(1, -2))),
      value(11, "data", "n", 3, 0), value(11, "w", 2), value(12, "y"),
      node("Conv", "conv", { "data", "w", "" }, { "y" },
        attribute("group", 2, integer(3, -1)), attribute("alpha", 1, float(2, 0.5)),
        attribute("auto_pad", 3, bytes(4, "VALID")), attribute("zero", 2),
        attribute("pads", 7, bytes(8, varint(1), varint(2))),
        attribute("scales", 6, float(7, 1.5), float(7, 2.5)),
        attribute("body", 5, bytes(6, "")))))
    assert.equal("onnx", got.format)
    assert.same({ opset = "13", producer = "visage" }, got.meta)
    assert.same({ "w" }, got.order)
    assert.same({ 1, -2 }, got.tensors.w:totable())
    assert.same({ inputs = { { name = "data", shape = { -1, 3, -1 } } }, outputs = { "y" },
      operators = { { type = "Conv", name = "conv", inputs = { "data", "w", "" },
        outputs = { "y" }, attributes = { group = -1, alpha = 0.5, auto_pad = "VALID",
          zero = 0, pads = { 1, 2 }, scales = { 1.5, 2.5 } } } } }, got.network)
  end)

  it("reads every type, as bytes and in the field of the type", function()
    local function both(type, dtype, raw, field, list, typed)
      local t = tensor_of(dims(2), integer(2, type), bytes(9, raw))
      assert.equal(dtype, t:dtype())
      assert.same(list, t:totable())
      t = tensor_of(dims(2), integer(2, type), bytes(field, typed))
      assert.equal(dtype, t:dtype())
      assert.same(list, t:totable())
    end
    local minus = varint(-3)
    both(1, "f32", floats(1.5, -2), 4, { 1.5, -2 }, floats(1.5, -2))
    both(2, "u8", "\1\255", 5, { 1, 255 }, varint(1) .. varint(255))
    both(3, "i32", "\1\253", 5, { 1, -3 }, varint(1) .. minus)
    both(4, "i32", "\1\0\255\255", 5, { 1, 65535 }, varint(1) .. varint(65535))
    both(5, "i32", "\1\0\253\255", 5, { 1, -3 }, varint(1) .. minus)
    both(6, "i32", string.pack("<i4i4", 1, -3), 5, { 1, -3 }, varint(1) .. minus)
    both(7, "i64", string.pack("<i8i8", 1, -3), 7, { 1, -3 }, varint(1) .. minus)
    both(9, "u8", "\0\1", 5, { 0, 1 }, varint(0) .. varint(1))
    both(10, "f16", "\0\x3c\0\xc0", 5, { 1, -2 }, varint(0x3c00) .. varint(0xc000))
    both(11, "f64", string.pack("<dd", 0.1, -2), 10, { 0.1, -2 }, string.pack("<dd", 0.1, -2))
    both(12, "i64", string.pack("<I4I4", 1, 1 << 31), 11, { 1, 1 << 31 },
      varint(1) .. varint(1 << 31))
    both(16, "bf16", "\x80\x3f\0\xc0", 5, { 1, -2 }, varint(0x3f80) .. varint(0xc000))
  end)

  it("reads numbers that are not packed, scalars and tensors of nothing", function()
    assert.same({ 3, 4 }, tensor_of(integer(1, 2), integer(2, 1), float(4, 3), float(4, 4))
      :totable())
    assert.equal(7, tensor_of(integer(2, 7), bytes(9, string.pack("<i8", 7))):item())
    assert.same({ 0 }, tensor_of(dims(0), integer(2, 1)):shape())
  end)

  it("gives constants under the name of what they give", function()
    local t = bytes(5, dims(1), integer(2, 1), bytes(9, floats(2)))
    local got = assert(read(
      node("Constant", "c", {}, { "a" }, attribute("value", 4, t)),
      node("Constant", "", {}, { "b" }, attribute("value_float", 1, float(2, 0.5))),
      node("Constant", "", {}, { "c" }, attribute("value_ints", 7, integer(8, 3), integer(8, 4))),
      node("Constant", "", {}, { "d" }, attribute("value_int", 2, integer(3, math.maxinteger))),
      node("Constant", "", {}, { "e" }, attribute("value_string", 3, bytes(4, "x"))),
      node("ConstantOfShape", "", { "c" }, { "f" }, attribute("value", nil, t))))
    assert.same({ "a", "b", "c", "d", "f.value" }, got.order)
    assert.equal(0.5, got.tensors.b:item())
    assert.same({ 3, 4 }, got.tensors.c:totable())
    assert.equal("i64", got.tensors.c:dtype())
    assert.equal(math.maxinteger, got.tensors.d:item())
    assert.same({ { type = "ConstantOfShape", name = "", inputs = { "c" }, outputs = { "f" },
      attributes = { value = "f.value" } } }, got.network.operators)
  end)

  it("tells operators of other domains apart", function()
    local function type_of(domain)
      return read(node("Fused", "", {}, { "a" }, bytes(7, domain))).network.operators[1].type
    end
    assert.equal("Fused", type_of "")
    assert.equal("Fused", type_of "ai.onnx")
    assert.equal("com.example.Fused", type_of "com.example")
    assert.truthy(fault(node("Fused", "", {}, { "a" }, bytes(7, ("x"):rep(600))))
      :find("a name of 606 bytes", 1, true))
  end)

  it("keeps a model's properties, but not over what it says of itself", function()
    local got = assert(loader.decode(model() .. bytes(14, bytes(1, "opset"), bytes(2, "99"))
      .. bytes(14, bytes(1, "names"), bytes(2, "a,b")), "x"))
    assert.same({ opset = "13", producer = "visage", names = "a,b" }, got.meta)
  end)

  describe("with tensors in a file beside it", function()
    local folder
    setup(function()
      folder = os.tmpname()
      os.remove(folder)
      assert(lfs.mkdir(folder))
      assert(lfs.mkdir(folder .. "/sub"))
      assert(system.write_file(folder .. "/w.bin", "...." .. floats(1, 2, 3)))
      assert(system.write_file(folder .. "/sub/v.bin", floats(9)))
    end)
    teardown(function() assert(system.run { "rm", "-r", folder } == 0) end)

    local function entry(key, text) return bytes(13, bytes(1, key), bytes(2, text)) end

    local function external(location, ...)
      local text = model(initializer(bytes(8, "w"), integer(2, 1), integer(14, 1),
        location and entry("location", location) or "", ...))
      assert(system.write_file(folder .. "/a.onnx", text))
      local got, why, code = loader.read(folder .. "/a.onnx")
      return got and got.tensors.w:totable(), why, code
    end

    it("reads them from offset and length", function()
      assert.same({ 2, 3 }, external("w.bin", dims(2), entry("offset", "8"), entry("length", "8")))
      assert.same({ 9 }, external("sub/v.bin", dims(1)))
      assert.same({ 9 }, external("./sub/v.bin", dims(1)))
    end)

    it("takes nothing from outside the folder, and nothing that is not there", function()
      local function refused(code, text, ...)
        local got, why, kind = external(...)
        assert.is_nil(got)
        assert.equal(code, kind)
        assert.truthy(why:find(text, 1, true), why)
      end
      for _, name in ipairs { "/etc/passwd", "../w.bin", "sub/../../w.bin", "", "..", "a\\b",
        "w.bin\0", ".", "./", "././w.bin", ".//w.bin", "sub//v.bin", "sub/./v.bin", "sub/" } do
        refused("FORMAT", "wants a file in the model's folder", name, dims(1))
      end
      refused("IO", "none.bin: No such file", "none.bin", dims(1))
      refused("IO", "sub: not a regular file", "sub", dims(1))
      refused("FORMAT", "8 bytes from 12 of a file beside it of 16", "w.bin", dims(2),
        entry("offset", "12"))
      refused("FORMAT", "4 bytes from 99999 of a file beside it", "w.bin", dims(1),
        entry("offset", "99999"))
      refused("FORMAT", "of another length than the shape's 8 bytes", "w.bin", dims(2),
        entry("length", "4"))
      refused("FORMAT", "offset or length of external data is '-1'", "w.bin", dims(2),
        entry("offset", "-1"))
      refused("FORMAT", "offset or length of external data is '9999999999999999999'", "w.bin",
        dims(2), entry("offset", "9999999999999999999"))
      refused("FORMAT", "external data without a location", nil, dims(2))
    end)

    it("does not give what bytes in memory have not", function()
      local got, why, code = loader.decode(model(initializer(dims(1), integer(2, 1),
        entry("location", "w.bin"))), "a.onnx")
      assert.same({ nil, "a.onnx: its tensors are in 'w.bin' beside it, which bytes in memory "
        .. "do not have", "UNSUPPORTED" }, { got, why, code })
    end)

    it("does not give a large file a thousand times", function()
      assert(system.write_file(folder .. "/large.bin", ("\0"):rep(8 << 20)))
      local one = { integer(2, 1), dims(2 << 20), entry("location", "large.bin") }
      local parts = {}
      for i = 1, 40 do
        parts[i] = initializer(bytes(8, tostring(i)), table.concat(one))
      end
      assert(system.write_file(folder .. "/a.onnx", model(table.concat(parts))))
      local got, why, code = loader.read(folder .. "/a.onnx")
      assert.is_nil(got)
      assert.equal("FORMAT", code)
      assert.truthy(why:find("tensors of over 4 times the 8388608 bytes", 1, true), why)
    end)
  end)

  it("says what is wrong, and where", function()
    local function wrong(text, ...)
      local why, code = fault(...)
      assert.equal("FORMAT", code)
      assert.truthy(why:find(text, 1, true), why)
    end
    wrong("a tensor of 4 bytes, its shape wants 8",
      initializer(dims(2), integer(2, 1), bytes(9, floats(1))))
    wrong("a tensor of 1 numbers, its shape wants 2",
      initializer(dims(2), integer(2, 1), bytes(4, floats(1))))
    wrong("a tensor of 0 numbers, its shape wants 1099511627776",
      initializer(dims(1 << 20, 1 << 20), integer(2, 1)))
    wrong("a tensor of too many numbers",
      initializer(dims(1 << 30, 1 << 30, 1 << 30), integer(2, 1)))
    wrong("axis 1 has size -1", initializer(dims(-1), integer(2, 1)))
    wrong("axis 9 has size 1", initializer(dims(1, 1, 1, 1, 1, 1, 1, 1, 1), integer(2, 1)))
    wrong("an input of 9 axes", value(11, "x", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))
    wrong("field 2 has wire 2, wants 0", initializer(bytes(2, "")))
    wrong("two tensors are called 'w'", initializer(bytes(8, "w"), integer(2, 1), float(4, 1)),
      initializer(bytes(8, "w"), integer(2, 1), float(4, 1)))
    wrong("holds a zero byte", node("Re\0lu", "", {}, {}))
    wrong("holds a zero byte", initializer(bytes(8, "w"), integer(2, 1), float(4, 1)),
      value(11, "w\0" .. ("x"):rep(5000), 1))
    wrong("an attribute of over 1048576 numbers", node("Relu", "", {}, {},
      attribute("ints", 7, bytes(8, ("\1"):rep((1 << 20) + 1)))))
    local why, code = fault(initializer(integer(2, 8)))
    assert.equal("UNSUPPORTED", code)
    assert.truthy(why:find("a.onnx: offset 14: a tensor of ONNX's data type 8", 1, true), why)
  end)

  it("reads fields with care", function()
    local start = #model()
    local function wrong(text, ending, after)
      local got, why, code = loader.decode(model() .. ending, "a.onnx")
      assert.same({ nil, ("a.onnx: offset %d: %s"):format(start + (after or 0), text), "FORMAT" },
        { got, why, code })
    end
    wrong("a field of 5 bytes, 4 left", "\x7a\x05abcd", 1)
    wrong("a field of 18446744073709551615 bytes, 0 left", "\x7a" .. varint(-1), 1)
    wrong("a varint of over 64 bits", ("\xff"):rep(10) .. "\1")
    wrong("a varint of over 64 bits", ("\x80"):rep(9) .. "\2")
    wrong("a field numbered 0", "\x02\0")
    wrong("a field numbered 2305843009213693951", varint(-1))
    wrong("field 15 has wire 3, wants 0, 1, 2 or 5", "\x7b")
    assert.truthy(loader.decode(model() .. "\x79" .. ("x"):rep(8) .. "\x7d1234", "a"))
    local got, why = loader.decode(integer(1, 8) .. bytes(2, "x"), "a")
    assert.same({ nil, "a: offset 0: a model without a graph" }, { got, why })
    got, why = loader.decode(model(value(12, "y")) .. bytes(7), "a")
    assert.same({ nil, "a: offset 31: a second graph" }, { got, why })
  end)

  it("survives every cut and flipped byte", function()
    local text = assert(system.read_file(golden.path("onnx/ops/tiny.onnx")))
    assert.truthy(corrupt.survives(text, "tiny"))
    corrupt.each(text, corrupt.survives)
  end)

  it("reads the shared MobileFaceNet", function()
    local path = shared.weights "mobilefacenet/MobileFaceNet.onnx"
    if not path then return pending "no ../shared/weights" end
    local got = assert(loader.read(path))
    assert.equal("18", got.meta.opset)
    assert.equal(98, #got.network.operators)
    assert.same({ 512, 128, 1, 1 }, got.tensors["onnx::Conv_673"]:shape())
  end)
end)
