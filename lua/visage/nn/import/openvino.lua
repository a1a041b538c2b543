--- The operators of OpenVINO's IR, of versions 10 and 11, as layers. Source of
-- their names, inputs and attributes: docs.openvino.ai, "Available Operation
-- Sets". What they compute of constants alone is in openvino/fold.lua.
local arithmetic = require "visage.nn.import.arithmetic"
local attributes = require "visage.nn.import.openvino.attributes"
local folded = require "visage.nn.import.openvino.fold"
local geometry = require "visage.nn.import.geometry"
local shapes = require "visage.nn.import.openvino.shapes"

local is_true, list, need = attributes.is_true, attributes.list, attributes.need

-- Those that change shapes, and those below.
local operators = {}
for type, f in pairs(shapes.operators) do operators[type] = f end

-- ---- what waits for its bias ----

-- What a convolution gives mostly goes to one place, an Add of a constant: its
-- bias. So it waits for that, in b.waiting by the name of what it gives:
-- { op =, rank =, channels =, make = function(op whose name it takes, bias) }.

-- The values that one operator alone takes, an Add.
local function only_added(b)
  local adds = {}
  for _, op in ipairs(b.network.operators) do
    for _, name in ipairs(op.inputs) do adds[name] = adds[name] == nil and op.type == "Add" end
  end
  for _, name in ipairs(b.outputs) do adds[name] = false end
  return adds
end

-- The constant as a bias of (N,channels,...) of rank axes; nil when it is none.
local function bias_of(b, value, rank, channels)
  local shape = value:shape()
  if #shape > rank then return nil end
  for i, size in ipairs(shape) do
    local axis = rank - #shape + i
    if size ~= 1 and not (axis == 2 and size == channels) then return nil end
  end
  b:count(channels)
  return value:to("f32"):reshape({ -1 }):expand { channels }
end

local function make_or_wait(b, op, later)
  local name = op.outputs[1]
  later.op = op
  b.adds = b.adds or only_added(b)
  if b.adds[name] then
    b.waiting[name] = later
  else
    b:set(op, later.make(op))
  end
end

-- True when the Add was a bias.
local function add_bias(b, op)
  for i, name in ipairs(op.inputs) do
    local later, other = b.waiting[name], op.inputs[3 - i]
    b.waiting[name] = nil
    local bias = later and b:is_constant(other)
      and bias_of(b, b:constant(other), later.rank, later.channels)
    if bias then
      b:set(op, later.make(op, bias))
      return true
    elseif later then
      b:set(later.op, later.make(later.op))
    end
  end
end

-- ---- windows ----

-- The parameter pad of a layer; window has kernel, stride and dilation.
local function padding(b, op, node, window)
  local auto = b:attribute(op, "auto_pad", "string", "explicit")
  if auto == "valid" then return 0 end
  if auto == "same_upper" then return "same_tf" end
  if auto == "same_lower" then return geometry.same_lower(b, node, window) end
  local first, last = list(b, op, "pads_begin", { 0, 0 }), list(b, op, "pads_end", { 0, 0 })
  return { first[1], last[1], first[2], last[2] }
end

-- The window of a layer of images.
local function window_of(b, op, node, kernel)
  local window = { kernel = kernel, stride = list(b, op, "strides", { 1, 1 }),
    dilation = list(b, op, "dilations", { 1, 1 }) }
  if #node.shape ~= 4 then b:refuse("an input of %d axes, wants 4", #node.shape) end
  for _, key in ipairs { "kernel", "stride", "dilation" } do
    if #window[key] ~= 2 then b:fail("%s of %d sizes, wants 2", key, #window[key]) end
  end
  window.pad = padding(b, op, node, window)
  return window
end

-- weight: (out, in / groups, height, width).
local function convolve(b, op, weight, groups)
  local node, shape = b:input(op.inputs[1]), weight:shape()
  if #shape ~= 4 then b:refuse("a kernel of %d axes", #shape - 2) end
  local options = window_of(b, op, node, { shape[3], shape[4] })
  options.out, options.groups = shape[1], groups
  make_or_wait(b, op, {
    rank = 4, channels = shape[1],
    make = function(named, bias)
      options.bias, options.name = bias ~= nil, b:name(named)
      return b:add(named, "conv2d", node, options, { weight = weight, bias = bias })
    end,
  })
end

function operators.Convolution(b, op)
  convolve(b, op, b:constant(op.inputs[2]), 1)
end

-- Its weight has the groups as an axis of their own, the first.
function operators.GroupConvolution(b, op)
  local weight = b:constant(op.inputs[2])
  local shape = weight:shape()
  if #shape ~= 5 then b:refuse("a weight of %d axes", #shape) end
  convolve(b, op, weight:reshape { shape[1] * shape[2], shape[3], shape[4], shape[5] }, shape[1])
end

