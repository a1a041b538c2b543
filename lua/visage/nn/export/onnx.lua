--- A graph as an ONNX model: opset 18, the batch open. Field numbers are those of
-- onnx.proto3 and operators those at onnx.ai/onnx/operators.
--
-- A node becomes one operator of its name that gives the value of its name; where
-- it takes several, those before the last are NAME/PART. Weights are NAME.SLOT.
-- layers.lua has a rule for each layer; this file has what they are made with.
local protobuf = require "visage.nn.export.protobuf"
local rules = require("visage.nn.export.layers").rules

local OPSET, IR_VERSION = 18, 8 -- 8 came with opset 15 and lasted through 18
local FLOAT, INT64 = 1, 7       -- TensorProto.DataType
local MODEL_MOST = (1 << 31) - 1 -- bytes; no protobuf message is longer

local bytes, integer = protobuf.bytes, protobuf.integer

-- ---- messages ----

-- AttributeProto: 1 name, 2 f, 3 i, 4 s, 8 ints, 20 type (1 FLOAT, 2 INT,
-- 3 STRING, 7 INTS).
local function attribute(name, value)
  local kind = math.type(value) or type(value)
  if kind == "float" then
    return bytes(5, bytes(1, name), protobuf.float(2, value), integer(20, 1))
  elseif kind == "integer" then
    return bytes(5, bytes(1, name), integer(3, value), integer(20, 2))
  elseif kind == "string" then
    return bytes(5, bytes(1, name), bytes(4, value), integer(20, 3))
  end
  local list = {}
  for i, number in ipairs(value) do list[i] = integer(8, number) end
  return bytes(5, bytes(1, name), table.concat(list), integer(20, 7))
end

