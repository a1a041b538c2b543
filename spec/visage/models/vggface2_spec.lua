--- What the published checkpoints of VGGFace2 call their tensors.
local vggface2 = require "visage.models.vggface2"

local variants = vggface2.variants("senet50", 197)

local function name_of(variant, node, slot)
  local place = variants[variant].names(node, slot)
  if type(place) == "table" then return place.name, place.reshape end
  return place
end

describe("vggface2.variants", function()
  it("has the releases and their heads", function()
    local names = {}
    for name in pairs(variants) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "caffe", "caffe-128", "caffe-256", "cydonia", "keras", "pytorch",
      "pytorch-128", "pytorch-256" }, names)
  end)

  -- As the releases' own files have them: the .prototxt, senet50_256.py of the
  -- PyTorch release, models/senet.py of cydonia999.
  local published = {
    { "caffe", "conv1/7x7_s2", "weight", "conv1/7x7_s2.1" },
    { "caffe", "conv4_6_1x1_increase/bn", "beta", "conv4_6_1x1_increase/bn/scale.2" },
    { "caffe", "conv2_1_1x1_down", "bias", "conv2_1_1x1_down.2" },
    { "pytorch", "conv1/7x7_s2", "weight", "conv1_7x7_s2.weight" },
    { "pytorch", "conv1/7x7_s2/bn", "mean", "conv1_7x7_s2_bn.running_mean" },
    { "pytorch", "conv5_3_1x1_increase/bn", "gamma", "conv5_3_1x1_increase_bn.weight" },
    { "pytorch", "conv2_1_1x1_up", "bias", "conv2_1_1x1_up.bias" },
    { "cydonia", "conv1/7x7_s2/bn", "var", "bn1.running_var" },
    { "cydonia", "conv2_1_1x1_proj", "weight", "layer1.0.downsample.0.weight" },
    { "cydonia", "conv4_6_3x3/bn", "beta", "layer3.5.bn2.bias" },
    { "cydonia", "conv5_3_1x1_down", "weight", "layer4.2.conv4.weight" },
    { "cydonia", "conv5_3_1x1_up", "bias", "layer4.2.conv5.bias" },
    { "cydonia", "classifier", "bias", "fc.bias" },
  }
  for _, row in ipairs(published) do
    it(("has %s for %s of %s"):format(row[4], row[2], row[1]), function()
      assert.equal(row[4], (name_of(row[1], row[2], row[3])))
    end)
  end

  it("takes a head as a convolution and as a dense layer", function()
    assert.same({ "feat_extract.weight", { -1, 2048, 1, 1 } },
      { name_of("pytorch-128", "feat_extract", "weight") })
    assert.same({ "classifier.weight", { -1, 2048 } },
      { name_of("pytorch", "classifier", "weight") })
  end)

  it("has the training's means in the order of the channels", function()
    for _, name in ipairs { "keras", "caffe", "caffe-128", "cydonia" } do
      assert.same({ "bgr", 91.4953 },
        { variants[name].preprocess.order, variants[name].preprocess.mean[1] })
    end
    assert.same({ "rgb", 131.0912 },
      { variants["pytorch-256"].preprocess.order, variants["pytorch-256"].preprocess.mean[1] })
  end)

  it("has no classes where the release has none", function()
    assert.equal(8631, variants.caffe.classes)
    assert.is_nil(variants["caffe-128"].classes)
  end)
end)
