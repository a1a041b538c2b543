--- MatConvNet's layers as layers of a graph: the networks of simplenn and of
-- DagNN in MATLAB files, as core/loader/mat_network.c gives them. See builder.lua.
--
-- What MatConvNet does in its own way, and is done here:
--   images are rows, columns, channels, and filters rows, columns, in, out;
--     MATLAB drops the last sizes of 1;
--   a simplenn's layers follow each other; one without a name is called by its
--     place, "layers.3"; its input is "data";
--   there are as many groups as the filters' channels go into the input's;
--   pad is one number or top, bottom, left, right; pooling rounds the number of
--     places down, and averages what lies inside the image;
--   bnorm's third array is means and standard deviations, epsilon in them;
--   layers that compute a loss are left out, and so is dropout;
--   a DagNN's inputs are what no layer gives, its outputs what none reads.
-- The input's size is normalization.imageSize, where the file has it.
-- Source: MatConvNet's manual and the help texts of vl_simplenn, vl_nnconv,
-- vl_nnpool, vl_nnbnorm and of its +dagnn; for Axpy and GlobalPooling those of
-- Albanie's ports of SENet.
local text = require "visage.nn.text"

local matconvnet = {}

-- ---- before the layers ----

local TRAINING = { ["dagnn.Loss"] = true, ["dagnn.Error"] = true }

-- Channels, height and width: by imageSize, else of any size with the channels
-- of the first filters.
local function image_shape(b)
  for _, prefix in ipairs { "", "meta.", "net.", "net.meta." } do
    local size = b.tensors[prefix .. "normalization.imageSize"]
    if size and size:numel() >= 3 then
      local h, w, c = table.unpack(size:to("i64"):reshape({ -1 }):totable())
      return { -1, c, h, w }
    end
  end
  for _, op in ipairs(b.network.operators) do
    for _, name in ipairs(op.inputs) do
      local filters = b.tensors[name]
      if filters then return { -1, filters:shape()[3] or 1, -1, -1 } end
    end
  end
  return {}
end

-- A simplenn's layers in a row.
local function chained(b)
  local last, operators = "data", {}
  for i, op in ipairs(b.network.operators) do
    local name = op.name ~= "" and op.name or "layers." .. i
    operators[i] = {
      type = op.type, name = name, inputs = { last, table.unpack(op.inputs) },
      outputs = { name }, attributes = op.attributes,
    }
    last = name
  end
  return {
    inputs = { { name = "data", shape = image_shape(b) } }, operators = operators,
    outputs = { last },
  }
end

-- A DagNN with its inputs and outputs. One input is an image's.
local function directed(b)
  local network = { inputs = {}, operators = {}, outputs = {} }
  local given, read = {}, {}
  for _, op in ipairs(b.network.operators) do
    if not TRAINING[op.type] then table.insert(network.operators, op) end
  end
  for _, op in ipairs(network.operators) do
    for _, name in ipairs(op.outputs) do given[name] = true end
    for _, name in ipairs(op.inputs) do read[name] = true end
  end
  local shape = image_shape(b)
  for _, op in ipairs(network.operators) do
    for _, name in ipairs(op.inputs) do
      if not given[name] and not b.tensors[name] then
        table.insert(network.inputs, { name = name, shape = shape })
        given[name], shape = true, {}
      end
    end
    for _, name in ipairs(op.outputs) do
      if not read[name] then table.insert(network.outputs, name) end
    end
  end
  return network
end

local function is_simple(network)
  for _, op in ipairs(network.operators) do
    if #op.outputs > 0 then return false end
  end
  return true
end

--- Makes the file's network one with inputs, outputs and named values.
function matconvnet.prepare(b)
  b.network = is_simple(b.network) and chained(b) or directed(b)
end

-- ---- fields and arrays ----

-- Height and width of a field.
local function pair(b, op, key, default)
  local value = op.attributes[key] or default
  if type(value) == "number" then return { value, value } end
  if type(value) ~= "table" or #value ~= 2 then b:fail("%s is not one number or two", key) end
  return value
end

local function pad(b, op)
  local value = op.attributes.pad or 0
  if type(value) == "number" then return { value, value, value, value } end
  if #value == 2 then return { value[1], value[1], value[2], value[2] } end
  if type(value) ~= "table" or #value ~= 4 then b:fail("pad is not 1, 2 or 4 numbers") end
  return value
end

local function is_there(op, i)
  return op.inputs[i] ~= nil and op.inputs[i] ~= ""
end

-- Input i as a line of so many numbers.
local function line(b, op, i, length)
  local value = b:constant(op.inputs[i])
  if value:numel() ~= length then
    b:fail("'%s' is %s, wants %d numbers", op.inputs[i], text.shape(value:shape()), length)
  end
  return value:reshape({ length })
end

-- The filters as (out, in, rows, columns).
local function filters(b, op)
  local value = b:constant(op.inputs[2])
  local shape = value:shape()
  if #shape > 4 then b:fail("filters of %d axes", #shape) end
  for axis = #shape + 1, 4 do shape[axis] = 1 end
  return value:reshape(shape):permute { 4, 3, 1, 2 }
