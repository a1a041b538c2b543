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
