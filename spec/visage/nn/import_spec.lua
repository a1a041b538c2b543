local nn = require "visage.nn"
local tensor = require "visage.tensor"

local function op(type, name, inputs, outputs, attributes)
  return { type = type, name = name, inputs = inputs, outputs = outputs,
    attributes = attributes or {} }
end

-- What a loader gives, without a file. "a" is (N,2,3,3).
local function source(operators, outputs, tensors)
  return { format = "onnx", tensors = tensors or {}, meta = { opset = "13" }, network = {
    inputs = { { name = "a", shape = { 1, 2, 3, 3 } } }, outputs = outputs,
    operators = operators } }
end

describe("nn.import", function()
  it("names nodes as the file names its operators, or what they give", function()
    local g = assert(nn.import(source({ op("Relu", "r", { "a" }, { "b" }),
      op("Relu", "", { "b" }, { "c" }), op("Relu", "r", { "c" }, { "d" }) }, { "d", "b" })))
    local names = {}
    for i, node in ipairs(g:nodes()) do names[i] = node.name end
    assert.same({ "a", "r", "c", "r#2" }, names)
    assert.same({ "r#2", "r" }, g:outputs())
    assert.tensor(g:compile():run(tensor.full({ 1, 2, 3, 3 }, -1))).near(
      tensor.zeros { 1, 2, 3, 3 }, 0)
  end)

  it("takes the outputs that are asked for, and only what they need", function()
    local file = source({ op("Relu", "r", { "a" }, { "b" }), op("Foo", "f", { "b" }, { "c" }) },
      { "c" })
    assert.same({ "r" }, assert(nn.import(file, { outputs = { "b" } })):outputs())
    assert.same({ "r" }, assert(nn.import(file, { outputs = { "r" } })):outputs())
    assert.same({ "a" }, assert(nn.import(file, { outputs = { "a" } })):outputs())
    local g, text, code = nn.import(file, { outputs = { "x" } })
    assert.same({ nil, "import: onnx: no value or operator is called 'x'", "UNSUPPORTED" },
      { g, text, code })
  end)

  it("takes sizes of open inputs", function()
    local file = source({ op("Relu", "r", { "a" }, { "b" }) }, { "b" })
    file.network.inputs[1].shape = { -1, 2, -1, -1 }
    assert.same({ -1, 2, -1, -1 }, nn.import(file):node "r".shape)
    assert.same({ -1, 2, 5, 7 },
      assert(nn.import(file, { inputs = { a = { 2, 5, 7 } } })):node "r".shape)
    local g, text = nn.import(file, { inputs = { data = { 2, 5, 7 } } })
    assert.same({ nil, "import: onnx: no input is called 'data'" }, { g, text })
  end)

  it("makes no more numbers of a file than some times what it holds", function()
    local operators = {}
    for i = 1, 40 do
      operators[i] = op("Convert", "c" .. i, { i == 1 and "w" or "c" .. i - 1 }, { "c" .. i },
        { destination_type = i % 2 == 0 and "f64" or "f32" })
    end
    operators[41] = op("Multiply", "m", { "a", "c40" }, { "m" })
    local function import(numel)
      local file = source(operators, { "m" }, { w = tensor.ones { numel } })
      file.format = "openvino"
      return nn.import(file)
    end
    local _, text, code = import(1 << 20)
    assert.equal("FORMAT", code)
    assert.truthy(text:find("makes 1048576 numbers, what the file holds allows 0", 1, true), text)
    assert.truthy(import(1))
  end)

  it("tells apart many operators of one name", function()
    local operators = {}
    for i = 1, 1000 do
      operators[i] = op("Relu", "r", { i == 1 and "a" or "v" .. i - 1 }, { "v" .. i })
    end
    assert.same({ "r#1000" }, assert(nn.import(source(operators, { "v1000" }))):outputs())
  end)

  it("follows operators that work in place", function()
    local g = assert(nn.import(source({ op("Relu", "r", { "a" }, { "b" }),
      op("Relu", "s", { "b" }, { "b" }), op("Relu", "t", { "b" }, { "b" }) }, { "b" })))
    assert.same({ "t" }, g:outputs())
    assert.equal(4, #g:nodes())
  end)

  it("lists every operator that no layer stands for, once", function()
    local g, text, code = nn.import(source({ op("Foo", "f", { "a" }, { "b" }),
      op("Relu", "r", { "b" }, { "c" }), op("Bar", "", { "c", "w" }, { "d" }) }, { "d" },
      { w = tensor.ones { 2, 2 } }))
    assert.same({ nil, "import: onnx: 2 operators have no layer: Foo 'f' (N,2,3,3), "
      .. "Bar 'd' (2,2)", "UNSUPPORTED" }, { g, text, code })
  end)

  it("says what contradicts itself", function()
    local function fault(...)
      local g, text, code = nn.import(source(...))
      assert.is_nil(g)
      assert.equal("FORMAT", code)
      return text
    end
    assert.equal("import: onnx: Relu 'r': no operator before it gives 'b'",
      fault({ op("Relu", "r", { "b" }, { "b" }) }, { "b" }))
    assert.equal("import: onnx: Relu 'c': no operator before it gives 'd'",
      fault({ op("Relu", "", { "d" }, { "c" }), op("Relu", "", { "c" }, { "d" }) }, { "d" }))
    assert.equal("import: onnx: Relu 'r': lacks an input",
      fault({ op("Relu", "r", {}, { "b" }) }, { "b" }))
  end)

  it("hands on what is wrong with a file", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:close()
    local g, text, code = nn.import { path }
    os.remove(path)
    assert.is_nil(g)
    assert.equal("FORMAT", code)
    assert.truthy(text:find(path, 1, true))
    g, text, code = nn.import { tensors = {}, format = "npy" }
    assert.same({ nil, "import: npy: holds no network, or one of a format that is not imported",
      "UNSUPPORTED" }, { g, text, code })
  end)

  it("raises for a misuse", function()
    assert.error_matches(function() nn.import(1) end, "import: the source is a number")
    assert.error_matches(function() nn.import("x", { output = {} }) end,
      "import: no option is called 'output'; there are name, inputs, outputs")
    assert.error_matches(function() nn.import("x", { name = {} }) end,
      "import: name is a table, wants a string")
    for _, list in ipairs { {}, { 1 } } do
      assert.error_matches(function() nn.import(list) end,
        "import: the source is neither a list of paths nor what loader.read gave")
      assert.error_matches(function() nn.import("x", { outputs = list }) end,
        "import: outputs is no list of names")
    end
    for _, sizes in ipairs { 3, {}, { 3, 12 }, { 3, "12", 12 }, { 3, 0, 12 }, { 3, 1.5, 2 },
      { -1, 12, 12 }, { 1, 3, 12, 12 } } do
      assert.error_matches(function() nn.import("x", { inputs = { a = sizes } }) end,
        "import: inputs: the sizes of 'a' are no { C, H, W } and no { features }", 1, true)
    end
  end)
end)
