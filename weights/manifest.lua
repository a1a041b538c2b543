--- Weight files that visage knows: where each comes from and what proves it.
-- Read-only data; hashes recorded at a first download and files that
-- `visage weights add` registers go to local.lua beside the downloads and are
-- merged by name (lua/visage/weights.lua). README.md explains the fields.
--
-- `file` is the path below a weights folder, so that a file put there by hand
-- is found under the same name. sha256 = nil: nobody published a hash; the
-- first download records one.

-- The registry's package is held to its own sha256 before it is unpacked.
local facenet_pytorch = {
  kind = "package", package = "facenet-pytorch", version = "2.6.0",
  archive = "wheel",
  sha256 = "ecb82b27beb226d106f2219efe8f829b01b87a8595badd01545679bdb9f19cca",
}

local face_recognition_models = {
  kind = "package", package = "face_recognition_models", version = "0.3.0",
  archive = "sdist",
  sha256 = "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
}

local face_recognition = {
  kind = "package", package = "face_recognition", version = "1.3.0",
  archive = "sdist",
  sha256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
}

local function member(package, path)
  local source = { member = path }
  for key, value in pairs(package) do source[key] = value end
  return source
end

local function mtcnn(net, bytes, sha256)
  return {
    name = "mtcnn-" .. net, group = "mtcnn", file = "mtcnn/" .. net .. ".pt",
    source = member(facenet_pytorch, "facenet_pytorch/data/" .. net .. ".pt"),
    bytes = bytes, sha256 = sha256, licence = "MIT",
    loader = "pytorch", model = "mtcnn", variant = "facenet-pytorch",
    trained_on = "WIDER FACE, CelebA",
    data_terms = "both sets: non-commercial research only",
    withdrawn = false,
  }
end

local ZHANG = "https://github.com/kpzhang93/MTCNN_face_detection_alignment/raw/"
  .. "4617f55b08846aea1b2328e9c12e48df91b3d725/code/codes/MTCNNv1/model/"

-- The files that those above were converted from.
local function mtcnn_caffe(net, bytes, sha256)
  local file = net .. ".caffemodel"
  return {
    name = "mtcnn-" .. net, group = "mtcnn-caffe", file = "mtcnn/" .. file,
    source = { kind = "url", url = ZHANG .. file },
    bytes = bytes, sha256 = sha256, licence = "MIT",
    loader = "caffemodel", model = "mtcnn", variant = "caffe",
    trained_on = "WIDER FACE, CelebA",
    data_terms = "both sets: non-commercial research only",
    withdrawn = false,
  }
end

local RELEASE =
  "https://github.com/rcmalli/keras-vggface/releases/download/v2.0/"

-- Approximate sizes are parameters x 4 bytes; the exact number of
-- bytes was published nowhere, so `bytes` stays open and is recorded too.
local function keras(model, top, megabytes, trained_on)
  local file = ("rcmalli_vggface_tf_%s%s.h5"):format(
    top and "" or "notop_", model)
  return {
    name = ("%s-keras%s"):format(model, top and "" or "-notop"), file = file,
    source = { kind = "url", url = RELEASE .. file },
    megabytes = megabytes, licence = "none stated",
    loader = "keras_h5", model = model, variant = "keras", include_top = top,
    trained_on = trained_on,
    data_terms = "research only; photos of people collected from the web",
    withdrawn = "not known",
  }
end

-- The releases of github.com/ox-vgg/vgg_face2; all but the scratch ones were
-- trained on MS-Celeb-1M first.
local OXFORD = "http://www.robots.ox.ac.uk/~vgg/data/vgg_face2/models/"

local function vggface2(fields)
  local scratch = fields.release == "scratch"
  return {
    name = ("%s-%s-%s"):format(fields.model, fields.kind, fields.release),
    file = "vggface2/" .. fields.file,
    source = { kind = "path", origin = fields.file .. fields.origin },
    licence = "none stated", loader = fields.loader, model = fields.model,
    variant = fields.variant or fields.kind .. "-" .. fields.release,
    trained_on = scratch and "VGGFace2" or "MS-Celeb-1M, then VGGFace2",
    data_terms = "research only; photos of people collected from the web",
    withdrawn = scratch and "not known" or "MS-Celeb-1M, by Microsoft in 2019",
  }
end

