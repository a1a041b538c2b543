local exports = require "spec.support.exports"
local loader = require "visage.loader"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local system = require "visage.system"

describe("a graph", function()
  local folder
  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() assert(system.remove_tree(folder)) end)

  it("saves weights that it loads back, in every format", function()
    for _, extension in ipairs { "safetensors", "npz", "h5" } do
      local path = folder .. "/w." .. extension
      local g, other = exports.fill(networks.tiny(4, 4), 1), networks.tiny(4, 4)
      assert.is_true(g:save(path))
      if extension ~= "safetensors" then -- which has an order of its own
        assert.same({ "c.weight", "c.bias" }, assert(loader.read(path)).order)
      end
      assert(other:load(path))
      for _, t in ipairs(g:tensors()) do
        assert.tensor(other:get(t.node, t.slot)).near(g:get(t.node, t.slot), 0)
      end
      local first = assert(system.read_file(path))
      assert(other:save(path))
      assert.equal(first, assert(system.read_file(path)))
    end
  end)

  it("saves weights by the names of another framework, which loads them so", function()
    local names = require("visage.models.names").keras { fc = true }
    local function build()
      local g = nn.graph { name = "g" }
      local x = g:conv2d(g:input { "x", 2, 5, 5 }, { name = "a/conv", out = 3, kernel = { 3, 2 } })
      x = g:batch_norm(x, { name = "a/conv/bn" })
      g:output(g:linear(g:flatten(x, { name = "flat" }), { name = "fc", out = 4 }))
      return g
    end
    local g, other, path = exports.fill(build(), 2), build(), folder .. "/keras.h5"
    assert(g:save(path, names))
    local file = assert(loader.read(path))
    -- Within a layer in Keras's own order, which its load_weights goes by.
    assert.same({ "a/conv/kernel:0", "a/conv/bias:0", "a/conv/bn/gamma:0", "a/conv/bn/beta:0",
      "a/conv/bn/moving_mean:0", "a/conv/bn/moving_variance:0", "fc/kernel:0", "fc/bias:0" },
      file.order)
    assert.equal("a/conv\na/conv\n" .. ("a/conv/bn\n"):rep(4) .. "fc\nfc\n",
      file.meta.weight_layers)
    assert.same({ 3, 2, 2, 3 }, file.tensors["a/conv/kernel:0"]:shape())
    assert.same({ 36, 4 }, file.tensors["fc/kernel:0"]:shape())
    assert(other:load(path, names))
    for _, t in ipairs(g:tensors()) do
      assert.tensor(other:get(t.node, t.slot)).near(g:get(t.node, t.slot), 0)
    end
  end)

  it("saves nodes with the names of PyTorch's ONNX files as an .h5 by other names", function()
    local function build()
      local g = nn.graph()
      g:output(g:conv2d(g:input { "x", 1, 2, 2 }, { name = "/a/Conv", out = 1, kernel = 1 }))
      return g
    end
    local function names(node, slot) return ((node .. "." .. slot):gsub("^/", "")) end
    local g, other, path = exports.fill(build(), 3), build(), folder .. "/w.h5"
    assert.error_matches(function() g:save(path) end,
      'h5: the name "/a/Conv.weight" makes no path of groups, whose parts are neither empty nor '
      .. "'.'; save it under another (graph.save takes names)", 1, true)
    assert(g:save(path, names))
    assert(other:load(path, names))
    assert.tensor(other:get("/a/Conv", "weight")).near(g:get("/a/Conv", "weight"), 0)
  end)

  it("leaves out what names has no place for, and raises for what it cannot undo", function()
    local g, path = networks.tiny(4, 4), folder .. "/w.npz"
    assert(g:save(path, function(_, slot) return slot == "weight" and "w" end))
    assert.same({ "w" }, assert(loader.read(path)).order)
    local reshaped, turned = { name = "w", reshape = { -1 } }, { name = "w", permute = { 2, 1 } }
    for text, place in pairs {
      ["c.weight: the reshape of 'w' cannot be undone"] = reshaped,
      ["c.weight: the transform of 'w' cannot be undone"] = { name = "w", transform = print },
      ["c.weight: the permute of 'w' has 2 axes, the tensor 4"] = turned,
      ["c.weight: the table that names gave has no name"] = {},
      ["two tensors are called 'w'"] = "w",
    } do
      local ok, message = pcall(g.save, g, path, function() return place end)
      assert.is_false(ok)
      assert.equal("save: " .. text, message:match "save: .*$")
    end
    assert.error_matches(function() g:save(path, "torch") end, "names is a string, wants a func")
  end)

  it("raises for another extension, and for tensors that are not set", function()
    local g = networks.tiny(4, 4)
    local bare = nn.graph { name = "bare" }
    bare:output(bare:conv2d(bare:input { "x", 1, 4, 4 }, { name = "c", out = 1, kernel = 1 }))
    for text, call in pairs {
      ["save: 'w.pt' is none of .h5, .npz, .safetensors"] = function() g:save "w.pt" end,
      ["export: 'w.h5' is none of .onnx"] = function() g:export "w.h5" end,
      ["export: the path is a nil"] = function() g:export() end,
      ["save: 2 tensors are not set: c.weight, c.bias"] = function() bare:save "w.npz" end,
      ["export: 2 tensors are not set: c.weight, c.bias"] = function() bare:export "w.onnx" end,
    } do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.equal(text, message:match "^%S*export_spec.lua:%d+: (.*)$")
    end
  end)

  it("says why a file cannot be written, and leaves nothing of it", function()
    local g = networks.tiny(4, 4)
    for _, name in ipairs { "export", "save" } do
      local path = folder .. "/none/x." .. (name == "save" and "h5" or "onnx")
      local ok, text, code = g[name](g, path)
      assert.same({ nil, path .. ": No such file or directory", "IO" }, { ok, text, code })
    end
  end)
end)
