--- Keras's layers as layers of a graph: whole models in .h5 (Keras 1 to 3) and in
-- .keras (Keras 2.13 and later). Values are N,C,H,W whatever the model's own
-- order, which shows in kernels (rows, columns, in, out), in Flatten and Reshape,
-- and in axes. A layer with an activation becomes two nodes: NAME/sum and, with
-- what Keras calls the layer's output, NAME. Source: the layers of keras 1.2.2,
-- 2.15 and 3.15, and their documentation at keras.io.
local config = require "visage.nn.import.keras.config"

local operators = {}

-- ---- what layers share ----

-- {height, width} of a number or of a list of two.
local function pair(b, value, default)
  if not value then value = default end
  if type(value) == "number" then return { value, value } end
  if type(value) ~= "table" or #value ~= 2 then b:refuse("a window of other than two axes") end
  return value
end

-- A flag whose absence means true.
local function is_on(value) return value ~= false end

-- The layer's tensors, which are that many.
local function weights(b, op, count)
  local list = {}
  if #op.weights ~= count then b:fail("has %d tensors, wants %d", #op.weights, count) end
  for i, name in ipairs(op.weights) do list[i] = b:constant(name) end
  return table.unpack(list)
end

-- Keras 1 with Theano turned kernels by 180 degrees and padded otherwise; only
-- TensorFlow ends names by the number of an output. Only Keras 1 had a word
-- dim_ordering.
local function check_backend(b, op)
  local name = op.weights[1]
  if op.attributes.dim_ordering and name and not name:find ":%d+$" then
    b:refuse("its weights are those of Theano")
  end
end

-- The layer's one input, an image.
local function image(b, op)
  local node, format = b:input(op.inputs[1]), op.attributes.data_format
  if #node.shape ~= 4 then b:refuse("of what is no image") end
  if format and (format == "channels_first") ~= b.network.channels_first then
    b:refuse("data_format is %s, other layers have another", format)
  end
  return node
end

-- An axis, the batch counted, as layers count it.
local function layer_axis(b, node, axis)
  if type(axis) == "table" and #axis == 1 then axis = axis[1] end
  local rank = #node.shape
  if math.type(axis) ~= "integer" or axis == 0 or axis >= rank or axis < 1 - rank then
    b:refuse("along axis %s", axis)
  end
  if axis < 0 then axis = axis + rank end
  if rank == 4 and not b.network.channels_first then return axis % 3 + 1 end
  return axis
end

-- ---- activations ----

local activations = {
  relu = { "relu" }, sigmoid = { "sigmoid" }, softmax = { "softmax" },
  relu6 = { "clip", { low = 0, high = 6 } },
}

-- The name of an activation, nil for none; Keras 3 may keep it with its settings.
local function activation_name(b, value)
  if type(value) == "table" then value = value.class_name end
  if not value or value == "linear" then return nil end
  if not activations[value] then b:refuse("activation %s", value) end
  return value
end

local function activate(b, op, node, name)
  if name == "softmax" and layer_axis(b, node, -1) ~= 1 then b:refuse("softmax along a row") end
  return b:add(op, activations[name][1], node, activations[name][2])
end

-- Sets the output of a layer that make(name of a node) adds, and its activation.
local function set_activated(b, op, make)
  local name = activation_name(b, op.attributes.activation)
  if name then
    b:set(op, activate(b, op, make(b:name(op, "sum")), name))
  else
    b:set(op, make(b:name(op)))
  end
end

function operators.Activation(b, op)
  local node, name = b:input(op.inputs[1]), activation_name(b, op.attributes.activation)
  b:set(op, name and activate(b, op, node, name) or node)
end

function operators.Softmax(b, op)
  local node = b:input(op.inputs[1])
  b:set(op, b:add(op, "softmax", node, { axis = layer_axis(b, node, op.attributes.axis or -1) }))
end

function operators.ReLU(b, op)
  local a, node = op.attributes, b:input(op.inputs[1])
  local slope, threshold = a.negative_slope or 0, a.threshold or 0
  if threshold ~= 0 or a.max_value and slope ~= 0 then b:refuse("with a threshold, or a leak") end
  if a.max_value then
    b:set(op, b:add(op, "clip", node, { low = 0, high = a.max_value }))
  else
    b:set(op, b:add(op, "relu", node, { slope = slope }))
  end
end

function operators.LeakyReLU(b, op)
  b:set(op, b:add(op, "relu", b:input(op.inputs[1]),
    { slope = op.attributes.negative_slope or 0.3 }))
end

-- Its slopes are shared over an image's height and width, or no layer has them.
function operators.PReLU(b, op)
  local node, slope = b:input(op.inputs[1]), weights(b, op, 1)
  if slope:numel() ~= b:size(node, 1) then b:refuse("slopes within a channel") end
  b:set(op, b:add(op, "prelu", node, nil, { slope = slope:reshape { -1 } }))
