local loader = require "visage.loader"
local corrupt = require "spec.support.corrupt"
local system = require "visage.system"
local golden = require "spec.support.golden"

describe("keras", function()
  local path = golden.path "keras3.keras"

  it("reads a .keras archive as its weights alone", function()
    local got = assert(loader.read(path))
    local weights = assert(loader.read(golden.path "h5/keras3.weights.h5"))
    assert.equal("keras", got.format)
    assert.same(weights.order, got.order)
    for name, tensor in pairs(weights.tensors) do
      assert.same(tensor:totable(), got.tensors[name]:totable(), name)
    end
    assert.equal("first", got.meta["layers/conv2d"])
  end)

  it("keeps the network's definition as a note", function()
    local meta = assert(loader.read(path)).meta
    assert.truthy(meta.model_config:find('"class_name": "Sequential"', 1, true))
    assert.truthy(meta.metadata:find('"keras_version": "3.15.1"', 1, true))
  end)

  it("notices a flipped byte in the weights, and where they lie", function()
    local whole = assert(system.read_file(path))
    local at = assert(whole:find("TREE", 1, true))
    local broken = whole:sub(1, at - 1) .. "X" .. whole:sub(at + 1)
    local got, text, code = loader.decode(broken, "a.keras")
    assert.is_nil(got)
    assert.equal("FORMAT", code)
    assert.truthy(text:find("^a%.keras: offset %d+: "), text)
  end)

  it("survives cuts and flipped bytes", function()
    corrupt.each(assert(system.read_file(path)), function(bytes, what)
      local ok = corrupt.survives(bytes, what)
      if what:find("^cut") then assert.is_false(ok) end
    end, 23)
  end)
end)
