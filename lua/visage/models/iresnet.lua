--- IResNet, the residual network of ArcFace (Deng et al. 2019, arXiv 1801.07698;
-- the block is that of Duta et al. 2020, arXiv 2004.04989, with batch norm
-- before and after the convolutions), 50 and 100 layers deep.
-- Nodes carry the module paths of insightface's arcface_torch checkpoints.

local names = require "visage.models.names"
local nn = require "visage.nn"

local iresnet = { name = "iresnet", default = "r50-ms1mv3" }

-- Blocks of the four stages by depth.
local depths = { r50 = { 3, 4, 14, 3 }, r100 = { 3, 13, 30, 3 } }

local widths = { 64, 128, 256, 512 }

local function norm(g, x, name)
  return g:batch_norm(x, { name = name, eps = 1e-5 })
end

local function conv(g, x, name, out, kernel, stride)
  return g:conv2d(x, {
    name = name, out = out, kernel = kernel, stride = stride, pad = kernel // 2, bias = false,
  })
end

-- The stride is in the second convolution and in the projection.
local function block(g, x, path, out, stride, project)
  local y = norm(g, x, path .. ".bn1")
  y = norm(g, conv(g, y, path .. ".conv1", out, 3, 1), path .. ".bn2")
  y = g:prelu(y, { name = path .. ".prelu" })
  y = norm(g, conv(g, y, path .. ".conv2", out, 3, stride), path .. ".bn3")
  if project then
    x = conv(g, x, path .. ".downsample.0", out, 1, stride)
    x = norm(g, x, path .. ".downsample.1")
  end
  return g:add(y, x, { name = path })
end

--- Builds the graph.
-- @tparam table options depth: "r50" or "r100"; width, height: a multiple of 16
-- @treturn graph
function iresnet.build(options)
  local g = nn.graph { name = options.name }
  local x = g:input { "data", 3, options.height, options.width }
  x = norm(g, conv(g, x, "conv1", 64, 3, 1), "bn1")
  x = g:prelu(x, { name = "prelu" })
  for stage, blocks in ipairs(depths[options.depth]) do
    for i = 0, blocks - 1 do
      x = block(g, x, ("layer%d.%d"):format(stage, i), widths[stage], i == 0 and 2 or 1, i == 0)
    end
  end
  x = g:flatten(norm(g, x, "bn2"), { name = "flatten" })
  x = g:linear(x, { name = "fc", out = 512 })
  g:output(norm(g, x, "features"))
  return g
end

local function variant(depth, data_set)
  return {
    about = ("insightface arcface_torch %s, trained on %s"):format(depth, data_set),
    build = { depth = depth },
    input = { width = 112, height = 112, channels = 3 },
    preprocess = { order = "rgb", mean = { 127.5, 127.5, 127.5 }, scale = 1 / 127.5 },
    resize = "linear",
    align = "arcface-112x112",
    feature = "features",
    distance = "cosine",
    names = names.torch,
    ignore = { "%.num_batches_tracked$" },
    weights = { ("iresnet-%s-%s"):format(depth, data_set:lower()) },
  }
end

iresnet.variants = {
  ["r50-ms1mv3"] = variant("r50", "MS1MV3"),
  ["r100-ms1mv3"] = variant("r100", "MS1MV3"),
  ["r50-glint360k"] = variant("r50", "Glint360K"),
  ["r100-glint360k"] = variant("r100", "Glint360K"),
}

return iresnet
