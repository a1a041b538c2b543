--- The operators of ONNX, opset 7 to 21, as layers. Source: the operator
-- reference at onnx.ai/onnx/operators.
local operators = {}

function operators.Relu(b, op)
  b:set(op, b:add(op, "relu", b:input(op.inputs[1])))
end

return { operators = operators }
