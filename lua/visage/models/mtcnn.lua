--- The three networks of MTCNN (Zhang et al. 2016, arXiv 1604.02878) with the
-- names of facenet-pytorch's .pt files; the original Caffe files fit too. They
-- are not embeddings: the cascade that runs them is visage.face.detector.

local names = require "visage.models.names"
local nn = require "visage.nn"

local mtcnn = {
  name = "mtcnn",
  default = "facenet-pytorch",
  kind = "detector",
  parts = { "pnet", "rnet", "onet" },
}

local function conv_prelu(g, x, index, out, kernel)
  x = g:conv2d(x, { name = "conv" .. index, out = out, kernel = kernel })
  return g:prelu(x, { name = "prelu" .. index })
end

-- Caffe's pooling rounds the size up.
local function pool(g, x, index, kernel)
  return g:max_pool(x, { name = "pool" .. index, kernel = kernel, stride = 2, ceil = true })
end

-- The weights come from Caffe nets that saw width and height swapped, so the
-- dense layers read the map as width, height, channels.
local function dense_prelu(g, x, index, out)
  x = g:permute(x, { name = "permute" .. index, order = { 3, 2, 1 } })
  x = g:flatten(x, { name = "flatten" .. index })
  x = g:linear(x, { name = "dense" .. index, out = out })
  return g:prelu(x, { name = "prelu" .. index })
end

-- Outputs: probabilities (other, face), then box offsets, then landmarks.
local function heads(g, x, index, layer, counts)
  local out = {}
  for i, count in ipairs(counts) do out[i] = layer(x, ("%d_%d"):format(index, i), count) end
  out[1] = g:softmax(out[1], { name = ("softmax%d_1"):format(index), axis = 1 })
  for _, node in ipairs(out) do g:output(node) end
  return g
end

local build = {}

function build.pnet()
  local g = nn.graph { name = "pnet" }
  local x = g:input { "data", 3 }
  x = pool(g, conv_prelu(g, x, 1, 10, 3), 1, 2)
  x = conv_prelu(g, conv_prelu(g, x, 2, 16, 3), 3, 32, 3)
  return heads(g, x, 4, function(y, suffix, out)
    return g:conv2d(y, { name = "conv" .. suffix, out = out, kernel = 1 })
  end, { 2, 4 })
end

local function dense_heads(g, x, index, counts)
  return heads(g, x, index, function(y, suffix, out)
    return g:linear(y, { name = "dense" .. suffix, out = out })
  end, counts)
end

function build.rnet()
  local g = nn.graph { name = "rnet" }
  local x = g:input { "data", 3, 24, 24 }
  x = pool(g, conv_prelu(g, x, 1, 28, 3), 1, 3)
  x = pool(g, conv_prelu(g, x, 2, 48, 3), 2, 3)
  x = conv_prelu(g, x, 3, 64, 2)
  return dense_heads(g, dense_prelu(g, x, 4, 128), 5, { 2, 4 })
end

function build.onet()
  local g = nn.graph { name = "onet" }
  local x = g:input { "data", 3, 48, 48 }
  x = pool(g, conv_prelu(g, x, 1, 32, 3), 1, 3)
  x = pool(g, conv_prelu(g, x, 2, 64, 3), 2, 3)
  x = pool(g, conv_prelu(g, x, 3, 64, 3), 3, 2)
  x = conv_prelu(g, x, 4, 128, 2)
  return dense_heads(g, dense_prelu(g, x, 5, 256), 6, { 2, 4, 10 })
end

--- Builds one of the three graphs.
-- @tparam table options part: "pnet" (any size), "rnet" (24x24), "onet" (48x48)
-- @treturn graph with outputs probabilities, box offsets[, landmarks]
function mtcnn.build(options)
  return build[options.part]()
end

-- The layers of det1 to det3: those that are dense here bear the name of a
-- convolution there.
local function caffe_layer(node)
  local kind, place = node:match "^(%a+)(.*)$"
  return (kind == "dense" and "conv" or kind) .. place:gsub("_", "-")
end

-- A dense layer's weights for the map as width, height, channels, from those for
-- channels, width, height.
local function turned(side)
  return function(t)
    local out, channels = t:size(1), t:size(2) // (side * side)
    return t:reshape({ out, channels, side, side }):permute({ 1, 3, 4, 2 }):reshape { out, -1 }
  end
end

local DENSE = { dense4 = turned(3), dense5 = turned(3) } -- R-Net's and O-Net's maps are 3x3

-- Kernels lie as images of Matlab do, width before height.
local function caffe_names(node, slot)
  local name = names.caffe(caffe_layer(node), slot)
  if slot ~= "weight" then return name end
  if DENSE[node] then return { name = name, transform = DENSE[node] } end
  return node:find "^conv" and { name = name, permute = { 1, 2, 4, 3 } } or name
end

-- det1 spells its layers PReLU1, the others prelu1.
local function lower_prelu(tensors)
  local out = {}
  for name, t in pairs(tensors) do out[name:gsub("^PReLU", "prelu")] = t end
  return out
end

mtcnn.variants = {
  ["facenet-pytorch"] = {
    about = "Zhang et al.'s Caffe weights as facenet-pytorch 2.6.0 converted them",
    preprocess = { order = "rgb", mean = { 127.5, 127.5, 127.5 }, scale = 1 / 128 },
    names = names.torch,
    -- One file per part, in the order of `parts`.
    weights = { "mtcnn-pnet", "mtcnn-rnet", "mtcnn-onet" },
  },
  caffe = {
    about = "Zhang et al.'s det1.caffemodel to det3.caffemodel, the same numbers",
    preprocess = { order = "rgb", mean = { 127.5, 127.5, 127.5 }, scale = 1 / 128 },
    names = caffe_names, adapt = lower_prelu,
    -- R-Net has landmarks that no code reads.
    ignore = { "^conv5%-3%." },
    weights = { "mtcnn-det1", "mtcnn-det2", "mtcnn-det3" },
  },
}

return mtcnn
