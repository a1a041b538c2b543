--- The operators of OpenVINO's IR that change shapes, as layers; see openvino.lua.
local attributes = require "visage.nn.import.openvino.attributes"
local fold = require "visage.nn.import.fold"
local geometry = require "visage.nn.import.geometry"

local is_true = attributes.is_true

local operators = {}

-- The first size must be the batch's: kept, unknown, or what the file's is.
function operators.Reshape(b, op)
  local node, sizes = b:input(op.inputs[1]), b:integers(op.inputs[2])
  local keeps = is_true(op, "special_zero")
  local batch = table.remove(sizes, 1)
  if not (batch == -1 or batch == b.batch or batch == 0 and keeps) or #sizes == 0 then
    b:refuse("changes the batch")
  end
  for i, size in ipairs(sizes) do
    if size == 0 and keeps then sizes[i] = node.shape[i + 1] end
  end
  b:set(op, geometry.reshaped(b, op, node, sizes))
end

-- The shape, the batch in it, as fold makes it; which must leave the batch alone.
local function reshaped(b, op, change, axes)
  local node = b:input(op.inputs[1])
  local sizes = b:try(change, node.shape, axes)
  if node.shape[1] ~= table.remove(sizes, 1) then b:refuse("changes the batch") end
  b:set(op, geometry.reshaped(b, op, node, sizes))
end

function operators.Squeeze(b, op)
  if not op.inputs[2] then b:refuse("of all axes, the batch too") end
  reshaped(b, op, fold.squeezed, b:integers(op.inputs[2]))
end

function operators.Unsqueeze(b, op)
  reshaped(b, op, fold.unsqueezed, b:integers(op.inputs[2]))
end

function operators.Transpose(b, op)
  local order = b:integers(op.inputs[2])
  if table.remove(order, 1) ~= 0 then b:refuse("moves the batch") end
  b:set(op, b:add(op, "permute", b:input(op.inputs[1]), { order = order }))
end

function operators.Concat(b, op)
  local nodes = {}
  for i, name in ipairs(op.inputs) do nodes[i] = b:input(name) end
  if #nodes == 0 then b:fail("joins nothing") end
  local axis = geometry.axis(b, attributes.need(b, op, "axis", "integer"), #nodes[1].shape)
  b:set(op, b:add(op, "concat", nodes, { axis = axis }))
end

-- Over height and width.
local function reduce(b, op, mode)
  local node, axes = b:input(op.inputs[1]), b:integers(op.inputs[2])
  local seen = {}
  for _, axis in ipairs(axes) do seen[axis < 0 and axis + #node.shape or axis] = true end
  if #node.shape ~= 4 or #axes ~= 2 or not (seen[2] and seen[3]) then
    b:refuse("over other axes than height and width")
  end
  if is_true(op, "keep_dims") then
    b:set(op, b:add(op, "global_pool", node, { mode = mode }))
  else
    node = b:add(op, "global_pool", node, { name = b:name(op, "map"), mode = mode })
    b:set(op, b:add(op, "flatten", node))
  end
end

function operators.ReduceMean(b, op) reduce(b, op, "avg") end

function operators.ReduceMax(b, op) reduce(b, op, "max") end

-- ---- larger maps ----

-- Rules by which the nearest of a map `scale` times as large repeats each
-- number: MODE/NEAREST_MODE.
local repeats = {
  ["asymmetric/floor"] = true, ["half_pixel/round_prefer_floor"] = true,
  ["half_pixel/round_prefer_ceil"] = true,
}

-- Opset 4 has sizes and scales in two inputs, opset 11 in one.
function operators.Interpolate(b, op)
  local node, a = b:input(op.inputs[1]), op.attributes
  local rule = ("%s/%s"):format(a.coordinate_transformation_mode or "half_pixel",
    a.nearest_mode or "round_prefer_floor")
  if a.mode ~= "nearest" or not repeats[rule] then b:refuse("mode %s, %s", a.mode, rule) end
  local by_scales, older = a.shape_calculation_mode == "scales", a.version ~= "opset11"
  local numbers = b:numbers(op.inputs[older and by_scales and 3 or 2])
  local axes = op.inputs[older and 4 or 3]
  axes = axes and b:integers(axes) or { 0, 1, 2, 3 }
  local times = {}
  for i, axis in ipairs(axes) do
    times[axis] = by_scales and numbers[i] or axis > 0 and numbers[i] / b:size(node, axis)
  end
  if times[2] ~= times[3] or math.tointeger(times[2]) == nil or (times[1] or 1) ~= 1 then
    b:refuse("%s times as high, %s as wide", times[2], times[3])
  end
  b:set(op, b:add(op, "upsample", node, { scale = math.tointeger(times[2]) }))
end

return { operators = operators }
