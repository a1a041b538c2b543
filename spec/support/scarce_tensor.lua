--- Run by spec/core/tensor/memory_spec.lua: every operation on tensors while
-- memory runs out. None may change its operand or move the generator on.
package.path = "./?.lua;" .. package.path
local scarce = require "spec.support.scarce"
local tensor = require "visage.tensor"

local x = tensor.from { { 3, 1 }, { 2, 5 }, { 4, 0 } }
local view, square = x:transpose(1, 2), tensor.from { { 2, 1 }, { 1, 2 } }
local before = tostring(x)
local rows = tensor.arange(1, 80)
local generator = tensor.generator(1)
local position = tostring(tensor.generator(1):uniform())

local operations = {
  zeros = function() return tensor.zeros { 2, 3 } end,
  from = function() return tensor.from { { 1, 2 }, { 3, 4 } } end,
  arange = function() return tensor.arange(1, 5) end,
  full = function() return tensor.full({ 2 }, 7) end,
  select = function() return x[1] end,
  slice = function() return x:slice { { 1, 2 }, -1 } end,
  expand = function() return x:expand { 2, 3, 2 } end,
  reshape = function() return view:reshape { -1 } end,
  to = function() return x:to "f16" end,
  clone = function() return x:clone() end,
  add = function() return x + view[1]:unsqueeze(2) end,
  number = function() return 2 / x end,
  compare = function() return x:gt(1.5) end,
  exp = function() return x:exp() end,
  clamp = function() return x:clamp(0, 2) end,
  sum = function() return x:sum(2) end,
  total = function() return view:var() end,
  norm = function() return x:norm(math.huge, 1) end,
  max = function() return x:max(1) end,
  argmin = function() return view:argmin() end,
  sort = function() return x:sort(1) end,
  topk = function() return rows:topk(70, 1) end,
  cat = function() return tensor.cat({ x, x }, 1) end,
  stack = function() return tensor.stack { x, x } end,
  split = function() return x:split(1) end,
  matmul = function() return view:matmul(x:narrow(2, 1, 1)) end,
  dot = function() return x[1]:dot(x:select(2, 1):narrow(1, 1, 2)) end,
  svd = function() return tensor.svd(x) end,
  eigh = function() return tensor.eigh(square) end,
  randn = function() return generator:randn { 3 } end,
  -- These write, what is there already.
  copy = function() return x:narrow(1, 1, 2):copy(x:narrow(1, 1, 2)) end,
  set = function() x[1] = tensor.from { 3, 1 } end,
  fill = function() return x:narrow(1, 2, 1):narrow(2, 1, 1):fill(2) end,
}

scarce.each((...), operations, function(name)
  generator = tensor.generator(1)
  return function()
    assert(tostring(x) == before, name .. " changed its operand")
    assert(tostring(generator:uniform()) == position, name .. " moved the generator")
  end
end)
