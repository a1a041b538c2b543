--- The operators of ONNX as layers, opset 7 to 21: what was an attribute in one
-- opset and is an input in another is taken from where it is. Source: the
-- operators at onnx.ai/onnx/operators, whose attributes have their names here.
--
-- The batch is every value's first axis. Files that were exported for one size
-- of it (b.batch) are imported for any: where a shape in the file names that
-- size, the batch is meant.
local arithmetic = require "visage.nn.import.arithmetic"
local constants = require "visage.nn.import.onnx.constants"
local fold = require "visage.nn.import.fold"
local geometry = require "visage.nn.import.geometry"
local normalize = require "visage.nn.import.onnx.normalize"
local resize = require "visage.nn.import.onnx.resize"
local text = require "visage.nn.text"

local OPSETS = { 7, 21 }

local onnx = {}

--- Refuses a file of another opset; b.opset is its.
function onnx.prepare(b)
  b.opset = math.tointeger(tonumber(b.meta.opset)) or 0
  if b.opset < OPSETS[1] or b.opset > OPSETS[2] then
    b:refuse("opset %s; %d to %d are known", b.meta.opset or "of no number", OPSETS[1], OPSETS[2])
  end
  b.network = normalize(b.network, b.tensors)
end

-- ---- what several operators share ----

local function only(b, op) return b:input(op.inputs[1]) end

--- A list of whole numbers: the attribute, or in newer opsets the input at place.
local function integers(b, op, key, place)
  if b:value(op.inputs[place]) then return b:integers(op.inputs[place]) end
  return b:attribute(op, key, "integers")
end

--- One number, likewise.
local function number(b, op, key, place, default)
  if b:value(op.inputs[place]) then return b:scalar(op.inputs[place]) end
  return b:attribute(op, key, "number", default)
end

local function product(shape, from)
  local count = 1
  for i = from, #shape do count = shape[i] < 0 and -1 or count * shape[i] end
  return count
end

local function wants_dims(b, x, dims)
  if #x.shape ~= dims then b:refuse("an input of %d axes, wants %d", #x.shape, dims) end
end

-- ---- windows ----

local function pad_of(b, op, x, window)
  local auto = b:attribute(op, "auto_pad", "string", "NOTSET")
  if auto == "VALID" then return 0 end
  if auto == "SAME_UPPER" then return "same_tf" end
  if auto == "SAME_LOWER" then return geometry.same_lower(b, x, window) end
  if auto ~= "NOTSET" then b:refuse("auto_pad is %s", auto) end
  local pads = b:attribute(op, "pads", "integers", { 0, 0, 0, 0 })
  if #pads ~= 4 then b:fail("pads of %d sizes, wants 4", #pads) end
  return { pads[1], pads[3], pads[2], pads[4] } -- top, left, bottom, right
end

--- kernel, stride, dilation, pad; of images, not of lines or volumes.
local function window_of(b, op, x, kernel)
  local window = { kernel = kernel,
    stride = b:attribute(op, "strides", "integers", { 1, 1 }),
    dilation = b:attribute(op, "dilations", "integers", { 1, 1 }) }
  wants_dims(b, x, 4)
  for _, key in ipairs { "kernel", "stride", "dilation" } do
    if #window[key] ~= 2 then b:fail("%s of %d sizes, wants 2", key, #window[key]) end
  end
  window.pad = pad_of(b, op, x, window)
  return window
end

local operators = {}

function operators.Conv(b, op)
  local x, weight = only(b, op), b:constant(op.inputs[2])
  wants_dims(b, x, 4)
  if weight:dims() ~= 4 then b:fail("a weight of %d axes, wants 4", weight:dims()) end
  local shape, bias = weight:shape(), b:value(op.inputs[3]) and b:constant(op.inputs[3])
  local o = window_of(b, op, x, b:attribute(op, "kernel_shape", "integers", { shape[3], shape[4] }))
  o.out, o.groups, o.bias = shape[1], b:attribute(op, "group", "integer", 1), bias ~= nil
  b:set(op, b:add(op, "conv2d", x, o, { weight = weight, bias = bias }))
end

