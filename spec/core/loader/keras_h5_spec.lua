local loader = require "visage.loader"
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

  for name, case in pairs {
    external_data = { "UNSUPPORTED", "data that lie in another file" },
    virtual = { "UNSUPPORTED", "data that lie in another file" },
    external_link = { "FORMAT", "traversal operator failed" },
    plugin_filter = { "UNSUPPORTED", "a filter other than deflate and shuffle" },
    text = { "UNSUPPORTED", "a type that has no dtype" },
    no_bytes = { "FORMAT", "shape (1048576,1048576) cannot come from 0 stored bytes" },
    bomb = { "FORMAT", "shape (274877906944,) cannot come from 15 stored bytes" },
    not_keras = { "FORMAT", "no attribute layer_names" },
  } do
    it(("refuses %s.h5 and names the object"):format(name), function()
      local got, text, code = loader.read(golden.path("h5/" .. name .. ".h5"))
      assert.is_nil(got)
      assert.equal(case[1], code)
      assert.truthy(text:find(case[2], 1, true), text)
      assert.truthy(text:find(name == "not_keras" and "h5: '/'" or "h5: '/a/w:0'", 1, true), text)
    end)
  end
end)
