--- Builds the graph of a file's network, operator by operator, in the file's
-- order.
--
-- A vocabulary is a table with
--   operators   type -> function(b, op)
--   prepare     (optional) function(b), called first: b.meta and b.tensors are the
--               file's, and so is b.network until it sets another
--   network     (optional) function(file), for a format whose network the loader
--               gives as a text: that network, or nil, text
-- An operator's function takes its inputs by name from the builder, adds layers
-- and sets its outputs:
--
--     function operators.Relu(b, op)
--       b:set(op, b:add(op, "relu", b:input(op.inputs[1])))
--     end
--
-- A value is a node or a constant tensor. What an operator computes from
-- constants alone is a constant (b:is_constant, b:set with a tensor): shapes
-- that a file computes are numbers by the time a layer needs them. In such
-- shapes the batch, and any other open size, is -1.
--
-- Attributes come through b:attribute, which checks their kind. What raises for
-- numbers of the file becomes a text about the operator.
--
-- A function gives up by b:refuse(...), for what no layer does, or b:fail(...),
-- for a file that is wrong. Both raise, for they are called deep inside others;
-- build, below, makes nil and a text of it.
local demand = require "visage.nn.import.demand"
local tensor = require "visage.tensor"
local text = require "visage.nn.text"

local builder = {}

local methods = {}
methods.__index = methods

-- What b:refuse and b:fail raise: { code =, text = }.
local fault = {}
fault.__index = fault

local function raise(code, ...)
  error(setmetatable({ code = code, text = string.format(...) }, fault), 0)
end

-- Stands for a value that depends on an operator without a layer.
local UNKNOWN = {}

--- Gives up on the operator at hand: no layer does what it asks.
function methods.refuse(_, ...)
  raise("UNSUPPORTED", ...)
end

--- Gives up on the file: it contradicts itself.
function methods.fail(b, ...)
  local op = b.operator
  raise("FORMAT", "%s%s", op and ("%s '%s': "):format(op.type, b:label(op)) or "",
    string.format(...))
end

-- ---- values ----

local function is_given(name) return name ~= nil and name ~= "" end

--- What a name stands for: a node or a tensor; nil for a name that is not given
-- or stands for nothing.
function methods.value(b, name)
  if not is_given(name) then return nil end
  return b.values[name] or b.tensors[name]
end

--- The node of that name.
function methods.input(b, name)
  local value = b:value(name)
  if not is_given(name) then b:fail("lacks an input") end
  if value == nil then b:fail("no operator before it gives '%s'", name) end
  if tensor.is(value) then b:refuse("'%s' is a constant", name) end
  return value
end

--- The constant of that name: a tensor of the file, or computed from some.
function methods.constant(b, name)
  local value = b:value(name)
  if not is_given(name) then b:fail("lacks an input") end
  if value == nil then b:fail("the file has no tensor '%s'", name) end
  if not tensor.is(value) then b:refuse("'%s' is not a constant", name) end
  return value
end

function methods.is_constant(b, name)
  return tensor.is(b:value(name))
end

--- The numbers of a constant as a list.
function methods.numbers(b, name)
  return b:constant(name):reshape({ -1 }):totable()
end

-- A list of whole numbers as integers.
local function integers(b, list, what)
  for i, n in ipairs(list) do
    list[i] = math.tointeger(n) or b:fail("%s has %s, wants whole numbers", what, n)
  end
  return list
end

--- As numbers, of whole ones.
function methods.integers(b, name)
  return integers(b, b:numbers(name), name)
end

--- A constant of one number.
function methods.scalar(b, name)
  local value = b:constant(name)
  if value:numel() ~= 1 then b:fail("'%s' has %d numbers, wants 1", name, value:numel()) end
  return value:item()
end

--- Counts numbers before they are made, as constants or as weights. Operators
-- take few bytes, and each can copy the largest tensor or make as many numbers as
-- an input has channels: so all together are held to some times what the file's
-- tensors have.
function methods.count(b, numbers)
  if not (numbers >= 0 and numbers <= b.left) then
    b:fail("makes %.0f numbers, what the file holds allows %d more", numbers, b.left)
  end
  b.left = b.left - numbers
end

--- A number count times, as f64.
function methods.repeated(b, number, count)
  b:count(count)
  return tensor.full({ count }, number, "f64")
end

