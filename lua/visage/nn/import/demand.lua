--- Which values of a file's network become outputs, and what those need.
local demand = {}

--- The values of some names, each a value's or an operator's.
-- @tparam table network as loader.read gives it
-- @tparam {string,...} names
-- @treturn {string,...} or nil and the name that nothing has
function demand.outputs(network, names)
  local known, outputs = {}, {}
  for _, input in ipairs(network.inputs) do known[input.name] = input.name end
  for i = #network.operators, 1, -1 do
    local op = network.operators[i]
    known[op.name] = op.outputs[1]
  end
  for _, op in ipairs(network.operators) do
    for _, name in ipairs(op.outputs) do known[name] = name end
  end
  for i, name in ipairs(names) do
    if not known[name] then return nil, name end
    outputs[i] = known[name]
  end
  return outputs
end

--- Which operators the outputs need, and which inputs. From the last to the first:
-- a name may be given again (a layer that works in place), and then means the last
-- one.
-- @tparam table network
-- @tparam {string,...} outputs
-- @treturn table place of an operator -> true
-- @treturn table name of a value that no operator gives -> true
function demand.operators(network, outputs)
  local open, needed = {}, {}
  for _, name in ipairs(outputs) do open[name] = true end
  for i = #network.operators, 1, -1 do
    local op = network.operators[i]
    for _, name in ipairs(op.outputs) do needed[i] = needed[i] or open[name] end
    if needed[i] then
      for _, name in ipairs(op.outputs) do open[name] = nil end
      for _, name in ipairs(op.inputs) do open[name] = true end
    end
  end
  return needed, open
end

return demand
