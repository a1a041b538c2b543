--- What OpenVINO's operators compute of constants alone: weights kept in fp16,
-- and the arithmetic on shapes that networks carry with them. See openvino.lua.
local tensor = require "visage.tensor"

local MOST = 1 << 20 -- numbers of a result that is larger than what it is made of

local dtypes = {
  f16 = "f16", f32 = "f32", f64 = "f64", i32 = "i32", i64 = "i64", u8 = "u8", boolean = "u8",
}

-- type -> function(b, op, tensors...) that gives a tensor.
local constants = {}

-- ---- element by element ----

-- The numbers of a result by broadcasting.
local function broadcast_numel(x, y)
  local a, c, numel = x:shape(), y:shape(), 1
  for i = 0, math.max(#a, #c) - 1 do numel = numel * math.max(a[#a - i] or 1, c[#c - i] or 1) end
  return numel
end

local function arithmetic(f)
  return function(b, _, x, y)
    if broadcast_numel(x, y) > math.max(MOST, x:numel(), y:numel()) then
      b:fail("makes many numbers of few")
    end
    return f(x, y)
  end
end

constants.Add = arithmetic(function(x, y) return x + y end)
constants.Subtract = arithmetic(function(x, y) return x - y end)
constants.Multiply = arithmetic(function(x, y) return x * y end)

-- Whole numbers stay whole, the fraction is cut off.
constants.Divide = arithmetic(function(x, y)
  local dtype = tensor.promote(x, y)
  return (x:to "f64" / y:to "f64"):to(dtype)
end)

function constants.Convert(b, op, x)
  local dtype = op.attributes.destination_type
  return x:to(dtypes[dtype] or b:refuse("to %s", dtype))
end

function constants.Floor(_, _, x)
  local numbers = x:reshape({ -1 }):totable()
  for i, n in ipairs(numbers) do numbers[i] = math.floor(n) end
  return tensor.from(numbers, x:dtype()):reshape(x:shape())
end

-- ---- places ----

-- Numbers of a tensor of one axis as another of that dtype.
local function pick(x, numbers)
  return #numbers > 0 and tensor.from(numbers, x:dtype()) or tensor.zeros({ 0 }, x:dtype())
end

local function list_of(b, x)
  if x:dims() ~= 1 then b:refuse("of %d axes", x:dims()) end
  return x:totable()
end

function constants.Range(b, _, first, stop, step)
  first, stop, step = first:item(), stop:item(), step:item()
  if step == 0 or math.abs((stop - first) / step) > MOST then b:fail("of too many numbers") end
  local numbers = {}
  for n = first, stop - (step > 0 and 1 or -1), step do numbers[#numbers + 1] = n end
  return pick(tensor.zeros({ 1 }, "i64"), numbers)
end

function constants.Gather(b, _, x, places)
  local from, numbers = list_of(b, x), {}
  for i, place in ipairs(places:reshape({ -1 }):totable()) do
    numbers[i] = from[place + (place < 0 and #from or 0) + 1] or b:fail("takes place %d", place)
  end
  return pick(x, numbers):reshape(places:shape())
end

-- True where a mask, a list or one number, is set for the one axis.
local function masked(op, key)
  local mask = op.attributes[key]
  if type(mask) == "table" then mask = mask[1] end
  return mask == 1
end

function constants.StridedSlice(b, op, x, first, stop, step)
  local from, numbers = list_of(b, x), {}
  local stride = step and step:item() or 1
  if stride < 1 or masked(op, "new_axis_mask") or masked(op, "ellipsis_mask") then
    b:refuse("with a step of %d, or new axes", stride)
  end
  local function place(t, mask, default)
    if masked(op, mask) then return default end
    local n = t:item()
    return math.min(math.max(n < 0 and n + #from or n, 0), #from)
  end
  local begin = place(first, "begin_mask", 0)
  if masked(op, "shrink_axis_mask") then
    return pick(x, { from[begin + 1] or b:fail("takes place %d", begin) }):reshape {}
  end
  for i = begin, place(stop, "end_mask", #from) - 1, stride do
    numbers[#numbers + 1] = from[i + 1]
  end
  return pick(x, numbers)
end

-- ---- shapes ----

function constants.Concat(b, op, ...)
  local axis, list, numel = op.attributes.axis, { ... }, 0
  for _, x in ipairs(list) do numel = numel + x:numel() end
  if numel > MOST then b:fail("makes %d numbers", numel) end
  return tensor.cat(list, axis < 0 and axis + list[1]:dims() + 1 or axis + 1)
end

function constants.Reshape(_, op, x, sizes)
  local shape = sizes:totable()
  for i, size in ipairs(shape) do
    if size == 0 and op.attributes.special_zero == "true" then shape[i] = x:size(i) end
  end
  return x:reshape(shape)
end

-- Without axes, all of size 1.
function constants.Squeeze(b, _, x, axes)
  local shape, gone, kept = x:shape(), {}, {}
  for _, axis in ipairs(axes and axes:reshape({ -1 }):totable() or {}) do
    gone[axis < 0 and axis + #shape + 1 or axis + 1] = true
  end
  for i, size in ipairs(shape) do
    if gone[i] and size ~= 1 then b:fail("of an axis of %d", size) end
    if not (gone[i] or not axes and size == 1) then kept[#kept + 1] = size end
  end
  return x:reshape(kept)
end

function constants.Unsqueeze(_, _, x, axes)
  local list = axes:reshape({ -1 }):totable()
  local rank = x:dims() + #list
  for i, axis in ipairs(list) do list[i] = axis < 0 and axis + rank or axis end
  table.sort(list)
  for _, axis in ipairs(list) do x = x:unsqueeze(axis + 1) end
  return x
end

function constants.Transpose(_, _, x, order)
  local axes = order:totable()
  for i, axis in ipairs(axes) do axes[i] = axis + 1 end
  return x:permute(axes)
end

-- ---- both ----

-- The tensors of an operator's inputs; nil when one is a node.
local function tensors_of(b, op)
  local list = {}
  for i, name in ipairs(op.inputs) do
    if not b:is_constant(name) then return nil end
    list[i] = b:constant(name)
  end
  return list
end

-- A node's shape is known when the network is built, but for the batch, -1.
local function shape_of(b, op)
  local value = b:value(op.inputs[1]) or b:input(op.inputs[1])
  local shape = tensor.is(value) and value:shape() or value.shape
  b:set(op, pick(tensor.zeros({ 1 }, "i64"), shape))
end

--- Adds to a vocabulary what its operators and others do with constants.
-- @tparam table operators type -> function(b, op), for nodes
-- @treturn table the same for both
return function(operators)
  local both = { ShapeOf = shape_of }
  for type, f in pairs(operators) do both[type] = f end
  for type, compute in pairs(constants) do
    both[type] = function(b, op)
      local list = tensors_of(b, op)
      if list then
        b:set(op, compute(b, op, table.unpack(list)))
      elseif operators[type] then
        operators[type](b, op)
      else
        b:refuse("of what is no constant")
      end
    end
  end
  return both
end
