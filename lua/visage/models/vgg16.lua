--- VGG16 of VGGFace (the first data set) as keras-vggface 0.6 distributes it.
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

-- The fully connected layers up to and including the one named last. Keras
-- flattens height, width, channels.
local function head(g, x, last, classes)
  x = g:flatten(x, { name = "flatten", order = "hwc" })
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
-- "fc7/relu" or "fc6/relu"
-- @treturn graph
function vgg16.build(options)
  local g = nn.graph { name = options.name }
  local x = body(g, g:input { "data", 3, options.height, options.width })
  if options.include_top then
    x = head(g, x, "fc8/softmax", options.classes)
  elseif options.pooling == nil then
    x = head(g, x, options.feature)
  elseif options.pooling ~= "none" then
    x = g:global_pool(x, { name = "pooling", mode = options.pooling })
    x = g:flatten(x, { name = "flatten" })
  end
  g:output(x)
  return g
end

vgg16.variants = {
  keras = {
    about = "keras-vggface 0.6, trained on VGGFace (1)",
    input = { width = 224, height = 224, channels = 3 },
    least = 48,
    -- preprocess_input(version=1) of keras-vggface.
    preprocess = { order = "bgr", mean = { 93.5940, 104.7624, 129.1863 }, scale = 1 },
    resize = "bicubic",
    -- Without `pooling` the embedding is fc7 after its ReLU, which the file
    -- without top does not hold.
    feature = "fc7/relu",
    pooled_feature = "pool5",
    distance = "cosine",
    classes = 2622,
    labels = "v1",
    names = names.keras { fc6 = true, fc7 = true, fc8 = true },
    head = { ["fc7/relu"] = { "^fc8/" }, ["fc6/relu"] = { "^fc7/", "^fc8/" } },
    top = { "^fc%d/" },
    weights = { "vgg16-keras" },
    weights_pooled = { "vgg16-keras-notop", "vgg16-keras" },
    weights_top = { "vgg16-keras" },
  },
}

return vgg16
