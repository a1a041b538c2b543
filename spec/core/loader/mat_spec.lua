--- MATLAB's .mat: files of scipy, hdf5storage, Octave and libmatio (spec/golden/
-- mat.py), and broken ones made of them.
-- spec/visage/nn/import/matconvnet_spec.lua runs the networks.
local corrupt = require "spec.support.corrupt"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local system = require "visage.system"

local function path(name) return golden.path("mat/" .. name .. ".mat") end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function assert_says(wanted, got)
  assert.equal("mat", got.format)
  assert.same(sorted_keys(wanted.tensors), sorted_keys(got.tensors))
  for name, value in pairs(wanted.tensors) do
    local t = got.tensors[name]
    assert.equal(value.dtype, t:dtype(), name)
    assert.same(value.shape, t:shape(), name)
    assert.same(value.values, t:reshape({ -1 }):totable(), name)
  end
  assert.same(wanted.notes, got.meta)
end

-- An element of a file of level 5.
local function element(type, data)
  return string.pack("<I4I4", type, #data) .. data .. ("\0"):rep(-#data % 8)
end

local function matrix(class, sizes, name, content, flags)
  local dims = {}
  for i, n in ipairs(sizes) do dims[i] = string.pack("<i4", n) end
  return element(14, element(6, string.pack("<I4I4", class | (flags or 0), 0))
    .. element(5, table.concat(dims)) .. element(1, name) .. content)
end

local function file(...)
  local text = "MATLAB 5.0 MAT-file, by hand"
  return text .. (" "):rep(116 - #text) .. ("\0"):rep(8) .. "\0\1IM" .. table.concat { ... }
end

describe("mat", function()
  local facts = golden.load "mat"

  for name, wanted in pairs(facts.values) do
    it("reads what is in " .. name .. ".mat, under its path, in MATLAB's shape", function()
      assert_says(wanted, assert(loader.read(path(name))))
    end)
  end

  it("gives a simplenn's layers as operators, weights by their paths", function()
    for _, name in ipairs { "simplenn", "simplenn_v73" } do
      local got = assert(loader.read(path(name)))
      local conv, relu, pool = table.unpack(got.network.operators)
      assert.same({
        type = "conv", name = "conv1_1", inputs = { "layers.1.weights.1", "layers.1.weights.2" },
        outputs = {}, attributes = { pad = 1, stride = 1 },
      }, conv)
      assert.same({ type = "relu", name = "relu1_1", inputs = {}, outputs = {}, attributes = {} },
        relu)
      assert.same({ "layers.3.weights.1", "" }, pool.inputs)
      assert.same({ 1, 0, 1, 2 }, pool.attributes.pad)
      assert.same({ 3, 3, 3, 4 }, got.tensors["layers.1.weights.1"]:shape())
      assert.same({ 1, 4 }, got.tensors["layers.1.weights.2"]:shape())
      assert.same({ 1, 3 }, got.tensors["meta.normalization.imageSize"]:shape())
      assert.equal("b", got.meta["meta.classes.name.2"])
      assert.is_nil(got.tensors["layers.1.pad"])
    end
  end)

  it("knows the fields filters and biases of before 2015", function()
    local conv = assert(loader.read(path "simplenn_old")).network.operators[1]
    assert.same({ "net.layers.1.filters", "net.layers.1.biases" }, conv.inputs)
    assert.equal("", conv.name)
  end)

  it("gives a DagNN's layers with their inputs, parameters under their names", function()
    local got = assert(loader.read(path "dagnn"))
    assert.equal(19, #got.network.operators)
    assert.same({
      type = "dagnn.BatchNorm", name = "bn1", inputs = { "conv1_out", "bn1m", "bn1b", "bn1x" },
      outputs = { "bn1_out" },
      attributes = { epsilon = 1e-5, numChannels = 4 },
    }, got.network.operators[2])
    assert.same({ 3, 3, 3, 4 }, got.tensors.conv1f:shape())
    assert.same({ 4, 2 }, got.tensors.bn1x:shape())
    assert.is_nil(got.tensors["params.1.learningRate"])
  end)

  it("reads both forms of an element, and numbers stored shorter than their class", function()
    local small = string.pack("<I2I2", 2, 3) .. "\1\2\3\0" -- three bytes for three doubles
    local got = assert(loader.decode(file(matrix(6, { 1, 3 }, "x", small),
      matrix(9, { 3, 1 }, "y", element(2, "\4\5\6"))), "a.mat"))
    assert.same({ { 1, 2, 3 } }, got.tensors.x:totable())
    assert.equal("f64", got.tensors.x:dtype())
    assert.same({ { 4 }, { 5 }, { 6 } }, got.tensors.y:totable())
  end)

  it("skips what is not numbers, text, cells or structs, and says so", function()
    local got = assert(loader.decode(file(matrix(16, { 1, 1 }, "f", ""),
      matrix(15, { 1, 1 }, "n", element(13, ("\0"):rep(8))),
      matrix(6, { 0, 0 }, "e", element(9, "")),
      matrix(1, { 1, 1 }, "c", element(14, ""))), "a.mat"))
    assert.same({}, got.order)
    assert.same({ f = "not read: function", n = "not read: uint64" }, got.meta)
  end)

  it("reads datasets laid out as HDF5 1.6 did, in MATLAB's first 7.3 files", function()
    local bytes = assert(system.read_file(path "matio_v73"))
    -- A message of 24 bytes: version 3, contiguous, address, size; in version 1
    -- version, axes, contiguous, 5 unused, address, the axes' sizes.
    local old, count = bytes:gsub("(\8\0\24\0....)\3\1(........)........",
      "%1\1\2\1\0\0\0\0\0%2\0\0")
    assert.is_true(count > 5)
    assert_says(facts.values.matio_v73, assert(loader.decode(old, "old.mat")))
  end)

  -- The header of a dataset of MATLAB's: space, type, and at its end bytes unused.
  it("heeds the last of two types of a dataset", function()
    local bytes = assert(system.read_file(path "cycle_v73"))
    local float = "\x11\x20\x3f\0" .. string.pack("<I4I2I2", 4, 0, 32) .. "\23\8\0\23"
      .. string.pack("<I4", 127)
    local twice, count = bytes:gsub("(\3\1........)\8\0\0\0\0\0\0\0(.-)\0(\0\80\0....)"
      .. ("."):rep(#float), "%1\4\0\0\0\0\0\0\0%2\3%3" .. float)
    assert.equal(2, count)
    local got = assert(loader.decode(twice, "a.mat"))
    assert.same({ x = "not read: cell" }, got.meta)
  end)

  it("makes nothing of a null dataspace, whatever sizes it has", function()
    local bytes = assert(system.read_file(path "matio_v73"))
    local null, count = bytes:gsub("(\1\0\56\0....)\1\3......" .. ("."):rep(48), function(head)
      return head .. "\2\2\0\2" .. string.pack("<I8I8", 1 << 14, 1 << 13) .. ("\0"):rep(36)
    end, 1)
    assert.equal(1, count)
    local whole, got = assert(loader.read(path "matio_v73")), assert(loader.decode(null, "a.mat"))
    assert.equal(#whole.order - 1, #got.order)
  end)

  it("ends at cells that hold themselves, or each other without end", function()
    for _, name in ipairs { "cycle_v73", "doubling_v73" } do
      local got, why, code = loader.read(path(name))
      assert.is_nil(got)
      assert.equal("FORMAT", code)
      assert.truthy(why:find("over 64 deep", 1, true) or why:find("share their bytes", 1, true))
    end
  end)

  local function fails(text, bytes, code)
    local got, why, kind = loader.decode(bytes, "a.mat")
    assert.is_nil(got)
    assert.truthy(why:find("^a.mat: offset %d+: "), why)
    assert.truthy(why:find(text, 1, true), why)
    assert.equal(code or "FORMAT", kind)
  end

  it("refuses big endian by name", function()
    local bytes = file()
    fails("byte order is not little", bytes:sub(1, 124) .. "\1\0MI", "UNSUPPORTED")
  end)

  it("refuses what does not fit together", function()
    fails("24 bytes for 2 elements of 8",
      file(matrix(6, { 1, 2 }, "x", element(9, ("\0"):rep(24)))))
    fails("impossible shape", file(matrix(6, { 1, -1 }, "x", element(9, ""))))
    fails("impossible shape", file(matrix(6, { 1 << 30, 1 << 30, 1 << 30 }, "x", element(9, ""))))
    fails("9 axes", file(matrix(6, { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, "x", "")), "UNSUPPORTED")
    fails("elements of type 8", file(matrix(6, { 1, 1 }, "x", element(8, "12345678"))),
      "UNSUPPORTED")
    fails("a small element of 9 bytes", file(string.pack("<I2I2", 2, 9) .. "12345678"))
    fails("a variable of type 9", file(element(9, "12345678")))
    fails("names of fields of 0 bytes", file(matrix(2, { 1, 1 }, "x",
      element(5, "\0\0\0\0") .. element(1, ""))))
  end)

  it("is not to be had by depth, by counts without bytes or by deflated ones", function()
    local nested = matrix(6, { 1, 1 }, "", element(9, ("\0"):rep(8)))
    for _ = 1, 100 do nested = matrix(1, { 1, 1 }, "", nested) end
    fails("over 64 deep", file(matrix(1, { 1, 1 }, "x", nested)))
    fails("names and notes of over 64 MiB", file(matrix(2, { 1 << 15, 1 << 15 }, "x",
      element(5, "\32\0\0\0") .. element(1, ""))))
    fails("4 bytes wanted, 0 left", file(matrix(1, { 1 << 15, 1 << 15 }, "x", "")))
    local packed = assert(system.read_file(path "scipy_v7"))
    local bytes = packed:sub(137, 136 + string.unpack("<I4", packed, 133)) -- the first variable
    fails("deflated bytes end after", file(element(15, bytes:sub(1, -8))))
    fails("deflated bytes end after 0 of 8", file(element(15, "")))
  end)

  for _, name in ipairs { "scipy_v5", "scipy_v7", "matio_v73", "dagnn" } do
    it("survives cuts and flipped bytes of " .. name, function()
      corrupt.each(assert(system.read_file(path(name))), corrupt.survives, 3)
    end)
  end
end)
