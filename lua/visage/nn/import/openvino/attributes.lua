--- What the attributes of OpenVINO's operators say.
local attributes = {}

--- One that must be there.
-- @tparam table b the builder
-- @tparam table op
-- @tparam string key
-- @tparam string kind as b:attribute has it
function attributes.need(b, op, key, kind)
  return b:attribute(op, key, kind) or b:fail("has no %s", key)
end

--- A list of whole numbers, of which one alone is written as a number.
-- @tparam table b the builder
-- @tparam table op
-- @tparam string key
-- @tparam[opt] {integer,...} default
-- @treturn {integer,...}
function attributes.list(b, op, key, default)
  if type(op.attributes[key]) == "number" then return { b:attribute(op, key, "integer") } end
  return b:attribute(op, key, "integers", default) or b:fail("has no %s", key)
end

--- Whether a flag is set.
-- @tparam table op
-- @tparam string key
-- @treturn boolean
function attributes.is_true(op, key)
  local value = op.attributes[key]
  return value == "true" or value == 1
end

return attributes