-- NodeProto, field 1 of GraphProto: 1 input, 2 output, 3 name, 4 op_type,
-- 5 attribute. Attributes are in the order of their names, so that equal graphs
-- give equal files.
local function operator(type, name, inputs, attributes, output)
  local fields, keys = {}, {}
  for _, input in ipairs(inputs) do fields[#fields + 1] = bytes(1, input) end
  fields[#fields + 1] = bytes(2, output) .. bytes(3, name) .. bytes(4, type)
  for key in pairs(attributes) do keys[#keys + 1] = key end
  table.sort(keys)
  for _, key in ipairs(keys) do fields[#fields + 1] = attribute(key, attributes[key]) end
  return bytes(1, table.unpack(fields))
end

-- ValueInfoProto: 1 name, 2 type (1 tensor_type: 1 elem_type, 2 shape: 1 dim, which
-- is 1 dim_value or 2 dim_param). An open size that is not named may be any.
local function value_info(number, name, shape, open)
  local dims = {}
  for i, size in ipairs(shape) do
    local label = open[i] and bytes(2, open[i]) or ""
    dims[i] = bytes(1, size >= 0 and integer(1, size) or label)
  end
  return bytes(number, bytes(1, name),
    bytes(2, bytes(1, integer(1, FLOAT), bytes(2, table.unpack(dims)))))
end

-- TensorProto, field 5 of GraphProto: 1 dims, 2 data_type, 8 name, 9 raw_data.
local function initializer(name, type, dims, data)
  return protobuf.message(5, { protobuf.integers(1, dims) .. integer(2, type) .. bytes(8, name),
    table.unpack(protobuf.message(9, { data })) })
end

-- ---- what the rules use ----

local exporter = {}
exporter.__index = exporter

--- A name that no other value has: wanted, or one made of it.
function exporter.fresh(e, wanted)
  local name, n = wanted, 1
  while e.taken[name] do
    n = n + 1
    name = ("%s#%d"):format(wanted, n)
  end
  e.taken[name] = true
  return name
end

--- Gives up: the layer asks for what ONNX has no operator for.
function exporter.refuse(e, node, ...)
  e.refused[#e.refused + 1] = ("%s '%s': %s"):format(node.layer, node.name, string.format(...))
end

--- Adds the operator that gives the node's value.
function exporter.set(e, node, type, inputs, attributes)
  table.insert(e.operators, operator(type, node.name, inputs, attributes or {}, node.name))
end

--- Adds an operator before that; returns its value's name.
function exporter.part(e, node, part, type, inputs, attributes)
  local name = e:fresh(node.name .. "/" .. part)
  table.insert(e.operators, operator(type, name, inputs, attributes or {}, name))
  return name
end

local function add(e, name, type, dims, data)
  name = e:fresh(name)
  for _, piece in ipairs(initializer(name, type, dims, data)) do
    table.insert(e.initializers, piece)
  end
  return name
end

--- Adds a constant of whole numbers, one axis; returns its name.
function exporter.integers(e, node, part, list)
  return add(e, node.name .. "/" .. part, INT64, { #list },
    string.pack("<" .. ("i8"):rep(#list), table.unpack(list)))
end

--- Adds a constant number without axes.
function exporter.number(e, node, part, value)
  return add(e, node.name .. "/" .. part, FLOAT, {}, string.pack("<f", value))
end

--- Adds a constant of numbers, one axis.
function exporter.numbers(e, node, part, list)
  return add(e, node.name .. "/" .. part, FLOAT, { #list },
    string.pack("<" .. ("f"):rep(#list), table.unpack(list)))
end

--- Adds a constant of count equal numbers.
function exporter.filled(e, node, part, count, value)
  return add(e, node.name .. "/" .. part, FLOAT, { count }, string.pack("<f", value):rep(count))
end

--- Adds the node's weight, of its own shape or another of as many numbers.
function exporter.weight(e, node, slot, shape)
  local t = e.graph:get(node.name, slot)
  return add(e, node.name .. "." .. slot, FLOAT, shape or t:shape(), t)
end

--- The shape of the node's input (N, C, ...), of which any may be -1.
function exporter.shape(e, node, place)
  return e.by_name[node.inputs[place or 1]].shape
end

-- ---- the model ----

-- Two outputs cannot be one value, nor can an output be an input.
local function add_outputs(e, infos)
  local seen = {}
  for _, name in ipairs(e.graph:outputs()) do
    local node, value = e.by_name[name], name
    if seen[name] or node.layer == "input" then
      value = e:part(node, "output", "Identity", { name })
    end
    seen[name] = true
    infos[#infos + 1] = value_info(12, value, node.shape, { "N" })
  end
end

local function add_nodes(e, infos)
  for _, node in ipairs(e.nodes) do
    if node.layer == "input" then
      infos[#infos + 1] = value_info(11, node.name, node.shape,
        { "N", false, node.name .. ".height", node.name .. ".width" })
    else
      rules[node.layer](e, node)
    end
  end
end

-- ModelProto: 1 ir_version, 2 producer_name, 7 graph, 8 opset_import (2 version).
-- GraphProto: 1 node, 2 name, 5 initializer, 11 input, 12 output.
local function model(e, infos)
  local graph = { table.concat(e.operators) .. bytes(2, e.graph:name()) }
  table.move(e.initializers, 1, #e.initializers, 2, graph)
  graph[#graph + 1] = table.concat(infos)
  local pieces = protobuf.message(7, graph)
  pieces[1] = integer(1, IR_VERSION) .. bytes(2, "visage") .. pieces[1]
  pieces[#pieces + 1] = bytes(8, integer(2, OPSET))
  return pieces
end

--- The file's pieces, for core.write_parts.
-- @tparam core.graph g all of whose tensors are set
-- @treturn table, or nil, text, code
return function(g)
  local e = setmetatable({ graph = g, nodes = g:nodes(), by_name = {}, taken = {}, operators = {},
    initializers = {}, refused = {} }, exporter)
  local infos = {}
  for _, node in ipairs(e.nodes) do
    e.by_name[node.name], e.taken[node.name] = node, true
  end
  add_nodes(e, infos)
  add_outputs(e, infos)
  if #e.refused > 0 then return nil, table.concat(e.refused, "; "), "UNSUPPORTED" end
  local pieces = model(e, infos)
  local size = protobuf.size(pieces)
  if size > MODEL_MOST then
    return nil, ("a model of %d bytes; ONNX files end at %d"):format(size, MODEL_MOST),
      "UNSUPPORTED"
  end
  return pieces
end
