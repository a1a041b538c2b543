--- What make parity compares: one entry for a network and its reference.
--
-- name, reference: for the table. environment: of spec/golden/requirements-*.txt.
-- script, arguments: the framework's side, a file of this folder, run as
-- `script ARGUMENTS SEED FOLDER` for the seeds 1 to `seeds`; it writes to FOLDER
-- what keras_layers.py describes. build(folder): the graph with the weights
-- that it wrote (controls.npz is optional). feature: the node that is the
-- embedding, or nil for the first output. per_layer, embedding: the largest
-- relative errors allowed. layers: false where the reference tells nothing of
-- them. weights: a name of the manifest, whose file the script gets as
-- FOLDER/weights.dat.
local nn = require "visage.nn"

-- A variant's graph with the tensors of a file.
local function built(module, variant_name, options, path)
  local network = require("visage.models." .. module)
  local variant = network.variants[variant_name]
  local input = variant.input or {}
  local o = { name = network.name, width = input.width, height = input.height }
  for _, from in ipairs { variant.build or {}, options } do
    for k, v in pairs(from) do o[k] = v end
  end
  return assert(network.build(o):load(path, variant.names, { ignore = variant.ignore }))
end

local function keras(network, name, feature, options)
  return {
    name = name, reference = "Keras, keras-vggface 0.6's topology", environment = "keras",
    script = "keras_layers.py", arguments = { network }, seeds = 8, feature = feature,
    per_layer = 1e-5, embedding = 1e-4,
    build = function(folder)
      return built(network, "keras", options, folder .. "/weights.h5")
    end,
  }
end

-- The published Caffe layout, as the files that the framework's side writes.
local function caffe(network, name)
  return {
    name = name, reference = "Caffe's net in OpenCV", environment = "caffe",
    script = "caffe_layers.py", arguments = { network }, seeds = 4, feature = "pool5/7x7_s1",
    per_layer = 1e-5, embedding = 1e-4,
    build = function(folder)
      return assert(nn.import { folder .. "/net.prototxt", folder .. "/net.caffemodel" })
    end,
  }
end

-- A network of torch_layers.py; one with its real weights has one "seed". o: what
-- the script calls it, where not by its module; the environment; build: options.
local function torch(module, variant, name, feature, seeds, o)
  o = o or {}
  return {
    name = name, reference = o.reference or seeds == 1 and "PyTorch, its real weights" or "PyTorch",
    environment = o.environment or "torch", script = "torch_layers.py",
    arguments = { o.argument or module }, seeds = seeds,
    feature = feature, per_layer = 1e-5, embedding = 1e-4,
    build = function(folder)
      return built(module, variant, o.build or {}, folder .. "/weights.pt")
    end,
  }
end

-- A part of MTCNN: its box offsets are what is compared end to end.
local function mtcnn(part, name, feature)
  return torch("mtcnn", "facenet-pytorch", name, feature, 1, {
    argument = part, environment = "facenet", reference = "facenet-pytorch, its real weights",
    build = { part = part },
  })
end

-- The layers of vgg-face.mat, as MatConvNet's manual defines them.
local matconvnet = {
  name = "VGG16 of MatConvNet", reference = "its definition in PyTorch", environment = "mat",
  script = "mat_layers.py", arguments = {}, seeds = 2, feature = "relu7",
  per_layer = 1e-5, embedding = 1e-4,
  build = function(folder) return assert(nn.import(folder .. "/vgg-face.mat")) end,
}

-- The real weights; seeds only pick the photos.
local retail = {
  name = "retail-0095", reference = "OpenVINO, its real weights", environment = "openvino",
  script = "openvino_layers.py", arguments = {}, seeds = 2, feature = "658",
  per_layer = 1e-5, embedding = 1e-4,
  build = function(folder) return assert(nn.import(folder .. "/net.xml")) end,
}

-- A network of onnx_layers.py; one with its real weights has one "seed".
local function onnx(network, name, seeds)
  return {
    name = name, reference = seeds == 1 and "ONNX Runtime, its real weights" or "ONNX Runtime",
    environment = "onnx", script = "onnx_layers.py", arguments = { network }, seeds = seeds,
    per_layer = 1e-5, embedding = 1e-4,
    build = function(folder) return assert(nn.import(folder .. "/model.onnx")) end,
  }
end

-- dlib's Python module tells no layer's output.
local dlib = {
  name = "dlib's ResNet", reference = "dlib, its real weights", environment = "dlib",
  script = "dlib_descriptors.py", arguments = {}, weights = "dlib-resnet", layers = false,
  seeds = 1, feature = "59.fc", per_layer = 1e-5, embedding = 1e-4,
  build = function(folder) return built("dlib_resnet", "dlib", {}, folder .. "/weights.dat") end,
}

return {
  keras("vgg16", "VGG16", "fc7/relu", { include_top = true, classes = 2622 }),
  keras("resnet50", "ResNet-50", "flatten", { pooling = "max" }),
  keras("senet50", "SE-ResNet-50", "flatten", { pooling = "max" }),
  caffe("resnet50", "ResNet-50 of Caffe"),
  caffe("senet50", "SE-ResNet-50 of Caffe"),
  matconvnet,
  torch("mobilefacenet", "casia", "MobileFaceNet 112x96", "flatten", 1),
  torch("mobilefacenet", "ms1m", "MobileFaceNet 112x112", "flatten", 1,
    { argument = "mobilefacenet_ms1m" }),
  torch("resnet50", "pytorch-128", "ResNet-50-128D", "feat_extract", 8,
    { argument = "resnet50_128" }),
  torch("senet50", "pytorch-128", "SE-ResNet-50-128D", "feat_extract", 8,
    { argument = "senet50_128" }),
  torch("inception_resnet_v1", "vggface2", "Inception-ResNet-v1", "embedding", 8,
    { environment = "facenet", reference = "facenet-pytorch" }),
  torch("iresnet", "r50-ms1mv3", "IResNet-50", "features", 8, { argument = "r50" }),
  torch("iresnet", "r100-ms1mv3", "IResNet-100", "features", 2, { argument = "r100" }),
  dlib,
  mtcnn("pnet", "P-Net", "conv4_2"),
  mtcnn("rnet", "R-Net", "dense5_2"),
  mtcnn("onet", "O-Net", "dense6_2"),
  torch("retinaface", "mobilenet0.25", "RetinaFace MobileNet-0.25", "ClassHead", 1),
  retail,
  onnx("mobilefacenet", "MobileFaceNet 112x112 in ONNX", 1),
  onnx("resnet50", "ResNet-50 of torchvision in ONNX", 4),
  onnx("mobilenet_v2", "MobileNetV2 of torchvision in ONNX", 4),
  onnx("senet50", "SE-ResNet-50 in ONNX", 4),
  onnx("iresnet50", "IResNet-50 in ONNX", 4),
  onnx("retinaface", "RetinaFace MobileNet-0.25 in ONNX", 4),
}
