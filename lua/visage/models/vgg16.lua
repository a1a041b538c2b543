--- VGG16 of VGGFace (the first data set): as its authors publish it for
-- MatConvNet, Caffe and PyTorch, and as keras-vggface 0.6 distributes it.
-- Parkhi et al. 2015, "Deep Face Recognition"; Simonyan & Zisserman 2014.
-- Keras keeps a convolution's ReLU inside the layer, so its output "conv1_1"
-- is the node "conv1_1/relu" here.

local names = require "visage.models.names"
local nn = require "visage.nn"

local vgg16 = { name = "vgg16", default = "keras" }

-- Convolutions and width of each block.
local blocks = { { 2, 64 }, { 2, 128 }, { 3, 256 }, { 3, 512 }, { 3, 512 } }

local function body(g, x)
  for b, block in ipairs(blocks) do
    for i = 1, block[1] do
      local name = ("conv%d_%d"):format(b, i)
      x = g:conv2d(x, { name = name, out = block[2], kernel = 3, pad = 1 })
      x = g:relu(x, { name = name .. "/relu" })
    end
    x = g:max_pool(x, { name = "pool" .. b, kernel = 2, stride = 2 })
  end
  return x
end

-- The fully connected layers up to and including the one named last; order is
-- that of fc6's inputs.
local function head(g, x, last, order, classes)
  x = g:flatten(x, { name = "flatten", order = order })
  for _, name in ipairs { "fc6", "fc7" } do
    x = g:linear(x, { name = name, out = 4096 })
    x = g:relu(x, { name = name .. "/relu" })
    if last == name .. "/relu" then return x end
  end
  x = g:linear(x, { name = "fc8", out = classes })
  return g:softmax(x, { name = "fc8/softmax" })
end

--- Builds the graph.
-- @tparam table options width, height; include_top and classes: the softmax
-- head; else pooling "max", "avg" or "none" of pool5; else feature
-- "fc7/relu" or "fc6/relu"; order: of the flattened pool5, "chw" or "hwc" (Keras's
-- and MatConvNet's)
-- @treturn graph
function vgg16.build(options)
  local g = nn.graph { name = options.name }
  local x = body(g, g:input { "data", 3, options.height, options.width })
  if options.include_top then
    x = head(g, x, "fc8/softmax", options.order, options.classes)
  elseif options.pooling == nil then
    x = head(g, x, options.feature, options.order)
  elseif options.pooling ~= "none" then
    x = g:global_pool(x, { name = "pooling", mode = options.pooling })
    x = g:flatten(x, { name = "flatten" })
  end
  g:output(x)
  return g
end

-- The places of the layers with weights among vgg-face.mat's 39, which count
-- ReLU, pooling and, behind fc6 and fc7, dropout.
local function places()
  local list, at = {}, 1
  for b, block in ipairs(blocks) do
    for i = 1, block[1] do
      list[("conv%d_%d"):format(b, i)] = at
      at = at + 2
    end
    at = at + 1
  end
  list.fc6, list.fc7, list.fc8 = at, at + 3, at + 6
  return list
end

local place = places()

-- The filters of fc6 are those of a convolution over all of pool5: rows,
-- columns, in, out.
local function as_dense(filters)
  return filters:reshape({ -1, filters:size(filters:dims()) }):permute { 2, 1 }
end

local function matconvnet_names(node, slot)
  local path = ("layers.%d.weights."):format(place[node])
  if slot == "bias" then return { name = path .. 2, reshape = { -1 } } end
  if node:find "^fc" then return { name = path .. 1, transform = as_dense } end
  return { name = path .. 1, permute = { 4, 3, 1, 2 } }
end

-- The weights alone, whether the network is a variable of its own or not, and in
-- either of the two ways to keep them.
local function matconvnet_weights(tensors)
  local old, kept = { filters = "weights.1", biases = "weights.2" }, {}
  for name, value in pairs(tensors) do
    local layer, field = name:gsub("^net%.", ""):match "layers%.(%d+)%.(.+)$"
    local today = old[field]
    if layer and (today or field:find "^weights%.") then
      local path = ("layers.%s.%s"):format(layer, today or field)
      if not (today and kept[path]) then kept[path] = value end
    end
  end
  return kept
end

-- The last two dimensions: the file has four, ones before those that count.
local function as_matrix(blob)
  local dims = blob:dims()
  return blob:reshape { blob:size(dims - 1), blob:size(dims) }
end

local function caffe_names(node, slot)
  local name = names.caffe(node, slot)
  if slot == "bias" then return { name = name, reshape = { -1 } } end
  return node:find "^fc" and { name = name, transform = as_matrix } or name
end

-- What all variants share; preprocess: red first or blue first.
local function variant(fields)
  local v = {
    input = { width = 224, height = 224, channels = 3 },
    least = 48,
    resize = "bicubic",
    -- Without `pooling` the embedding is fc7 after its ReLU.
    feature = "fc7/relu",
    pooled_feature = "pool5",
    distance = "cosine",
    classes = 2622,
    labels = "v1",
  }
  for key, value in pairs(fields) do v[key] = value end
  return v
end

-- The mean colour of the training images (the file's averageImage; in Keras,
-- preprocess_input(version=1)).
local RGB = { order = "rgb", mean = { 129.1863, 104.7624, 93.5940 }, scale = 1 }
local BGR = { order = "bgr", mean = { 93.5940, 104.7624, 129.1863 }, scale = 1 }

vgg16.variants = {
  matconvnet = variant {
    about = "the authors' release for MatConvNet, trained on VGGFace (1)",
    build = { order = "hwc" },
    preprocess = RGB,
    names = matconvnet_names,
    adapt = matconvnet_weights,
    head = {
      ["fc7/relu"] = { "layers%.38%." }, ["fc6/relu"] = { "layers%.35%.", "layers%.38%." },
    },
    top = { "layers%.3[258]%." },
    weights = { "vgg16-matconvnet" },
    weights_top = { "vgg16-matconvnet" },
  },
  caffe = variant {
    about = "the authors' release for Caffe, trained on VGGFace (1)",
    build = { order = "chw" },
    preprocess = BGR,
    names = caffe_names,
    head = { ["fc7/relu"] = { "^fc8%." }, ["fc6/relu"] = { "^fc7%.", "^fc8%." } },
    top = { "^fc%d%." },
    weights = { "vgg16-caffe" },
    weights_top = { "vgg16-caffe" },
  },
  pytorch = variant {
    about = "the authors' release imported to PyTorch, trained on VGGFace (1)",
    build = { order = "chw" },
    preprocess = RGB,
    names = names.torch,
    head = { ["fc7/relu"] = { "^fc8%." }, ["fc6/relu"] = { "^fc7%.", "^fc8%." } },
    top = { "^fc%d%." },
    weights = { "vgg16-pytorch" },
    weights_top = { "vgg16-pytorch" },
  },
  keras = variant {
    about = "keras-vggface 0.6, trained on VGGFace (1)",
    build = { order = "hwc" },
    preprocess = BGR,
    names = names.keras { fc6 = true, fc7 = true, fc8 = true },
    head = { ["fc7/relu"] = { "^fc8/" }, ["fc6/relu"] = { "^fc7/", "^fc8/" } },
    top = { "^fc%d/" },
    weights = { "vgg16-keras" },
    -- The file without top does not hold fc7.
    weights_pooled = { "vgg16-keras-notop", "vgg16-keras" },
    weights_top = { "vgg16-keras" },
  },
}

return vgg16
