--- How each layer is said in ONNX. rules: layer -> function(e, node), where e is
-- what onnx.lua offers and node an entry of g:nodes().
local rules = {}

-- Places that a slot (C) takes beside values of the node's shape.
local function channels(e, node)
  local shape = e:shape(node)
  return #shape == 4 and { shape[2], 1, 1 } or { shape[2] }
end

-- ---- windows ----

--- Attributes of a window; pads is { top, left, bottom, right }, nil for same_tf.
local function window(p, pads)
  return { kernel_shape = p.kernel, strides = p.stride, pads = pads,
    auto_pad = not pads and "SAME_UPPER" or nil }
end

--- TensorFlow's padding of one axis: before, after; nil where it depends on a size
-- that is open.
local function same_tf(size, stride, reach)
  if size < 0 and stride > 1 then return nil end
  local places = stride > 1 and (size + stride - 1) // stride or size
  local total = math.max(0, (places - 1) * stride + reach - size)
  return total // 2, total - total // 2
end

--- The node's padding as ONNX orders it; nil for same_tf over an open size.
local function pads_of(e, node)
  local p = node.parameters
  if p.pad ~= "same_tf" then return { p.pad[1], p.pad[3], p.pad[2], p.pad[4] } end
  local shape, pads = e:shape(node), {}
  for i = 1, 2 do
    local reach = (p.kernel[i] - 1) * (p.dilation and p.dilation[i] or 1) + 1
    pads[i], pads[i + 2] = same_tf(shape[i + 2], p.stride[i], reach)
    if not pads[i] then return nil end
  end
  return pads
end

function rules.conv2d(e, node)
  local p, inputs = node.parameters, { node.inputs[1], e:weight(node, "weight") }
  local pads = pads_of(e, node)
  if p.bias then inputs[3] = e:weight(node, "bias") end
  if not pads and (p.dilation[1] > 1 or p.dilation[2] > 1) then
    return e:refuse(node, "same_tf with stride and dilation, for an input of any size")
  end
  local attributes = window(p, pads)
  attributes.dilations, attributes.group = p.dilation, p.groups
  e:set(node, "Conv", inputs, attributes)
end

--- What ceil adds after the padding along each axis, as padding: { bottom, right };
-- nil when a size is open. It may be less than nothing, which is left alone.
local function ceil_adds(e, node)
  local p, shape, more = node.parameters, e:shape(node), {}
  for i = 1, 2 do
    local size, places = shape[i + 2], node.shape[i + 2]
    if size < 0 then return nil end
    local reach = (places - 1) * p.stride[i] + p.kernel[i]
    more[i] = math.max(0, reach - size - p.pad[2 * i - 1] - p.pad[2 * i])
  end
  return more
end

--- A pool that rounds up. Runtimes disagree on where its last window may begin, so
-- that where sizes are known the windows are had by padding, which no pool here
-- counts.
local function ceil_pool(e, node, type, input, pads, attributes)
  local more = ceil_adds(e, node)
  if more then
    pads[3], pads[4] = pads[3] + more[1], pads[4] + more[2]
  else
    attributes.ceil_mode = 1
  end
  attributes.pads = pads
  e:set(node, type, { input }, attributes)
end

function rules.max_pool(e, node)
  local p, pads = node.parameters, pads_of(e, node)
  if p.ceil and p.pad ~= "same_tf" then
    return ceil_pool(e, node, "MaxPool", node.inputs[1], pads, window(p, pads))
  end
  e:set(node, "MaxPool", node.inputs, window(p, pads))
end

--- Padding that counts and rounding up that does not cannot be had together: the
-- first becomes an operator of its own.
local function counted_ceil(e, node, pads)
  local p = node.parameters
  if not ceil_adds(e, node) then
    return e:refuse(node, "with ceil and count_pad, for an input of any size")
  end
  local around = e:integers(node, "pads", { 0, 0, pads[1], pads[2], 0, 0, pads[3], pads[4] })
  local padded = e:part(node, "padded", "Pad", { node.inputs[1], around })
  ceil_pool(e, node, "AveragePool", padded, { 0, 0, 0, 0 }, window(p, pads))
end

function rules.avg_pool(e, node)
  local p, pads = node.parameters, pads_of(e, node)
  local attributes = window(p, pads)
  if p.ceil and p.pad ~= "same_tf" then
    if p.count_pad then return counted_ceil(e, node, pads) end
    return ceil_pool(e, node, "AveragePool", node.inputs[1], pads, attributes)
  end
  attributes.count_include_pad = p.count_pad and 1 or 0
  e:set(node, "AveragePool", node.inputs, attributes)
end

function rules.global_pool(e, node)
  e:set(node, node.parameters.mode == "max" and "GlobalMaxPool" or "GlobalAveragePool",
    node.inputs)
