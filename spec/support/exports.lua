--- Small graphs that together use every layer in each of its ways, with weights
-- and inputs drawn from a seed: what exports are checked with, in ONNX Runtime
-- (spec/parity/exports.lua) and after it (spec/visage/nn/export_spec.lua).
local layer = require "spec.support.layer"
local models = require "visage.models"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local exports = {}

-- eps is a sum of powers of two: a float of the file is the very number.
local EPS = 2 ^ -10

-- { layer, input shapes, options }: {N,C,H,W} or {N,F}.
local CASES = {
  { "conv2d", { { 2, 4, 7, 8 } }, { out = 6, kernel = { 3, 2 }, stride = { 2, 1 },
    pad = { 1, 0, 2, 1 }, dilation = { 1, 2 }, groups = 2 } },
  { "conv2d", { { 1, 3, 9, 6 } },
    { out = 2, kernel = 3, stride = 2, pad = "same_tf", bias = false } },
  { "conv2d", { { 1, 2, 6, 6 } }, { out = 2, kernel = 1, stride = 2, pad = "same_tf" } },
  { "conv2d", { { 1, 2, 8, 9 } }, { out = 2, kernel = 3, dilation = 2, pad = "same_tf" } },
  { "batch_norm", { { 2, 3, 2, 4 } }, { eps = EPS } },
  { "batch_norm", { { 2, 5 } }, { eps = EPS, affine = false } },
  { "scale", { { 2, 3, 2, 4 } } },
  { "scale", { { 2, 5 } }, { bias = false } },
  { "relu", { { 2, 3, 2, 4 } } },
  { "relu", { { 2, 5 } }, { slope = 0.125 } },
  { "prelu", { { 2, 3, 2, 4 } } },
  { "prelu", { { 2, 5 } } },
  { "sigmoid", { { 2, 3, 2, 4 } } },
  { "softmax", { { 2, 5 } } },
  { "softmax", { { 2, 3, 2, 4 } }, { axis = 1 } },
  { "softmax", { { 2, 3, 2, 4 } }, { axis = 3 } },
  { "max_pool", { { 1, 2, 8, 9 } }, { kernel = 3, stride = 2 } },
  { "max_pool", { { 1, 2, 8, 9 } }, { kernel = { 2, 3 }, stride = 2, pad = { 1, 0, 1, 2 } } },
  { "max_pool", { { 1, 2, 8, 9 } }, { kernel = 3, stride = 2, ceil = true } },
  { "max_pool", { { 1, 2, 7, 5 } }, { kernel = 2, stride = 3, pad = 1, ceil = true } },
  { "max_pool", { { 1, 2, 8, 9 } }, { kernel = 3, stride = 2, pad = "same_tf" } },
  { "avg_pool", { { 1, 2, 8, 9 } }, { kernel = 3, stride = 2, pad = 1 } },
  { "avg_pool", { { 1, 2, 8, 9 } }, { kernel = 3, stride = 2, pad = 1, count_pad = true } },
  { "avg_pool", { { 1, 2, 8, 9 } }, { kernel = 3, stride = 2, pad = 1, ceil = true } },
  { "avg_pool", { { 1, 2, 8, 9 } },
    { kernel = 3, stride = 2, pad = { 1, 0, 1, 2 }, ceil = true, count_pad = true } },
  { "avg_pool", { { 1, 2, 7, 5 } },
    { kernel = 2, stride = 3, pad = 1, ceil = true, count_pad = true } },
  { "avg_pool", { { 1, 2, 8, 9 } }, { kernel = 3, stride = 2, pad = "same_tf" } },
  { "avg_pool", { { 1, 2, 8, 9 } }, { kernel = 3, stride = 2, pad = "same_tf", count_pad = true } },
  { "global_pool", { { 2, 3, 4, 5 } } },
  { "global_pool", { { 2, 3, 4, 5 } }, { mode = "max" } },
  { "flatten", { { 2, 3, 2, 4 } } },
  { "flatten", { { 2, 3, 2, 4 } }, { order = "hwc" } },
  { "flatten", { { 2, 5 } } },
  { "linear", { { 2, 5 } }, { out = 3 } },
  { "linear", { { 2, 5 } }, { out = 3, bias = false } },
  { "add", { { 2, 3, 2, 4 }, { 2, 3, 2, 4 } } },
  { "mul", { { 2, 3, 2, 4 }, { 2, 3, 1, 1 } } },
  { "concat", { { 2, 3, 2, 4 }, { 2, 1, 2, 4 }, { 2, 2, 2, 4 } } },
  { "concat", { { 2, 3, 2, 4 }, { 2, 3, 5, 4 } }, { axis = 2 } },
  { "permute", { { 2, 3, 2, 4 } }, { order = { 2, 3, 1 } } },
  { "l2_normalize", { { 2, 5 } } },
  { "l2_normalize", { { 2, 3, 2, 4 } }, { axis = 2, eps = 1 } },
  { "zero_pad", { { 1, 2, 3, 4 } }, { top = 1, bottom = 2, left = 3, right = 4, channels = 2 } },
  { "upsample", { { 2, 3, 2, 4 } }, { scale = 3 } },
  { "upsample", { { 1, 2, 3, 4 }, { 1, 1, 7, 9 } } },
  { "upsample", { { 1, 2, 6, 11 }, { 1, 1, 10, 25 } } },
  { "reshape", { { 2, 3, 2, 4 } }, { shape = { 4, -1 } } },
  { "clip", { { 2, 3, 2, 4 } }, { low = -0.5, high = 0.25 } },
  { "clip", { { 2, 5 } }, { high = 0.25 } },
  { "clip", { { 2, 5 } }, { low = 0 } },
}

