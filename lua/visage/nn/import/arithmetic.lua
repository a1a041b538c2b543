--- a + b, a - b, a * b and a / b of two values: of two
-- nodes, or of a node and a constant that has one number for all or one per
-- channel, which is a layer scale.

--- The factor and the summand of "node how constant" per channel; f64, so that
-- they are rounded once.
local AFTER = {
  add = function(c) return nil, c end,
  sub = function(c) return nil, -c end,
  mul = function(c) return c end,
  div = function(c) return 1 / c end,
}

--- The same of "constant how node".
local BEFORE = {
  add = AFTER.add,
  sub = function(c) return c * 0 - 1, c end,
  mul = AFTER.mul,
}

local function scaled(b, op, node, factor, summand, name)
  local some = factor or summand
  b:size(node, 1) -- which must be known
  return b:add(op, "scale", node, { name = name, bias = summand ~= nil },
    { gamma = factor or some * 0 + 1, beta = summand })
end

local function of_nodes(b, op, how, first, second)
  if how == "div" then b:refuse("it divides by what is not constant") end
  if #first.shape ~= #second.shape then
    b:refuse("its inputs have %d and %d axes", #first.shape, #second.shape)
  end
  if how == "sub" then
    local name, minus = b:name(op, "minus"), b:per_channel(-1, second)
    second, how = scaled(b, op, second, minus, nil, name), "add"
  end
  return b:add(op, how, { first, second })
end

--- The node of the operation; how is "add", "sub", "mul" or "div". first and second
-- are names of values, one at least a node's.
return function(b, op, how, first, second)
  if b:is_constant(first) then
    local node = b:input(second)
    if not BEFORE[how] then b:refuse("it divides by what is not constant") end
    return scaled(b, op, node, BEFORE[how](b:per_channel(first, node)))
  end
  local node = b:input(first)
  if b:is_constant(second) then
    return scaled(b, op, node, AFTER[how](b:per_channel(second, node)))
  end
  return of_nodes(b, op, how, node, b:input(second))
end