local function pool(b, op, layer, count_pad)
  local x = only(b, op)
  local kernel = b:attribute(op, "kernel_shape", "integers") or b:fail("has no kernel_shape")
  local o = window_of(b, op, x, kernel)
  if o.dilation[1] ~= 1 or o.dilation[2] ~= 1 then b:refuse("its dilations are not 1") end
  if #op.outputs > 1 and op.outputs[2] ~= "" then b:refuse("its second output is wanted") end
  o.dilation, o.ceil, o.count_pad = nil, b:attribute(op, "ceil_mode", "integer", 0) ~= 0, count_pad
  b:set(op, b:add(op, layer, x, o))
end

function operators.MaxPool(b, op) pool(b, op, "max_pool") end

function operators.AveragePool(b, op)
  pool(b, op, "avg_pool", b:attribute(op, "count_include_pad", "integer", 0) ~= 0)
end

function operators.GlobalAveragePool(b, op)
  b:set(op, b:add(op, "global_pool", only(b, op), { mode = "avg" }))
end

function operators.GlobalMaxPool(b, op)
  b:set(op, b:add(op, "global_pool", only(b, op), { mode = "max" }))
end

--- The mean or the maximum of each channel; of other axes no layer is one.
local function reduce(b, op, mode)
  local x, axes = only(b, op), integers(b, op, "axes", 2)
  local keep = b:attribute(op, "keepdims", "integer", 1) ~= 0
  if #(axes or {}) == 0 and b:attribute(op, "noop_with_empty_axes", "integer", 0) ~= 0 then
    return b:set(op, x)
  end
  wants_dims(b, x, 4)
  local sum = 0
  for _, axis in ipairs(axes or {}) do sum = sum + (1 << geometry.axis(b, axis, 4)) end
  if not axes or #axes ~= 2 or sum ~= 12 then b:refuse("its axes are not height and width") end
  if keep then return b:set(op, b:add(op, "global_pool", x, { mode = mode })) end
  local pooled = b:add(op, "global_pool", x, { mode = mode, name = b:name(op, "pool") })
  b:set(op, b:add(op, "flatten", pooled))
end

function operators.ReduceMean(b, op) reduce(b, op, "avg") end

function operators.ReduceMax(b, op) reduce(b, op, "max") end

-- ---- numbers by number ----

function operators.Relu(b, op) b:set(op, b:add(op, "relu", only(b, op))) end

function operators.Sigmoid(b, op) b:set(op, b:add(op, "sigmoid", only(b, op))) end

function operators.LeakyRelu(b, op)
  b:set(op, b:add(op, "relu", only(b, op),
    { slope = b:attribute(op, "alpha", "number", 0.01) }))
end

function operators.PRelu(b, op)
  local x = only(b, op)
  b:set(op, b:add(op, "prelu", x, {}, { slope = b:per_channel(op.inputs[2], x) }))
end

function operators.Clip(b, op)
  b:set(op, b:add(op, "clip", only(b, op), {
    low = number(b, op, "min", 2, -math.huge), high = number(b, op, "max", 3, math.huge) }))
end

function operators.BatchNormalization(b, op)
  local x, weights = only(b, op), {}
  if b:attribute(op, "training_mode", "integer", 0) ~= 0 then
    b:refuse("training_mode: its statistics are the batch's own")
  elseif b:attribute(op, "spatial", "integer", 1) == 0 then
    b:refuse("spatial is 0: its statistics are not the channels'")
  end
  for i, slot in ipairs { "gamma", "beta", "mean", "var" } do
    weights[slot] = b:constant(op.inputs[i + 1])
  end
  b:set(op, b:add(op, "batch_norm", x, { eps = b:attribute(op, "epsilon", "number", 1e-5) },
    weights))
end

for type, how in pairs { Add = "add", Sub = "sub", Mul = "mul", Div = "div" } do
  operators[type] = function(b, op)
    b:set(op, arithmetic(b, op, how, op.inputs[1], op.inputs[2]))
  end
end