--- A constant, or a plain number, as one f64 number per channel of the node, with
-- which it is broadcast; refused where it is not the same within a channel.
function methods.per_channel(b, name, node)
  local channels = b:size(node, 1)
  local value = type(name) == "number" and tensor.from(name, "f64") or b:constant(name):to "f64"
  if value:numel() == 1 then return b:repeated(value:item(), channels) end
  local shape = value:shape()
  for i, size in ipairs(shape) do
    local axis = i + #node.shape - #shape
    if size ~= 1 and (axis ~= 2 or size ~= channels) then
      b:refuse("%s beside %s is not one number per channel", text.shape(shape),
        text.shape(node.shape))
    end
  end
  return value:reshape { channels }
end

-- Kinds of attributes: their type in Lua, and how they are called where one is
-- another.
local KINDS = {
  number = { "number", "a number" }, integer = { "number", "a whole number" },
  string = { "string", "a text" }, numbers = { "table", "a list" },
  integers = { "table", "a list" },
}
local NAMES = { number = "a number", string = "a text", table = "a list" }

--- An attribute of that kind, a key of KINDS; default where there is none.
function methods.attribute(b, op, key, kind, default)
  local value = op.attributes[key]
  if value == nil then return default end
  local wanted, name = table.unpack(KINDS[kind])
  if type(value) ~= wanted then b:fail("%s is %s, wants %s", key, NAMES[type(value)], name) end
  if kind == "integers" then return integers(b, value, key) end
  if kind ~= "integer" then return value end
  return math.tointeger(value) or b:fail("%s is %g, wants %s", key, value, name)
end

