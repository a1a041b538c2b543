local loader = require "visage.loader"
local corrupt = require "spec.support.corrupt"
local system = require "visage.system"
local golden = require "spec.support.golden"

describe("keras_h5", function()
  local facts = golden.load "tiny_keras"

  for _, name in ipairs { "tiny_weights.h5", "tiny_weights_fixed.h5", "tiny_model.h5" } do
    it(("reads %s as Keras wrote it, under weight_names"):format(name), function()
      local got = assert(loader.read(golden.path(name)))
      assert.equal("keras_h5", got.format)
      assert.equal("2.15.0", got.meta.keras_version)
      assert.equal("tensorflow", got.meta.backend)
      local count = 0
      for weight, wanted in pairs(facts.weights) do
        local tensor = assert(got.tensors[weight], weight)
        assert.same(wanted.shape, tensor:shape())
        assert.same(wanted.values, tensor:reshape({ -1 }):totable())
        count = count + 1
      end
      assert.equal(count, #got.order)
      assert.same({ "conv1/7x7_s2/kernel:0", "conv1/7x7_s2/bn/gamma:0" },
        { got.order[1], got.order[2] })
      assert.equal("conv1/7x7_s2\nconv1/7x7_s2/bn\n",
        got.meta.weight_layers:match "^[^\n]*\n[^\n]*\n")
      assert.equal(#got.order, select(2, got.meta.weight_layers:gsub("\n", "")))
    end)
  end

  it("keeps a whole model's configuration as a note", function()
    local got = assert(loader.read(golden.path "tiny_model.h5"))
    assert.truthy(got.meta.model_config:find('"name": "tiny"', 1, true))
  end)

  it("reads other types, storages and lists cut into pieces", function()
    local tensors = assert(loader.read(golden.path "h5/odd.h5")).tensors
    for name, dtype in pairs { ["f2"] = "f16", ["f4 gzip"] = "f32", ["f8 big"] = "f64",
      ["i2 chunks"] = "i32", ["u1"] = "u8", ["i8 big"] = "i64", ["u4"] = "i64" } do
      assert.equal(dtype, tensors[name]:dtype())
      assert.same({ { 0, 1, 2 }, { 3, 4, 5 } }, tensors[name]:totable())
    end
    assert.equal(2.5, tensors.scalar:item())
    assert.same({ 0, 3 }, tensors.none:shape())
  end)

  it("finds every member of a group whose tree has several levels", function()
    local got = assert(loader.read(golden.path "h5/levels.h5"))
    assert.equal(140, #got.order)
    for i = 0, 139 do
      assert.equal(i % 7, got.tensors[("w%03d"):format(i)]:item())
    end
  end)

  for _, name in ipairs { "links.h5", "tracked.h5", "user_block.h5" } do
    it(("reads %s, which HDF5 1.8 writes otherwise"):format(name), function()
      local got = assert(loader.read(golden.path("h5/" .. name)))
      assert.same({ "first/w:0", "packed", "compact" }, got.order)
      for _, weight in ipairs(got.order) do
        assert.same({ { 0, 1, 2 }, { 3, 4, 5 } }, got.tensors[weight]:totable(), weight)
      end
    end)
  end

  for name, versions in pairs { keras3 = "Keras 3", keras2 = "Keras 2.15" } do
    it("reads the .weights.h5 of " .. versions .. " by paths", function()
      local wanted = golden.load("keras_paths")[name]
      local got = assert(loader.read(golden.path("h5/" .. name .. ".weights.h5")))
      assert.equal(#wanted.order, #got.order)
      for path, tensor in pairs(wanted.tensors) do
        assert.same(tensor.shape, got.tensors[path]:shape(), path)
        assert.same(tensor.values, got.tensors[path]:reshape({ -1 }):totable(), path)
      end
      for object, layer in pairs(wanted.names) do
        assert.equal(layer, got.meta[object])
      end
    end)
  end

  for name, case in pairs {
    external_data = { "UNSUPPORTED", "data that lie in another file" },
    virtual = { "UNSUPPORTED", "a layout other than compact, contiguous or chunked" },
    external_link = { "UNSUPPORTED", "a soft or external link" },
    plugin_filter = { "UNSUPPORTED", "a filter other than deflate, shuffle and fletcher32" },
    text = { "UNSUPPORTED", "a type that has no dtype" },
    dense_group = { "UNSUPPORTED", "a group whose members are stored densely (over 8" },
    dense_attributes = { "UNSUPPORTED", "attributes that are stored densely (over 8" },
    new_chunks = { "UNSUPPORTED", "chunks indexed as by HDF5 1.10 or later" },
    repeated = { "FORMAT", "datasets that share their bytes, over " },
    long_name = { "FORMAT", "no name of up to 1024 bytes" },
    shared_strings = { "FORMAT", "strings of over " },
    no_bytes = { "FORMAT", "0 of 1048576 chunks are stored" },
    bomb = { "FORMAT", "1 of 4294967296 chunks are stored" },
    not_keras = { "FORMAT", "no attribute layer_names" },
  } do
    it(("refuses %s.h5 with its offset and the object"):format(name), function()
      local got, text, code = loader.read(golden.path("h5/" .. name .. ".h5"))
      assert.is_nil(got)
      assert.equal(case[1], code)
      assert.truthy(text:find(case[2], 1, true), text)
      assert.truthy(text:find("%.h5: offset %d+: "), text)
      assert.truthy(text:find("%(in '/.*'%)$"), text)
    end)
  end

  it("notices a flipped byte under a checksum", function()
    local whole = assert(system.read_file(golden.path "h5/odd.h5"))
    local at = assert(whole:find("\x78\x5e", 1, true) or whole:find("\x78\x9c", 1, true)
      or whole:find("\x78\x01", 1, true)) + 4
    local broken = whole:sub(1, at - 1) .. string.char(whole:byte(at) ~ 1) .. whole:sub(at + 1)
    local got, text, code = loader.decode(broken, "odd.h5")
    assert.is_nil(got)
    assert.equal("FORMAT", code)
    assert.truthy(text:find("checksum %x+ came, %x+ wanted"), text)
  end)

  it("survives cuts and flipped bytes", function()
    for _, name in ipairs { "tiny_weights.h5", "h5/odd.h5", "h5/tracked.h5", "h5/user_block.h5",
      "h5/keras3.weights.h5" } do
      corrupt.each(assert(system.read_file(golden.path(name))), function(bytes, what)
        local ok = corrupt.survives(bytes, what)
        if what:find("^cut") then assert.is_false(ok) end
      end, 13)
    end
  end)
end)
