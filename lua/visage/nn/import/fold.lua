--- What is computed of constants alone: numbers, and the shapes that files
-- compute of others. Functions of tensors, named as ONNX names its operators; a
-- list of numbers and an axis count from 0, as in files.
local tensor = require "visage.tensor"

local fold = {}

--- A place counted from 0, or from the end below 0, as Lua counts it.
local function place(at, size)
  local found = (at < 0 and at + size or at) + 1
  if found < 1 or found > size then error(("%d of %d"):format(at, size), 0) end
  return found
end

--- i64 of a list of whole numbers; of none too.
function fold.integers(list)
  return #list > 0 and tensor.from(list, "i64") or tensor.zeros({ 0 }, "i64")
end

--- How many numbers x and y, or x alone, give element by element.
function fold.broadcast(x, y)
  if not y then return x:numel() end
  local count = 1
  for back = 0, math.max(x:dims(), y:dims()) - 1 do
    local function size(t) return back < t:dims() and t:size(t:dims() - back) or 1 end
    count = count * math.max(size(x), size(y))
  end
  return count
end

--- Integer division cuts the fraction off.
function fold.divide(a, b)
  local integers = not (a:dtype() .. b:dtype()):find "f"
  if not integers then return a / b end
  return (a:to "f64" / b:to "f64"):to(tensor.promote(a:dtype(), b:dtype()))
end

--- Along an axis, those at the indices: a scalar drops the axis.
function fold.gather(t, indices, axis)
  axis = place(axis, t:dims())
  local size, parts = t:size(axis), {}
  for i, index in ipairs(indices:reshape({ -1 }):totable()) do
    parts[i] = t:narrow(axis, place(index, size), 1)
  end
  local result = #parts > 0 and tensor.cat(parts, axis) or t:narrow(axis, 1, 0)
  if indices:dims() == 0 then return result:squeeze(axis) end
  local shape = t:shape()
  table.move(indices:shape(), 1, indices:dims(), axis,
    table.move(shape, axis + 1, #shape, axis + indices:dims(), shape))
  return result:reshape(shape)
end

--- Those from starts to before ends of each of the axes, by steps above 0. What
-- lies outside is cut off.
function fold.slice(t, starts, ends, axes, steps)
  for i, first in ipairs(starts) do
    local axis = place(axes and axes[i] or i - 1, t:dims())
    local size, step = t:size(axis), steps and steps[i] or 1
    local function inside(n) return math.max(0, math.min(n < 0 and n + size or n, size)) end
    if step < 1 then error(("a step of %d"):format(step), 0) end
    local from, to = inside(first), inside(ends[i])
    t = t:narrow(axis, from + 1, math.max(0, (to - from + step - 1) // step), step)
  end
  return t
end

--- The shape without the axes, or without all of size 1.
function fold.squeezed(shape, axes)
  local drop, left = {}, {}
  for _, axis in ipairs(axes or {}) do drop[place(axis, #shape)] = true end
  for i, size in ipairs(shape) do
    if drop[i] and size ~= 1 then error(("axis %d has size %d"):format(i - 1, size), 0) end
    if not (drop[i] or not axes and size == 1) then left[#left + 1] = size end
  end
  return left
end

--- The shape with axes of size 1 at those places of the result.
function fold.unsqueezed(shape, axes)
  local new, result, from = {}, {}, 0
  for _, axis in ipairs(axes) do
    local at = place(axis, #shape + #axes)
    if new[at] then error(("axis %d twice"):format(axis), 0) end
    new[at] = true
  end
  for i = 1, #shape + #axes do
    if not new[i] then from = from + 1 end
    result[i] = new[i] and 1 or shape[from]
  end
  return result
end

return fold