end

-- ---- sums ----

-- A convolution's window from the layer's words.
local function window(b, a, kernel)
  if a.padding ~= "same" and a.padding ~= "valid" then b:refuse("padding %s", a.padding) end
  return {
    kernel = kernel, stride = pair(b, a.strides, 1), dilation = pair(b, a.dilation_rate, 1),
    pad = a.padding == "same" and "same_tf" or 0,
  }
end

local function kernel_of(t)
  local shape = t:shape()
  return { shape[3], shape[4] }
end

-- Layers' kernels from (rows, columns, in, out); Keras 1 with Theano's order of
-- axes has them as layers do.
local function conv_kernel(op, t)
  if op.attributes.dim_ordering == "th" then return t end
  return t:permute { 4, 3, 1, 2 }
end

-- (rows, columns, in, times) as (in * times, 1, rows, columns).
local function depthwise_kernel(t)
  local shape = t:shape()
  return t:permute({ 3, 4, 1, 2 }):contiguous()
    :reshape { shape[3] * shape[4], 1, shape[1], shape[2] }
end

-- kernel: as layers have it; a bias or nil.
local function set_conv(b, op, node, o, kernel, bias)
  o.out, o.bias = kernel:size(1), bias ~= nil
  set_activated(b, op, function(name)
    o.name = name
    return b:add(op, "conv2d", node, o, { weight = kernel, bias = bias })
  end)
end

function operators.Conv2D(b, op)
  local a, node = op.attributes, image(b, op)
  check_backend(b, op)
  local kernel, bias = weights(b, op, is_on(a.use_bias) and 2 or 1)
  kernel = conv_kernel(op, kernel)
  local o = window(b, a, kernel_of(kernel))
  o.groups = a.groups or 1
  set_conv(b, op, node, o, kernel, bias)
end

function operators.DepthwiseConv2D(b, op)
  local a, node = op.attributes, image(b, op)
  local kernel, bias = weights(b, op, is_on(a.use_bias) and 2 or 1)
  kernel = depthwise_kernel(kernel)
  local o = window(b, a, kernel_of(kernel))
  o.groups = b:size(node, 1)
  set_conv(b, op, node, o, kernel, bias)
end

function operators.SeparableConv2D(b, op)
  local a, node = op.attributes, image(b, op)
  check_backend(b, op)
  local depth, point, bias = weights(b, op, is_on(a.use_bias) and 3 or 2)
  depth = depthwise_kernel(depth)
  local o = window(b, a, kernel_of(depth))
  o.name, o.out, o.groups = b:name(op, "depthwise"), depth:size(1), b:size(node, 1)
  o.bias = false
  node = b:add(op, "conv2d", node, o, { weight = depth })
  set_conv(b, op, node, { kernel = 1 }, conv_kernel(op, point), bias)
end

function operators.Dense(b, op)
  local node = b:input(op.inputs[1])
  local kernel, bias = weights(b, op, is_on(op.attributes.use_bias) and 2 or 1)
  if #node.shape ~= 2 then b:refuse("of what is no row") end
  kernel = kernel:transpose(1, 2)
  set_activated(b, op, function(name)
    return b:add(op, "linear", node, { name = name, out = kernel:size(1), bias = bias ~= nil },
      { weight = kernel, bias = bias })
  end)
end

-- ---- channels ----

