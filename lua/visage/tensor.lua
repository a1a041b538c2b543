--- Tensors: numbers in a shape, views that share storage, and what is computed
-- on them. The methods that live in C are listed in doc/tensor.md.
--
--     local tensor = require "visage.tensor"
--     local x = tensor.from { { 1, 2, 3 }, { 4, 5, 6 } }
--     print(x:sum(2))        -- tensor f32 (2,) [6. 15.]
--
-- Axes and indices start at 1. Dtypes: "f32" (default), "f64", "f16", "bf16",
-- "u8", "i32", "i64". Misuse raises with what came and what was wanted.
local core = require "visage.core.tensor"
local text = require "visage.tensor.text"

local tensor = {}
for name, value in pairs(core) do
  if type(value) == "function" then tensor[name] = value end
end

local methods = core.methods

--- A tensor of ones.
-- @tparam table shape sizes of the axes
-- @tparam[opt="f32"] string dtype
-- @treturn core.tensor
function tensor.ones(shape, dtype)
  return core.zeros(shape, dtype):fill(1)
end

--- A tensor of one value: `tensor.full({ 2, 2 }, 7)`.
-- @tparam table shape
-- @tparam number value
-- @tparam[opt="f32"] string dtype
-- @treturn core.tensor
function tensor.full(shape, value, dtype)
  return core.zeros(shape, dtype):fill(value)
end

--- Start, length and step of a part { first, last, step } of an axis; numbers
-- below 0 count from the end.
local function range_of(part, size)
  local first, last, step = part[1] or 1, part[2] or size, part[3] or 1
  if first < 0 then first = size + 1 + first end
  if last < 0 then last = size + 1 + last end
  return first, math.max(0, (last - first) // step + 1), step
end

--- A view by one entry per axis: `{}` takes all, `{ first, last }` or
-- `{ first, last, step }` a range with both ends, a number drops the axis.
-- Numbers below 0 count from the end; axes without an entry stay whole.
--
--     x:slice { { 1, 3 }, -1, {} }
-- @tparam table parts
-- @treturn core.tensor a view
function methods.slice(t, parts)
  if #parts > t:dims() then
    error(("slice: %d entries, tensor has %d axes"):format(#parts, t:dims()), 2)
  end
  local view, axis = t, 1
  for i, part in ipairs(parts) do
    if type(part) == "table" then
      view = view:narrow(axis, range_of(part, t:size(i)))
      axis = axis + 1
    else
      view = view:select(axis, part < 0 and t:size(i) + 1 + part or part)
    end
  end
  return view
end

core.metamethods.__tostring = text.summary

return tensor
