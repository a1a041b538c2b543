--- Caffe's layers as layers of a graph: a net of a .prototxt with the blobs of
-- a .caffemodel, or of a .caffemodel alone. See builder.lua, and caffe/phase.lua
-- for which layers a net has.
--
-- What Caffe does in its own way, and is done here:
--   a layer may write into its input's place (top == bottom): a value's name
--     means its last writer; nodes are called as the layers are;
--   pooling rounds the number of places up and drops a last window that begins
--     outside the image and its padding; AVE divides by padding as well;
--   InnerProduct lays its input out in rows by itself;
--   BatchNorm only normalises, by statistics times a factor, which is its third
--     blob; the Scale after it multiplies and adds;
--   blobs of old files have four axes, 1 in front: (1,1,1,C), (1,1,out,in).
-- Source: Caffe 1.0, src/caffe/layers, and for Axpy the layer of
-- Hu et al.'s SENet.
local geometry = require "visage.nn.import.geometry"
local phase = require "visage.nn.import.caffe.phase"
local text = require "visage.nn.text"

local caffe = {}

--- What the file's network becomes first (builder.lua).
function caffe.prepare(b)
  b.network = phase.testing(b.network)
end

-- ---- parameters ----

-- One of a layer's parameters, or its default in caffe.proto.
local function get(op, key, default)
  local value = op.attributes[key]
  if value == nil then return default end
  return value
end

-- A parameter that must be there.
local function need(b, op, key)
  local value = op.attributes[key]
  if value == nil then b:fail("has no %s", key) end
  return value
end

-- Height and width of a parameter that is one number, a list of one or two, or
-- one for each, where a kernel is not called kernel_size_h but kernel_h.
local function pair(b, op, key, default)
  local given = get(op, key, default)
  local both = type(given) == "table" and given or { given }
  if #both > 2 then b:refuse("%s has %d axes", key, #both) end
  local short = key:gsub("_size$", "")
  local h = get(op, short .. "_h", both[1])
  local w = get(op, short .. "_w", both[2] or both[1])
  if not (h and w) then b:fail("has no %s", key) end
  return { h, w }
end

