--- MobileFaceNet (Chen et al. 2018, arXiv 1804.07573): inverted bottlenecks and
-- a depthwise "global" convolution instead of pooling. Two published forms of
-- it: Xiaoccer's with PReLU, as in the paper, and foamliu's with ReLU6.
-- Nodes carry the module paths of the PyTorch checkpoints.

local names = require "visage.models.names"
local nn = require "visage.nn"

local mobilefacenet = { name = "mobilefacenet", default = "casia" }

-- Expansion, output width, repeats, stride of the first repeat.
local bottlenecks = {
  { 2, 64, 5, 2 },
  { 4, 128, 1, 2 },
  { 2, 128, 6, 1 },
  { 4, 128, 1, 2 },
  { 2, 128, 2, 1 },
}

local activations = {
  prelu = function(g, x, name) return g:prelu(x, { name = name }) end,
  relu6 = function(g, x, name) return g:clip(x, { name = name, low = 0, high = 6 }) end,
  relu = function(g, x, name) return g:relu(x, { name = name }) end,
}

-- Where a form keeps its units: convolution, batch norm, activation. A unit
-- without the third is linear. `kind` is the activation of units that name none.
local forms = {
  xiaoccer = {
    kind = "prelu",
    first = { "conv1.conv", "conv1.bn", "conv1.prelu" },
    depthwise = { "dw_conv1.conv", "dw_conv1.bn", "dw_conv1.prelu" },
    block = "blocks.%d.conv.",
    up = { "0", "1", "2" }, across = { "3", "4", "5" }, down = { "6", "7" },
    last = { "conv2.conv", "conv2.bn", "conv2.prelu" },
    global = { "linear7.conv", "linear7.bn" },
    embedding = { "linear1.conv", "linear1.bn" },
  },
  foamliu = {
    kind = "relu6",
    first = { "conv1.0", "conv1.1", "conv1.2" },
    depthwise = { "dw_conv.depthwise", "dw_conv.bn1", "dw_conv.relu1", kind = "relu" },
    pointwise = { "dw_conv.pointwise", "dw_conv.bn2", "dw_conv.relu2", kind = "relu" },
    block = "features.%d.conv.",
    up = { "0.0", "0.1", "0.2" }, across = { "1.0", "1.1", "1.2" }, down = { "2", "3" },
    last = { "conv2.0", "conv2.1", "conv2.2" },
    global = { "gdconv.depthwise", "gdconv.bn" },
    embedding = { "conv3", "bn", bias = true },
  },
}

-- One unit; prefix comes before its names.
local function unit(g, x, form, at, params, prefix)
  prefix = prefix or ""
  params.name, params.bias = prefix .. at[1], at.bias or false
  x = g:conv2d(x, params)
  x = g:batch_norm(x, { name = prefix .. at[2], eps = 1e-5 })
  return at[3] and activations[at.kind or form.kind](g, x, prefix .. at[3]) or x
end

-- 1x1 up, depthwise 3x3, 1x1 down.
local function bottleneck(g, x, form, path, o)
  local inner = o.width * o.expansion
  local y = unit(g, x, form, form.up, { out = inner, kernel = 1 }, path)
  y = unit(g, y, form, form.across,
    { out = inner, kernel = 3, stride = o.stride, pad = 1, groups = inner }, path)
  y = unit(g, y, form, form.down, { out = o.out, kernel = 1 }, path)
  if o.stride == 1 and o.width == o.out then
    y = g:add(x, y, { name = path .. "add" })
  end
  return y
end

local function body(g, x, form)
  local width, index = 64, 0
  for _, row in ipairs(bottlenecks) do
    local expansion, out, repeats, stride = table.unpack(row)
    for i = 1, repeats do
      x = bottleneck(g, x, form, form.block:format(index), {
        width = width, expansion = expansion, out = out, stride = i == 1 and stride or 1,
      })
      width, index = out, index + 1
    end
  end
  return x
end

--- Builds the graph.
-- @tparam table options form: "xiaoccer" or "foamliu"; width, height: a multiple
-- of 16; the last map is covered by one depthwise kernel
-- @treturn graph
function mobilefacenet.build(options)
  local g, form = nn.graph { name = options.name }, forms[options.form]
  local x = g:input { "data", 3, options.height, options.width }
  x = unit(g, x, form, form.first, { out = 64, kernel = 3, stride = 2, pad = 1 })
  x = unit(g, x, form, form.depthwise, { out = 64, kernel = 3, pad = 1, groups = 64 })
  if form.pointwise then x = unit(g, x, form, form.pointwise, { out = 64, kernel = 1 }) end
  x = body(g, x, form)
  x = unit(g, x, form, form.last, { out = 512, kernel = 1 })
  local map = { options.height // 16, options.width // 16 }
  x = unit(g, x, form, form.global, { out = 512, kernel = map, groups = 512 })
  x = unit(g, x, form, form.embedding, { out = 128, kernel = 1 })
  g:output(g:flatten(x, { name = "flatten" }))
  return g
end

mobilefacenet.variants = {
  casia = {
    about = "Xiaoccer/MobileFaceNet_Pytorch 068.ckpt, trained on CASIA-WebFace",
    build = { form = "xiaoccer" },
    input = { width = 96, height = 112, channels = 3 },
    preprocess = { order = "rgb", mean = { 127.5, 127.5, 127.5 }, scale = 1 / 128 },
    resize = "bilinear",
    align = "sphereface-112x96",
    feature = "flatten",
    mirror = "join",
    distance = "cosine",
    names = names.torch,
    prefix = "net_state_dict.",
    ignore = { "%.num_batches_tracked$" },
    weights = { "mobilefacenet-casia" },
  },
  ms1m = {
    about = "foamliu/MobileFaceNet, trained on MS-Celeb-1M",
    build = { form = "foamliu" },
    input = { width = 112, height = 112, channels = 3 },
    -- torchvision's ImageNet means and deviations, of 0..1, here of 0..255.
    preprocess = {
      order = "rgb", mean = { 255 * 0.485, 255 * 0.456, 255 * 0.406 },
      std = { 255 * 0.229, 255 * 0.224, 255 * 0.225 },
    },
    resize = "bilinear",
    align = "arcface-112x112",
    feature = "flatten",
    mirror = "sum", -- lfw_eval.py of the release
    distance = "cosine",
    names = names.torch,
    ignore = { "%.num_batches_tracked$" },
    weights = { "mobilefacenet-ms1m" },
  },
}

return mobilefacenet
