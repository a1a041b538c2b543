--- A Keras model's configuration (the JSON text model_config of a whole model's
-- .h5 or of a .keras) as a network in the form that visage.loader gives for
-- other formats; what the layers mean is not known here but in keras.lua.
--
-- Keras 1 to 3 differ in words and in how calls are written. Sequential: a list
-- of layers, each called with what the one before gives. Functional: each
-- layer's `inbound_nodes` has its calls, each a list of references {layer, call,
-- tensor}; Keras 3 keeps those as `keras_history` in `args`. A layer that is
-- itself a model is replaced by its layers, called NAME/INNER; what a layer
-- gives when called again is NAME#2.
local text_of = require "visage.nn.import.keras.config.text"
local weights_of = require "visage.nn.import.keras.config.weights"

local DEPTH_MOST = 64 -- of models in models
local CALLS_MOST = 100000 -- a model may be called many times, models in it too
local CHAIN_MOST = 2000 -- calls that wait for another where the order is odd

local models = { Sequential = true, Functional = true, Model = true }

-- Notes what is wrong with the file, the first time; gives nil.
local function fail(s, text, ...)
  s.fault = s.fault or text:format(...)
end

-- ---- a model's layers ----

-- { class, name, config, entry } of a layer's entry.
local function layer_of(s, entry)
  local c = type(entry) == "table" and entry.config
  if type(c) ~= "table" or type(entry.class_name) ~= "string" then
    return fail(s, "a layer without class_name and config")
  end
  local name = entry.name or c.name or entry.class_name:lower()
  if type(name) ~= "string" then return fail(s, "a layer whose name is no text") end
  return {
    class = entry.class_name, name = name, config = c, entry = entry, calls = {},
    nested = models[entry.class_name],
  }
end

