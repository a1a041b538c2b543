local corrupt = require "spec.support.corrupt"
local loader = require "visage.loader"
local shared = require "spec.support.shared"

local function read(text)
  return loader.decode(text, "a.prototxt")
end

local function f32(number) return (string.unpack("<f", string.pack("<f", number))) end

--- The one operator of a net of one layer.
local function operator(text)
  local network = assert(read(text)).network
  assert.equal(1, #network.operators)
  return network.operators[1]
end

local net = [[
name: "Tiny" # a comment
input: "data"
input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }
layer {
  name: "conv"
  type: "Convolution"
  bottom: "data"
  top: "conv"
  param { lr_mult: 1 }
  include { phase: TEST }
  convolution_param {
    num_output: 4
    kernel_size: 3
    kernel_size: 5
    bias_term: false
    weight_filler { type: "xavier" }
  }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" relu_param { negative_slope: 0.25 } }
]]

describe("prototxt", function()
  it("gives the layers as operators, the parameters by their path", function()
    local got = assert(read(net))
    assert.equal("prototxt", got.format)
    assert.equal("Tiny", got.meta.name)
    assert.same({}, got.order)
    assert.same({ { name = "data", shape = { 1, 3, 8, 8 } } }, got.network.inputs)
    assert.same({
      {
        type = "Convolution", name = "conv", inputs = { "data" }, outputs = { "conv" },
        attributes = {
          include = 1, ["include[1].phase"] = "TEST",
          ["convolution_param.num_output"] = 4, ["convolution_param.kernel_size"] = { 3, 5 },
          ["convolution_param.bias_term"] = 0,
        },
      },
      {
        type = "ReLU", name = "relu", inputs = { "conv" }, outputs = { "conv" },
        attributes = { ["relu_param.negative_slope"] = 0.25 },
      },
    }, got.network.operators)
  end)

  it("reads the layers of the second generation", function()
    local o = operator [[
      input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 9
      layers { bottom: "data" top: "pool" name: "pool" type: POOLING
               pooling_param { pool: AVE kernel_size: 2 stride: 2 } blobs_lr: 1 } ]]
    assert.same({ "POOLING", "pool" }, { o.type, o.name })
    assert.same({ ["pooling_param.pool"] = "AVE", ["pooling_param.kernel_size"] = 2,
      ["pooling_param.stride"] = 2 }, o.attributes)
  end)

  it("has an Input layer as it is", function()
    local o = operator [[layer { name: "data" type: "Input" top: "data" top: "more"
      input_param { shape: { dim: [ 1, 3, 8, 8 ] } shape { dim: [1, 2] } } }]]
    assert.same({ "data", "more" }, o.outputs)
    assert.same({ ["input_param.shape"] = 2, ["input_param.shape[1].dim"] = { 1, 3, 8, 8 },
      ["input_param.shape[2].dim"] = { 1, 2 } }, o.attributes)
  end)

  it("reads each way to write a value", function()
    local o = operator [[layer: < type: 'Eltwise' name: "a\tb\x41\103\"" 'c',
      eltwise_param { operation: 2; coeff: -1.5e-2f, coeff: 0x10 coeff: 010 coeff: .5
        coeff: [-2, inf] } >;]]
    assert.equal('a\tbAC"c', o.name)
    assert.same({ ["eltwise_param.operation"] = "MAX",
      ["eltwise_param.coeff"] = { f32(-0.015), 16, 8, 0.5, -2, math.huge } }, o.attributes)
  end)

  it("takes the last of a field that is no list, and joins messages", function()
    local o = operator [[layer { type: "Scale" type: "Softmax"
      softmax_param { axis: 1 } softmax_param { axis: 3 } }]]
    assert.equal("Softmax", o.type)
    assert.same({ ["softmax_param.axis"] = 3 }, o.attributes)
  end)

  it("names a parameter that it does not know, and skips what other layers have", function()
    local o = operator [[layer { type: "Pooling" engine_param { speed: FAST deep { er: "x" } }
      pooling_param { kernel_size: 2 shape_mode: SQUARE } }]]
    assert.same({ unknown = "pooling_param.shape_mode", ["pooling_param.kernel_size"] = 2 },
      o.attributes)
  end)

  it("names file and offset of what is wrong", function()
    for text, wanted in pairs {
      ["layer { type: \"X\" "] = "offset 18: the text ends, a field's name wanted",
      ["layer { name: \"x\" }"] = "layer 'x' has no type",
      ["layer { type: 3 }"] = "offset 14: '3' came, a string wanted",
      ["layer { type: \"X }"] = "a string that does not end in its line",
      ["layer { type: \"\\q\" }"] = "a string with known escapes wanted",
      ["layers { type: WHATEVER }"] = "'WHATEVER' came, one of the field's choices wanted",
      ["layer { pooling_param { stride: 1.5 } }"] = "'1.5' came, an integer wanted",
      ["layer { pooling_param { stride: x } }"] = "'x' came, an integer wanted",
      ["layer { pooling_param { stride: 1e300 } }"] = "'pooling_param.stride' is 1e+300",
      ["layer { relu_param { negative_slope: 1.2.3 } }"] = "'1.2.3' came, a number wanted",
      ["layer { pooling_param { global_pooling: 2 } }"] = "'2' came, true or false wanted",
      ["layer { pooling_param: 2 }"] = "'2' came, a message wanted",
      ["layer { name { } }"] = "'{' came, a value wanted",
      ["layer { name \"x\" }"] = "'\"x\"' came, ':' or '{' wanted",
      ["layer { dim: [1 2] }"] = "'2' came, ',' or ']' wanted",
      ["name: \"x\" input: \"a\" input_dim: 3"] = "1 of input_dim for 1 inputs",
      ["input: \"a\" input_shape { } input_shape { }"] = "2 of input_shape for 1 inputs",
      ["input: \"a\" input_shape { dim: -1 }"] = "input 'a' has a size of -1",
      ["input: \"a\" input_shape { dim: [1,1,1,1,1,1,1,1,1] }"] = "an input of 9 axes",
      ["name: \"a\\0b\""] = "the text of 'name' holds a zero byte",
      ["layer " .. ("{ a "):rep(100)] = "messages nested over 64 deep",
      ["input: \"a\" " .. ("input_dim: 1 "):rep(5000)] = "over 4096 values of 'input_dim'",
      ["layer { " .. ("include { phase: TEST } "):rep(600) .. "}"] = "over 512 fields",
    } do
      local got, why, code = read(text)
      assert.is_nil(got)
      assert.equal("FORMAT", code, text)
      assert.truthy(why:find("^a%.prototxt: offset %d+: "), why)
      assert.truthy(why:find(wanted, 1, true), why)
    end
  end)

  it("says that it has no place for weights in a text or the first generation", function()
    for _, text in ipairs { "layer { blobs { data: 1 } }", "layers { layer { } }" } do
      local got, why, code = read(text)
      assert.is_nil(got)
      assert.equal("UNSUPPORTED", code)
      assert.truthy(why:find("in a text net", 1, true), why)
    end
  end)

  it("survives every cut and flipped byte", function()
    corrupt.each(net, corrupt.survives)
  end)

  it("reads the nets of MTCNN", function()
    local path = shared.weights "mtcnn/det3.prototxt"
    if not path then return pending("the weights of MTCNN are not here") end
    local got = assert(loader.read(path))
    assert.equal("ONet", got.meta.name)
    assert.same({ 1, 3, 48, 48 }, got.network.inputs[1].shape)
    local types = {}
    for _, o in ipairs(got.network.operators) do
      types[o.type] = (types[o.type] or 0) + 1
    end
    assert.same({ Convolution = 4, InnerProduct = 4, PReLU = 5, Pooling = 3, Softmax = 1,
      Dropout = 1 }, types)
  end)
end)
