--- IR files that OpenVINO's converters wrote, and their outputs by its runtimes:
-- spec/golden/openvino_v10.py and openvino_ir.py.
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local function path(name)
  return golden.path("openvino/" .. name .. ".xml")
end

-- The graph's outputs for x, by the names that the file has for them, without
-- their ports.
local function run(file, x)
  local got = { assert(assert(nn.import(path(file))):compile()):run(x) }
  local named = {}
  for i, name in ipairs(assert(loader.read(path(file))).network.outputs) do
    named[name:match "^[^:]*"] = got[i]
  end
  return named
end

-- Every output against the golden's numbers.
local function compare(y, wanted)
  for name, numbers in pairs(wanted) do
    local error = networks.relative_error(assert(y[name], name), numbers)
    -- f32 on both sides; measured below 1e-6.
    assert.is_true(error < 1e-5, ("%s: %g"):format(name, error))
    y[name] = nil
  end
  assert.same({}, y)
end

describe("nn.import of OpenVINO IR", function()
  -- Whole numbers, 0 to 255: openvino_tiny.py's image.
  local image = networks.pixels(96, { 1, 3, 23, 18 }):to "f32"

  it("gives a version 10 file the outputs of the runtime of 2021", function()
    compare(run("tiny_v10", image), assert(tensor.load(golden.path "openvino_v10.npz")))
  end)

  for _, name in ipairs { "tiny_v11", "ops" } do
    it(("gives %s, of version 11, the outputs of today's runtime"):format(name), function()
      local wanted, ops = {}, tensor.generator(98):rand({ 1, 4, 7, 6 }, "f64") * 2 - 1
      for key, numbers in pairs(assert(tensor.load(golden.path "openvino_ir.npz"))) do
        local output = key:match("^" .. name .. "%.(.*)")
        if output then wanted[output] = numbers end
      end
      compare(run(name, name == "ops" and ops:to "f32" or image), wanted)
    end)
  end

  -- What the loader gives, without a file; "x" is (N,4,5,5).
  local function import(operators, output, tensors, shape)
    for i, op in ipairs(operators) do
      operators[i] = { type = op[1], name = op[2], inputs = op[3], outputs = { op[2] },
        attributes = op[4] or {} }
    end
    return nn.import { format = "openvino", tensors = tensors or {}, meta = {}, network = {
      inputs = { { name = "x", shape = shape or { 1, 4, 5, 5 } } }, outputs = { output },
      operators = operators } }
  end

  local kernel = tensor.generator(1):rand({ 2, 4, 3, 3 }, "f32")

  it("makes an Add of a constant the convolution's bias, and no other", function()
    local bias = tensor.from({ 1, 2 }, "f32"):reshape { 1, 2, 1, 1 }
    local g = assert(import({ { "Convolution", "c", { "x", "w" } }, { "Add", "a", { "b", "c" } } },
      "a", { w = kernel, b = bias }))
    assert.equal("conv2d", g:node "a".layer)
    assert.equal(2, #g:nodes())
    assert.same({ 1, 2 }, g:get("a", "bias"):totable())
    -- Asked for itself, used twice, or with what differs within a channel.
    g = assert(import({ { "Convolution", "c", { "x", "w" } }, { "Add", "a", { "c", "b" } },
      { "Multiply", "m", { "a", "c" } } }, "m", { w = kernel, b = bias }))
    assert.equal("conv2d", g:node "c".layer)
    assert.equal("scale", g:node "a".layer)
    g = assert(import({ { "Convolution", "c", { "x", "w" } }, { "Convolution", "d", { "x", "w" } },
      { "Add", "a", { "c", "d" } } }, "a", { w = kernel }))
    assert.equal("add", g:node "a".layer)
    local _, text = import({ { "Convolution", "c", { "x", "w" } }, { "Add", "a", { "c", "b" } } },
      "a", { w = kernel, b = tensor.zeros { 3, 3 } })
    assert.truthy(text:find("(3,3) beside (N,2,3,3) is not one number per channel", 1, true), text)
  end)

  it("divides whole numbers without a fraction", function()
    local function whole(...) return tensor.from({ ... }, "i64") end
    local g = assert(import({ { "Divide", "d", { "a", "b" } }, { "Reshape", "r", { "x", "d" } } },
      "r", { a = whole(3, 51, 9), b = whole(2) }))
    assert.same({ -1, 25, 4 }, assert(g:node "r").shape)
  end)

  it("computes with sizes that are known, and with no others", function()
    local function doubled(shape)
      return import({ { "ShapeOf", "s", { "x" } }, { "Gather", "h", { "s", "two", "zero" } },
        { "Multiply", "m", { "h", "n" } }, { "Divide", "d", { "x", "m" } } }, "d",
        { two = tensor.from({ 2 }, "i64"), zero = tensor.from(0, "i64"),
          n = tensor.from({ 2 }, "i64") }, shape)
    end
    assert.near(0.1, assert(doubled()):get("d", "gamma"):get(1), 1e-7)
    local g, text, code = doubled { 1, 4, -1, -1 }
    assert.same({ nil, "UNSUPPORTED" }, { g, code })
    assert.truthy(text:find("Multiply 'm' (1), (1): it computes with a size that is open", 1, true),
      text)
  end)

  it("says of what no layer does which operator it is and why", function()
    local function refuses(operators, wanted, tensors)
      local g, text, code = import(operators, operators[#operators][2], tensors)
      assert.same({ nil, "UNSUPPORTED" }, { g, code })
      assert.truthy(text:find(wanted, 1, true), text)
    end
    local function whole(...) return tensor.from({ ... }, "i64") end
    refuses({ { "Erf", "e", { "x" } }, { "LSTMCell", "l", { "e" } } }, "Erf 'e' (N,4,5,5)")
    refuses({ { "Reshape", "r", { "x", "s" }, { special_zero = "false" } } }, "changes the batch",
      { s = whole(4, 25) })
    refuses({ { "Transpose", "t", { "x", "s" } } }, "moves the batch", { s = whole(1, 0, 2, 3) })
    refuses({ { "ReduceMean", "m", { "x", "s" } } }, "other axes than height and width",
      { s = whole(1) })
    refuses({ { "MaxPool", "p", { "x" }, { kernel = { 2, 2 }, strides = { 3, 3 },
      pads_begin = { 0, 0 }, pads_end = { 1, 1 }, rounding_type = "ceil" } } },
      "its last window, rounded up, is outside")
    refuses({ { "Interpolate", "i", { "x", "s", "s", "s" }, { mode = "linear" } } }, "mode linear",
      { s = whole(2, 3) })
    refuses({ { "Divide", "d", { "c", "x" } } }, "divides by what is not constant",
      { c = tensor.ones { 1 } })
  end)

  it("says what is wrong with a file", function()
    local function fails(operators, wanted, tensors)
      local g, text, code = import(operators, operators[#operators][2], tensors)
      assert.same({ nil, "FORMAT" }, { g, code })
      assert.truthy(text:find(wanted, 1, true), text)
    end
    fails({ { "Convolution", "c", { "x", "w" } } }, "c.weight: tensor is (2,3,3,3)",
      { w = tensor.zeros { 2, 3, 3, 3 } })
    fails({ { "Convolution", "c", { "x", "w" }, { strides = "wide" } } },
      "strides is a text, wants a list", { w = kernel })
    fails({ { "Convolution", "c", { "x", "w" }, { strides = { 1 } } } },
      "stride of 1 sizes, wants 2", { w = kernel })
    fails({ { "Convolution", "c", { "x" } } }, "Convolution 'c': lacks an input")
    fails({ { "MaxPool", "p", { "x" } } }, "MaxPool 'p': has no kernel")
    fails({ { "Concat", "c", { "x", "x" } } }, "Concat 'c': has no axis")
    fails({ { "Concat", "c", { "w", "w" } } }, "Concat 'c': has no axis", { w = kernel })
    fails({ { "SoftMax", "s", { "x" }, { axis = "C" } } }, "axis is a text, wants a whole number")
    fails({ { "Clamp", "c", { "x" }, { min = 0 } } }, "Clamp 'c': has no max")
    -- What no check foresees tells nothing of this program's own files.
    fails({ { "Range", "r", { "a", "a", "a" } } },
      "Range 'r': item: tensor has 2 elements, wants 1", { a = tensor.ones { 2 } })
    fails({ { "Gather", "g", { "c", "s", "a" } } }, "Gather 'g': 7 of 3",
      { c = tensor.ones { 3 }, s = tensor.from({ 7 }, "i64"), a = tensor.from(0, "i64") })
    fails({ { "Multiply", "m", { "a", "c" } } }, "makes 25000000 numbers",
      { a = tensor.ones { 5000, 1 }, c = tensor.ones { 1, 5000 } })
    fails({ { "Add", "m", { "a", "c" } } }, "m", { a = tensor.ones { 2 }, c = tensor.ones { 3 } })
  end)
end)