-- The axis of a parameter as layers count it.
local function axis_of(b, op, key, node, default)
  return geometry.axis(b, get(op, key, default), #node.shape)
end

-- The node of the one input.
local function only(b, op)
  if #op.inputs ~= 1 or #op.outputs ~= 1 then
    b:refuse("%d bottoms and %d tops", #op.inputs, #op.outputs)
  end
  return b:input(op.inputs[1])
end

-- ---- blobs ----

local function without_ones(shape)
  local first = 1
  while shape[first] == 1 do first = first + 1 end
  return table.concat(shape, ",", first)
end

-- Blob i of the layer in that shape: it may have more or fewer ones in front.
local function blob(b, op, i, shape)
  local value = b:constant(("%s.%d"):format(op.name, i))
  if without_ones(value:shape()) ~= without_ones(shape) then
    b:fail("blob %d is %s, wants %s", i, text.shape(value:shape()), text.shape(shape))
  end
  return value:reshape(shape)
end

-- Fails where the file has more blobs than the layer uses.
local function check_blobs(b, op, used)
  if b.tensors[("%s.%d"):format(op.name, used + 1)] then
    b:fail("has over %d blobs", used)
  end
end

-- { first = blob 1, second = blob 2 } of a layer that has the second where has
-- says so.
local function blobs(b, op, has, first, shape, second, length)
  check_blobs(b, op, has and 2 or 1)
  return { [first] = blob(b, op, 1, shape), [second] = has and blob(b, op, 2, { length }) or nil }
end

-- ---- layers ----

local operators = {}

function operators.Convolution(b, op)
  local x, key = only(b, op), "convolution_param."
  local out, groups = need(b, op, key .. "num_output"), get(op, key .. "group", 1)
  local kernel, pad = pair(b, op, key .. "kernel_size"), pair(b, op, key .. "pad", 0)
  local bias = get(op, key .. "bias_term", 1) ~= 0
  if axis_of(b, op, key .. "axis", x, 1) ~= 1 then b:refuse("axis is not 1") end
  if groups < 1 then b:fail("group is %d", groups) end
  local weights = blobs(b, op, bias, "weight",
    { out, b:size(x, 1) // groups, kernel[1], kernel[2] }, "bias", out)
  b:set(op, b:add(op, "conv2d", x, {
    out = out, kernel = kernel, stride = pair(b, op, key .. "stride", 1),
    pad = { pad[1], pad[1], pad[2], pad[2] }, dilation = pair(b, op, key .. "dilation", 1),
    groups = groups, bias = bias,
  }, weights))
end

-- Each image as one row.
local function rows(b, op, x)
  if #x.shape == 2 then return x end
  return b:add(op, "flatten", x, { name = b:name(op, "flatten") })
end

function operators.InnerProduct(b, op)
  local x, key = only(b, op), "inner_product_param."
  local out, bias = need(b, op, key .. "num_output"), get(op, key .. "bias_term", 1) ~= 0
  if axis_of(b, op, key .. "axis", x, 1) ~= 1 then b:refuse("axis is not 1") end
  x = rows(b, op, x)
  local turned, features = get(op, key .. "transpose", 0) ~= 0, b:size(x, 1)
  local weights = blobs(b, op, bias, "weight",
    turned and { features, out } or { out, features }, "bias", out)
  if turned then weights.weight = weights.weight:permute { 2, 1 } end
  b:set(op, b:add(op, "linear", x, { out = out, bias = bias }, weights))
end

-- Without padding Caffe keeps a last window with nothing under it, whose maximum
-- and mean are no numbers.
local function check_windows(b, x, o)
  for i = 1, 2 do
    if o.stride[i] < 1 then b:fail("stride is %d", o.stride[i]) end
    if o.ceil and o.pad[1] + o.pad[3] == 0 and o.stride[i] > o.kernel[i] then
      local size = b:size(x, i + 1)
      local places = (size - o.kernel[i] + o.stride[i] - 1) // o.stride[i]
      if places * o.stride[i] >= size then b:refuse("its last window lies outside the image") end
    end
  end
end

function operators.Pooling(b, op)
  local x, key = only(b, op), "pooling_param."
  local kind = get(op, key .. "pool", "MAX")
  if kind ~= "MAX" and kind ~= "AVE" then b:refuse("pool is %s", kind) end
  if get(op, key .. "global_pooling", 0) ~= 0 then
    return b:set(op, b:add(op, "global_pool", x, { mode = kind == "MAX" and "max" or "avg" }))
  end
  local pad = pair(b, op, key .. "pad", 0)
  local o = {
    kernel = pair(b, op, key .. "kernel_size"), stride = pair(b, op, key .. "stride", 1),
    pad = { pad[1], pad[1], pad[2], pad[2] },
    ceil = get(op, key .. "round_mode", "CEIL") == "CEIL" and get(op, key .. "ceil_mode", 1) ~= 0,
  }
  check_windows(b, x, o)
  if kind == "AVE" then o.count_pad = true end
  b:set(op, b:add(op, kind == "MAX" and "max_pool" or "avg_pool", x, o))
end

function operators.ReLU(b, op)
  b:set(op, b:add(op, "relu", only(b, op), { slope = get(op, "relu_param.negative_slope", 0) }))
end

function operators.PReLU(b, op)
  local x = only(b, op)
  local channels = b:size(x, 1)
  local shared = get(op, "prelu_param.channel_shared", 0) ~= 0
  check_blobs(b, op, 1)
  local slope = blob(b, op, 1, { shared and 1 or channels })
  if shared then slope = b:repeated(slope:item(), channels) end
  b:set(op, b:add(op, "prelu", x, {}, { slope = slope }))
end

function operators.Sigmoid(b, op)
  b:set(op, b:add(op, "sigmoid", only(b, op)))
end

function operators.Softmax(b, op)
  local x = only(b, op)
  b:set(op, b:add(op, "softmax", x, { axis = axis_of(b, op, "softmax_param.axis", x, 1) }))
end

function operators.BatchNorm(b, op)
  local x = only(b, op)
  local shape = { b:size(x, 1) }
  if get(op, "batch_norm_param.use_global_stats", 1) == 0 then
    b:refuse("use_global_stats is false: the statistics are the batch's own")
  end
  check_blobs(b, op, 3)
  local factor = blob(b, op, 3, { 1 }):item()
  local scale = factor == 0 and 0 or 1 / factor
  b:set(op, b:add(op, "batch_norm", x,
    { eps = get(op, "batch_norm_param.eps", 1e-5), affine = false },
    { mean = blob(b, op, 1, shape) * scale, var = blob(b, op, 2, shape) * scale }))
end

-- A second input times the first, which has more axes behind those of the
-- second: (N,C) times (N,C,H,W).
local function stretched(b, op, x, s)
  local missing = #x.shape - #s.shape
  if missing <= 0 then return s end
  local shape = {}
  for axis = 1, #x.shape - 1 do shape[axis] = axis < #s.shape and b:size(s, axis) or 1 end
  return b:add(op, "reshape", s, { name = b:name(op, "stretched"), shape = shape })
end

function operators.Scale(b, op)
  local key = "scale_param."
  local bias = get(op, key .. "bias_term", 0) ~= 0
  local x = b:input(op.inputs[1])
  if #op.inputs == 2 then
    if bias or get(op, key .. "axis", 1) ~= 0 then
      b:refuse("a second bottom is multiplied from axis 0 on, without a bias")
    end
    check_blobs(b, op, 0)
    return b:set(op, b:add(op, "mul", { x, stretched(b, op, x, b:input(op.inputs[2])) }))
  end
  if axis_of(b, op, key .. "axis", only(b, op), 1) ~= 1 or get(op, key .. "num_axes", 1) ~= 1 then
    b:refuse("it is not one factor per channel")
  end
  local channels = b:size(x, 1)
  b:set(op, b:add(op, "scale", x, { bias = bias },
    blobs(b, op, bias, "gamma", { channels }, "beta", channels)))
end

function operators.Bias(b, op)
  local x = only(b, op)
  if axis_of(b, op, "bias_param.axis", x, 1) ~= 1 or get(op, "bias_param.num_axes", 1) ~= 1 then
    b:refuse("it is not one number per channel")
  end
  local shape = { b:size(x, 1) }
  check_blobs(b, op, 1)
  b:set(op, b:add(op, "scale", x, {},
    { gamma = b:repeated(1, shape[1]), beta = blob(b, op, 1, shape) }))
end

-- a x + y, where a is a number per channel.
function operators.Axpy(b, op)
  if #op.inputs ~= 3 then b:refuse("%d bottoms", #op.inputs) end
  local a, x, y = b:input(op.inputs[1]), b:input(op.inputs[2]), b:input(op.inputs[3])
  local scaled = b:add(op, "mul", { x, stretched(b, op, x, a) }, { name = b:name(op, "scaled") })
  b:set(op, b:add(op, "add", { scaled, y }))
end

-- The larger of two: their numbers as two lines, pooled.
local function larger(b, op, x, y, name)
  local shape, count = {}, 1
  for axis = 1, #x.shape - 1 do
    shape[axis] = b:size(x, axis)
    count = count * shape[axis]
  end
  local function line(node)
    return b:add(op, "reshape", node, { name = b:name(op, "line"), shape = { 1, 1, count } })
  end
  local both = b:add(op, "concat", { line(x), line(y) }, { name = b:name(op, "lines"), axis = 2 })
  both = b:add(op, "max_pool", both,
    { name = b:name(op, "larger"), kernel = { 2, 1 }, stride = { 2, 1 } })
  return b:add(op, "reshape", both, { name = name, shape = shape })
end

-- The node times a number.
local function multiplied(b, op, x, factor)
  if factor == 1 then return x end
  return b:add(op, "scale", x, { name = b:name(op, "scaled"), bias = false },
    { gamma = b:repeated(factor, b:size(x, 1)) })
end

function operators.Eltwise(b, op)
  local kind = get(op, "eltwise_param.operation", "SUM")
  local coeff = get(op, "eltwise_param.coeff", {})
  if #coeff > 0 and (kind ~= "SUM" or #coeff ~= #op.inputs) then
    b:fail("%s of %d bottoms with %d of coeff", kind, #op.inputs, #coeff)
  end
  local result = multiplied(b, op, b:input(op.inputs[1]), coeff[1] or 1)
  for i = 2, #op.inputs do
    local x = multiplied(b, op, b:input(op.inputs[i]), coeff[i] or 1)
    local name = b:name(op, i < #op.inputs and "first_" .. i or nil)
    if text.shape(x.shape) ~= text.shape(result.shape) then
      b:fail("bottom %d is %s, those before are %s", i, text.shape(x.shape),
        text.shape(result.shape))
    elseif kind == "MAX" then
      result = larger(b, op, result, x, name)
    else
      result = b:add(op, kind == "SUM" and "add" or "mul", { result, x }, { name = name })
    end
  end
  b:set(op, result)
end

function operators.Concat(b, op)
  local nodes = { b:input(op.inputs[1]) }
  for i = 2, #op.inputs do nodes[i] = b:input(op.inputs[i]) end
  local old = get(op, "concat_param.concat_dim", 1)
  b:set(op, b:add(op, "concat", nodes,
    { axis = axis_of(b, op, "concat_param.axis", nodes[1], old) }))
end

function operators.Flatten(b, op)
  local x, last = only(b, op), get(op, "flatten_param.end_axis", -1)
  if axis_of(b, op, "flatten_param.axis", x, 1) ~= 1 or last % #x.shape ~= #x.shape - 1 then
    b:refuse("it flattens axes %d to %d", get(op, "flatten_param.axis", 1), last)
  end
  b:set(op, b:add(op, "flatten", x))
end

-- The sizes of a Reshape without the batch's: 0 stands for the input's own.
function operators.Reshape(b, op)
  local x, key = only(b, op), "reshape_param."
  local dims = { table.unpack(need(b, op, key .. "shape.dim")) }
  local axis = get(op, key .. "axis", 0)
  if axis == 0 then
    local batch = table.remove(dims, 1)
    if batch ~= 0 and batch ~= b.batch then b:refuse("its first axis is not the batch's") end
  end
  if (axis ~= 0 and axis ~= 1) or get(op, key .. "num_axes", -1) ~= -1 then
    b:refuse("it does not reshape a whole image")
  end
  for i, size in ipairs(dims) do
    if size == 0 then dims[i] = b:size(x, i) end
  end
  b:set(op, b:add(op, "reshape", x, { shape = dims }))
end

function operators.Split(b, op)
  for i in ipairs(op.outputs) do b:set(op, b:input(op.inputs[1]), i) end
end

function operators.Dropout(b, op)
  if get(op, "dropout_param.scale_train", 1) == 0 then b:refuse("scale_train is false") end
  b:set(op, only(b, op))
end

-- A parameter that core/loader/caffe_fields.c does not know may mean anything.
caffe.operators = {}
for kind, f in pairs(operators) do
  caffe.operators[kind] = function(b, op)
    if op.attributes.unknown then b:refuse("%s is not known", op.attributes.unknown) end
    f(b, op)
  end
end

return caffe