end

-- ---- number by number ----

function rules.relu(e, node)
  local slope = node.parameters.slope
  if slope == 0 then return e:set(node, "Relu", node.inputs) end
  e:set(node, "LeakyRelu", node.inputs, { alpha = slope })
end

function rules.prelu(e, node)
  e:set(node, "PRelu", { node.inputs[1], e:weight(node, "slope", channels(e, node)) })
end

function rules.clip(e, node)
  local p = node.parameters
  e:set(node, "Clip", { node.inputs[1],
    p.low > -math.huge and e:number(node, "low", p.low) or "",
    p.high < math.huge and e:number(node, "high", p.high) or nil })
end

function rules.sigmoid(e, node) e:set(node, "Sigmoid", node.inputs) end

function rules.add(e, node) e:set(node, "Add", node.inputs) end

function rules.mul(e, node) e:set(node, "Mul", node.inputs) end

function rules.batch_norm(e, node)
  local p, count = node.parameters, e:shape(node)[2]
  local gamma = p.affine and e:weight(node, "gamma") or e:filled(node, "gamma", count, 1)
  local beta = p.affine and e:weight(node, "beta") or e:filled(node, "beta", count, 0)
  e:set(node, "BatchNormalization",
    { node.inputs[1], gamma, beta, e:weight(node, "mean"), e:weight(node, "var") },
    { epsilon = p.eps })
end

function rules.scale(e, node)
  local gamma = e:weight(node, "gamma", channels(e, node))
  if not node.parameters.bias then return e:set(node, "Mul", { node.inputs[1], gamma }) end
  local product = e:part(node, "product", "Mul", { node.inputs[1], gamma })
  e:set(node, "Add", { product, e:weight(node, "beta", channels(e, node)) })
end

-- ---- along an axis ----

function rules.softmax(e, node)
  e:set(node, "Softmax", node.inputs, { axis = node.parameters.axis })
end

--- x / max(||x||, eps); ONNX's LpNormalization has no eps.
function rules.l2_normalize(e, node)
  local p, x = node.parameters, node.inputs[1]
  local norm = e:part(node, "norm", "ReduceL2", { x, e:integers(node, "axis", { p.axis }) },
    { keepdims = 1 })
  local least = e:part(node, "least", "Clip", { norm, e:number(node, "eps", p.eps) })
  e:set(node, "Div", { x, least })
end

function rules.concat(e, node)
  e:set(node, "Concat", node.inputs, { axis = node.parameters.axis })
end

-- ---- products ----

function rules.linear(e, node)
  local inputs = { node.inputs[1], e:weight(node, "weight") }
  if node.parameters.bias then inputs[3] = e:weight(node, "bias") end
  e:set(node, "Gemm", inputs, { transB = 1 })
end

-- ---- shapes ----

function rules.permute(e, node)
  e:set(node, "Transpose", node.inputs, { perm = { 0, table.unpack(node.parameters.order) } })
end

function rules.flatten(e, node)
  local x = node.inputs[1]
  if node.parameters.order == "hwc" and #e:shape(node) == 4 then
    x = e:part(node, "hwc", "Transpose", { x }, { perm = { 0, 2, 3, 1 } })
  end
  e:set(node, "Flatten", { x }, { axis = 1 })
end

--- A 0 keeps the batch's size.
function rules.reshape(e, node)
  local shape = e:integers(node, "shape", { 0, table.unpack(node.parameters.shape) })
  e:set(node, "Reshape", { node.inputs[1], shape })
end

function rules.zero_pad(e, node)
  local p = node.parameters
  local pads = e:integers(node, "pads", { 0, 0, p.top, p.left, 0, p.channels, p.bottom, p.right })
  e:set(node, "Pad", { node.inputs[1], pads })
end

--- The size of the second input, where there is one and its size is known.
local function known_size(e, node)
  local _, _, height, width = table.unpack(e:shape(node, 2))
  return height >= 0 and width >= 0 and { height, width } or nil
end

function rules.upsample(e, node)
  local attributes = { axes = { 2, 3 }, mode = "nearest", nearest_mode = "floor",
    coordinate_transformation_mode = "asymmetric" }
  local scale, like = node.parameters.scale, node.inputs[2]
  if not like then
    local scales = e:numbers(node, "scales", { scale, scale })
    return e:set(node, "Resize", { node.inputs[1], "", scales }, attributes)
  end
  local known = known_size(e, node)
  local sizes = known and e:integers(node, "sizes", known)
    or e:part(node, "sizes", "Shape", { like }, { start = 2 })
  e:set(node, "Resize", { node.inputs[1], "", "", sizes }, attributes)
end

return { rules = rules }
