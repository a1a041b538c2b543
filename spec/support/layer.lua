--- One layer by itself: build a graph of it, run it, compare with the goldens of
-- PyTorch (spec/golden/layers) and TensorFlow (layers_tf).
local assert = require "luassert"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local layer = {}

--- Adds an input of the tensor's shape to g.
local function add_input(g, name, x)
  local shape = x:shape()
  if #shape == 2 then return g:input { name, features = shape[2] } end
  return g:input { name, shape[2], shape[3], shape[4] }
end

--- A graph of the layer, called "it", over "input1", "input2", ...
-- @tparam string name of the layer
-- @tparam {core.tensor,...} inputs (N,C,H,W) or (N,F)
-- @tparam[opt] table options the layer's parameters
function layer.graph(name, inputs, options)
  local g, nodes = nn.graph { name = name }, {}
  for i, x in ipairs(inputs) do nodes[i] = add_input(g, "input" .. i, x) end
  local with_name = { name = "it" }
  for k, v in pairs(options or {}) do with_name[k] = v end
  g:output(g[name](g, nodes, with_name))
  return g
end

--- The layer's result for inputs of nested tables or tensors.
-- @tparam string name of the layer
-- @tparam table inputs list of (N,C,H,W) or (N,F)
-- @tparam[opt] table options the layer's parameters
-- @tparam[opt] table slots slot name -> numbers
-- @tparam[opt] string engine
-- @treturn core.tensor
function layer.run(name, inputs, options, slots, engine)
  local values = {}
  for i, x in ipairs(inputs) do values[i] = tensor.is(x) and x or tensor.from(x) end
  local g = layer.graph(name, values, options)
  for slot, value in pairs(slots or {}) do
    g:set("it", slot, tensor.is(value) and value or tensor.from(value))
  end
  local net = g:compile { batch = values[1]:size(1), engine = engine or "reference" }
  return (net:run(table.unpack(values)))
end

--- PyTorch's cases of a layer: { name, options, input, slots, output }.
function layer.cases(name)
  local arrays = assert(loader.read(golden.path("layers.npz"))).tensors
  local cases = {}
  for _, case in ipairs(golden.load("layers").cases) do
    if case.layer == name then
      local slots = {}
      for key, value in pairs(arrays) do
        local slot = key:sub(1, #case.name + 1) == case.name .. "/" and key:sub(#case.name + 2)
        if slot and slot ~= "input" and slot ~= "output" then slots[slot] = value end
      end
      table.insert(cases, { name = case.name, options = case.options, slots = slots,
        input = arrays[case.input], output = arrays[case.name .. "/output"] })
    end
  end
  assert(#cases > 0, name .. " has no golden")
  return cases
end

--- The image that a case of layers_tf is computed from.
local function tf_image(case)
  local size = case.size
  local noise = tensor.generator(size):rand({ 1, case.channels, size, size }, "f64")
  local less = case.layer == "conv2d" and 1 or 2
  return ((noise * 256):to("u8"):to("f32") / 128) - less
end

--- TensorFlow's cases of a layer with pad = "same_tf" (and some without), for
-- layer.check_tf; each has a name.
function layer.tf_cases(name)
  local cases = {}
  for _, case in ipairs(golden.load("layers_tf").cases) do
    if case.layer == name then table.insert(cases, case) end
  end
  assert(#cases > 0, name .. " has no TensorFlow golden")
  return cases
end

--- Compares one case. Large results are compared by shape, first row and last
-- column (what padding changes) and sum.
function layer.check_tf(case, tolerance)
  local arrays = assert(loader.read(golden.path("layers_tf.npz"))).tensors
  local kernel = arrays[case.name .. "/kernel"]
  local slots = { weight = kernel and kernel:permute { 4, 3, 1, 2 } }
  local y = layer.run(case.layer, { tf_image(case) }, case.options, slots):select(1, 1)
  assert.same(case.output_shape, y:shape())
  if arrays[case.name .. "/output"] then
    assert.tensor(y).near(arrays[case.name .. "/output"], tolerance)
    return
  end
  local width = y:size(3)
  assert.tensor(y:select(2, 1)).near(arrays[case.name .. "/first_row"], tolerance)
  assert.tensor(y:select(3, width)).near(arrays[case.name .. "/last_column"], tolerance)
  assert.near(case.sum, y:to("f64"):sum(), tolerance * y:numel())
end

return layer
