--- VGG16: the tensors of keras-vggface's, and what is cut where.
local golden = require "spec.support.golden"
local models = require "visage.models"
local networks = require "spec.support.networks"
local tensor = require "visage.tensor"
local vgg16 = require "visage.models.vgg16"

local variant = vgg16.variants.keras

local function build(more)
  local o = { name = "vgg16", width = 224, height = 224, classes = 2622, order = "hwc" }
  for k, v in pairs(more) do o[k] = v end
  return vgg16.build(o)
end

local function shapes(g)
  local listing = {}
  for _, t in ipairs(g:tensors()) do
    local wanted = variant.names(t.node, t.slot)
    local name, order = wanted, nil
    if type(wanted) == "table" then name, order = wanted.name, wanted.permute end
    local shape = {}
    for i, size in ipairs(t.shape) do shape[order and order[i] or i] = size end
    listing[name] = shape
  end
  return listing
end

describe("vgg16", function()
  it("has the tensors of keras-vggface's vgg16", function()
    local wanted = {}
    for _, row in ipairs(golden.load("keras_names").networks.vgg16.weights) do
      wanted[row[1]] = row[2]
    end
    assert.same(wanted, shapes(build { include_top = true }))
  end)

  it("takes MatConvNet's filters, of rows, columns, in and out, by their places", function()
    local data = vgg16.variants.matconvnet
    local filters = tensor.arange(1, 2 * 3 * 4 * 5):reshape { 2, 3, 4, 5 }
    local adapted = data.adapt {
      ["net.layers.1.filters"] = filters, ["net.layers.1.biases"] = tensor.ones { 1, 5 },
      ["layers.32.weights.1"] = filters, ["layers.32.filters"] = tensor.ones { 1 },
      ["layers.32.momentum.1"] = filters, ["meta.normalization.averageImage"] = filters,
    }
    local names = {}
    for name in pairs(adapted) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "layers.1.weights.1", "layers.1.weights.2", "layers.32.weights.1" }, names)
    assert.equal(filters, adapted["layers.32.weights.1"])
    assert.same({ name = "layers.1.weights.1", permute = { 4, 3, 1, 2 } },
      data.names("conv1_1", "weight"))
    assert.same({ name = "layers.29.weights.2", reshape = { -1 } }, data.names("conv5_3", "bias"))
    for node, at in pairs { fc6 = 32, fc7 = 35, fc8 = 38 } do
      assert.equal(("layers.%d.weights.1"):format(at), data.names(node, "weight").name)
    end
    -- Flattening height, width, channels: row o is filter o.
    local rows = data.names("fc6", "weight").transform(filters)
    assert.same({ 5, 24 }, rows:shape())
    assert.equal(filters[{ 2, 1, 3, 4 }], rows[{ 4, (2 - 1) * 12 + (1 - 1) * 4 + 3 }])
  end)

  it("ends at fc7 after its ReLU unless it is told otherwise", function()
    local listing = shapes(build { feature = variant.feature })
    assert.same({ 4096 }, listing["fc7/bias:0"])
    assert.is_nil(listing["fc8/bias:0"])
  end)

  it("says what comes out of it", function()
    local tensors = {}
    for name, shape in pairs(shapes(build { pooling = "none" })) do
      tensors[name] = tensor.zeros(shape)
    end
    local face = networks.pixels(1, { 48, 64, 3 })
    local function out_of(pooling)
      local model = assert(models.load("vgg16:keras", {
        weights = tensors, pooling = pooling, width = 64, height = 48, batch = 1,
      }))
      local found = { model.dimension, model.feature, model:embed({ face }):size(2) }
      model:close()
      return found
    end
    assert.same({ 512, "pool5", 512 }, out_of "avg")
    -- 2 x 1 places of 512 channels.
    assert.same({ 1024, "pool5", 1024 }, out_of "none")
  end)

  it("pools pool5 to 512 numbers without the dense layers", function()
    local g = build { pooling = "max", width = 48, height = 64 }
    local random = tensor.generator(1)
    for _, t in ipairs(g:tensors()) do
      g:set(t.node, t.slot, random:rand(t.shape) * 0.02 - 0.009)
    end
    local net <close> = g:compile { batch = 1, taps = { "pool5" } }
    local y, taps = net:run(networks.pixels(3, { 1, 3, 64, 48 }):to "f32")
    assert.same({ 1, 512, 2, 1 }, taps.pool5:shape())
    assert.tensor(y).near(taps.pool5:max(3):reshape { 1, 512 }, 0)
  end)

  -- One network in the layouts of three releases: fc6 of Keras takes rows,
  -- columns, channels, that of Caffe and PyTorch channels, rows, columns.
  describe("of 64 pixels up to fc6", function()
    local seeded, y = {}, nil
    local face = networks.pixels(6, { 64, 64, 3 })

    local function embed(name, tensors)
      local model = assert(models.load("vgg16:" .. name,
        { weights = tensors, feature = "fc6/relu", width = 64, height = 64, batch = 1 }))
      local rows = model:embed { face }
      model:close()
      return rows
    end

    lazy_setup(function()
      local g = build { feature = "fc6/relu", width = 64, height = 64 }
      local random, keras = tensor.generator(16), {}
      for _, t in ipairs(g:tensors()) do
        local fan = 1
        for axis = 2, #t.shape do fan = fan * t.shape[axis] end
        local value = ((random:rand(t.shape) * 2 - 1) * math.sqrt(6 / fan)):to "f32"
        seeded[t.node .. "." .. t.slot] = value
        local place = variant.names(t.node, t.slot)
        if type(place) == "string" then
          keras[place] = value
        else
          -- Both orders that Keras has are turned back by the reverse one.
          local back = {}
          for i, axis in ipairs(place.permute) do back[axis] = i end
          keras[place.name] = value:permute(back):contiguous()
        end
      end
      y = embed("keras", keras)
    end)

    -- fc6 for inputs in the order channels, rows, columns.
    local function turned()
      return seeded["fc6.weight"]:reshape({ 4096, 2, 2, 512 }):permute({ 1, 4, 2, 3 })
        :contiguous():reshape { 4096, 2048 }
    end

    it("is the same from VGG_FACE.caffemodel's blobs", function()
      local blobs = {}
      for name, t in pairs(seeded) do
        local node, slot = name:match "^(.*)%.(.*)$"
        local shape = t:shape()
        if node == "fc6" and slot == "weight" then t, shape = turned(), { 1, 1, 4096, 2048 } end
        if slot == "bias" then shape = { 1, 1, 1, t:numel() } end
        blobs[node .. (slot == "weight" and ".1" or ".2")] = t:reshape(shape)
      end
      assert.is_true(networks.relative_error(embed("caffe", blobs), y) < 1e-5)
    end)

    it("is the same from the PyTorch release, which takes red first", function()
      local state = {}
      for name, t in pairs(seeded) do state[name] = t end
      state["fc6.weight"] = turned()
      local kernel, planes = state["conv1_1.weight"], {}
      for c = 1, 3 do planes[c] = kernel:narrow(2, 4 - c, 1) end
      state["conv1_1.weight"] = tensor.cat(planes, 2)
      assert.is_true(networks.relative_error(embed("pytorch", state), y) < 1e-5)
    end)

    it("is another one with the flattening of the other", function()
      local state = {}
      for name, t in pairs(seeded) do state[name] = t end
      assert.is_true(networks.relative_error(embed("pytorch", state), y) > 0.1)
    end)
  end)
end)
