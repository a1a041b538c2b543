--- The published checkpoints of VGGFace2's ResNet-50 and SE-ResNet-50, as
-- variants of visage.models.resnet50 and senet50: where each release differs in
-- names, channel order, resizing and head. Topology: visage.models.residual.
--
-- The Oxford releases (github.com/ox-vgg/vgg_face2) exist for Caffe and PyTorch;
-- cydonia999's are the Caffe ones under torchvision's names.

local names = require "visage.models.names"
local residual = require "visage.models.residual"

local vggface2 = {}

-- Of the training images. Caffe's nets and Keras's take blue first; those that
-- were imported to PyTorch had the first kernel's channels turned.
local BGR = { order = "bgr", mean = { 91.4953, 103.8827, 131.0912 }, scale = 1 }
local RGB = { order = "rgb", mean = { 131.0912, 103.8827, 91.4953 }, scale = 1 }

-- A 1x1 convolution over one place and a dense layer hold the same numbers.
local function as_conv(name) return { name = name, reshape = { -1, 2048, 1, 1 } } end
local function as_dense(name) return { name = name, reshape = { -1, 2048 } } end

local function shaped(node, slot, name)
  if slot == "weight" and node == "feat_extract" then return as_conv(name) end
  if slot == "weight" and node == "classifier" then return as_dense(name) end
  return name
end

-- Oxford's Caffe layers carry the nodes' names.
local function caffe_names(node, slot)
  return shaped(node, slot, names.caffe(node, slot))
end

-- Oxford's PyTorch modules are Caffe's layers with "_" for "/".
local function oxford_names(node, slot)
  return shaped(node, slot, names.torch((node:gsub("/", "_")), slot))
end

local torchvision_parts = {
  ["1x1_reduce"] = "conv1", ["1x1_reduce/bn"] = "bn1",
  ["3x3"] = "conv2", ["3x3/bn"] = "bn2",
  ["1x1_increase"] = "conv3", ["1x1_increase/bn"] = "bn3",
  ["1x1_down"] = "conv4", ["1x1_up"] = "conv5",
  ["1x1_proj"] = "downsample.0", ["1x1_proj/bn"] = "downsample.1",
}

local torchvision_ends = {
  ["conv1/7x7_s2"] = "conv1", ["conv1/7x7_s2/bn"] = "bn1", classifier = "fc",
}

-- conv2_1_1x1_reduce is layer1.0.conv1.
local function torchvision_names(node, slot)
  local stage, block, part = node:match "^conv(%d)_(%d+)_(.+)$"
  local path = torchvision_ends[node]
    or ("layer%d.%d.%s"):format(stage - 1, block - 1, torchvision_parts[part])
  return names.torch(path, slot)
end

-- What both networks' variants of Oxford's weights share. `short` is the shorter
-- side of an image before its middle is cut out.
local function oxford(fields)
  local variant = {
    input = { width = 224, height = 224, channels = 3 },
    build = {}, pooling = "none", feature = "pool5/7x7_s1",
    least = 195, -- of which the last map has the 7x7 that the average wants
    distance = "cosine", classes = 8631, labels = "v2",
    ignore = { "%.num_batches_tracked$" },
  }
  for key, value in pairs(residual.profiles.caffe) do variant.build[key] = value end
  for key, value in pairs(fields) do variant[key] = value end
  return variant
end

-- A head of 128 or 256 numbers has no classifier in these releases.
local function narrowed(variant, dimension)
  variant.build.embedding = dimension
  variant.feature, variant.pooling = "feat_extract", nil
  variant.classes, variant.labels = nil, nil
  return variant
end

local function caffe(files)
  return oxford {
    about = "Oxford's Caffe release, trained on VGGFace2",
    -- The release's README: shorter side 256, centre 224; OpenCV's bilinear.
    preprocess = BGR, resize = "linear", short = 256,
    names = caffe_names, adapt = names.caffe_statistics,
    top = { "^classifier%." }, weights = files, weights_top = files,
  }
end

local function pytorch(files)
  return oxford {
    about = "Oxford's PyTorch release, trained on VGGFace2",
    -- standard_evaluation/pytorch_feature_extractor.py of the release.
    preprocess = RGB, resize = "bilinear", short = 224,
    names = oxford_names, top = { "^classifier%." }, weights = files, weights_top = files,
  }
end

local function cydonia(files)
  return oxford {
    about = "Oxford's Caffe release under torchvision's names, by cydonia999",
    preprocess = BGR, resize = "bilinear", short = 256,
    names = torchvision_names, top = { "^fc%." }, weights = files, weights_top = files,
  }
end

local function keras(network, least)
  return {
    about = "keras-vggface 0.6, trained on VGGFace2",
    build = residual.profiles.keras,
    input = { width = 224, height = 224, channels = 3 },
    least = least,
    -- preprocess_input(version=2) of keras-vggface.
    preprocess = BGR,
    resize = "bicubic",
    feature = "avg_pool",
    pooling = "max",
    distance = "cosine",
    classes = 8631,
    labels = "v2",
    names = names.keras { classifier = true },
    top = { "^classifier/" },
    weights = { network .. "-keras-notop", network .. "-keras" },
    weights_top = { network .. "-keras" },
  }
end

--- The variants of one network.
-- @tparam string network "resnet50" or "senet50"
-- @tparam integer least smallest side of an input of keras-vggface
-- @treturn table variants (visage.models) by name
function vggface2.variants(network, least)
  -- Fine-tuned after MS-Celeb-1M first: the better of the two.
  local function files(release)
    return { ("%s-%s-ft"):format(network, release), ("%s-%s-scratch"):format(network, release) }
  end
  local variants = {
    keras = keras(network, least),
    caffe = caffe(files "caffe"),
    pytorch = pytorch(files "pytorch"),
    cydonia = cydonia(files "cydonia"),
  }
  for _, dimension in ipairs { 128, 256 } do
    for release, make in pairs { caffe = caffe, pytorch = pytorch } do
      variants[("%s-%d"):format(release, dimension)] =
        narrowed(make { ("%s-%s-%d"):format(network, release, dimension) }, dimension)
    end
  end
  return variants
end

return vggface2
