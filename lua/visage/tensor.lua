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

-- What the methods below refuse they refuse themselves, where they are called;
-- an error of the core would name a line of this file. The checks are called by
-- public functions, whose caller is level 3 for them.

local function is_whole(x)
  return type(x) == "number" and math.tointeger(x) ~= nil
end

local function check_axis(operation, axis, dims)
  if not is_whole(axis) or axis < 1 or axis > dims then
    error(("%s: axis %s, tensor has %d axes (1..%d)")
      :format(operation, axis, dims, dims), 3)
  end
end

local function check_list(operation, list)
  if type(list) ~= "table" or #list == 0 then error(operation .. ": no tensors", 3) end
  for i = 1, #list do
    if not core.is(list[i]) then
      error(("%s: a %s at place %d, wants tensors"):format(operation, type(list[i]), i), 3)
    end
  end
end

--- Start, length and step of a part { first, last, step } of an axis of that
-- size; numbers below 0 count from the end.
local function range_of(part, axis, size)
  local first, last, step = part[1] or 1, part[2] or size, part[3] or 1
  if not (is_whole(first) and is_whole(last) and is_whole(step)) then
    error(("slice: %s to %s by %s on axis %d, wants whole numbers"):format(first, last, step,
      axis), 3)
  end
  if first < 0 then first = size + 1 + first end
  if last < 0 then last = size + 1 + last end
  if first < 1 or first > size + 1 or last > size or step < 1 then
    error(("slice: %s to %s by %s, axis %d has %d"):format(first, last, step, axis, size), 3)
  end
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
  if type(parts) ~= "table" then error("slice: wants a table with an entry per axis", 2) end
  if #parts > t:dims() then
    error(("slice: %d entries, tensor has %d axes"):format(#parts, t:dims()), 2)
  end
  local view, axis = t, 1
  for i, part in ipairs(parts) do
    local size = t:size(i)
    if type(part) == "table" then
      view = view:narrow(axis, range_of(part, i, size))
      axis = axis + 1
    else
      if not is_whole(part) then
        error(("slice: entry %d is %s, wants a position or a range"):format(i, part), 2)
      end
      local at = part < 0 and size + 1 + part or part
      if at < 1 or at > size then
        error(("slice: position %s, axis %d has %d"):format(part, i, size), 2)
      end
      view = view:select(axis, at)
    end
  end
  return view
end

--- Elements below lo become lo, above hi hi; NaN stays. Either may be nil.
-- @tparam[opt] number lo
-- @tparam[opt] number hi
-- @treturn core.tensor
function methods.clamp(t, lo, hi)
  for _, limit in pairs { lo, hi } do
    if type(limit) ~= "number" and not core.is(limit) then
      error(("clamp: a limit is a %s, wants a number or a tensor"):format(type(limit)), 2)
    end
  end
  if lo then t = core.maximum(t, lo) end
  if hi then t = core.minimum(t, hi) end
  return t
end

local norm = methods.norm

--- The p-norm (sum |x|^p)^(1/p), p = math.huge for the greatest magnitude.
-- @tparam[opt=2] number p
-- @tparam[opt] int axis none: of all elements
-- @tparam[opt=false] boolean keep the axis stays with size 1
-- @treturn number or core.tensor
function methods.norm(t, p, axis, keep)
  p = p == nil and 2 or p
  if type(p) ~= "number" or p ~= p or p <= 0 then
    error(("norm: p is %s, wants more than 0"):format(p), 2)
  end
  if axis ~= nil then check_axis("norm", axis, t:dims()) end
  if p == math.huge then return t:abs():max(axis, keep) end
  return norm(t, p, axis, keep)
end

--- The dtype and shape of tensors laid behind one another along axis.
local function joined(list, axis)
  local dtype, shape = list[1]:dtype(), list[1]:shape()
  for i = 2, #list do
    local other = list[i]:shape()
    dtype = core.promote(dtype, list[i]:dtype())
    for a = 1, math.max(#shape, #other) do
      if #shape ~= #other or (a ~= axis and shape[a] ~= other[a]) then
        error(("cat: shapes %s and %s differ on an axis other than %d")
          :format(text.shape(list[1]:shape()), text.shape(other), axis), 3)
      end
    end
    shape[axis] = shape[axis] + other[axis]
  end
  return dtype, shape
end

--- Tensors behind one another along an axis that is there, in the dtype that
-- holds them all.
-- @tparam table list of tensors, equal on the other axes
-- @tparam int axis
-- @treturn core.tensor
function tensor.cat(list, axis)
  check_list("cat", list)
  check_axis("cat", axis, list[1]:dims())
  local dtype, shape = joined(list, axis)
  local out = core.zeros(shape, dtype)
  local start = 1
  for _, t in ipairs(list) do
    out:narrow(axis, start, t:size(axis)):copy(t)
    start = start + t:size(axis)
  end
  return out
end

--- Tensors of one shape side by side on a new axis.
-- @tparam table list of tensors
-- @tparam[opt=1] int axis where the new axis goes
-- @treturn core.tensor
function tensor.stack(list, axis)
  axis = axis or 1
  check_list("stack", list)
  check_axis("stack", axis, list[1]:dims() + 1)
  local shape, parts = text.shape(list[1]:shape()), {}
  for i, t in ipairs(list) do
    if text.shape(t:shape()) ~= shape then
      error(("stack: shapes %s and %s differ"):format(shape, text.shape(t:shape())), 2)
    end
    parts[i] = t:unsqueeze(axis)
  end
  return tensor.cat(parts, axis)
end

--- The sizes of the parts that split makes of an axis with total elements.
local function part_sizes(size, axis, total)
  local sizes, sum = {}, 0
  if is_whole(size) and size > 0 then
    for first = 1, total, size do sizes[#sizes + 1] = math.min(size, total + 1 - first) end
    return sizes
  end
  if type(size) ~= "table" then
    error(("split: size %s, wants 1 or more, or a list of sizes"):format(size), 3)
  end
  for i, length in ipairs(size) do
    if not is_whole(length) or length < 0 then
      error(("split: size %d is %s, wants 0 or more"):format(i, length), 3)
    end
    sum = sum + length
  end
  if sum ~= total then
    error(("split: sizes add up to %d, axis %d has %d"):format(sum, axis, total), 3)
  end
  return size
end

--- A list of views: of one size (the last may be smaller), or of listed sizes.
-- @tparam int|table size
-- @tparam[opt=1] int axis
-- @treturn table
function methods.split(t, size, axis)
  axis = axis or 1
  check_axis("split", axis, t:dims())
  local parts, start = {}, 1
  for i, length in ipairs(part_sizes(size, axis, t:size(axis))) do
    parts[i] = t:narrow(axis, start, length)
    start = start + length
  end
  return parts
end

--- Reads a .npy file, or a .npz file as a table of tensors by name.
-- @tparam string path
-- @treturn core.tensor|table
-- @return or nil, text, code: "IO", "FORMAT" or "UNSUPPORTED"
function tensor.load(path)
  local file, message, code = require("visage.loader").read(path)
  if not file then return nil, message, code end
  if file.format == "npz" then return file.tensors end
  if file.format == "npy" then return file.tensors[file.order[1]] end
  return nil, ("%s: is %s, wants .npy or .npz"):format(path, file.format), "FORMAT"
end

--- Writes a tensor as .npy, or a table of tensors by name as .npz.
-- @tparam string path
-- @tparam core.tensor|table what
-- @treturn boolean true
-- @return or nil, text, code: "IO"
function tensor.save(path, what)
  return require("visage.loader").write(path, what)
end

core.metamethods.__tostring = text.summary

return tensor
