--- Whole models that Keras 1, 2 and 3 wrote, and their outputs by each:
-- spec/golden/keras_graphs1.py to keras_graphs3.py.
local dkjson = require "dkjson"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- (2, ...) from -0.5 to 0.5: the scripts' image.
local function image(seed, ...)
  return (tensor.generator(seed):rand({ 2, ... }, "f64") - 0.5):to "f32"
end

local function channels_last(t) return t:dims() == 4 and t:permute { 1, 3, 4, 2 } or t end

local function channels_first(t) return t:permute { 1, 4, 2, 3 } end

-- A model's outputs against Keras's; order: of our axes as Keras has them.
local function compare(file, x, wanted, order)
  local g = assert(nn.import(golden.path("keras/" .. file)))
  local y = { assert(g:compile { batch = 2 }):run(x) }
  assert.equal(#wanted, #y)
  for i, numbers in ipairs(wanted) do
    local got = order(y[i])
    assert.same(numbers:shape(), got:shape())
    -- f32 on both sides; measured below 1e-6.
    local error = networks.relative_error(got, numbers)
    assert.is_true(error < 1e-5, ("output %d: %g"):format(i, error))
  end
end

local function same(t) return t end

describe("nn.import of a Keras model", function()
  -- The arrays NAME.0, NAME.1, ... of a golden.
  local function outputs(name, version)
    local arrays = assert(tensor.load(golden.path("keras_graphs" .. version .. ".npz")))
    local list = {}
    while arrays[name .. "." .. #list] do list[#list + 1] = arrays[name .. "." .. #list] end
    return list
  end

  for _, file in ipairs { "functional2.h5", "functional3.h5", "functional3.keras" } do
    it("gives the outputs of " .. file, function()
      local name, version = file:match "^(%l+(%d))"
      compare(file, channels_first(image(31, 13, 11, 3)), outputs(name, version), channels_last)
    end)
  end

  for _, file in ipairs { "sequential2.h5", "sequential2.keras", "sequential3.keras" } do
    it("gives the outputs of " .. file, function()
      local name, version = file:match "^(%l+(%d))"
      compare(file, channels_first(image(32, 6, 6, 2)), outputs(name, version), channels_last)
    end)
  end

  it("gives the outputs of a model whose images are channels first", function()
    compare("first3.keras", image(33, 3, 7, 6), outputs("first3", 3), same)
  end)

  it("gives the outputs of Keras 1, in both orders of axes", function()
    local wanted = golden.load "keras_graphs1"
    local function tensors(name)
      local list = {}
      for i, values in ipairs(wanted[name]) do list[i] = tensor.from(values) end
      return list
    end
    compare("functional1.h5", channels_first(image(31, 13, 11, 3)), tensors "functional1", same)
    compare("sequential1.h5", image(33, 3, 7, 6), tensors "sequential1", same)
  end)

  it("names nodes as Keras its layers, sums before activations and inner ones by path", function()
    local g = assert(nn.import(golden.path "keras/functional2.h5"))
    assert.equal("relu", g:node "conv1".layer)
    assert.equal("conv2d", g:node "conv1/sum".layer)
    assert.equal("batch_norm", g:node "inside/inmost/inner_bn".layer)
    assert.equal("clip", g:node "inside#2/inmost/relu6".layer)
    assert.same({ "classes", "high", "depthwise" }, g:outputs())
  end)

  it("refuses Theano's kernels, which are turned", function()
    local g, text, code = nn.import(golden.path "keras/theano1.h5")
    assert.same({ nil, "UNSUPPORTED" }, { g, code })
    assert.truthy(text:find("Conv2D 'conv' (N,3,7,6): its weights are those of Theano", 1, true))
  end)

  -- A file with another model_config: json is that text, or a list of layers of
  -- a Sequential for images (5,5,2), each { class, config... }.
  local function import(json, tensors)
    if type(json) == "table" then
      local layers = {}
      for i, config in ipairs(json) do
        local class = table.remove(config, 1)
        config.name = config.name or class:lower()
        if i == 1 then config.batch_input_shape = { dkjson.null, 5, 5, 2 } end
        layers[i] = { class_name = class, config = config }
      end
      json = dkjson.encode { class_name = "Sequential", config = { layers = layers } }
    end
    local order, owners = {}, {}
    for i, t in ipairs(tensors or {}) do order[i], owners[i] = t[2], t[1] .. "\n" end
    local file = { format = "keras_h5", tensors = {}, order = order,
      meta = { model_config = json, weight_layers = table.concat(owners) } }
    for _, t in ipairs(tensors or {}) do file.tensors[t[2]] = t[3] end
    return nn.import(file)
  end

  it("says of what no layer does which layer it is and why", function()
    for _, case in ipairs {
      { { "Lambda" }, "Lambda 'lambda' (N,2,5,5)" },
      { { "Activation", activation = "tanh" }, "activation tanh" },
      { { "Dense", units = 3 }, "of what is no row", { { "dense", "k", tensor.ones { 2, 3 } },
        { "dense", "b", tensor.ones { 3 } } } },
      { { "MaxPooling2D", padding = "causal" }, "padding causal" },
      { { "Reshape", target_shape = { 10, 5 } }, "to 2 axes" },
      { { "ReLU", threshold = 1 }, "with a threshold" },
      { { "UpSampling2D", size = { 2, 3 } }, "2 times as high, 3 as wide" },
      { { "Softmax", axis = 0 }, "along axis 0" },
      { { "Merge", mode = "dot" }, "Merge dot" },
    } do
      local g, text, code = import({ case[1] }, case[3])
      assert.same({ nil, "UNSUPPORTED" }, { g, code })
      assert.truthy(text:find(case[2], 1, true), text)
    end
  end)

  it("says what is wrong with a file", function()
    local function fails(json, wanted, tensors)
      local g, text, code = import(json, tensors)
      assert.same({ nil, "FORMAT" }, { g, code })
      assert.truthy(text:find(wanted, 1, true), text)
    end
    fails({ { "Dense" }, { "Conv2D" } }, "has 0 tensors, wants 2")
    fails({ { "MaxPooling2D", padding = "same", pool_size = { 2, "x" } } }, "MaxPooling2D")
    fails({ { "Flatten", name = "a" }, { "Flatten", name = "a" } }, "two layers are called a")
    fails("[]", "a layer without class_name")
    fails("{", "model_config")
    fails(("["):rep(1e6), "nested too deep")
    fails('{"class_name":"Sequential","config":[]}', "a model without layers")
    fails('{"class_name":"Bidirectional","config":{}}', "a model of class Bidirectional")
    local loop = '{"class_name":"Model","config":{"layers":[{"class_name":"ReLU","name":"%s",'
      .. '"config":{},"inbound_nodes":[[["%s",0,0]]]}],"input_layers":[],"output_layers":%s}}'
    fails(loop:format("a", "a", '[["a",0,0]]'), "a: it waits for itself")
    fails(loop:format("a", "b", '[["a",0,0]]'), "no layer is called b")
    fails(loop:format("a", "a", '[["a",0]]'), "a reference that is not {layer, call, tensor}")
    fails(loop:format("a", "a", '[["a",3,0]]'), "a: it")
    local _, text = nn.import(golden.path "tiny_weights.h5")
    assert.truthy(text:find("it has weights alone", 1, true), text)
  end)

  it("lets no small file make a large network: a model in a model, each called twice", function()
    local json = '{"class_name":"ReLU","name":"m0","config":{}}'
    for i = 1, 18 do
      json = ('{"class_name":"Sequential","config":{"name":"s%d","layers":[%s]},"name":"s%d"}')
        :format(i, json, i)
      local call = '[[["x",0,0]],[["s%d",1,0]]]'
      json = ('{"class_name":"Model","name":"m%d","config":{"layers":[%s,%s],'
        .. '"input_layers":[["x",0,0]],"output_layers":[["s%d",2,0]]}}'):format(i,
        '{"class_name":"InputLayer","name":"x","config":{"batch_input_shape":[null,5,5,2]}}',
        json:sub(1, -2) .. ',"inbound_nodes":' .. call:format(i) .. "}", i)
    end
    local g, text = import(json)
    assert.is_nil(g)
    assert.truthy(text:find("over 100000 calls of layers", 1, true), text)
  end)

  it("survives changes of a model's file", function()
    local bytes = assert(system.read_file(golden.path "keras/sequential3.keras"))
    local config = assert(loader.decode(bytes, "s.keras")).meta.model_config
    local file = assert(loader.read(golden.path "keras/sequential3.keras"))
    for at = 1, #config, 29 do
      for _, byte in ipairs { "0", '"', "]", "x" } do
        file.meta = { model_config = config:sub(1, at - 1) .. byte .. config:sub(at + 1) }
        local g, text, code = nn.import(file)
        assert(g or type(text) == "string" and (code == "FORMAT" or code == "UNSUPPORTED"), text)
      end
    end
  end)
end)