local function oxford(kind, model, release)
  local archive = ("%s%s/%s_%s_%s.tar.gz"):format(OXFORD, kind, model, release, kind)
  local whole = release == "ft" or release == "scratch"
  local torch = kind == "pytorch"
  return vggface2 {
    kind = kind, model = model, release = release, variant = whole and kind or nil,
    loader = torch and "pytorch" or "caffemodel",
    file = model .. "_" .. release .. (torch and whole and "_dims_2048" or "")
      .. (torch and ".pth" or ".caffemodel"),
    origin = " in " .. archive,
  }
end

local function cydonia(model, release)
  return vggface2 {
    kind = "cydonia", model = model, release = release, variant = "cydonia", loader = "pkl",
    file = ("%s_%s_weight.pkl"):format(model, release),
    origin = ", linked from github.com/cydonia999/VGGFace2-pytorch",
  }
end

-- facenet-pytorch's conversions of davidsandberg/facenet's checkpoints; the code
-- of both is under MIT, about the weights they say nothing.
local function facenet(date, data_set, classes, megabytes)
  local file = ("%s-%s.pt"):format(date, data_set)
  return {
    name = "inception-resnet-v1-" .. data_set, file = "facenet/" .. file,
    source = {
      kind = "url",
      url = "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/" .. file,
    },
    megabytes = megabytes, licence = "none stated", loader = "pytorch",
    model = "inception-resnet-v1", variant = data_set, include_top = true,
    trained_on = data_set == "vggface2" and "VGGFace2" or "CASIA-WebFace", classes = classes,
    data_terms = "research only; photos of people collected from the web",
    withdrawn = "not known",
  }
end

-- The model zoo of insightface's recognition/arcface_torch, linked from its README.
local function arcface(depth, data_set, folder)
  local name = ("iresnet-%s-%s"):format(depth, data_set:lower())
  return {
    name = name, file = ("arcface/%s/backbone.pth"):format(folder),
    source = {
      kind = "path",
      origin = folder .. "/backbone.pth of"
        .. " https://1drv.ms/u/s!AswpsDO2toNKq0lWY69vN58GR6mw?e=p9Ov5d",
    },
    licence = "non-commercial research only", loader = "pytorch",
    model = "iresnet", variant = ("%s-%s"):format(depth, data_set:lower()),
    trained_on = data_set == "MS1MV3" and "MS1MV3, of MS-Celeb-1M"
      or "Glint360K, of MS-Celeb-1M and Celeb-500K",
    data_terms = "non-commercial research only; photos taken from the web",
    withdrawn = "MS-Celeb-1M, by Microsoft in 2019",
  }
end

local function labels(version, classes, trained_on)
  local file = ("rcmalli_vggface_labels_%s.npy"):format(version)
  return {
    name = "labels-" .. version, file = file,
    source = { kind = "url", url = RELEASE .. file },
    licence = "none stated", loader = "npy", model = "labels",
    variant = version, classes = classes,
    trained_on = trained_on, data_terms = "names of public figures",
    withdrawn = "not known",
  }
end

local ZOO = "https://storage.openvinotoolkit.org/repositories/open_model_zoo/2023.0/models_bin/1/"
  .. "face-reidentification-retail-0095/FP16/"

-- Open Model Zoo publishes sha384; both files were compared with those.
local function retail(name, ending, bytes, sha256, beside)
  local file = "face-reidentification-retail-0095." .. ending
  return {
    name = name, group = "retail-0095", file = "retail-0095/" .. file, beside = beside,
    source = { kind = "url", url = ZOO .. file },
    bytes = bytes, sha256 = sha256, licence = "Apache-2.0", loader = "openvino",
    model = "retail-0095", variant = "omz",
    trained_on = "not stated; VGGFace2, by the readme of its training code",
    data_terms = "research only; photos of people collected from the web",
    withdrawn = "not known",
  }
end

local function photo(file, bytes, sha256)
  return {
    name = "demo/" .. file, group = "demo-photos", file = "demo/" .. file,
    source = member(face_recognition, "tests/test_images/" .. file),
    bytes = bytes, sha256 = sha256, loader = "photo",
    licence = "MIT (the package); official White House photographs (EXIF)",
    data_terms = "not cleared: no other use than looking at the demo",
  }
end

