--- Division by a norm, which ONNX says in several operators: x / max(||x||, eps)
-- is Div of x and ReduceL2 of x, between which Clip may give the least norm and
-- Expand the shape (exporters write PyTorch's normalize so). Each such Div becomes
-- one operator L2Normalize, a layer l2_normalize; the others are then of no use,
-- unless the file uses them elsewhere.

-- The operator that gives each value.
local function makers(network)
  local made = {}
  for _, op in ipairs(network.operators) do
    for _, name in ipairs(op.outputs) do made[name] = op end
  end
  return made
end

local function number(tensors, op, key, place)
  local t = tensors[op.inputs[place]]
  if t then return t:numel() == 1 and t:reshape({ 1 }):get(1) or nil end
  return op.attributes[key]
end

-- The axis of a ReduceL2 along one that stays; nil for another.
local function axis_of(tensors, op)
  local axes = tensors[op.inputs[2]]
  local list = axes and axes:reshape({ -1 }):totable() or op.attributes.axes
  if type(list) ~= "table" or #list ~= 1 or op.attributes.keepdims == 0 then return nil end
  return list[1]
end

-- The axis and the least norm by which a Div divides its own first input, or nil.
local function divisor(op, made, tensors)
  local from, eps = made[op.inputs[2]], 0
  if from and from.type == "Expand" then from = made[from.inputs[1]] end
  if from and from.type == "Clip" then
    eps = number(tensors, from, "min", 2)
    if number(tensors, from, "max", 3) then return nil end
    from = made[from.inputs[1]]
  end
  if not (from and from.type == "ReduceL2" and from.inputs[1] == op.inputs[1]) then return nil end
  return axis_of(tensors, from), eps
end

--- A network like the one given, with such operators.
return function(network, tensors)
  local made, operators = makers(network), {}
  for i, op in ipairs(network.operators) do
    local axis, eps
    if op.type == "Div" then axis, eps = divisor(op, made, tensors) end
    operators[i] = axis and eps and { type = "L2Normalize", name = op.name,
      inputs = { op.inputs[1] }, outputs = op.outputs, attributes = { axis = axis, eps = eps } }
      or op
  end
  return { inputs = network.inputs, outputs = network.outputs, operators = operators }
end
