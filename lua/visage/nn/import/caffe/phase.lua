--- A Caffe net as it is when it is tested: without the layers of the training
-- phase, with today's names of types, with inputs and outputs, which Caffe's net
-- does not list: the values that no layer reads, by name in byte order.
-- Source: Caffe 1.0, src/caffe/net.cpp.
local phase = {}

-- V1LayerParameter.LayerType of caffe.proto, in today's words.
local TYPES = {
  CONCAT = "Concat", CONVOLUTION = "Convolution", DATA = "Data", DROPOUT = "Dropout",
  DUMMY_DATA = "DummyData", ELTWISE = "Eltwise", FLATTEN = "Flatten", HDF5_DATA = "HDF5Data",
  IMAGE_DATA = "ImageData", INNER_PRODUCT = "InnerProduct", MEMORY_DATA = "MemoryData",
  POOLING = "Pooling", RELU = "ReLU", SIGMOID = "Sigmoid", SOFTMAX = "Softmax", SPLIT = "Split",
  WINDOW_DATA = "WindowData",
}

-- Layers whose tops the net is fed with.
local SOURCES = {
  Input = true, Data = true, DummyData = true, HDF5Data = true, ImageData = true,
  MemoryData = true, WindowData = true,
}

-- Whether a net for testing (no level but 0, no stages) meets a NetStateRule.
local function meets(attributes, rule)
  local function of(key) return attributes[rule .. "." .. key] end
  return (of "phase" or "TEST") == "TEST" and (of "min_level" or 0) <= 0
    and (of "max_level" or 0) >= 0 and not of "stage"
end

local function meets_any(attributes, rules)
  for i = 1, attributes[rules] or 0 do
    if meets(attributes, ("%s[%d]"):format(rules, i)) then return true end
  end
  return false
end

local function is_for_testing(op)
  if op.attributes.include then return meets_any(op.attributes, "include") end
  return not meets_any(op.attributes, "exclude")
end

-- Adds the inputs that a layer stands for, but for those that are there (known
-- by name). Only Input tells sizes: one shape for each top or one for all.
local function add_sources(inputs, known, op)
  for i, name in ipairs(op.outputs) do
    local shape = op.attributes[("input_param.shape[%d].dim"):format(i)]
      or op.attributes["input_param.shape"] == 1 and op.attributes["input_param.shape[1].dim"]
    if not known[name] then inputs[#inputs + 1] = { name = name, shape = shape or {} } end
    known[name] = true
  end
end

-- The values that operators give and none reads afterwards.
local function unread(operators)
  local open, names = {}, {}
  for _, op in ipairs(operators) do
    for _, name in ipairs(op.inputs) do open[name] = nil end
    for _, name in ipairs(op.outputs) do open[name] = true end
  end
  for name in pairs(open) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Makes the file's network one for testing, with inputs and outputs. What a
-- trained net was fed with is in its .caffemodel the training phase's: that
-- stands for an input where the testing phase has none.
-- @tparam table file the network of a .prototxt or .caffemodel
-- @treturn table another
function phase.testing(file)
  local network = { inputs = { table.unpack(file.inputs) }, operators = {} }
  local known, training = {}, {}
  for _, input in ipairs(network.inputs) do known[input.name] = true end
  for _, op in ipairs(file.operators) do
    local kind = TYPES[op.type] or op.type
    if not is_for_testing(op) then
      if SOURCES[kind] then table.insert(training, op) end
    elseif SOURCES[kind] then
      add_sources(network.inputs, known, op)
    else
      table.insert(network.operators, setmetatable({ type = kind }, { __index = op }))
    end
  end
  for _, op in ipairs(training) do add_sources(network.inputs, known, op) end
  network.outputs = unread(network.operators)
  return network
end

return phase
