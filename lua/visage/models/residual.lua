--- The residual networks of VGGFace2: ResNet-50 and SE-ResNet-50 from one
-- builder, with the node names that keras-vggface and the Caffe release share.
-- He et al. 2015 (arXiv 1512.03385), Hu et al. 2017 (arXiv 1709.01507); the
-- stride sits on the first 1x1 convolution and on the projection.

local nn = require "visage.nn"

local residual = {}

--- Where keras-vggface 0.6 and the Caffe release differ, as data.
-- stem_pad: padding of the 7x7 stem; pool_ceil: whether the stem's pooling
-- rounds its size up (55 or 56 at 224); bn_eps and se_bn_eps: the batch-norm
-- epsilon of the two networks; average and average_stride: name and stride of
-- the final 7x7 pooling.
residual.profiles = {
  keras = {
    stem_pad = "same_tf", pool_ceil = false, average = "avg_pool", average_stride = 7,
    bn_eps = 1e-3, se_bn_eps = 1e-4,
  },
  caffe = {
    stem_pad = 3, pool_ceil = true, average = "pool5/7x7_s1", average_stride = 1,
    bn_eps = 1e-5, se_bn_eps = 1e-5,
  },
}

-- Stage number, blocks, width of the bottleneck, width of the output.
local stages = {
  { 2, 3, 64, 256 },
  { 3, 4, 128, 512 },
  { 4, 6, 256, 1024 },
  { 5, 3, 512, 2048 },
}

local SQUEEZE = 16 -- Hu et al. 2017: the ratio of reduction in an SE block

-- Convolution without bias, then batch normalisation.
local function conv_bn(g, x, eps, params)
  params.bias = false
  x = g:conv2d(x, params)
  return g:batch_norm(x, { name = params.name .. "/bn", eps = eps })
end

-- One factor per channel, from the average of the whole map.
local function excite(g, x, name, width)
  local s = g:global_pool(x, { name = name .. "_se_pool", mode = "avg" })
  s = g:conv2d(s, { name = name .. "_1x1_down", out = width // SQUEEZE, kernel = 1 })
  s = g:relu(s, { name = name .. "_1x1_down/relu" })
  s = g:conv2d(s, { name = name .. "_1x1_up", out = width, kernel = 1 })
  s = g:sigmoid(s, { name = name .. "_1x1_up/sigmoid" })
  return g:mul(x, s, { name = name .. "_scale" })
end

local function block(g, x, o)
  local name, eps = o.name, o.eps
  local y = conv_bn(g, x, eps,
    { name = name .. "_1x1_reduce", out = o.inner, kernel = 1, stride = o.stride })
  y = g:relu(y, { name = name .. "_1x1_reduce/relu" })
  y = conv_bn(g, y, eps, { name = name .. "_3x3", out = o.inner, kernel = 3, pad = 1 })
  y = g:relu(y, { name = name .. "_3x3/relu" })
  y = conv_bn(g, y, eps, { name = name .. "_1x1_increase", out = o.outer, kernel = 1 })
  if o.squeeze then y = excite(g, y, name, o.outer) end
  if o.project then
    x = conv_bn(g, x, eps,
      { name = name .. "_1x1_proj", out = o.outer, kernel = 1, stride = o.stride })
  end
  return g:relu(g:add(y, x, { name = name .. "_add" }), { name = name })
end

local function body(g, x, options, eps)
  x = conv_bn(g, x, eps, {
    name = "conv1/7x7_s2", out = 64, kernel = 7, stride = 2, pad = options.stem_pad,
  })
  x = g:relu(x, { name = "conv1/7x7_s2/relu" })
  x = g:max_pool(x,
    { name = "pool1", kernel = 3, stride = 2, ceil = options.pool_ceil })
  for _, stage in ipairs(stages) do
    local number, blocks, inner, outer = table.unpack(stage)
    for i = 1, blocks do
      x = block(g, x, {
        name = ("conv%d_%d"):format(number, i), inner = inner, outer = outer,
        stride = i == 1 and number > 2 and 2 or 1, project = i == 1,
        squeeze = options.squeeze, eps = eps,
      })
    end
  end
  return g:avg_pool(x,
    { name = options.average, kernel = 7, stride = options.average_stride })
end

--- Builds the graph.
-- @tparam table options name; squeeze: with SE blocks; width, height; the
-- fields of a profile; include_top and classes: the softmax head; embedding: the
-- width of a layer that makes the embedding of the average; pooling "max", "avg"
-- or "none" otherwise (keras-vggface pools after the average, so at 197 to 420
-- pixels the three give the same numbers)
-- @treturn graph
function residual.build(options)
  local g = nn.graph { name = options.name }
  local x = g:input { "data", 3, options.height, options.width }
  x = body(g, x, options, options.squeeze and options.se_bn_eps or options.bn_eps)
  if options.include_top then
    x = g:flatten(x, { name = "flatten" })
    x = g:linear(x, { name = "classifier", out = options.classes })
    x = g:softmax(x, { name = "classifier/softmax" })
  elseif options.embedding then
    x = g:conv2d(x,
      { name = "feat_extract", out = options.embedding, kernel = 1, bias = false })
    x = g:flatten(x, { name = "flatten" })
  elseif options.pooling ~= "none" then
    x = g:global_pool(x, { name = "pooling", mode = options.pooling })
    x = g:flatten(x, { name = "flatten" })
  end
  g:output(x)
  return g
end

return residual
