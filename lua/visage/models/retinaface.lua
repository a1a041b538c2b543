--- RetinaFace (Deng et al. 2020, arXiv 1905.00641) on MobileNet-0.25: single-shot
-- detection over a feature pyramid. Nodes carry the module paths of the
-- PyTorch checkpoints of biubug6/Pytorch_Retinaface. Not an embedding: what
-- makes boxes of its answers is visage.face.

local names = require "visage.models.names"
local nn = require "visage.nn"

local retinaface = {
  name = "retinaface",
  default = "mobilenet0.25",
  kind = "detector",
  parts = { "retinaface" },
}

local SLOPE = 0.1 -- of the leaky ReLU, up to 64 channels of the pyramid

-- Stages of MobileNet-0.25: {width, stride} of each block.
local stages = {
  { { 8, 2 }, { 16, 1 }, { 32, 2 }, { 32, 1 }, { 64, 2 }, { 64, 1 } },
  { { 128, 2 }, { 128, 1 }, { 128, 1 }, { 128, 1 }, { 128, 1 }, { 128, 1 } },
  { { 256, 2 }, { 256, 1 } },
}

local WIDTH = 64 -- of the pyramid

-- Convolution, batch norm and, unless linear, leaky ReLU: the modules first,
-- first + 1, first + 2 of the sequence at path.
local function unit(g, x, path, first, o)
  local function name(i) return ("%s.%d"):format(path, first + i) end
  local kernel = o.kernel or 3
  x = g:conv2d(x, {
    name = name(0), out = o.out, kernel = kernel, stride = o.stride, pad = kernel // 2,
    groups = o.groups, bias = false,
  })
  x = g:batch_norm(x, { name = name(1), eps = 1e-5 })
  if o.linear then return x end
  return g:relu(x, { name = name(2), slope = SLOPE })
end

local function separable(g, x, path, inner, out, stride)
  x = unit(g, x, path, 0, { out = inner, stride = stride, groups = inner })
  return unit(g, x, path, 3, { out = out, kernel = 1 })
end

-- The maps at strides 8, 16 and 32.
local function body(g, x)
  local maps, width = {}, 3
  for s, blocks in ipairs(stages) do
    for i, block in ipairs(blocks) do
      local path = ("body.stage%d.%d"):format(s, i - 1)
      local out, stride = table.unpack(block)
      if width == 3 then
        x = unit(g, x, path, 0, { out = out, stride = stride })
      else
        x = separable(g, x, path, width, out, stride)
      end
      width = out
    end
    maps[s] = x
  end
  return maps
end

-- Lin et al. 2017: from the coarsest map down, each added to the next finer one.
local function pyramid(g, maps)
  local p = {}
  for i, map in ipairs(maps) do
    p[i] = unit(g, map, "fpn.output" .. i, 0, { out = WIDTH, kernel = 1 })
  end
  for i = #maps - 1, 1, -1 do
    local up = g:upsample(p[i + 1], p[i], { name = "fpn.up" .. i + 1 })
    local sum = g:add(p[i], up, { name = "fpn.sum" .. i })
    p[i] = unit(g, sum, "fpn.merge" .. i, 0, { out = WIDTH })
  end
  return p
end

-- Najibi et al. 2017 (SSH): windows of 3, 5 and 7 by chains of 3x3 kernels.
local function context(g, x, path)
  local function step(y, name, out, linear)
    return unit(g, y, path .. "." .. name, 0, { out = out, linear = linear })
  end
  local five = step(x, "conv5X5_1", WIDTH // 4)
  local parts = {
    step(x, "conv3X3", WIDTH // 2, true),
    step(five, "conv5X5_2", WIDTH // 4, true),
    step(step(five, "conv7X7_2", WIDTH // 4), "conv7x7_3", WIDTH // 4, true),
  }
  return g:relu(g:concat(parts, { axis = 1, name = path .. ".concat" }), { name = path })
end

-- One prediction of every map, (N, priors * count): rows, columns, the two
-- priors of a cell, then its numbers.
local function head(g, maps, path, count)
  local parts = {}
  for i, map in ipairs(maps) do
    local name = ("%s.%d"):format(path, i - 1)
    local y = g:conv2d(map, { name = name .. ".conv1x1", out = 2 * count, kernel = 1 })
    y = g:permute(y, { name = name .. ".permute", order = { 2, 3, 1 } })
    parts[i] = g:flatten(y, { name = name .. ".flatten" })
  end
  g:output(g:concat(parts, { axis = 1, name = path }))
end

--- Builds the graph, for images of any size.
-- @treturn graph whose outputs are, P being the priors (two for each cell of
-- the maps at strides 8, 16 and 32, rounded up, in this order): class scores
-- before the softmax (N, 2 P: other, face), box offsets (N, 4 P), landmark
-- offsets (N, 10 P)
function retinaface.build()
  local g = nn.graph { name = "retinaface" }
  local maps = pyramid(g, body(g, g:input { "data", 3 }))
  for i, map in ipairs(maps) do maps[i] = context(g, map, "ssh" .. i) end
  head(g, maps, "ClassHead", 2)
  head(g, maps, "BboxHead", 4)
  head(g, maps, "LandmarkHead", 10)
  return g
end

retinaface.variants = {
  ["mobilenet0.25"] = {
    about = "mobilenet0.25_Final.pth, trained on WIDER FACE",
    -- The training's mean, in the order of the channels.
    preprocess = { order = "bgr", mean = { 104, 117, 123 }, scale = 1 },
    names = names.torch,
    ignore = { "%.num_batches_tracked$" },
    weights = { "retinaface-mobilenet0.25" },
  },
}

return retinaface
