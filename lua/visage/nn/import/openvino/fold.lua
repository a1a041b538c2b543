--- What OpenVINO's operators compute of constants alone: weights kept in fp16,
-- and the arithmetic on shapes that networks carry with them. See openvino.lua.
local attributes = require "visage.nn.import.openvino.attributes"
local fold = require "visage.nn.import.fold"
local tensor = require "visage.tensor"

local RANGE_MOST = 1 << 20

local dtypes = {
  f16 = "f16", f32 = "f32", f64 = "f64", i32 = "i32", i64 = "i64", u8 = "u8", boolean = "u8",
}

local function list(t) return t:reshape({ -1 }):totable() end

-- type -> function(b, op, tensors...) that gives a tensor.
local constants = {}

function constants.Add(_, _, x, y) return x + y end

function constants.Subtract(_, _, x, y) return x - y end

function constants.Multiply(_, _, x, y) return x * y end

function constants.Divide(_, _, x, y) return fold.divide(x, y) end

function constants.Convert(b, op, x)
  local dtype = op.attributes.destination_type
  return x:to(dtypes[dtype] or b:refuse("to %s", dtype))
end

function constants.Floor(_, _, x)
  local numbers = list(x)
  for i, n in ipairs(numbers) do numbers[i] = math.floor(n) end
  return tensor.from(numbers, x:dtype()):reshape(x:shape())
end

-- From the first by steps to before the last.
function constants.Range(b, _, first, last, step)
  first, last, step = first:item(), last:item(), step:item()
  if step == 0 or math.abs((last - first) / step) > RANGE_MOST then b:fail("is too long") end
  local numbers = {}
  for n = first, last - (step > 0 and 1 or -1), step do numbers[#numbers + 1] = n end
  return fold.integers(numbers)
end

function constants.Gather(_, _, x, places, axis)
  return fold.gather(x, places, axis:item())
end

-- The axes for which a mask, a list or one number, is set, in a set.
local function masked(op, key)
  local mask, set = op.attributes[key] or {}, {}
  for i, bit in ipairs(type(mask) == "table" and mask or { mask }) do set[i] = bit == 1 end
  return set
end

-- A masked axis begins or ends where it does; a shrunk one has one place, and goes.
function constants.StridedSlice(b, op, x, first, last, step)
  local starts, ends, steps = list(first), list(last), step and list(step)
  local whole, open, gone = masked(op, "begin_mask"), masked(op, "end_mask"), {}
  local shrunk = masked(op, "shrink_axis_mask")
  for _, new in ipairs(masked(op, "new_axis_mask")) do
    if new then b:refuse("with new axes") end
  end
  for i, start in ipairs(starts) do
    if whole[i] then starts[i] = 0 end
    if open[i] or shrunk[i] and start == -1 then ends[i] = math.maxinteger end
    if shrunk[i] then
      if start ~= -1 then ends[i] = start + 1 end
      gone[#gone + 1] = i - 1
    end
  end
  x = fold.slice(x, starts, ends, nil, steps)
  return x:reshape(fold.squeezed(x:shape(), gone))
end

function constants.Concat(b, op, ...)
  local axis, parts = attributes.need(b, op, "axis", "integer"), { ... }
  return tensor.cat(parts, (axis < 0 and axis + parts[1]:dims() or axis) + 1)
end

function constants.Reshape(_, op, x, sizes)
  local shape = list(sizes)
  for i, size in ipairs(shape) do
    if size == 0 and attributes.is_true(op, "special_zero") then shape[i] = x:size(i) end
  end
  return x:reshape(shape)
end

function constants.Squeeze(_, _, x, axes)
  return x:reshape(fold.squeezed(x:shape(), axes and list(axes)))
end

function constants.Unsqueeze(_, _, x, axes)
  return x:reshape(fold.unsqueezed(x:shape(), list(axes)))
end

function constants.Transpose(_, _, x, order)
  local axes = list(order)
  for i, axis in ipairs(axes) do axes[i] = axis + 1 end
  return x:permute(axes)
end

-- ---- how many numbers those give ----

local function of_all(...)
  local count = 0
  for _, t in ipairs { ... } do count = count + t:numel() end
  return count
end

local sizes = { Add = fold.broadcast, Subtract = fold.broadcast, Multiply = fold.broadcast,
  Divide = fold.broadcast }

function sizes.Gather(x, places) return x:numel() * places:numel() end

function sizes.Range() return RANGE_MOST end

-- ---- both ----

-- Those that compute: with a size that is open, -1, they would be wrong.
local computing = { Add = true, Subtract = true, Multiply = true, Divide = true, Floor = true,
  Range = true }

-- The tensors of an operator's inputs, nil when one is a node; and whether one has a
-- size that is open.
local function tensors_of(b, op)
  local tensors, open = {}, false
  for i, name in ipairs(op.inputs) do
    if not b:is_constant(name) then return nil end
    tensors[i] = b:constant(name)
    open = open or b.open[tensors[i]]
  end
  return tensors, open
end

-- The constant that an operator makes of constants.
local function computed(b, op, tensors, open)
  if open and computing[op.type] then b:refuse("it computes with a size that is open") end
  b:count((sizes[op.type] or of_all)(table.unpack(tensors)))
  local result = constants[op.type](b, op, table.unpack(tensors))
  if open and result:eq(-1):max() == 1 then b.open[result] = true end
  return result
end

-- A node's shape is known when the network is built, but for the batch, -1, and
-- for height and width of any size.
local function shape_of(b, op)
  local value = b:value(op.inputs[1]) or b:input(op.inputs[1])
  local shape = tensor.is(value) and value:shape() or value.shape
  local result = fold.integers(shape)
  for i = 2, #shape do
    if shape[i] < 0 then b.open[result] = true end
  end
  b:set(op, result)
end

--- Adds to a vocabulary what its operators and others do with constants.
-- @tparam table operators type -> function(b, op), for nodes
-- @treturn table the same for both
return function(operators)
  local both = { ShapeOf = shape_of }
  for type, f in pairs(operators) do both[type] = f end
  for type in pairs(constants) do
    both[type] = function(b, op)
      local tensors, open = tensors_of(b, op)
      if tensors then
        b:set(op, computed(b, op, tensors, open))
      elseif operators[type] then
        operators[type](b, op)
      else
        b:refuse("of what is no constant")
      end
    end
  end
  return both
end
