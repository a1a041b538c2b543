local exports = require "spec.support.exports"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local rules = require("visage.nn.export.layers").rules
local system = require "visage.system"
local tensor = require "visage.tensor"

-- spec/parity/exports.lua has run every one of these files in ONNX Runtime, and
-- left its outputs and the files' hashes.
describe("exported to ONNX,", function()
  local cases = exports.cases()
  local path = os.tmpname() .. ".onnx"
  teardown(function() os.remove(path) end)

  it("every layer has a rule and a case, and no rule is without a layer", function()
    local left, used = {}, {}
    for name in pairs(rules) do left[name] = true end
    for _, case in ipairs(cases) do
      for _, node in ipairs(case.graph:nodes()) do used[node.layer] = true end
    end
    for _, layer in ipairs(nn.layers()) do
      assert(left[layer.name], layer.name .. " has no rule in lua/visage/nn/export/layers.lua")
      assert(used[layer.name], layer.name .. " has no case in spec/support/exports.lua")
      left[layer.name] = nil
    end
    assert.same({}, left)
  end)

  local known = golden.load("onnx_exports").cases
  local theirs = assert(loader.read(golden.path "onnx_exports.npz")).tensors
  for i, case in ipairs(cases) do
    it(case.name .. " is the file that ONNX Runtime ran, with equal outputs", function()
      assert.equal(case.name, known[i] and known[i].name, "run spec/parity/exports.lua again")
      assert(case.graph:export(path))
      assert.equal(known[i].sha256, assert(system.sha256_file(path)),
        "its bytes changed: run spec/parity/exports.lua again")
      for place, y in ipairs(exports.run(case.graph, case.inputs)) do
        -- f32 in another order of sums; measured: 2e-7.
        local wanted = theirs[case.name .. "/" .. place]
        assert.same(wanted:shape(), y:shape())
        assert.is_true(networks.relative_error(y, wanted) < 1e-6)
      end
    end)
  end
  for _, case in ipairs(cases) do
    it(case.name .. " is imported again with the same outputs to the bit", function()
      local sizes, place = {}, 0
      for _, node in ipairs(case.graph:nodes()) do
        if node.layer == "input" then
          place = place + 1
          sizes[node.name] = { table.unpack(case.inputs[place]:shape(), 2) }
        end
      end
      assert(case.graph:export(path))
      local g = assert(nn.import(path, { inputs = sizes }))
      local again = exports.run(g, case.inputs)
      for i, y in ipairs(exports.run(case.graph, case.inputs)) do
        assert.same(y:shape(), again[i]:shape())
        assert.tensor(again[i]).near(y, 0)
      end
    end)
  end

  it("there are no more than these", function() assert.equal(#cases, #known) end)

  it("a model of over 2 GiB is refused before anything is written", function()
    local g = nn.graph { name = "g" }
    g:output(g:linear(g:input { "data", features = 1 << 15 }, { name = "it", out = 1 << 14,
      bias = false }))
    g:set("it", "weight", tensor.zeros { 1 << 14, 1 << 15 }) -- never touched: takes no memory
    local ok, text, code = g:export(path)
    assert.same({ nil, "UNSUPPORTED" }, { ok, code })
    assert.truthy(text:find("a model of 2147483%d+ bytes; ONNX files end at 2147483647"), text)
  end)

  it("a pool that counts padding and rounds up needs a known size", function()
    local g = nn.graph { name = "g" }
    local x = g:input { "data", 2 }
    g:output(g:avg_pool(x, { name = "mean", kernel = 3, stride = 2, pad = 1, ceil = true,
      count_pad = true }))
    local ok, text, code = g:export(path)
    assert.same({ nil, "UNSUPPORTED" }, { ok, code })
    assert.truthy(text:find("avg_pool 'mean': with ceil and count_pad, for an input of any size",
      1, true), text)
  end)

  it("so does dilated same_tf with a stride", function()
    local g = nn.graph { name = "g" }
    local x = g:input { "data", 2 }
    for _, stride in ipairs { 1, 2 } do
      g:output(g:conv2d(x, { name = "conv" .. stride, out = 1, kernel = 3, stride = stride,
        dilation = 2, pad = "same_tf", bias = false }))
      g:set("conv" .. stride, "weight", tensor.ones { 1, 2, 3, 3 })
    end
    local ok, text = g:export(path)
    assert.is_nil(ok)
    assert.truthy(text:find("conv2d 'conv2': same_tf", 1, true), text)
    assert.is_nil(text:find("conv1", 1, true))
  end)
end)
