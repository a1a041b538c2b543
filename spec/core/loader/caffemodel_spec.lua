local corrupt = require "spec.support.corrupt"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local protobuf = require "spec.support.protobuf"
local shared = require "spec.support.shared"
local system = require "visage.system"
local tensor = require "visage.tensor"

local bytes, floats = protobuf.bytes, protobuf.floats
local integer, varint = protobuf.integer, protobuf.varint

-- BlobProto: 5 is data, 7 shape, 8 double_data; 1 to 4 the old shape.
local function shape(...)
  local dims = ""
  for _, size in ipairs { ... } do dims = dims .. varint(size) end
  return bytes(7, bytes(1, dims))
end

-- LayerParameter: 1 name, 2 type, 7 blobs. NetParameter: 1 name, 100 layer.
local function net(...)
  return bytes(1, "Tiny") .. bytes(100, bytes(1, "conv"), bytes(2, "Convolution"), ...)
end

local function blobs(...) return bytes(7, ...) end

local function read(text)
  return loader.decode(text, "a.caffemodel")
end

local function file(name)
  return assert(system.read_file(golden.path("caffe/" .. name)))
end

describe("caffemodel", function()
  it("gives the blobs of a layer by its name, counted from 1", function()
    local got = assert(read(net(blobs(shape(2, 3), bytes(5, floats(1, 2, 3, 4, 5, 6))),
      blobs(shape(2), bytes(5, floats(7)), bytes(5, floats(8))))))
    assert.equal("caffemodel", got.format)
    assert.equal("Tiny", got.meta.name)
    assert.same({ "conv.1", "conv.2" }, got.order)
    assert.same({ { 1, 2, 3 }, { 4, 5, 6 } }, got.tensors["conv.1"]:totable())
    assert.same({ 7, 8 }, got.tensors["conv.2"]:totable())
    assert.same({ { type = "Convolution", name = "conv", inputs = {}, outputs = {},
      attributes = {} } }, got.network.operators)
  end)

  it("reads the old shape, before which a new one gives way, and what was not packed", function()
    local old = integer(1, 1) .. integer(2, 1) .. integer(3, 1) .. integer(4, 2)
    for _, blob in ipairs { shape(9) .. old, old .. shape(9) } do
      local got = assert(read(net(blobs(blob, varint(5 << 3 | 5), floats(1),
        varint(5 << 3 | 5), floats(2)))))
      assert.same({ { { { 1, 2 } } } }, got.tensors["conv.1"]:totable())
    end
  end)

  it("reads doubles, a blob of one number without a shape and an empty one", function()
    local got = assert(read(net(blobs(shape(2), bytes(8, string.pack("<dd", 0.1, 2))),
      blobs(bytes(5, floats(3))), blobs(shape(0), bytes(5)))))
    assert.equal("f64", got.tensors["conv.1"]:dtype())
    assert.same({ 0.1, 2 }, got.tensors["conv.1"]:totable())
    assert.same({}, got.tensors["conv.2"]:shape())
    assert.equal(3, got.tensors["conv.2"]:item())
    assert.same({ 0 }, got.tensors["conv.3"]:shape())
  end)

  it("skips gradients and what the table lacks, but names unknown parameters", function()
    -- 106 is convolution_param, of which 4 is kernel_size, 99 nothing.
    local got = assert(read(net(blobs(shape(1), bytes(5, floats(1)), bytes(6, floats(9, 9))),
      bytes(9999, "?"), bytes(106, integer(4, 3), integer(4, 5), integer(99, 1)))))
    assert.same({ 1 }, got.tensors["conv.1"]:totable())
    assert.same({ ["convolution_param.kernel_size"] = { 3, 5 },
      unknown = "convolution_param.#99" }, got.network.operators[1].attributes)
  end)

  -- first: V1 layers and doubles; second: V2; both by Google's protobuf.
  for _, name in ipairs { "first", "second", "squeezed" } do
    it("gives the operators that the text form gives: " .. name, function()
      local binary, text = assert(read(file(name .. ".caffemodel"))),
        assert(loader.decode(file(name .. ".prototxt"), name))
      assert.same(text.network, binary.network)
      assert.same(text.meta, binary.meta)
      assert.equal("prototxt", text.format)
    end)
  end

  it("names file and offset of what is wrong", function()
    for wanted, text in pairs {
      ["offset 30: a blob (2,3) has 5 values"] =
        net(blobs(shape(2, 3), bytes(5, floats(1, 2, 3, 4, 5)))),
      ["a blob (4611686018427387904,4) has 0 values"] = net(blobs(shape(1 << 62, 4))),
      ["a blob has a size of -1"] = net(blobs(shape(-1), bytes(5, floats(1)))),
      ["a blob of over 8 axes"] = net(blobs(shape(1, 1, 1, 1, 1, 1, 1, 1, 1))),
      ["5 bytes of data, each has 4"] = net(blobs(shape(1), bytes(5, "12345"))),
      ["field 7 has wire 0, wants 2"] = net(integer(7, 1)),
      ["field 2 has wire 0, wants 2"] = bytes(100, bytes(1, "conv"), integer(2, 3)),
      ["layer 'conv' has no type"] = bytes(100, bytes(1, "conv")),
      ["the text of 'name' holds a zero byte"] = bytes(100, bytes(1, "a\0b")),
      ["a field of 100 bytes, 2 left"] = bytes(100, bytes(1, "conv"), "\x12\x64ab"),
      ["two tensors are called 'conv.1'"] = net(blobs(bytes(5, floats(1))))
        .. net(blobs(bytes(5, floats(1)))),
      ["over 4096 values of 'convolution_param.kernel_size'"] =
        net(bytes(106, bytes(4, ("\1"):rep(5000)))),
    } do
      local got, why, code = read(text)
      assert.is_nil(got)
      assert.equal("FORMAT", code)
      assert.truthy(why:find("^a%.caffemodel: "), why)
      assert.truthy(why:find(wanted, 1, true), why)
    end
  end)

  it("says that it does not read layers of the first generation", function()
    local got, why, code = read(bytes(2, bytes(1, bytes(1, "conv"))))
    assert.is_nil(got)
    assert.equal("UNSUPPORTED", code)
    assert.truthy(why:find("a layer of Caffe's first generation", 1, true), why)
  end)

  it("survives every cut and flipped byte", function()
    corrupt.each(net(blobs(shape(2), bytes(5, floats(1, 2))), bytes(106, integer(4, 3))),
      corrupt.survives)
    corrupt.each(file "first.caffemodel", corrupt.survives, 397)
  end)

  it("reads the weights of MTCNN", function()
    local path = shared.weights "mtcnn/det1.caffemodel"
    if not path then return pending("the weights of MTCNN are not here") end
    local got = assert(loader.read(path))
    local ours = assert(loader.read(shared.weights "mtcnn/pnet.pt")).tensors
    assert.equal("12Net", got.meta.name)
    assert.same({ 10, 3, 3, 3 }, got.tensors["conv1.1"]:shape())
    -- The other port of these weights has rows and columns the other way round.
    assert.tensor(got.tensors["conv1.1"]:permute { 1, 2, 4, 3 }).near(ours["conv1.weight"], 0)
    assert.tensor(got.tensors["PReLU1.1"]:reshape { 10 }).near(ours["prelu1.weight"], 0)
    assert.is_true(tensor.is(got.tensors["conv4-2.2"]))
  end)
end)
