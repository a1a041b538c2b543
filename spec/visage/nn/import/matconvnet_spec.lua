--- MatConvNet's networks against what its manual says, computed by PyTorch in
-- f64 (spec/golden/mat.py).
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

-- Of float32 against f64, some hundred products each.
local TOLERANCE = 1e-5

local facts = golden.load("mat").networks

local function path(name) return golden.path("mat/" .. name .. ".mat") end

-- pixels / 64 - 2, as the golden has it.
local function image(input)
  return networks.pixels(input.seed, input.shape):to "f32" / 64 - 2
end

local function compare(name, options)
  local g, wanted = assert(nn.import(path(name), options)), facts[name]
  local taps = {}
  for value in pairs(wanted.outputs) do taps[#taps + 1] = value:gsub("_out$", "") end
  for _, engine in ipairs { "reference", "naive" } do
    local _, got = assert(g:compile { batch = 1, taps = taps, engine = engine })
      :run(image(wanted.input))
    for value, output in pairs(wanted.outputs) do
      local tap = got[value:gsub("_out$", "")]
      local right = tensor.from(output.values):reshape { 1, table.unpack(output.shape) }
      assert.same(right:shape(), tap:shape(), value)
      local off = networks.relative_error(tap, right)
      assert(off < TOLERANCE, ("%s is off by %g (%s)"):format(value, off, engine))
    end
  end
  return g
end

describe("nn.import of MatConvNet", function()
  it("equals its definition at the layers of a simplenn, of level 5 and of 7.3", function()
    for _, name in ipairs { "simplenn", "simplenn_v73" } do
      local g = compare(name)
      assert.same({ "prob" }, g:outputs())
    end
  end)

  it("calls layers without names by their places, and takes the older fields", function()
    local g = compare("simplenn_old")
    assert.same({ "layers.2" }, g:outputs())
  end)

  it("equals its definition at the layers of a DagNN with a squeezed block", function()
    local g = compare("dagnn")
    assert.same({ "prob" }, g:outputs())
  end)

  it("takes another size, and an inner layer as the output", function()
    local g = assert(nn.import(path "simplenn", { inputs = { data = { 3, 20, 18 } },
      outputs = { "pool1" } }))
    local pooled = assert(g:compile { batch = 1 }):run(tensor.zeros { 1, 3, 20, 18 })
    assert.same({ 1, 4, 5, 10 }, pooled:shape())
  end)

  local function import(change)
    local file = assert(loader.read(path "simplenn"))
    change(file, file.network.operators)
    return nn.import(file)
  end

  local function fails(text, code, change)
    local g, why, kind = import(change)
    assert.is_nil(g)
    assert.truthy(why:find(text, 1, true), why)
    assert.equal(code, kind)
  end

  it("lists every layer that there is none for", function()
    fails("2 operators have no layer: normalize 'relu1_1' (N,4,12,14), "
      .. "custom 'relu1_2'", "UNSUPPORTED", function(_, ops)
      ops[2].type, ops[5].type = "normalize", "custom"
    end)
  end)

  it("says what does not fit together", function()
    fails("conv 'conv1_1': pad is not 1, 2 or 4 numbers", "FORMAT", function(_, ops)
      ops[1].attributes.pad = { 1, 2, 3 }
    end)
    fails("stride is not one number or two", "FORMAT", function(_, ops)
      ops[1].attributes.stride = { 1, 2, 3 }
    end)
    fails("'layers.1.weights.2' is (1,5), wants 4 numbers", "FORMAT", function(file)
      file.tensors["layers.1.weights.2"] = tensor.zeros { 1, 5 }
    end)
    fails("the file has no tensor 'layers.1.weights.1'", "FORMAT", function(file)
      file.tensors["layers.1.weights.1"] = nil
    end)
    fails("filters of 2 channels for 3", "FORMAT", function(file)
      file.tensors["layers.1.weights.1"] = tensor.zeros { 3, 3, 2, 4 }
    end)
    fails("method is sum", "UNSUPPORTED", function(_, ops) ops[6].attributes.method = "sum" end)
  end)
end)
