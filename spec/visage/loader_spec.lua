local golden = require "spec.support.golden"
local loader = require "visage.loader"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- What each format's bytes become is proven in spec/core/loader.
describe("visage.loader", function()
  local folder
  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() assert(system.remove_tree(folder)) end)

  it("tells the format by the content, not by the name", function()
    local bytes = assert(system.read_file(golden.path "tiny_weights.h5"))
    assert(system.write_file(folder .. "/weights.pt", bytes))
    assert.equal("keras_h5", assert(loader.read(folder .. "/weights.pt")).format)
    assert.equal("pytorch", assert(loader.read(golden.path "pytorch/zip.pt")).format)
  end)

  it("reads a string as it reads the file", function()
    local path = golden.path "pytorch/zip.pt"
    local file, memory = assert(loader.read(path)), loader.decode(system.read_file(path))
    assert.same(file.order, memory.order)
    assert.is_true(#file.order > 0)
    for _, name in ipairs(file.order) do
      assert.tensor(memory.tensors[name]).near(file.tensors[name], 0)
    end
  end)

  it("writes tensors that it reads again, under their names", function()
    local path = folder .. "/two.npz"
    assert.is_true(loader.write(path, { b = tensor.from { 1, 2 }, a = tensor.from { { 3 } } }))
    local weights = assert(loader.read(path))
    assert.same({ "npz", { "a", "b" } }, { weights.format, weights.order })
    assert.tensor(weights.tensors.b).near({ 1, 2 }, 0)
    assert.tensor(weights.tensors.a).near({ { 3 } }, 0)
  end)

  it("raises at the caller's line for what cannot be written", function()
    local x = tensor.ones { 1 }
    local function wrong(text, path, what)
      for _, write in ipairs { loader.write, tensor.save } do
        local line = debug.getinfo(1, "l").currentline + 1
        local ok, message = pcall(function() return (write(path, what)) end)
        assert.is_false(ok)
        assert.equal(("loader_spec.lua:%d: write: %s"):format(line, text), message:match "[^/]*$")
      end
    end
    local path = folder .. "/x.npz"
    wrong("the table holds a tensor as 1, wants tensors by name", path, { x })
    wrong("the table holds a number as a, wants tensors by name", path, { a = 1, b = x })
    wrong("got a number, wants a tensor or a table of tensors by name", path, 1)
    wrong("the path is a nil", nil, x)
    assert.is_nil((system.read_file(path)))
  end)

  it("says what is wrong with a file", function()
    local weights, text, code = loader.read(folder .. "/none")
    assert.same({ nil, folder .. "/none: No such file or directory", "IO" },
      { weights, text, code })
    weights, text, code = loader.decode("neither fish nor fowl", "pond")
    assert.is_nil(weights)
    assert.equal("FORMAT", code)
    assert.matches("^pond", text)
    assert.is_nil((loader.write(folder .. "/none/x.npy", tensor.ones { 1 })))
  end)
end)