--- Makes value, a node or a tensor, the operator's output: its first, or the one
-- at place.
function methods.set(b, op, value, place)
  local name = op.outputs[place or 1]
  if not name then b:fail("has %d outputs", #op.outputs) end
  b.values[name] = value
end

-- ---- layers ----

--- What an operator is called: by its name, or its first output's.
function methods.label(_, op)
  return op.name ~= "" and op.name or op.outputs[1] or ""
end

--- A node's name for the operator, which no other has; part tells apart several
-- nodes of one operator.
function methods.name(b, op, part)
  local base = b:label(op) .. (part and "/" .. part or "")
  local name, n = base, b.taken[base]
  if n then
    repeat
      n = n + 1
      name = ("%s#%d"):format(base, n)
    until not b.taken[name]
    b.taken[base] = n
  end
  b.taken[name] = 1
  return name
end

--- f's result. What does not fit raises in graphs and tensors, for there whoever
-- wrote it is mistaken; here the file is.
function methods.try(b, f, ...)
  local ok, result = pcall(f, ...)
  if ok then return result end
  if getmetatable(result) == fault then error(result, 0) end
  b:fail("%s", (result:gsub("^[^\n]-%.lua:%d+: ", "")))
end

-- Notes a node by the size of its map.
local function note_map(b, node)
  local shape = node.shape
  if #shape == 4 then
    local size = ("%dx%d"):format(shape[3], shape[4])
    b.maps[size] = b.maps[size] or node
  end
end

--- The first node whose map is that high and wide, or nil.
function methods.map_of(b, height, width)
  return b.maps[("%dx%d"):format(height, width)]
end

--- Adds a layer: input is a node or a list of them, options the layer's
-- parameters (and name, see b:name; by default the operator's), weights a table
-- slot -> tensor.
function methods.add(b, op, layer, input, options, weights)
  local given = { name = options and options.name or b:name(op) }
  for key, value in pairs(options or {}) do given[key] = value end
  local node = b:try(b.graph[layer], b.graph, input, given)
  for slot, value in pairs(weights or {}) do
    b:count(value:numel())
    if not value:dtype():find "f%d" then value = value:to "f32" end
    b:try(b.graph.set, b.graph, node, slot, value)
  end
  note_map(b, node)
  return node
end

--- The size of a node's axis (1 is C); which must be known.
function methods.size(b, node, axis)
  local size = node.shape[axis + 1]
  if not size then b:refuse("its input has %d axes beside the batch", #node.shape - 1) end
  if size < 0 then
    b:refuse("the size of its input is open; inputs = { NAME = { C, H, W } } gives it")
  end
  return size
end

-- ---- building ----

-- "Resize 'up' (N,8,4,4), (N,8,8,8): mode is cubic"
local function complaint(b, op, why)
  local shapes = {}
  for _, name in ipairs(op.inputs) do
    local value = b:value(name)
    local shape = value and value ~= UNKNOWN and (tensor.is(value) and value:shape() or value.shape)
    if shape then shapes[#shapes + 1] = text.shape(shape) end
  end
  return ("%s '%s'%s%s%s"):format(op.type, b:label(op), #shapes > 0 and " " or "",
    table.concat(shapes, ", "), why and ": " .. why or "")
end

local function waits_for_unknown(b, op)
  for _, name in ipairs(op.inputs) do
    if b.values[name] == UNKNOWN then return true end
  end
  return false
end

-- Runs one operator's function; what is wrong with it goes into refused.
local function run(b, op, f, refused)
  b.operator = op
  local ok, why = true, nil
  local waits = waits_for_unknown(b, op)
  if not f then
    ok, why = false, nil
  elseif not waits then
    ok, why = pcall(b.try, b, f, b, op)
    if not ok and why.code ~= "UNSUPPORTED" then error(why, 0) end
  end
  if not ok then refused[#refused + 1] = complaint(b, op, why and why.text) end
  if not ok or waits then
    for _, name in ipairs(op.outputs) do b.values[name] = UNKNOWN end
  end
end

local function add_input(b, name, shape)
  local given = { name }
  if #shape == 0 then
    b:refuse("the file has no sizes of '%s'; inputs = { NAME = { C, H, W } } gives them", name)
  elseif #shape == 1 then
    given.features = shape[1]
  else
    for i, size in ipairs(shape) do given[i + 1] = size > 0 and size or nil end
  end
  b.taken[name] = 1
  b.values[name] = b:try(b.graph.input, b.graph, given)
  note_map(b, b.values[name])
end

-- The graph's inputs: those of the file that are no tensors, with the sizes that
-- the caller gives for them. Without sizes an input is one only where it is
-- wanted: a net for training is fed with labels as well.
local function add_inputs(b, sizes, open)
  for _, input in ipairs(b.network.inputs) do
    local shape = sizes[input.name] or table.move(input.shape, 2, #input.shape, 1, {})
    if not b.tensors[input.name] and (#shape > 0 or open[input.name]) then
      b.batch = b.batch or input.shape[1]
      add_input(b, input.name, shape)
    end
  end
  for name in pairs(sizes) do
    if not b.taken[name] then b:refuse("no input is called '%s'", name) end
  end
end

-- The file's outputs, or those that are asked for.
local function outputs_of(b, asked)
  if not asked then return b.network.outputs end
  local outputs, unknown = demand.outputs(b.network, asked)
  return outputs or b:refuse("no value or operator is called '%s'", unknown)
end

local function build(b, vocabulary, options)
  local refused = {}
  if vocabulary.prepare then vocabulary.prepare(b) end
  local outputs = outputs_of(b, options.outputs)
  local needed, open = demand.operators(b.network, outputs)
  b.outputs = outputs
  add_inputs(b, options.inputs or {}, open)
  for i, op in ipairs(b.network.operators) do
    if needed[i] then run(b, op, vocabulary.operators[op.type], refused) end
  end
  b.operator = nil
  if #refused > 0 then
    raise("UNSUPPORTED", "%d operator%s ha%s no layer: %s", #refused, #refused > 1 and "s" or "",
      #refused > 1 and "ve" or "s", table.concat(refused, ", "))
  end
  for _, name in ipairs(outputs) do b.graph:output(b:input(name)) end
end

-- A weight in f16 is made once as f32, and once more where it is turned.
local TIMES_MOST, SPARE = 8, 1 << 23

local function numbers_most(tensors)
  local all = 0
  for _, value in pairs(tensors) do all = all + value:numel() end
  return TIMES_MOST * all + SPARE
end

--- The graph of a file's network.
-- @tparam table file what loader.read gives
-- @tparam table vocabulary
-- @tparam string what the file's name in errors
-- @tparam table options as nn.import's
-- @treturn core.graph, or nil, text, code
function builder.build(file, vocabulary, what, options)
  local b = setmetatable({
    graph = require("visage.nn").graph { name = options.name or what:match "[^/]*$" },
    network = file.network, tensors = file.tensors, meta = file.meta,
    values = {}, -- name -> node or tensor
    taken = {},  -- names of nodes -> the last number that was put behind one
    maps = {},   -- "HEIGHTxWIDTH" -> the first such node
    left = numbers_most(file.tensors), -- see b:count
    outputs = nil, -- the names of the values that are wanted
    open = {},   -- tensor -> true: a shape with sizes that are not known yet
    batch = nil, -- the file's, of its first input; -1 for an open one
    operator = nil,
  }, methods)
  local ok, why = pcall(build, b, vocabulary, options)
  if ok then return b.graph end
  if getmetatable(why) ~= fault then error(why, 0) end
  return nil, ("import: %s: %s"):format(what, why.text), why.code
end

return builder
