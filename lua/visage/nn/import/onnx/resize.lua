--- ONNX's operators that enlarge a map: Resize (opset 10), before it Upsample,
-- and Expand, as layers upsample.
local text = require "visage.nn.text"

local resize = {}

--- Enlarges x to that size; exact: only to a multiple. To another size it is that
-- of a node, a layer's second input.
local function enlarge(b, op, x, height, width, exact)
  local h, w = b:size(x, 2), b:size(x, 3)
  if h == height and w == width then return x end
  if height % h == 0 and width % w == 0 and height // h == width // w then
    return b:add(op, "upsample", x, { scale = height // h })
  end
  local like = not (exact and (height % h ~= 0 or width % w ~= 0)) and b:map_of(height, width)
  if not like then b:refuse("to (%d,%d)", height, width) end
  return b:add(op, "upsample", { x, like })
end

--- Whether the nearest number is that of a whole multiple's own place, which
-- layers upsample give; and whether it is for other sizes too.
local function is_nearest(b, op, scale)
  local from = b:attribute(op, "coordinate_transformation_mode", "string", "half_pixel")
  local nearest = b:attribute(op, "nearest_mode", "string", "round_prefer_floor")
  if from == "asymmetric" then
    return nearest == "floor" or nearest == "round_prefer_floor" and scale <= 2, nearest == "floor"
  end
  return (from == "half_pixel" or from == "pytorch_half_pixel")
    and (nearest == "round_prefer_floor" or nearest == "round_prefer_ceil"), false
end

--- The last two of four numbers, or of those of axes; the first two say 1 (or the
-- input's own size).
local function last_two(b, op, x, list, name)
  local axes = b:attribute(op, "axes", "integers") or { 0, 1, 2, 3 }
  local result = {}
  if #list ~= #axes then b:fail("%s has %d numbers, wants %d", name, #list, #axes) end
  for i, axis in ipairs(axes) do
    axis = axis < 0 and axis + 4 or axis
    local own = name == "scales" and 1 or x.shape[axis + 1]
    if axis == 2 or axis == 3 then
      result[axis - 1] = list[i]
    elseif list[i] ~= own and not (axis == 0 and name == "sizes") then
      b:refuse("%s[%d] is not 1", name, axis)
    end
  end
  if not (result[1] and result[2]) then b:refuse("it leaves height or width alone") end
  return result
end

--- The factor of a whole multiple, the same both ways, or nil: for it the size of
-- x may be open.
local function multiple_of(b, op, x, scales)
  local factors = last_two(b, op, x, scales or b:fail("has neither scales nor sizes"), "scales")
  local whole = math.tointeger(factors[1])
  return whole and whole > 0 and whole == factors[2] and whole or nil, factors
end

--- The size of an axis times a factor, rounded down as ONNX says.
local function scaled(b, x, axis, factor)
  return math.tointeger(math.floor(b:size(x, axis) * factor)) or b:fail("scales has %g", factor)
end

--- Adds the layer of an x whose map is multiplied by scales or has the sizes.
-- rule(scale): whether the nearest number is that of a multiple's own place, and
-- whether it is for other sizes too.
local function enlarged(b, op, x, scales, sizes, rule)
  local height, width, multiple, factors
  if sizes and #sizes > 0 then
    height, width = table.unpack(last_two(b, op, x, sizes, "sizes"))
  else
    multiple, factors = multiple_of(b, op, x, scales)
  end
  if not multiple then
    height = height or scaled(b, x, 2, factors[1])
    width = width or scaled(b, x, 3, factors[2])
  end
  local places, any = rule(multiple or height / b:size(x, 2))
  if not places then b:refuse("another coordinate_transformation_mode or nearest_mode") end
  if multiple == 1 then return x end
  if multiple then return b:add(op, "upsample", x, { scale = multiple }) end
  return enlarge(b, op, x, height, width, not any)
end

local function check(b, op, x)
  local mode = b:attribute(op, "mode", "string", "nearest")
  if #x.shape ~= 4 then b:refuse("an input of %d axes, wants 4", #x.shape) end
  if mode ~= "nearest" then b:refuse("mode is %s", mode) end
  if b:attribute(op, "keep_aspect_ratio_policy", "string", "stretch") ~= "stretch" then
    b:refuse("keep_aspect_ratio_policy")
  end
end

local function numbers(b, name)
  return b:value(name) and b:numbers(name)
end

--- Resize, to scales or to sizes.
function resize.Resize(b, op)
  local x, older = b:input(op.inputs[1]), b.opset < 11
  check(b, op, x)
  local scales = numbers(b, op.inputs[older and 2 or 3])
  local sizes = not older and b:value(op.inputs[4]) and b:integers(op.inputs[4])
  b:set(op, enlarged(b, op, x, scales, sizes, function(scale)
    if older then return true, true end
    return is_nearest(b, op, scale)
  end))
end

--- Upsample, by scales.
function resize.Upsample(b, op)
  local x = b:input(op.inputs[1])
  check(b, op, x)
  local scales = numbers(b, op.inputs[2]) or b:attribute(op, "scales", "numbers")
  b:set(op, enlarged(b, op, x, scales, nil, function() return true, true end))
end

--- Repeats sizes of 1.
function resize.Expand(b, op)
  local x, shape = b:input(op.inputs[1]), b:integers(op.inputs[2])
  local lead = #x.shape - #shape
  local wanted = { table.unpack(x.shape) }
  for i, size in ipairs(shape) do
    if lead < 0 then b:refuse("to more axes") end
    if size ~= 1 and i + lead > 1 then wanted[i + lead] = size end
    if i + lead == 1 and size ~= 1 and size ~= -1 and size ~= b.batch then
      b:refuse("it repeats the batch")
    end
  end
  if text.shape(wanted) == text.shape(x.shape) then return b:set(op, x) end
  if #x.shape ~= 4 or wanted[2] ~= x.shape[2] or x.shape[3] ~= 1 or x.shape[4] ~= 1 then
    b:refuse("%s to %s", text.shape(x.shape), text.shape(wanted))
  end
  b:set(op, enlarge(b, op, x, wanted[3], wanted[4], false))
end

return resize