-- Appends the references in a value of Keras 3's args.
local function add_histories(found, value)
  if type(value) ~= "table" then return found end
  local c = value.config
  if value.class_name == "__keras_tensor__" and type(c) == "table" then
    found[#found + 1] = c.keras_history
    return found
  end
  for _, item in ipairs(value) do add_histories(found, item) end
  return found
end

-- A list of references, or one alone, as a list; nil when it is neither.
local function references(s, list, modern)
  if type(list) == "table" and type(list[1]) == "string" then list = { list } end
  local out = {}
  for i, r in ipairs(type(list) == "table" and list or {}) do
    if type(r) ~= "table" or type(r[1]) ~= "string" or math.type(r[2]) ~= "integer"
      or math.type(r[3]) ~= "integer" then
      return fail(s, "a reference that is not {layer, call, tensor}")
    end
    out[i] = { layer = r[1], call = r[2], tensor = r[3], modern = modern }
  end
  return out
end

-- The references of each of a layer's calls.
local function calls_of(s, entry)
  local calls, nodes = {}, entry.inbound_nodes
  for i, node in ipairs(type(nodes) == "table" and nodes or {}) do
    local modern = type(node) == "table" and node.args ~= nil
    calls[i] = references(s, modern and add_histories({}, node.args) or node, modern)
    if not calls[i] then return nil end
  end
  return calls
end

-- The list of entries in a model's configuration; Keras 1 has nothing else in
-- that of a Sequential.
local function entries_of(c)
  return type(c.layers) == "table" and c.layers or c
end

-- The shape that a Sequential without an InputLayer begins with.
local function first_shape(entry)
  for _ = 1, DEPTH_MOST do
    if type(entry) ~= "table" or type(entry.config) ~= "table" then return nil end
    local c = entry.config
    local shape = c.batch_input_shape or c.batch_shape or c.build_input_shape
    if shape then return shape end
    entry = entries_of(c)[1]
  end
end

-- A Sequential's layers: each is called once, with what came before.
local function sequence(s, model, layers)
  local previous
  if #layers == 0 then return fail(s, "%s: a model without layers", model.name) end
  if layers[1].class ~= "InputLayer" then
    table.insert(layers, 1, {
      class = "InputLayer", name = model.name .. "_input", calls = {},
      config = { batch_input_shape = first_shape(model.entry) },
    })
  end
  for _, layer in ipairs(layers) do
    layer.calls = { previous and { { layer = previous, call = 0, tensor = 0, modern = true } } }
    previous = layer.name
  end
  local function reference(layer)
    return { { layer = layer.name, call = 0, tensor = 0, modern = true } }
  end
  return reference(layers[1]), reference(layers[#layers])
end

-- A model's layers in the file's order and by name, its inputs and outputs as
-- references.
local function scope_of(s, model)
  local scope = { order = {}, layers = {}, done = {}, given = {} }
  for i, entry in ipairs(entries_of(model.config)) do
    local layer = layer_of(s, entry)
    if not layer then return nil end
    scope.order[i] = layer
  end
  if model.class == "Sequential" then
    scope.inputs, scope.outputs = sequence(s, model, scope.order)
  else
    for _, layer in ipairs(scope.order) do
      layer.calls = calls_of(s, layer.entry)
      if not layer.calls then return nil end
    end
    scope.inputs = references(s, model.config.input_layers, true)
    scope.outputs = references(s, model.config.output_layers, s.modern)
  end
  if not (scope.inputs and scope.outputs) then return nil end
  for _, layer in ipairs(scope.order) do
    if scope.layers[layer.name] then return fail(s, "two layers are called %s", layer.name) end
    scope.layers[layer.name] = layer
  end
  return scope
end

-- ---- calls ----

local expand

-- The value of a network's input layer: C,H,W whatever the file's order.
local function add_input(s, layer)
  local c = layer.config
  local shape = text_of.shape(c.batch_input_shape or c.batch_shape, s.network.channels_first)
  if not shape then return fail(s, "%s: an input of no shape that images have", layer.name) end
  table.insert(s.network.inputs, { name = layer.name, shape = shape })
  return { layer.name }
end

local function add_operator(s, scope, layer, call, inputs)
  local name = scope.prefix .. layer.name .. (call > 1 and "#" .. call or "")
  local type, attributes = text_of.layer(layer.class, layer.config)
  table.insert(s.network.operators, {
    type = type, name = name, inputs = inputs, outputs = { name }, attributes = attributes,
    weights = s.weights:of(scope, layer.name),
  })
  return { name }
end

local call_outputs

-- The value that a reference means. Where Keras 1 and 2 count a model's calls
-- they begin with its own making.
local function value_of(s, scope, r)
  local layer = scope.layers[r.layer]
  if not layer then return fail(s, "no layer is called %s", r.layer) end
  local call = r.call + 1
  if layer.nested and not r.modern and call > 1 then call = call - 1 end
  local outputs = call_outputs(s, scope, layer, call)
  if not outputs then return nil end
  return outputs[r.tensor + 1] or fail(s, "%s: it has no output %d", r.layer, r.tensor + 1)
end

local function values_of(s, scope, list)
  local values = {}
  for i, r in ipairs(list) do
    values[i] = value_of(s, scope, r)
    if not values[i] then return nil end
  end
  return values
end

local function make_call(s, scope, layer, call)
  if layer.class == "InputLayer" then
    return scope.given[layer.name] or add_input(s, layer)
  end
  if not layer.calls[call] then return fail(s, "%s: it has no call %d", layer.name, call) end
  local inputs = values_of(s, scope, layer.calls[call])
  if not inputs then return nil end
  if not layer.nested then return add_operator(s, scope, layer, call, inputs) end
  local prefix = scope.prefix .. layer.name .. (call > 1 and "#" .. call or "") .. "/"
  return expand(s, layer, inputs, s.weights:inside(scope, layer.name, prefix))
end

-- The values that a layer gives when it is called for the call-th time.
function call_outputs(s, scope, layer, call)
  local key = layer.name .. "#" .. call
  local done = scope.done[key]
  if done == false then return fail(s, "%s: it waits for itself", layer.name) end
  if done then return done end
  s.calls, s.chain = s.calls + 1, s.chain + 1
  if s.calls > CALLS_MOST then return fail(s, "over %d calls of layers", CALLS_MOST) end
  if s.chain > CHAIN_MOST then return fail(s, "over %d calls wait", CHAIN_MOST) end
  scope.done[key] = false
  scope.done[key] = make_call(s, scope, layer, call)
  s.chain = s.chain - 1
  return scope.done[key]
end

-- The values of a model's outputs. inputs: values, nil for the whole network;
-- place: { prefix = of names, ... } (config/weights.lua).
function expand(s, model, inputs, place)
  if s.depth == DEPTH_MOST then return fail(s, "models in models, over %d", DEPTH_MOST) end
  local scope = scope_of(s, model)
  if not scope then return nil end
  for key, value in pairs(place) do scope[key] = value end
  s.weights:enter(scope)
  for i, r in ipairs(scope.inputs) do
    if inputs then scope.given[r.layer] = { inputs[i] } end
    if not value_of(s, scope, r) then return nil end
  end
  s.depth = s.depth + 1
  for _, layer in ipairs(scope.order) do
    for call = 1, #layer.calls do
      if not call_outputs(s, scope, layer, call) then return nil end
    end
  end
  s.depth = s.depth - 1
  return values_of(s, scope, scope.outputs)
end

local config = {}

--- The network of a file.
-- @tparam table file what visage.loader read: a whole model of Keras
-- @treturn table {inputs, outputs, operators} as loader.read describes them;
-- shapes are N,C,H,W; operators have `weights`, names of tensors in Keras's order;
-- channels_first tells whether the model computes on that order; or nil, text
function config.network(file)
  local model, text = text_of.decode(file.meta.model_config)
  if not model then return nil, text end
  local s = {
    network = { inputs = {}, outputs = {}, operators = {}, channels_first = text.channels_first },
    weights = weights_of.new(file), modern = text.modern, calls = 0, chain = 0, depth = 0,
  }
  local whole = layer_of(s, model)
  if whole and not whole.nested then fail(s, "a model of class %s", whole.class) end
  local outputs = not s.fault and expand(s, whole, nil, { prefix = "", path = "layers" })
  if not outputs then return nil, s.fault end
  s.network.outputs = outputs
  return s.network
end

return config