function operators.Sum(b, op)
  local result = only(b, op)
  for i = 2, #op.inputs do
    local name = b:name(op, i < #op.inputs and "first_" .. i or nil)
    result = b:add(op, "add", { result, b:input(op.inputs[i]) }, { name = name })
  end
  b:set(op, result)
end

--- Along an axis; before opset 13 along all axes from it on.
function operators.Softmax(b, op)
  local x = only(b, op)
  local axis = b:attribute(op, "axis", "integer", b.opset < 13 and 1 or -1)
  axis = geometry.axis(b, axis, #x.shape)
  if b.opset < 13 and product(x.shape, axis + 2) ~= 1 then
    b:refuse("opset %d: it is over axes %d to %d together", b.opset, axis, #x.shape - 1)
  end
  b:set(op, b:add(op, "softmax", x, { axis = axis }))
end

function operators.LpNormalization(b, op)
  local x = only(b, op)
  if b:attribute(op, "p", "integer", 2) ~= 2 then b:refuse("p is not 2") end
  b:set(op, b:add(op, "l2_normalize", x,
    { axis = geometry.axis(b, b:attribute(op, "axis", "integer", -1), #x.shape), eps = 0 }))
end

--- See onnx/normalize.lua.
function operators.L2Normalize(b, op)
  local x, axis = only(b, op), b:attribute(op, "axis", "integer")
  b:set(op, b:add(op, "l2_normalize", x,
    { axis = geometry.axis(b, axis, #x.shape), eps = b:attribute(op, "eps", "number") }))
end

-- ---- products ----

--- Adds a linear layer; weight is (out,F).
local function linear(b, op, x, weight, bias)
  wants_dims(b, x, 2)
  b:set(op, b:add(op, "linear", x, { out = weight:size(1), bias = bias ~= nil },
    { weight = weight, bias = bias }))
end

local function matrix(b, name)
  local weight = b:constant(name)
  if weight:dims() ~= 2 then b:refuse("a product with a constant of %d axes", weight:dims()) end
  return weight:to "f32"
end

--- A number for each result, of one for all or of a row of them.
local function row_of(b, t, size)
  if t:numel() ~= 1 and t:size(t:dims()) ~= t:numel() then
    b:refuse("a constant %s is not one row", text.shape(t:shape()))
  end
  return t:numel() == 1 and b:repeated(t:item(), size) or t:to("f32"):reshape { -1 }
end

function operators.Gemm(b, op)
  local x, weight = only(b, op), matrix(b, op.inputs[2])
  local alpha, beta = b:attribute(op, "alpha", "number", 1), b:attribute(op, "beta", "number", 1)
  if b:attribute(op, "transA", "integer", 0) ~= 0 then b:refuse("transA") end
  if b:attribute(op, "transB", "integer", 0) == 0 then weight = weight:transpose(1, 2) end
  local bias = b:value(op.inputs[3]) and row_of(b, b:constant(op.inputs[3]), weight:size(1))
  linear(b, op, x, alpha == 1 and weight or weight * alpha,
    bias and (beta == 1 and bias or bias * beta))
end

function operators.MatMul(b, op)
  linear(b, op, only(b, op), matrix(b, op.inputs[2]):transpose(1, 2))
end

-- ---- shapes ----

--- The sizes behind the batch that a Reshape asks for.
local function sizes_of(b, op, x, sizes)
  local shape, keep = {}, b:attribute(op, "allowzero", "integer", 0) == 0
  for i, size in ipairs(sizes) do
    if size == 0 and keep then size = x.shape[i] or b:fail("0 for axis %d of too few", i - 1) end
    shape[i] = size
  end
  local batch = table.remove(shape, 1)
  if batch ~= -1 and batch ~= b.batch then b:refuse("its first axis is not the batch's") end
  local count, wanted = product(x.shape, 2), product(shape, 1)
  if count >= 0 and wanted >= 0 and count ~= wanted then
    b:refuse("it mixes the batch with other axes: %s of %s", text.shape(sizes),
      text.shape(x.shape))
  end
  return shape
end

function operators.Reshape(b, op)
  local x = only(b, op)
  local sizes = sizes_of(b, op, x, integers(b, op, "shape", 2) or {})
  b:set(op, geometry.reshaped(b, op, x, sizes))
end

function operators.Flatten(b, op)
  local x = only(b, op)
  if geometry.axis(b, b:attribute(op, "axis", "integer", 1), #x.shape) ~= 1 then
    b:refuse("its axis is not 1")
  end
  b:set(op, geometry.reshaped(b, op, x, #x.shape == 2 and { x.shape[2] } or { -1 }))
end

--- Axes that are added or dropped, the batch not among them.
local function with_axes(b, op, change)
  local x, axes = only(b, op), integers(b, op, "axes", 2)
  if not axes then b:refuse("without axes it may drop the batch") end
  for _, axis in ipairs(axes) do
    geometry.axis(b, axis, #x.shape + (change == fold.unsqueezed and #axes or 0))
  end
  local shape = b:try(change, x.shape, axes)
  table.remove(shape, 1)
  if #shape == 0 then b:refuse("it leaves nothing beside the batch") end
  b:set(op, geometry.reshaped(b, op, x, shape))
end

function operators.Squeeze(b, op) with_axes(b, op, fold.squeezed) end

function operators.Unsqueeze(b, op) with_axes(b, op, fold.unsqueezed) end

function operators.Transpose(b, op)
  local x, order, moves = only(b, op), {}, false
  local perm = b:attribute(op, "perm", "integers") or b:refuse("it moves the batch")
  if perm[1] ~= 0 then b:refuse("it moves the batch") end
  for i = 2, #perm do
    order[i - 1] = perm[i]
    moves = moves or perm[i] ~= i - 1
  end
  b:set(op, moves and b:add(op, "permute", x, { order = order }) or x)
end

function operators.Concat(b, op)
  local nodes = {}
  for i, name in ipairs(op.inputs) do nodes[i] = b:input(name) end
  local axis = b:attribute(op, "axis", "integer") or b:fail("has no axis")
  axis = geometry.axis(b, axis, #nodes[1].shape)
  b:set(op, #nodes == 1 and nodes[1] or b:add(op, "concat", nodes, { axis = axis }))
end

function operators.Identity(b, op) b:set(op, only(b, op)) end

operators.Dropout = operators.Identity

-- TensorProto.DataType: float, float16, double, bfloat16.
local FLOATS = { [1] = true, [10] = true, [11] = true, [16] = true }

function operators.Cast(b, op)
  if not FLOATS[b:attribute(op, "to", "integer")] then b:refuse("it is to whole numbers") end
  b:set(op, only(b, op))
end

--- Zeros around the image, and channels of zeros after the last.
function operators.Pad(b, op)
  local x, pads = only(b, op), integers(b, op, "pads", 2) or b:fail("has no pads")
  local mode = b:attribute(op, "mode", "string", "constant")
  if mode ~= "constant" then b:refuse("mode is %s", mode) end
  if number(b, op, "value", 3, 0) ~= 0 then b:refuse("it pads with other than 0") end
  local axes = b:value(op.inputs[4]) and b:integers(op.inputs[4]) or { 0, 1, 2, 3 }
  local around, any = { 0, 0, 0, 0, 0, 0, 0, 0 }, false
  wants_dims(b, x, 4)
  if #pads ~= 2 * #axes then b:fail("pads of %d sizes, wants %d", #pads, 2 * #axes) end
  for i, axis in ipairs(axes) do
    axis = axis < 0 and axis + 4 or axis
    if axis < 0 or axis > 3 then b:fail("axis %d of 4", axis) end
    around[axis + 1], around[axis + 5] = pads[i], pads[i + #axes]
    any = any or pads[i] ~= 0 or pads[i + #axes] ~= 0
  end
  if around[1] ~= 0 or around[2] ~= 0 or around[5] ~= 0 then
    b:refuse("it pads the batch, or channels before the first")
  end
  if not any then return b:set(op, x) end
  b:set(op, b:add(op, "zero_pad", x, { channels = around[6], top = around[3],
    bottom = around[7], left = around[4], right = around[8] }))
end

operators.Resize, operators.Upsample, operators.Expand = resize.Resize, resize.Upsample,
  resize.Expand

onnx.operators = constants.folded(operators)

return onnx
