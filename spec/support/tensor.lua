--- assert.tensor(x).near(expected, tolerance): shapes equal, and every element
-- within tolerance of the expected one. expected is a tensor, a nested table or
-- a number. NaN on either side fails; equal infinities are equal. A failure
-- shows how many elements are off and the worst of them.
local assert = require "luassert"
local tensor = require "visage.tensor"
local text = require "visage.tensor.text"

local function as_tensor(x)
  return tensor.is(x) and x or tensor.from(x, "f64")
end

--- The position "(2,3)" of the n-th element in row-major order.
local function position(n, shape)
  local index, rest = {}, n - 1
  for axis = #shape, 1, -1 do
    index[axis] = rest % shape[axis] + 1
    rest = rest // shape[axis]
  end
  return text.shape(index)
end

local function distance(a, b)
  if a == b then return 0 end
  local d = math.abs(a - b)
  return d == d and d or math.huge
end

--- nil where all is near, else what is wrong.
local function difference(x, expected, tolerance)
  local shape, wanted = text.shape(x:shape()), text.shape(expected:shape())
  if shape ~= wanted then
    return ("shape %s, wanted %s"):format(shape, wanted)
  end
  local a = x:reshape({ -1 }):totable()
  local b = expected:reshape({ -1 }):totable()
  local off, worst, at = 0, -1, nil
  for i = 1, #a do
    local d = distance(a[i], b[i])
    if d > tolerance then
      off = off + 1
      if d > worst then worst, at = d, i end
    end
  end
  if off == 0 then return nil end
  return ("%d of %d elements are off by more than %g, most at %s: came %.17g, wanted %.17g")
    :format(off, #a, tolerance, position(at, x:shape()), a[at], b[at])
end

assert.tensor = function(x)
  return {
    near = function(expected, tolerance)
      local wrong = difference(as_tensor(x), as_tensor(expected), tolerance)
      if wrong then error("assert.tensor: " .. wrong, 2) end
    end,
  }
end