-- Where the number of places is rounded up, the last window may begin or end
-- outside what is padded, which frameworks count in different ways.
local function check_rounding(b, node, o, counts_pad)
  for i = 1, 2 do
    local before, after = o.pad[2 * i - 1], o.pad[2 * i]
    local all = b:size(node, i + 1) + before + after
    local last = -((o.kernel[i] - all) // o.stride[i]) * o.stride[i] -- the last one's place
    if last >= all - after or counts_pad and last + o.kernel[i] > all then
      b:refuse("its last window, rounded up, is outside")
    end
  end
end

local function pool(b, op, layer)
  local node = b:input(op.inputs[1])
  local o = window_of(b, op, node, list(b, op, "kernel"))
  if o.dilation[1] ~= 1 or o.dilation[2] ~= 1 then b:refuse("its dilations are not 1") end
  o.dilation = nil
  o.ceil = op.attributes.rounding_type == "ceil" and type(o.pad) == "table"
  if layer == "avg_pool" then
    o.count_pad = op.attributes["exclude-pad"] ~= nil and not is_true(op, "exclude-pad")
  end
  if o.ceil then check_rounding(b, node, o, o.count_pad) end
  b:set(op, b:add(op, layer, node, o))
end

function operators.MaxPool(b, op) pool(b, op, "max_pool") end

function operators.AvgPool(b, op) pool(b, op, "avg_pool") end

-- ---- fully connected ----

function operators.MatMul(b, op)
  local node, weight = b:input(op.inputs[1]), b:constant(op.inputs[2])
  if #node.shape ~= 2 or weight:dims() ~= 2 or is_true(op, "transpose_a") then
    b:refuse("only (N,F) by a constant (F,out) is a layer")
  end
  if not is_true(op, "transpose_b") then weight = weight:transpose(1, 2) end
  make_or_wait(b, op, {
    rank = 2, channels = weight:size(1),
    make = function(named, bias)
      return b:add(named, "linear", node, { out = weight:size(1), bias = bias ~= nil },
        { weight = weight, bias = bias })
    end,
  })
end

-- ---- element by element ----

for type, how in pairs { Add = "add", Subtract = "sub", Multiply = "mul", Divide = "div" } do
  operators[type] = function(b, op)
    if how == "add" and add_bias(b, op) then return end
    b:set(op, arithmetic(b, op, how, op.inputs[1], op.inputs[2]))
  end
end

function operators.Power(b, op)
  local x, exponent = b:input(op.inputs[1]), b:numbers(op.inputs[2])
  if #exponent ~= 1 or exponent[1] ~= 2 then b:refuse("to another power than 2") end
  b:set(op, b:add(op, "mul", { x, x }))
end

function operators.ReLU(b, op) b:set(op, b:add(op, "relu", b:input(op.inputs[1]))) end

function operators.Sigmoid(b, op) b:set(op, b:add(op, "sigmoid", b:input(op.inputs[1]))) end

function operators.Clamp(b, op)
  b:set(op, b:add(op, "clip", b:input(op.inputs[1]),
    { low = need(b, op, "min", "number"), high = need(b, op, "max", "number") }))
end

-- A slope of one axis is that of the channels, whatever the rank.
function operators.PReLU(b, op)
  local x, slope = b:input(op.inputs[1]), b:constant(op.inputs[2])
  if slope:dims() ~= 1 or slope:numel() == 1 then slope = b:per_channel(op.inputs[2], x) end
  b:set(op, b:add(op, "prelu", x, nil, { slope = slope }))
end

-- The first opset has the data third, later ones first.
function operators.BatchNormInference(b, op)
  local inputs = { table.unpack(op.inputs) }
  if b:is_constant(inputs[1]) then table.insert(inputs, 1, table.remove(inputs, 3)) end
  local weights = {}
  for i, slot in ipairs { "gamma", "beta", "mean", "var" } do
    weights[slot] = b:constant(inputs[i + 1])
  end
  b:set(op, b:add(op, "batch_norm", b:input(inputs[1]),
    { eps = need(b, op, "epsilon", "number") }, weights))
end

function operators.SoftMax(b, op)
  local x = b:input(op.inputs[1])
  b:set(op, b:add(op, "softmax", x, {
    axis = geometry.axis(b, b:attribute(op, "axis", "integer", 1), #x.shape) }))
end

-- eps is under the root: x / sqrt(max(sum, eps)), or, added, x / sqrt(sum + eps),
-- which in f32 is the same for all but vectors of next to nothing.
local EPS_MOST = 1e-10 -- to be added

function operators.NormalizeL2(b, op)
  local x, axes = b:input(op.inputs[1]), b:integers(op.inputs[2])
  local mode, eps = need(b, op, "eps_mode", "string"), need(b, op, "eps", "number")
  if #axes ~= 1 or mode ~= "max" and eps > EPS_MOST then
    b:refuse("along %d axes, %g in mode %s", #axes, eps, mode)
  end
  b:set(op, b:add(op, "l2_normalize", x,
    { axis = geometry.axis(b, axes[1], #x.shape), eps = math.sqrt(eps) }))
end

-- Of the element types a graph has one.
function operators.Convert(b, op) b:set(op, b:input(op.inputs[1])) end

-- See make_or_wait.
local function prepare(b)
  b.waiting = {}
end

return { operators = folded(operators), prepare = prepare }
