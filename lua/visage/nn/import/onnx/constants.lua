--- What ONNX's operators give of constants: shapes that old exporters compute
-- operator by operator, weights that are cast or turned. What no layer is
-- needed for is computed here, at once.
--
-- A Shape has -1 for the batch and for other open sizes. Operators that move
-- numbers keep it; one that would compute with it is refused.
local fold = require "visage.nn.import.fold"
local tensor = require "visage.tensor"

local constants = {}

local DTYPES = { [1] = "f32", [2] = "u8", [6] = "i32", [7] = "i64", [9] = "u8", [10] = "f16",
  [11] = "f64", [16] = "bf16" }

local function list(t) return t and t:reshape({ -1 }):totable() end

local function attribute(b, op, key, default) return b:attribute(op, key, "integer", default) end

-- The list that is an attribute in some opsets and an input in others.
local function listed(b, op, key, input)
  return list(input) or b:attribute(op, key, "numbers") -- an end may be 2^63 - 1
end

-- ---- those that move numbers: f(b, op, inputs...) ----

local moves = {}

function moves.Identity(_, _, t) return t end

moves.Dropout = moves.Identity

function moves.Cast(b, op, t)
  local to = attribute(b, op, "to")
  return t:to(DTYPES[to] or b:refuse("to data type %s", tostring(to)))
end

function moves.Concat(b, op, ...)
  local axis = attribute(b, op, "axis") or b:fail("has no axis")
  local parts = { ... }
  return tensor.cat(parts, (axis < 0 and axis + parts[1]:dims() or axis) + 1)
end

function moves.Gather(b, op, t, indices)
  return fold.gather(t, indices, attribute(b, op, "axis", 0))
end

function moves.Slice(b, op, t, starts, ends, axes, steps)
  return fold.slice(t, listed(b, op, "starts", starts), listed(b, op, "ends", ends),
    listed(b, op, "axes", axes), list(steps))
end

function moves.Squeeze(b, op, t, axes)
  return t:reshape(fold.squeezed(t:shape(), listed(b, op, "axes", axes)))
end

function moves.Unsqueeze(b, op, t, axes)
  return t:reshape(fold.unsqueezed(t:shape(), listed(b, op, "axes", axes)))
end

function moves.Reshape(_, _, t, shape)
  local sizes = list(shape)
  for i, size in ipairs(sizes) do sizes[i] = size == 0 and t:size(i) or size end
  return t:reshape(sizes)
end

function moves.Transpose(b, op, t)
  local order = {}
  local perm = b:attribute(op, "perm", "integers")
  for i = 1, t:dims() do order[i] = perm and perm[i] + 1 or t:dims() + 1 - i end
  return t:permute(order)
end

-- ---- those that compute ----

local computes = {}

function computes.Add(_, _, x, y) return x + y end

function computes.Sub(_, _, x, y) return x - y end

function computes.Mul(_, _, x, y) return x * y end

function computes.Div(_, _, x, y) return fold.divide(x, y) end

function computes.Neg(_, _, t) return -t end

function computes.Sqrt(_, _, t) return t:sqrt() end

-- Whole numbers of floats, which stay floats.
local function rounded(t, up)
  local whole = t:to("i64"):to(t:dtype())
  return whole + (up and whole:lt(t) or whole:gt(t)):to(t:dtype()) * (up and 1 or -1)
end

function computes.Floor(_, _, t) return rounded(t, false) end

function computes.Ceil(_, _, t) return rounded(t, true) end

function computes.ConstantOfShape(b, op, shape)
  local name = b:attribute(op, "value", "string")
  local value = name and b:constant(name) or tensor.zeros { 1 }
  return tensor.full(list(shape), value:reshape({ 1 }):get(1), value:dtype())
end

-- ---- how many numbers those give, where not as many as their inputs have ----

local broadcast = fold.broadcast

local sizes = { Add = broadcast, Sub = broadcast, Mul = broadcast, Div = broadcast }

function sizes.Gather(t, indices) return t:numel() * indices:numel() end

function sizes.ConstantOfShape(shape)
  local count = 1.0 -- a float, which does not wrap
  for _, size in ipairs(list(shape)) do count = count * size end
  return count
end

local function sum(...)
  local count = 0
  for _, t in ipairs { ... } do count = count + t:numel() end
  return count
end

-- ---- folding ----

-- The inputs when all that are there are constants, else nil; and whether one
-- has a size that is open.
local function inputs_of(b, op)
  local inputs, open = {}, false
  for i, name in ipairs(op.inputs) do
    if b:value(name) ~= nil and not b:is_constant(name) then return nil end
    inputs[i] = b:value(name)
    open = open or b.open[inputs[i]]
  end
  return inputs[1] and inputs, open
end

local function folded(type, f, computing, layer)
  return function(b, op)
    local inputs, open = inputs_of(b, op)
    if not inputs and not layer then b:refuse("of what is not constant") end
    if not inputs then return layer(b, op) end
    if open and computing then b:refuse("it computes with the batch's size or an open one") end
    local values = { table.unpack(inputs, 1, #op.inputs) }
    b:count(b:try(sizes[type] or sum, table.unpack(values, 1, #op.inputs)))
    local result = b:try(f, b, op, table.unpack(values, 1, #op.inputs))
    if open and result:eq(-1):max() == 1 then b.open[result] = true end
    b:set(op, result)
  end
end

-- The shape of any value; opset 15 may ask for a part of it.
local function shape_of(b, op)
  local value = b:value(op.inputs[1]) or b:input(op.inputs[1])
  local shape = fold.integers(tensor.is(value) and value:shape() or value.shape)
  local first, last = attribute(b, op, "start", 0), attribute(b, op, "end", shape:numel())
  local part = b:try(fold.slice, shape, { first }, { last })
  if not tensor.is(value) then b.open[part] = true end
  b:set(op, part)
end

--- The vocabulary with what is computed of constants; operators is its layers'.
function constants.folded(operators)
  local all = { Shape = shape_of }
  for type, layer in pairs(operators) do all[type] = layer end
  for type, f in pairs(moves) do all[type] = folded(type, f, false, operators[type]) end
  for type, f in pairs(computes) do all[type] = folded(type, f, true, operators[type]) end
  return all
end

return constants
