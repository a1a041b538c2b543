--- Inception-ResNet-v1 as FaceNet's public implementations train it (Szegedy et
-- al. 2016, arXiv 1602.07261; Schroff et al. 2015, arXiv 1503.03832).
-- Nodes carry the module paths of facenet-pytorch's checkpoints.

local names = require "visage.models.names"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local inception = { name = "inception-resnet-v1", default = "vggface2" }

local EPS = 1e-3 -- TensorFlow slim's, which the weights came from

-- Convolution without bias, batch norm, ReLU: the module at path. kernel and pad
-- are a number or {height, width}.
local function unit(g, x, path, out, kernel, o)
  o = o or {}
  x = g:conv2d(x, {
    name = path .. ".conv", out = out, kernel = kernel, stride = o.stride, pad = o.pad,
    bias = false,
  })
  x = g:batch_norm(x, { name = path .. ".bn", eps = EPS })
  return g:relu(x, { name = path .. ".relu" })
end

-- Units one after another: PATH.0, PATH.1, ...; each {out, kernel, options}.
local function chain(g, x, path, units)
  for i, u in ipairs(units) do
    x = unit(g, x, ("%s.%d"):format(path, i - 1), table.unpack(u))
  end
  return x
end

-- Multiplies a residual by a constant, which no file holds.
local function scaled(g, x, name, width, factor)
  x = g:scale(x, { name = name, bias = false })
  g:set(name, "gamma", tensor.full({ width }, factor))
  return x
end

-- x plus a share of what two or three branches make of it; then ReLU.
local function residual(g, x, path, o)
  local parts = { unit(g, x, path .. ".branch0", o.inner, 1) }
  for i, units in ipairs(o.branches) do
    parts[i + 1] = chain(g, x, ("%s.branch%d"):format(path, i), units)
  end
  local y = g:concat(parts, { axis = 1, name = path .. ".concat" })
  y = g:conv2d(y, { name = path .. ".conv2d", out = o.outer, kernel = 1 })
  if o.share ~= 1 then y = scaled(g, y, path .. ".share", o.outer, o.share) end
  y = g:add(y, x, { name = o.linear and path or path .. ".add" })
  return o.linear and y or g:relu(y, { name = path })
end

-- The three kinds of residual block: 35x35, 17x17 and 8x8 in the paper's figures.
local blocks = {
  {
    inner = 32, outer = 256, share = 0.17,
    branches = {
      { { 32, 1 }, { 32, 3, { pad = 1 } } },
      { { 32, 1 }, { 32, 3, { pad = 1 } }, { 32, 3, { pad = 1 } } },
    },
  },
  {
    inner = 128, outer = 896, share = 0.1,
    branches = {
      { { 128, 1 }, { 128, { 1, 7 }, { pad = { 0, 3 } } }, { 128, { 7, 1 }, { pad = { 3, 0 } } } },
    },
  },
  {
    inner = 192, outer = 1792, share = 0.2,
    branches = {
      { { 192, 1 }, { 192, { 1, 3 }, { pad = { 0, 1 } } }, { 192, { 3, 1 }, { pad = { 1, 0 } } } },
    },
  },
}

local function repeated(g, x, path, count, o)
  for i = 0, count - 1 do x = residual(g, x, ("%s.%d"):format(path, i), o) end
  return x
end

local HALVE = { stride = 2 }

-- Branches that halve the map, the last of them by pooling.
local function reduction(g, x, path, branches)
  local parts = {}
  for i, units in ipairs(branches) do
    local at = ("%s.branch%d"):format(path, i - 1)
    -- A branch of one unit is that module, not a sequence of it.
    parts[i] = #units == 1 and unit(g, x, at, table.unpack(units[1])) or chain(g, x, at, units)
  end
  parts[#parts + 1] = g:max_pool(x,
    { name = ("%s.branch%d"):format(path, #branches), kernel = 3, stride = 2 })
  return g:concat(parts, { axis = 1, name = path })
end

local function stem(g, x)
  x = unit(g, x, "conv2d_1a", 32, 3, HALVE)
  x = unit(g, x, "conv2d_2a", 32, 3)
  x = unit(g, x, "conv2d_2b", 64, 3, { pad = 1 })
  x = g:max_pool(x, { name = "maxpool_3a", kernel = 3, stride = 2 })
  x = unit(g, x, "conv2d_3b", 80, 1)
  x = unit(g, x, "conv2d_4a", 192, 3)
  return unit(g, x, "conv2d_4b", 256, 3, HALVE)
end

local function body(g, x)
  x = repeated(g, stem(g, x), "repeat_1", 5, blocks[1])
  x = reduction(g, x, "mixed_6a", {
    { { 384, 3, HALVE } },
    { { 192, 1 }, { 192, 3, { pad = 1 } }, { 256, 3, HALVE } },
  })
  x = repeated(g, x, "repeat_2", 10, blocks[2])
  x = reduction(g, x, "mixed_7a", {
    { { 256, 1 }, { 384, 3, HALVE } },
    { { 256, 1 }, { 256, 3, HALVE } },
    { { 256, 1 }, { 256, 3, { pad = 1 } }, { 256, 3, HALVE } },
  })
  x = repeated(g, x, "repeat_3", 5, blocks[3])
  local last = { inner = 192, outer = 1792, share = 1, branches = blocks[3].branches }
  last.linear = true
  return residual(g, x, "block8", last)
end

--- Builds the graph.
-- @tparam table options width, height; include_top and classes: the softmax head
-- over the embedding before its normalisation
-- @treturn graph
function inception.build(options)
  local g = nn.graph { name = options.name }
  local x = body(g, g:input { "data", 3, options.height, options.width })
  x = g:global_pool(x, { name = "avgpool_1a", mode = "avg" })
  x = g:flatten(x, { name = "flatten" })
  x = g:linear(x, { name = "last_linear", out = 512, bias = false })
  x = g:batch_norm(x, { name = "last_bn", eps = EPS })
  if options.include_top then
    x = g:linear(x, { name = "logits", out = options.classes })
    g:output(g:softmax(x, { name = "logits/softmax" }))
  else
    g:output(g:l2_normalize(x, { name = "embedding" }))
  end
  return g
end

-- The residuals' shares are constants of the graph.
local function checkpoint_names(node, slot)
  return not node:find "%.share$" and names.torch(node, slot)
end

local function variant(data_set, classes)
  local file = "inception-resnet-v1-" .. data_set
  return {
    about = "facenet-pytorch, trained on " .. (classes == 8631 and "VGGFace2" or "CASIA-WebFace"),
    input = { width = 160, height = 160, channels = 3 },
    least = 75, -- the last reduction leaves one place
    -- fixed_image_standardization.
    preprocess = { order = "rgb", mean = { 127.5, 127.5, 127.5 }, scale = 1 / 128 },
    resize = "bilinear",
    feature = "embedding",
    -- Of unit vectors, where it orders as the Euclidean distance that facenet uses.
    distance = "cosine",
    classes = classes,
    names = checkpoint_names,
    ignore = { "%.num_batches_tracked$" },
    top = { "^logits%." },
    weights = { file },
    weights_top = { file },
  }
end

inception.variants = {
  vggface2 = variant("vggface2", 8631),
  ["casia-webface"] = variant("casia-webface", 10575),
}

return inception