end

-- ---- layers ----

local function conv(b, op)
  local x, weight = b:input(op.inputs[1]), filters(b, op)
  local out, channels, h, w = table.unpack(weight:shape())
  local groups, rest = b:size(x, 1) // channels, b:size(x, 1) % channels
  if rest ~= 0 then b:fail("filters of %d channels for %d", channels, b:size(x, 1)) end
  local bias = is_there(op, 3) and line(b, op, 3, out) or nil
  b:set(op, b:add(op, "conv2d", x, {
    out = out, kernel = { h, w }, stride = pair(b, op, "stride", 1), pad = pad(b, op),
    dilation = pair(b, op, "dilate", 1), groups = groups, bias = bias ~= nil,
  }, { weight = weight, bias = bias }))
end

local function pool(b, op)
  local method = op.attributes.method or "max"
  if method ~= "max" and method ~= "avg" then b:refuse("method is %s", method) end
  b:set(op, b:add(op, method .. "_pool", b:input(op.inputs[1]), {
    kernel = pair(b, op, op.attributes.pool and "pool" or "poolSize"),
    stride = pair(b, op, "stride", 1), pad = pad(b, op),
  }))
end

local function batch_norm(b, op)
  local x = b:input(op.inputs[1])
  local channels = b:size(x, 1)
  local moments = line(b, op, 4, 2 * channels):reshape { channels, 2 }
  local deviation = moments:select(2, 2)
  b:set(op, b:add(op, "batch_norm", x, { eps = 0 }, {
    gamma = line(b, op, 2, channels), beta = line(b, op, 3, channels),
    mean = moments:select(2, 1), var = deviation * deviation,
  }))
end

local function relu(b, op)
  b:set(op, b:add(op, "relu", b:input(op.inputs[1]), { slope = op.attributes.leak or 0 }))
end

local function sigmoid(b, op)
  b:set(op, b:add(op, "sigmoid", b:input(op.inputs[1])))
end

local function softmax(b, op)
  b:set(op, b:add(op, "softmax", b:input(op.inputs[1])))
end

local function dropout(b, op)
  b:set(op, b:input(op.inputs[1]))
end

-- All inputs by a layer that takes two.
local function folded(b, op, layer, nodes)
  local result = nodes[1]
  for i = 2, #nodes do
    local name = b:name(op, i < #nodes and "first_" .. i or nil)
    result = b:add(op, layer, { result, nodes[i] }, { name = name })
  end
  b:set(op, result)
end

local function inputs(b, op)
  local nodes = {}
  for i, name in ipairs(op.inputs) do nodes[i] = b:input(name) end
  return nodes
end

local function sum(b, op)
  folded(b, op, "add", inputs(b, op))
end

local function concat(b, op)
  local axes = { 2, 3, 1 } -- of rows, columns, channels
  local axis = axes[op.attributes.dim or 3]
  if not axis then b:refuse("dim is %g", op.attributes.dim) end
  b:set(op, b:add(op, "concat", inputs(b, op), { axis = axis }))
end

local function global_pool(b, op)
  b:set(op, b:add(op, "global_pool", b:input(op.inputs[1]),
    { mode = op.attributes.method or "avg" }))
end

-- a x + y, where a is a number per channel.
local function axpy(b, op)
  local a, x, y = table.unpack(inputs(b, op), 1, 3)
  local scaled = b:add(op, "mul", { x, a }, { name = b:name(op, "scaled") })
  b:set(op, b:add(op, "add", { scaled, y }))
end

-- By a value, or by a number per channel and plus one.
local function scale(b, op)
  local x, has_bias = b:input(op.inputs[1]), (op.attributes.hasBias or 0) ~= 0
  if not b:is_constant(op.inputs[2]) then
    if has_bias then b:refuse("a bias beside a factor that is computed") end
    return b:set(op, b:add(op, "mul", inputs(b, op)))
  end
  local channels = b:size(x, 1)
  b:set(op, b:add(op, "scale", x, { bias = has_bias }, {
    gamma = line(b, op, 2, channels), beta = has_bias and line(b, op, 3, channels) or nil,
  }))
end

matconvnet.operators = {
  -- simplenn
  conv = conv, pool = pool, bnorm = batch_norm, relu = relu, sigmoid = sigmoid,
  softmax = softmax, dropout = dropout,
  -- DagNN
  ["dagnn.Conv"] = conv, ["dagnn.Pooling"] = pool, ["dagnn.BatchNorm"] = batch_norm,
  ["dagnn.ReLU"] = relu, ["dagnn.Sigmoid"] = sigmoid, ["dagnn.SoftMax"] = softmax,
  ["dagnn.DropOut"] = dropout, ["dagnn.Sum"] = sum, ["dagnn.Concat"] = concat,
  ["dagnn.GlobalPooling"] = global_pool, ["dagnn.Axpy"] = axpy, ["dagnn.Scale"] = scale,
}

return matconvnet