-- The layer's tensors are gamma, beta (each where it is on), mean and variance.
function operators.BatchNormalization(b, op)
  local a, node = op.attributes, b:input(op.inputs[1])
  local slots, given, count = {}, {}, 0
  if (a.mode or 0) ~= 0 then b:refuse("mode %s", a.mode) end
  if layer_axis(b, node, a.axis or -1) ~= 1 then b:refuse("along another axis than channels") end
  if is_on(a.scale) then slots[#slots + 1] = "gamma" end
  if is_on(a.center) then slots[#slots + 1] = "beta" end
  local affine = #slots > 0
  for _, slot in ipairs { "mean", "var" } do slots[#slots + 1] = slot end
  for _, t in ipairs { weights(b, op, #slots) } do
    count = count + 1
    given[slots[count]] = t
  end
  if affine then
    given.gamma = given.gamma or b:repeated(1, b:size(node, 1))
    given.beta = given.beta or b:repeated(0, b:size(node, 1))
  end
  b:set(op, b:add(op, "batch_norm", node, { eps = a.epsilon or 1e-3, affine = affine }, given))
end

function operators.Rescaling(b, op)
  local node, a = b:input(op.inputs[1]), op.attributes
  local channels = b:size(node, 1)
  if type(a.scale) ~= "number" or type(a.offset) ~= "number" then b:refuse("by several numbers") end
  b:set(op, b:add(op, "scale", node, nil,
    { gamma = b:repeated(a.scale, channels), beta = b:repeated(a.offset, channels) }))
end

-- ---- windows without weights ----

local function pool(b, op, layer)
  local a, node = op.attributes, image(b, op)
  local kernel = pair(b, a.pool_size, 2)
  local o = window(b, a, kernel)
  o.dilation, o.stride = nil, pair(b, a.strides, kernel)
  b:set(op, b:add(op, layer, node, o))
end

function operators.MaxPooling2D(b, op) pool(b, op, "max_pool") end

-- As in TensorFlow padding does not count.
function operators.AveragePooling2D(b, op) pool(b, op, "avg_pool") end

local function global_pool(b, op, mode)
  local node, keeps = image(b, op), op.attributes.keepdims
  local name = b:name(op, not keeps and "map" or nil)
  node = b:add(op, "global_pool", node, { name = name, mode = mode })
  b:set(op, keeps and node or b:add(op, "flatten", node))
end

function operators.GlobalAveragePooling2D(b, op) global_pool(b, op, "avg") end

function operators.GlobalMaxPooling2D(b, op) global_pool(b, op, "max") end

-- n, {rows, columns}, {{top, bottom}, {left, right}} or, of Keras 1, all four.
function operators.ZeroPadding2D(b, op)
  local p = op.attributes.padding
  if type(p) == "number" then p = { p, p } end
  local rows, columns = p[1], p[2]
  if #p == 4 then rows, columns = { p[1], p[2] }, { p[3], p[4] } end
  if type(rows) == "number" then rows, columns = { rows, rows }, { columns, columns } end
  b:set(op, b:add(op, "zero_pad", image(b, op),
    { top = rows[1], bottom = rows[2], left = columns[1], right = columns[2] }))
end

function operators.UpSampling2D(b, op)
  local size, how = pair(b, op.attributes.size, 2), op.attributes.interpolation or "nearest"
  if size[1] ~= size[2] or how ~= "nearest" then
    b:refuse("%d times as high, %d as wide, %s", size[1], size[2], how)
  end
  b:set(op, b:add(op, "upsample", image(b, op), { scale = size[1] }))
end

-- ---- shapes ----

-- Keras 2.2 gave Flatten a data_format, by which channels-first images are
-- turned before.
function operators.Flatten(b, op)
  local node = b:input(op.inputs[1])
  local turned = op.attributes.data_format == "channels_first"
  if #node.shape == 2 then return b:set(op, node) end
  local order = (turned or not b.network.channels_first) and "hwc" or "chw"
  b:set(op, b:add(op, "flatten", node, { order = order }))
end

-- The numbers keep the order that Keras has them in.
function operators.Reshape(b, op)
  local node, target = b:input(op.inputs[1]), { table.unpack(op.attributes.target_shape) }
  local last = not b.network.channels_first
  if #target == 1 and #node.shape == 4 then
    return b:set(op, b:add(op, "flatten", node, { order = last and "hwc" or "chw" }))
  elseif #target ~= 3 then
    b:refuse("to %d axes", #target)
  end
  if last and #node.shape == 4 then
    node = b:add(op, "permute", node, { name = b:name(op, "hwc"), order = { 2, 3, 1 } })
  end
  if not last then return b:set(op, b:add(op, "reshape", node, { shape = target })) end
  node = b:add(op, "reshape", node, { name = b:name(op, "rows"), shape = target })
  b:set(op, b:add(op, "permute", node, { order = { 3, 1, 2 } }))
end

-- ---- several inputs ----

local function inputs(b, op)
  local nodes = {}
  for i, name in ipairs(op.inputs) do nodes[i] = b:input(name) end
  if #nodes < 2 then b:refuse("of %d inputs", #nodes) end
  return nodes
end

function operators.Concatenate(b, op)
  local nodes = inputs(b, op)
  local axis = layer_axis(b, nodes[1], op.attributes.axis or -1)
  b:set(op, b:add(op, "concat", nodes, { axis = axis }))
end

-- Two at a time; the last has the layer's name.
local function chain(b, op, layer)
  local nodes = inputs(b, op)
  local node = nodes[1]
  for i = 2, #nodes do
    local name = b:name(op, i < #nodes and tostring(i) or nil)
    node = b:add(op, layer, { node, nodes[i] }, { name = name })
  end
  b:set(op, node)
end

function operators.Add(b, op) chain(b, op, "add") end

function operators.Multiply(b, op) chain(b, op, "mul") end

-- What is for training only.
for _, class in ipairs { "Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise",
  "AlphaDropout", "ActivityRegularization" } do
  operators[class] = function(b, op) b:set(op, b:input(op.inputs[1])) end
end

return { operators = operators, network = config.network }