--- Gives every tensor of g numbers that keep values about as large as they came.
function exports.fill(g, seed)
  local random = tensor.generator(seed)
  for _, t in ipairs(g:tensors()) do
    local u, fan_in = random:rand(t.shape, "f64"), 1
    for axis = 2, #t.shape do fan_in = fan_in * t.shape[axis] end
    local value = u - 0.5 -- bias, beta, mean, slope
    if t.slot == "weight" then
      value = (u * 2 - 1) * math.sqrt(6 / fan_in)
    elseif t.slot == "gamma" or t.slot == "var" then
      value = u + 0.5
    end
    g:set(t.node, t.slot, value:to "f32")
  end
  return g
end

local function draw(random, shape)
  return (random:rand(shape, "f64") * 2 - 1):to "f32"
end

local function layer_case(number, case)
  local name, shapes, options = table.unpack(case)
  local random, inputs = tensor.generator(number), {}
  for i, shape in ipairs(shapes) do inputs[i] = draw(random, shape) end
  local g = exports.fill(layer.graph(name, inputs, options), number)
  return { name = ("%s#%d"):format(name, number), graph = g, inputs = inputs }
end

--- Maps of any size, and outputs that are also used, an input, or given twice.
local function open_case()
  local g = nn.graph { name = "open" }
  local x = g:input { "data", 2 }
  local y = g:conv2d(x, { name = "conv", out = 3, kernel = 3, stride = 2, pad = "same_tf" })
  local pooled = g:max_pool(y, { name = "pool", kernel = 2, stride = 2, ceil = true })
  local up = g:upsample({ pooled, y }, { name = "up" })
  g:output(g:add(up, y, { name = "sum" }), y, x, y)
  return { name = "open", graph = exports.fill(g, 1), inputs = {
    draw(tensor.generator(2), { 2, 2, 9, 14 }) } }
end

local function tiny_case()
  local network, variant = models.find "tiny"
  local g = network.build { name = "tiny", width = 32, height = 32 }
  assert(g:load(network.draw(g, variant.seed)))
  return { name = "tiny", graph = g, inputs = { draw(tensor.generator(3), { 2, 3, 32, 32 }) } }
end

--- @treturn {table,...} { name, graph, inputs = {tensor, ...} } each
function exports.cases()
  local cases = {}
  for i, case in ipairs(CASES) do cases[i] = layer_case(i, case) end
  table.move({ open_case(), tiny_case() }, 1, 2, #cases + 1, cases)
  return cases
end

--- The graph's outputs for the inputs, by the reference engine.
-- @treturn {core.tensor,...}
function exports.run(g, inputs)
  local net <close> = g:compile { batch = inputs[1]:size(1), engine = "reference" }
  return { net:run(table.unpack(inputs)) }
end

return exports
