--- The specification of a residual network of VGGFace2 in the Caffe release's
-- form against PyTorch, with the seeded weights of spec/golden/experiment1.py.

local assert = require "luassert"
local busted = require "busted"
local golden = require "spec.support.golden"
local models = require "visage.models"
local names = require "visage.models.names"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

-- Globals in the files of specs only.
local describe, it = busted.describe, busted.it
local lazy_setup, lazy_teardown = busted.lazy_setup, busted.lazy_teardown

local keras_name = names.keras {}

-- A power of two, so that dividing by it is exact.
local SUMMED = 1024

-- The seeded number of a slot.
local function seeded(drawn, node, slot, shape)
  if node == "feat_extract" then
    local u = tensor.generator(shape[1]):rand(shape, "f64")
    return ((u * 2 - 1) * math.sqrt(6 / 2048)):to "f32"
  end
  local place = keras_name(node, slot)
  if type(place) == "string" then return drawn[place] end
  return drawn[place.name]:permute(place.permute):contiguous()
end

-- The seeded weights as the release's file holds them.
local function as_file(drawn, network, variant)
  local tensors, o = {}, { name = "n", width = 224, height = 224, pooling = "none" }
  for key, value in pairs(variant.build) do o[key] = value end
  for _, t in ipairs(network.build(o):tensors()) do
    local place = variant.names(t.node, t.slot)
    local value = seeded(drawn, t.node, t.slot, t.shape)
    tensors[type(place) == "table" and place.name or place] = value
    if variant.adapt and t.slot == "mean" then
      tensors[t.node .. ".3"] = tensor.full({ 1 }, SUMMED)
    end
    if variant.adapt and (t.slot == "mean" or t.slot == "var") then
      tensors[place] = value * SUMMED
    end
  end
  return tensors
end

-- ||a - b|| / ||b|| of the numbers that the golden has of an output.
local function error_of(y, wanted)
  return networks.relative_error(y:reshape({ -1 }):narrow(1, 1, #wanted), tensor.from(wanted))
end

--- Declares it for "resnet50" or "senet50".
return function(name)
  describe(name .. " of the Caffe release", function()
    local drawn, wanted, network, face, loaded
    local releases = { "caffe", "pytorch", "cydonia" }

    local function load(variant, options)
      local o = { batch = 1, weights = as_file(drawn, network, network.variants[variant]) }
      for key, value in pairs(options or {}) do o[key] = value end
      local model = assert(models.load(name .. ":" .. variant, o))
      loaded[#loaded + 1] = model
      return model
    end

    lazy_setup(function()
      drawn, loaded = networks.keras(name), {}
      wanted = golden.load("vggface2_caffe").networks[name]
      network = models.find(name)
      face = pixels.gradient(224, 224)
    end)

    lazy_teardown(function()
      for _, model in ipairs(loaded) do model:close() end
    end)

    it("equals PyTorch at every layer, end to end", function()
      local taps = {}
      for i, row in ipairs(wanted.layers) do taps[i] = row[1] end
      local model = load("caffe", { taps = taps, short = 224 })
      local y, seen = model:run(model:prepare(face):unsqueeze(1))
      local worst, where = networks.worst(seen, wanted.layers)
      -- The roundings of 50 layers add up: 2e-5 at most here, 2e-6 of the average
      -- (the golden's own is 2e-6 from double precision).
      assert.is_true(worst < 5e-5, ("%s: %g"):format(where, worst))
      assert.is_true(error_of(y, wanted.outputs["pool5/7x7_s1"]) < 1e-5)
    end)

    for _, variant in ipairs(releases) do
      it("takes the names and the channel order of " .. variant, function()
        local model = load(variant, { short = 224 })
        local y = model:embed { face }
        assert.same({ 1, 2048 }, y:shape())
        assert.equal("pool5/7x7_s1", model.feature)
        -- The same kernels for the other channel order: another network.
        local same = error_of(y, wanted.outputs["pool5/7x7_s1"]) < 1e-5
        assert.equal(model.preprocess.order == "bgr", same)
      end)
    end

    it("turns the first kernel of the PyTorch release for RGB", function()
      local tensors = as_file(drawn, network, network.variants.pytorch)
      local kernel = "conv1_7x7_s2.weight"
      local turned = {}
      for c = 1, 3 do turned[c] = tensors[kernel]:narrow(2, 4 - c, 1) end
      tensors[kernel] = tensor.cat(turned, 2)
      local y = load("pytorch", { weights = tensors }):embed { face }
      assert.is_true(error_of(y, wanted.outputs["pool5/7x7_s1"]) < 1e-5)
    end)

    for _, dimension in ipairs { 128, 256 } do
      it(("has the head of %d numbers"):format(dimension), function()
        local model = load("caffe-" .. dimension, { short = 224 })
        local y = model:embed { face }
        assert.same({ 1, dimension }, y:shape())
        assert.same({ dimension, "feat_extract" }, { model.dimension, model.feature })
        assert.is_true(error_of(y, wanted.outputs["feat_extract_" .. dimension]) < 1e-5)
      end)
    end

    it("has the classifier, a dense layer in Caffe and a convolution in PyTorch", function()
      local w = (tensor.generator(8):rand({ 5, 2048 }, "f64") * 0.1 - 0.05):to "f32"
      local b = tensor.from { 0.5, 0, 0, 0, -0.5 }
      local function probabilities(variant, weight, bias, shape)
        local tensors = as_file(drawn, network, network.variants[variant])
        tensors[weight], tensors[bias] = w:reshape(shape), b
        local model = load(variant,
          { weights = tensors, include_top = true, classes = 5, short = 224 })
        -- The channels as the file wants them, whichever they are.
        model.preprocess = network.variants.caffe.preprocess
        return model:embed { face }
      end
      local y = probabilities("caffe", "classifier.1", "classifier.2", { 5, 2048 })
      assert.tensor(probabilities("pytorch", "classifier.weight", "classifier.bias",
        { 5, 2048, 1, 1 })).near(y, 1e-6)
      local average = load("caffe", { short = 224 }):embed({ face }):reshape { 2048, 1 }
      local e = (w:matmul(average):reshape { 5 } + b):exp()
      assert.tensor(y[1]).near(e / e:sum(), 1e-5)
    end)

    -- Each rule of the release told from keras-vggface's: with it broken the
    -- network is PyTorch's broken one, and far from the right one.
    local broken = {
      ["eps 1e-3"] = { bn_eps = 1e-3, se_bn_eps = 1e-3 },
      ["pool 55"] = { pool_ceil = false },
      ["stem 2, 3"] = { stem_pad = "same_tf" },
    }
    for rule, build in pairs(broken) do
      it("notices " .. rule, function()
        local y = load("caffe", { short = 224, build = build }):embed { face }
        assert.is_true(error_of(y, wanted.controls[rule]) < 1e-5)
        assert.is_true(error_of(y, wanted.outputs["pool5/7x7_s1"]) > 1e-2)
      end)
    end

    it("is far from a network with its strides in the 3x3", function()
      local right = tensor.from(wanted.outputs["pool5/7x7_s1"])
      local wrong = tensor.from(wanted.controls["stride in the 3x3"])
      assert.is_true(networks.relative_error(wrong, right) > 0.1)
    end)
  end)
end
