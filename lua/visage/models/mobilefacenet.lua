--- MobileFaceNet (Chen et al. 2018, arXiv 1804.07573): inverted bottlenecks with
-- PReLU and a depthwise "global" convolution instead of pooling.
-- Nodes carry the module paths of the PyTorch checkpoint.

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

local function conv_bn(g, x, path, params)
  params.name, params.bias = path .. ".conv", false
  x = g:conv2d(x, params)
  return g:batch_norm(x, { name = path .. ".bn", eps = 1e-5 })
end

local function conv_bn_prelu(g, x, path, params)
  return g:prelu(conv_bn(g, x, path, params), { name = path .. ".prelu" })
end

-- 1x1 up, depthwise 3x3, 1x1 down; the sequence's numbers are the checkpoint's.
local function bottleneck(g, x, path, o)
  local y, inner = x, o.width * o.expansion
  local function step(number, params, prelu)
    params.name, params.bias = path .. number, false
    y = g:conv2d(y, params)
    y = g:batch_norm(y, { name = path .. number + 1, eps = 1e-5 })
    if prelu then y = g:prelu(y, { name = path .. number + 2 }) end
  end
  step(0, { out = inner, kernel = 1 }, true)
  step(3, { out = inner, kernel = 3, stride = o.stride, pad = 1, groups = inner }, true)
  step(6, { out = o.out, kernel = 1 }, false)
  if o.stride == 1 and o.width == o.out then
    y = g:add(x, y, { name = path .. "add" })
  end
  return y
end

local function body(g, x)
  local width, index = 64, 0
  for _, row in ipairs(bottlenecks) do
    local expansion, out, repeats, stride = table.unpack(row)
    for i = 1, repeats do
      x = bottleneck(g, x, ("blocks.%d.conv."):format(index), {
        width = width, expansion = expansion, out = out, stride = i == 1 and stride or 1,
      })
      width, index = out, index + 1
    end
  end
  return x
end

--- Builds the graph.
-- @tparam table options width, height: a multiple of 16; the last map is
-- covered by one depthwise kernel
-- @treturn graph
function mobilefacenet.build(options)
  local g = nn.graph { name = options.name }
  local x = g:input { "data", 3, options.height, options.width }
  x = conv_bn_prelu(g, x, "conv1", { out = 64, kernel = 3, stride = 2, pad = 1 })
  x = conv_bn_prelu(g, x, "dw_conv1", { out = 64, kernel = 3, pad = 1, groups = 64 })
  x = body(g, x)
  x = conv_bn_prelu(g, x, "conv2", { out = 512, kernel = 1 })
  local map = { options.height // 16, options.width // 16 }
  x = conv_bn(g, x, "linear7", { out = 512, kernel = map, groups = 512 })
  x = conv_bn(g, x, "linear1", { out = 128, kernel = 1 })
  g:output(g:flatten(x, { name = "flatten" }))
  return g
end

mobilefacenet.variants = {
  casia = {
    about = "Xiaoccer/MobileFaceNet_Pytorch 068.ckpt, trained on CASIA-WebFace",
    input = { width = 96, height = 112, channels = 3 },
    preprocess = { order = "rgb", mean = { 127.5, 127.5, 127.5 }, scale = 1 / 128 },
    resize = "bilinear",
    align = "sphereface-112x96",
    feature = "flatten",
    -- The embedding is f(x) joined with f(mirrored x).
    mirror = true,
    distance = "cosine",
    names = names.torch,
    prefix = "net_state_dict.",
    ignore = { "%.num_batches_tracked$" },
    weights = { "mobilefacenet-casia" },
  },
}

return mobilefacenet
