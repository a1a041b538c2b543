--- Networks by name.
local models = require "visage.models"
local networks = require "spec.support.networks"
local tensor = require "visage.tensor"
local weights = require "visage.weights"

describe("models.list", function()
  it("has every network, its variant and whether it is installed", function()
    local found = {}
    for _, m in ipairs(models.list()) do found[m.name .. ":" .. m.variant] = m end
    for _, name in ipairs { "resnet50:keras", "senet50:keras", "vgg16:keras",
      "mobilefacenet:casia", "dlib-resnet:dlib" } do
      assert.equal("embedding", found[name].kind)
      assert.is_true(#found[name].weights > 0)
    end
    assert.equal("detector", found["mtcnn:facenet-pytorch"].kind)
    assert.is_true(found["tiny:seeded"].installed)
    assert.is_true(found["tiny:seeded"].synthetic)
  end)
end)

describe("models and the manifest", function()
  it("name each other", function()
    for _, m in ipairs(models.list()) do
      for _, name in ipairs(m.weights) do assert(weights.select(name)) end
    end
    for _, entry in ipairs(dofile "weights/manifest.lua") do
      if entry.model and entry.model ~= "labels" then
        assert(models.find(entry.model .. ":" .. entry.variant))
      end
    end
  end)
end)

describe("models.load", function()
  local function fails(spec, options, wanted)
    local model, text, code = models.load(spec, options)
    assert.is_nil(model)
    assert.is_string(code)
    assert.truthy(text:find(wanted, 1, true), text)
  end

  it("names the networks there are", function()
    fails("resnet51", nil, "there are resnet50, senet50, vgg16")
  end)

  it("names the variants there are", function()
    fails("resnet50:torch", nil, "it has caffe, caffe-128,")
  end)

  it("says of a detector that it is one", function()
    fails("mtcnn", nil, "visage.face")
  end)

  it("tells how a file that is not here can be had", function()
    if networks.weight "senet50-keras" or networks.weight "senet50-keras-notop" then
      return pending "SE-ResNet-50's weights are installed"
    end
    fails("senet50", nil, "rcmalli_vggface_tf_notop_senet50.h5")
    fails("senet50", { include_top = true }, "rcmalli_vggface_tf_senet50.h5")
  end)

  it("lists the tensors that do not fit", function()
    fails("tiny", { weights = { ["conv1.weight"] = tensor.zeros { 8, 3, 3, 3 } } }, "conv2.weight")
  end)

  it("refuses a known file of another network", function()
    local path = networks.weight "mobilefacenet-casia"
    if not path then return pending "068.ckpt is not here" end
    fails("resnet50", { weights = path }, "is for mobilefacenet:casia")
    fails("mobilefacenet:ms1m", { weights = path }, "is for mobilefacenet:casia")
  end)

  -- keras_vggface/models.py.
  it("raises below keras-vggface's smallest sizes", function()
    local least = { vgg16 = 48, resnet50 = 32, senet50 = 197 }
    for name, side in pairs(least) do
      local ok, text = pcall(models.load, name, { width = side - 1, height = 224, pooling = "avg" })
      assert.is_false(ok)
      assert.truthy(text:find(("at least %dx%d"):format(side, side), 1, true), text)
    end
  end)

  it("raises for another size than 224 with the softmax head", function()
    assert.has_error(function()
      models.load("resnet50", { include_top = true, width = 256, height = 256 })
    end)
  end)

  it("raises for a pooling that there is not", function()
    assert.has_error(function() models.load("resnet50", { pooling = "median" }) end)
  end)

  it("raises for a pooling or a feature that the network does not have", function()
    assert.has_error(function() models.load("tiny", { pooling = "avg" }) end,
      "model tiny: there is nothing in it to pool")
    assert.has_error(function() models.load("tiny", { feature = "pool" }) end,
      "model tiny: its feature is embedding, got pool; taps gives other nodes")
  end)

  it("raises for an option that there is not", function()
    local function wrong(text, options)
      assert.error_matches(function() models.load("resnet50", options) end, text)
    end
    wrong("models.load: no option 'pool'; there are batch,", { pool = "avg" })
    wrong("models.load, build: no option 'eps'; there are average, average_stride,",
      { build = { eps = 1e-5 } })
  end)

  it("finds network and variant by a known file's sha256", function()
    local path = networks.weight "mobilefacenet-casia"
    if not path then return pending "068.ckpt is not here" end
    local model = assert(models.load(nil, { weights = path }))
    assert.equal("mobilefacenet", model.name)
    assert.equal("casia", model.variant)
    assert.is_true(model.weights.known)
    assert.equal(64, #model.weights.sha256)
    model:close()
  end)
end)