-- Photos for which other programs' answers are documented (experiments/claims).
local function reference_photo(file, url, bytes, sha256)
  return {
    name = "reference/" .. file, group = "reference-photos", file = "reference/" .. file,
    source = { kind = "url", url = url }, bytes = bytes, sha256 = sha256, loader = "photo",
    licence = "MIT (the repository); about the photo it says nothing",
    data_terms = "not cleared: no other use than comparing answers",
  }
end

local KERAS_VGGFACE = "https://github.com/rcmalli/keras-vggface/raw/"
  .. "bee35376e76e35d00aeec503f2f242611a97b38a/image/"
local IPAZC = "https://github.com/ipazc/mtcnn/raw/"
  .. "14c9b0590ad7b663318c09e1590e87b733a290e1/tests/images/"

local manifest = {
  mtcnn("pnet", 28570,
    "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"),
  mtcnn("rnet", 403147,
    "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"),
  mtcnn("onet", 1559269,
    "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"),
  mtcnn_caffe("det1", 28163,
    "d6085e7f48ba7e6b6f1b58964595f6bce5b97bcc4866751f7b4bdc98f920c096"),
  mtcnn_caffe("det2", 407910,
    "39b20f7a57bb8176cc9466cea4dfd52da6a6f876de60c7ab222a309f2d0ca08c"),
  mtcnn_caffe("det3", 1558412,
    "9d6098829a4d6d318f37cec42142465637fafe4c673f2e93b69495bf7ca23d2d"),
  {
    name = "dlib-resnet", file = "dlib_face_recognition_resnet_model_v1.dat",
    source = member(face_recognition_models, "face_recognition_models/models/"
      .. "dlib_face_recognition_resnet_model_v1.dat"),
    bytes = 22466066,
    sha256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    licence = "CC0 1.0", loader = "dlib", model = "dlib-resnet",
    variant = "dlib",
    trained_on = "about 3 million faces: FaceScrub, VGG and photos from the web",
    data_terms = "research only (FaceScrub, VGG); the rest not stated",
    withdrawn = "not known",
  },
  {
    name = "mobilefacenet-casia", file = "mobilefacenet/068.ckpt",
    source = {
      kind = "path",
      origin = "068.ckpt of the repository Xiaoccer/MobileFaceNet_Pytorch",
    },
    bytes = 4130855,
    sha256 = "e839247cdbdfc023fb7cadeaf53a4549d50c8fc24ad154c02e35920ea8910d99",
    licence = "none stated", loader = "pytorch", model = "mobilefacenet",
    variant = "casia", trained_on = "CASIA-WebFace",
    data_terms = "non-commercial research only; photos taken from the web",
    withdrawn = "not known",
  },
  {
    name = "mobilefacenet-ms1m", file = "mobilefacenet/mobilefacenet.pt",
    source = {
      kind = "path",
      origin = "the state dict of the repository foamliu/MobileFaceNet, release v1.0",
    },
    bytes = 4135271,
    sha256 = "90a00ba1d8b0b688af3deb731ed53dca582e6106805d1bc3cfdef55f570493f4",
    licence = "Apache-2.0", loader = "pytorch", model = "mobilefacenet",
    variant = "ms1m", trained_on = "MS-Celeb-1M, refined",
    data_terms = "non-commercial research only; photos taken from the web",
    withdrawn = "MS-Celeb-1M, by Microsoft in 2019",
  },
  {
    name = "retinaface-mobilenet0.25", file = "retinaface/mobilenet0.25_Final.pth",
    source = {
      kind = "path",
      origin = "mobilenet0.25_Final.pth of the repository foamliu/MobileFaceNet,"
        .. " first of biubug6/Pytorch_Retinaface",
    },
    bytes = 1789735,
    sha256 = "2979b33ffafda5d74b6948cd7a5b9a7a62f62b949cef24e95fd15d2883a65220",
    licence = "Apache-2.0", loader = "pytorch", model = "retinaface",
    variant = "mobilenet0.25", trained_on = "WIDER FACE",
    data_terms = "non-commercial research only; photos taken from the web",
    withdrawn = false,
  },
  retail("retail-0095", "xml", 350427,
    "ce53d2c9c08c0bd1c1660fb8a5b6d0e3e4ec19eb92f1036d2d83a85e83082dce", { "retail-0095-bin" }),
  retail("retail-0095-bin", "bin", 2213628,
    "241229ca3d206321868d46ce74a3c0b06c49cea58db7dc70b2e842ff287545d1"),
  {
    -- MD5 3d6cd504bf9c98af4a561aad059565d1, by those who have it.
    name = "vgg16-matconvnet", file = "vgg-face.mat",
    source = { kind = "url", url = "https://www.vlfeat.org/matconvnet/models/vgg-face.mat" },
    megabytes = 1086.1, licence = "non-commercial (robots.ox.ac.uk/~vgg/software/vgg_face)",
    loader = "mat", model = "vgg16", variant = "matconvnet", trained_on = "VGGFace",
    data_terms = "research only; photos of people collected from the web",
    withdrawn = "not known",
  },
  {
    name = "vgg16-caffe", file = "vggface/VGG_FACE.caffemodel",
    source = {
      kind = "path", origin = "VGG_FACE.caffemodel in"
        .. " http://www.robots.ox.ac.uk/~vgg/software/vgg_face/src/vgg_face_caffe.tar.gz",
    },
    licence = "non-commercial (robots.ox.ac.uk/~vgg/software/vgg_face)",
    loader = "caffemodel", model = "vgg16", variant = "caffe",
    trained_on = "VGGFace",
    data_terms = "research only; photos of people collected from the web",
    withdrawn = "not known",
  },
  {
    name = "vgg16-pytorch", file = "vggface/vgg_face_dag.pth",
    source = {
      kind = "path", origin = "vgg_face_dag.pth, linked from"
        .. " http://www.robots.ox.ac.uk/~albanie/pytorch-models.html",
    },
    licence = "none stated", loader = "pytorch", model = "vgg16", variant = "pytorch",
    trained_on = "VGGFace",
    data_terms = "research only; photos of people collected from the web",
    withdrawn = "not known",
  },
  keras("vgg16", true, 580.0, "VGGFace"),
  keras("vgg16", false, 58.9, "VGGFace"),
  keras("resnet50", true, 165.0, "VGGFace2 (which release: not stated)"),
  keras("resnet50", false, 94.2, "VGGFace2 (which release: not stated)"),
  keras("senet50", true, 175.1, "VGGFace2 (which release: not stated)"),
  keras("senet50", false, 104.4, "VGGFace2 (which release: not stated)"),
  facenet("20180402-114759", "vggface2", 8631, 107),
  facenet("20180408-102900", "casia-webface", 10575, 111),
  arcface("r50", "MS1MV3", "ms1mv3_arcface_r50_fp16"),
  arcface("r100", "MS1MV3", "ms1mv3_arcface_r100_fp16"),
  arcface("r50", "Glint360K", "glint360k_cosface_r50_fp16_0.1"),
  arcface("r100", "Glint360K", "glint360k_cosface_r100_fp16_0.1"),
  labels("v1", 2622, "VGGFace"),
  labels("v2", 8631, "VGGFace2"),
  photo("32bit.png", 887446,
    "44dca895a7d635a4aedddd91a4f37af9a8a5b44e66154282a24645a757b5f627"),
  photo("biden.jpg", 353723,
    "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
  photo("obama.jpg", 279922,
    "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
  photo("obama2.jpg", 184455,
    "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
  photo("obama3.jpg", 595944,
    "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
  photo("obama_partial_face.jpg", 423060,
    "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117"),
  photo("obama_partial_face2.jpg", 478346,
    "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028"),
  reference_photo("ajb.jpg", KERAS_VGGFACE .. "ajb.jpg", 56227,
    "2eae242ca3d16ad1b0e4a5a8e862c2403a93c6270df14860235029b0d462e77c"),
  reference_photo("ivan.jpg", IPAZC .. "ivan.jpg", 43990,
    "0ac99cb0b0a2478cd9aeb3754a8370db8d6fe9abd99fa538fece86ae17ed49e8"),
  reference_photo("no-faces.jpg", IPAZC .. "no-faces.jpg", 11467,
    "42fa0261f571501c25b04b170a536162dbbe46ceda7246127795bca3aa303624"),
}

for _, model in ipairs { "resnet50", "senet50" } do
  for _, release in ipairs { "ft", "scratch", "128", "256" } do
    table.insert(manifest, oxford("caffe", model, release))
    table.insert(manifest, oxford("pytorch", model, release))
  end
  table.insert(manifest, cydonia(model, "ft"))
  table.insert(manifest, cydonia(model, "scratch"))
end

return manifest
