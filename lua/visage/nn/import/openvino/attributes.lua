--- What the attributes of OpenVINO's operators say.
local attributes = {}

--- A list of numbers, of which one alone is written as a number.
-- @tparam table op
-- @tparam string key
-- @tparam ?{number,...} default
-- @treturn {number,...}
function attributes.list(op, key, default)
  local value = op.attributes[key] or default
  return type(value) == "table" and value or { value }
end

--- Whether a flag is set.
-- @tparam table op
-- @tparam string key
-- @treturn boolean
function attributes.is_true(op, key)
  local value = op.attributes[key]
  return value == "true" or value == 1
end

--- An axis of a node as layers count it: 1 is C. Below zero from the end.
-- @tparam table b the builder
-- @tparam core.node node
-- @tparam integer axis the batch is 0
-- @treturn integer
function attributes.layer_axis(b, node, axis)
  if axis < 0 then axis = axis + #node.shape end
  if axis < 1 or axis >= #node.shape then b:refuse("along axis %d", axis) end
  return axis
end

return attributes
