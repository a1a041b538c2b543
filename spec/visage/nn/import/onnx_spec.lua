--- Models that PyTorch's exporter and onnx's own tools wrote, and their outputs by
-- ONNX Runtime: spec/golden/onnx_models.py.
local corrupt = require "spec.support.corrupt"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local models = require "spec.support.onnx_models"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local shared = require "spec.support.shared"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- Every output of the graph against ONNX Runtime's.
local function compare(case, g, tolerance)
  local net <close> = assert(g:compile { batch = case.input.shape[1] })
  local got = { net:run(models.input(case)) }
  local wanted = models.outputs(case)
  assert.equal(#wanted, #got)
  for i, y in ipairs(got) do
    assert.same(wanted[i]:shape(), y:shape())
    local error = networks.relative_error(y, wanted[i])
    assert.is_true(error < tolerance, ("%s %s: %g"):format(case.name, case.outputs[i], error))
  end
end

-- A source with the operators, from x (N,2,4,6) on; tensors by name.
local function source(opset, operators, tensors, shape)
  return { format = "onnx", meta = { opset = tostring(opset) }, tensors = tensors or {}, network = {
    inputs = { { name = "x", shape = shape or { -1, 2, 4, 6 } } }, outputs = { "y" },
    operators = operators } }
end

local function op(type, inputs, attributes, output)
  return { type = type, name = "n", inputs = inputs, outputs = { output or "y" },
    attributes = attributes or {} }
end

local function i64(list) return tensor.from(list, "i64") end

describe("nn.import of ONNX", function()
  local cases = golden.load "onnx_models"

  for _, case in ipairs(cases.ops) do
    it(("equals ONNX Runtime: %s, opset %d"):format(case.name, case.opset), function()
      -- f32 on both sides; measured below 3e-7.
      compare(case, assert(nn.import(golden.path("onnx/ops/" .. case.name .. ".onnx"))), 1e-6)
    end)
  end

  for _, case in ipairs(cases.networks) do
    it(("equals ONNX Runtime: %s, opset %d"):format(case.name, case.opset), function()
      local size = { table.unpack(case.input.shape, 2) } -- which one file leaves open
      local g = models.with_weights(case, function(path)
        return assert(nn.import(path, { inputs = { data = size } }))
      end)
      -- Sums of f32 in another order, through 50 layers; measured below 3e-6.
      compare(case, g, 1e-5)
    end)
  end

  it("runs the shared MobileFaceNet, with taps, as ONNX Runtime does", function()
    local path = shared.weights "mobilefacenet/MobileFaceNet.onnx"
    if not path then return pending "no ../shared/weights" end
    local g = assert(nn.import(path))
    local net <close> = assert(g:compile { batch = 2, taps = { "/conv2/conv2.2/Clip" } })
    local inputs, wanted = {}, {}
    for i, case in ipairs(cases.mobilefacenet) do
      inputs[i], wanted[i] = models.input(case), tensor.from(case.output)
    end
    local y, taps = net:run(tensor.cat(inputs, 1))
    assert.is_true(networks.relative_error(y, tensor.stack(wanted, 1)) < 1e-5)
    assert.same({ 2, 512, 7, 7 }, taps["/conv2/conv2.2/Clip"]:shape())
    local listing = tostring(g)
    assert.truthy(listing:find("/conv1/conv1.0/Conv  +conv2d  +input0  +%(N,64,56,56%)"))
    assert.truthy(listing:find("outputs: /Reshape", 1, true))
  end)

  it("needs no sizes for a whole multiple", function()
    local g = assert(nn.import(source(13, { op("Resize", { "x", "", "s" }) },
      { s = tensor.from { 1, 1, 2, 2 } }, { -1, 2, -1, -1 })))
    assert.same({ -1, 2, -1, -1 }, g:node "n".shape)
    assert.same({ scale = 2 }, g:nodes()[2].parameters)
  end)

  it("knows opsets 7 to 21", function()
    for _, opset in ipairs { 6, 22, "x" } do
      local g, text, code = nn.import(source(opset, { op("Relu", { "x" }) }))
      assert.same({ nil, ("import: onnx: opset %s; 7 to 21 are known"):format(opset),
        "UNSUPPORTED" }, { g, text, code })
    end
  end)

  it("imports a file of a fixed batch for any", function()
    local function shape(sizes, batch)
      local g = assert(nn.import(source(13, { op("Reshape", { "x", "s" }) }, { s = i64(sizes) },
        { batch, 2, 4, 6 })))
      return g:node(g:outputs()[1]).shape
    end
    assert.same({ -1, 48 }, shape({ 1, -1 }, 1))
    assert.same({ -1, 48 }, shape({ 5, 48 }, 5))
    assert.same({ -1, 2, 24 }, shape({ 0, 2, 24 }, -1))
    assert.same({ -1, 2, 4, 6 }, shape({ 0, 0, 0, -1 }, 1))
    local g, text = nn.import(source(13, { op("Reshape", { "x", "s" }) }, { s = i64 { 4, -1 } }))
    assert.same({ nil, "import: onnx: 1 operator has no layer: Reshape 'n' (N,2,4,6), (2): "
      .. "its first axis is not the batch's" }, { g, text })
  end)

  it("lists each operator that no layer stands for, and why", function()
    local g, text, code = nn.import(source(13, { op("Einsum", { "x" }, {}, "a"),
      op("Resize", { "x", "", "s" }, { mode = "cubic" }, "b"), op("Softmax", { "a" }, {}, "c"),
      op("Sub", { "b", "c" }, {}, "d"), op("Add", { "d", "x" }) }, { s = tensor.ones { 4 } }))
    assert.is_nil(g)
    assert.equal("UNSUPPORTED", code)
    assert.equal("import: onnx: 2 operators have no layer: Einsum 'n' (N,2,4,6), "
      .. "Resize 'n' (N,2,4,6), (4): mode is cubic", text)
  end)

  it("refuses what no layer does", function()
    local tensors = {
      w = tensor.ones { 3, 2, 3, 3 }, one = tensor.from(1), map = tensor.ones { 4, 6 },
      i = i64 { 2, 3 }, batch = i64 { 0 }, two = i64 { 7, 2, 4, 6 },
      up = tensor.from { 1, 1, 3, 2 },
    }
    local function refused(why, opset, type, inputs, attributes)
      local g, text, code = nn.import(source(opset, { op(type, inputs, attributes) }, tensors))
      assert.is_nil(g)
      assert.equal("UNSUPPORTED", code)
      assert.truthy(text:find(": " .. why, 1, true), text)
    end
    refused("auto_pad is SAME", 7, "Conv", { "x", "w" }, { auto_pad = "SAME" })
    refused("'x' is not a constant", 7, "Conv", { "x", "x" })
    refused("'one' is a constant", 7, "Conv", { "one", "w" })
    refused("its dilations are not 1", 19, "MaxPool", { "x" },
      { kernel_shape = { 2, 2 }, dilations = { 2, 2 } })
    refused("its axes are not height and width", 7, "ReduceMean", { "x" }, { axes = { 1 } })
    refused("(4,6) beside (N,2,4,6) is not one number per channel", 7, "Mul", { "x", "map" })
    refused("it divides by what is not constant", 7, "Div", { "one", "x" })
    refused("it divides by what is not constant", 7, "Div", { "x", "x" })
    refused("opset 7: it is over axes 1 to 3 together", 7, "Softmax", { "x" })
    refused("axis 0 of 4", 13, "Softmax", { "x" }, { axis = 0 })
    refused("an input of 4 axes, wants 2", 13, "Gemm", { "x", "map" })
    refused("it moves the batch", 13, "Transpose", { "x" })
    refused("axis 0 of 4", 13, "Squeeze", { "x", "batch" })
    refused("without axes it may drop the batch", 13, "Squeeze", { "x" })
    refused("mode is reflect", 11, "Pad", { "x", "i" }, { mode = "reflect" })
    refused("it repeats the batch", 13, "Expand", { "x", "two" })
    refused("to (12,12)", 10, "Resize", { "x", "up" })
    refused("training_mode", 14, "BatchNormalization", { "x" }, { training_mode = 1 })
    refused("it is to whole numbers", 13, "Cast", { "x" }, { to = 7 })
    refused("of what is not constant", 13, "Gather", { "x", "i" })
  end)

  it("says what contradicts itself, and never raises for it", function()
    local tensors = { w = tensor.ones { 3, 2, 3, 3 }, i = i64 { 9 }, s = i64 { -1, 5, -1 },
      far = i64 { 1 << 40, 1 << 40 }, half = tensor.from { 0.5 },
      inf = tensor.from { 1, 1, math.huge, math.huge } }
    local function wrong(why, type, inputs, attributes)
      local g, text, code = nn.import(source(11, { op(type, inputs, attributes) }, tensors))
      assert.is_nil(g)
      assert.equal("FORMAT", code, text)
      assert.truthy(text:find("import: onnx: " .. type .. " 'n': " .. why, 1, true), text)
    end
    wrong("conv2d 'n': 2 input channels and out = 3 do not divide into 2 groups", "Conv",
      { "x", "w" }, { group = 2 })
    wrong("group is a text, wants a whole number", "Conv", { "x", "w" }, { group = "2" })
    wrong("group is 1.5, wants a whole number", "Conv", { "x", "w" }, { group = 1.5 })
    wrong("pads has 0.5, wants whole numbers", "Conv", { "x", "w" }, { pads = { 1, 0.5, 1, 1 } })
    wrong("half has 0.5, wants whole numbers", "Reshape", { "x", "half" })
    wrong("scales has inf", "Resize", { "x", "", "inf" })
    wrong("pads of 3 sizes, wants 4", "Conv", { "x", "w" }, { pads = { 1, 1, 1 } })
    wrong("strides is a number, wants a list", "Conv", { "x", "w" }, { strides = 1 })
    wrong("stride of 1 sizes, wants 2", "Conv", { "x", "w" }, { strides = { 1 } })
    wrong("the file has no tensor 'v'", "Conv", { "x", "v" })
    wrong("has no kernel_shape", "MaxPool", { "x" })
    wrong("reshape 'n': 48 numbers do not make (N,5,9)", "Reshape", { "x", "s" })
    wrong("9 of 3", "Gather", { "w", "i" })
    wrong("11 of 5", "Unsqueeze", { "w" }, { axes = { 11 } })
    wrong("axis -1 twice", "Unsqueeze", { "w" }, { axes = { 5, -1 } })
    wrong("permute", "Transpose", { "w" }, { perm = { 0, 1, 1, 1 } })
    wrong("makes 1208925819614629174706176 numbers", "ConstantOfShape", { "far" })
  end)

  it("gives a graph or says why not, for every broken copy of a file", function()
    for _, name in ipairs { "tiny", "resize_21", "shapes_7", "squeeze_21" } do
      local bytes = assert(system.read_file(golden.path("onnx/ops/" .. name .. ".onnx")))
      corrupt.each(bytes, function(broken, what)
        local file = loader.decode(broken, what)
        if not (file and file.network) then return end
        local g, text, code = nn.import(file)
        assert(g or type(text) == "string" and (code == "FORMAT" or code == "UNSUPPORTED"), what)
      end)
    end
  end)

  it("does not make much of little", function()
    local g, text = nn.import(source(13, { op("Mul", { "x", "one" }, {}, "a"),
      op("Mul", { "a", "one" }) }, { one = tensor.from(1) }, { -1, 1 << 22, 1, 1 }))
    assert.same({ nil, "import: onnx: Mul 'n': makes 4194304 numbers, what the file holds "
      .. "allows 8 more" }, { g, text })
    local operators, last = {}, "a"
    for i = 1, 60 do
      operators[i] = op("Concat", { last, last }, { axis = 0 }, "c" .. i)
      last = "c" .. i
    end
    operators[61] = op("Reshape", { "x", last })
    local code
    g, text, code = nn.import(source(13, operators, { a = i64 { 1 } }))
    assert.is_nil(g)
    assert.equal("FORMAT", code)
    assert.truthy(text:find("what the file holds allows", 1, true), text)
  end)

  it("takes a division by a norm for what it is, as PyTorch's normalize is exported", function()
    local axes, least = i64 { -1 }, tensor.from({ 2 }):reshape {}
    local chain = {
      op("ReduceL2", { "x", "axes" }, { keepdims = 1 }, "norm"),
      op("Clip", { "norm", "least" }, {}, "clipped"), op("Shape", { "x" }, {}, "shape"),
      op("Expand", { "clipped", "shape" }, {}, "expanded"), op("Div", { "x", "expanded" }),
    }
    local tensors = { axes = axes, least = least }
    local g = assert(nn.import(source(18, chain, tensors, { -1, 2 })))
    assert.same({ "input", "l2_normalize" }, { g:nodes()[1].layer, g:nodes()[2].layer })
    local net <close> = g:compile { batch = 2 }
    -- (3, 4) has norm 5; (0, 1) has norm 1, under the least, 2; 0.6 and 0.8 in f32.
    local y = net:run(tensor.from { { 3, 4 }, { 0, 1 } })
    assert.tensor(y).near({ { 0.6, 0.8 }, { 0, 0.5 } }, 1e-7)
    chain[1].attributes.keepdims = 0
    local none, text = nn.import(source(18, chain, tensors, { -1, 2 }))
    assert.is_nil(none)
    assert.truthy(text:find("ReduceL2", 1, true), text)
  end)
end)
