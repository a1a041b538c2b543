--- The work "kernels": layers that loops of our own or Winograd's algorithm compute,
-- beside what oneDNN computes them with otherwise. In fp32, on one thread: a kernel is
-- worth having where it is faster there.
local loader = require "visage.loader"
local models = require "visage.models"
local network = require "visage.bench.works.network"
local networks = require "visage.bench.networks"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local kernels = {}

-- Such layers follow each other so often, so that to bring numbers to a layout and back
-- counts less.
local TIMES = 4

-- Layers with an activation, and the mean of each channel: a small output.
local function repeated(channels, side, activation, groups)
  local g = nn.graph {}
  local x = g:input { "data", channels, side, side }
  for _ = 1, TIMES do
    x = g[activation](g, g:conv2d(x, { out = channels, kernel = 3, pad = 1, groups = groups }))
  end
  g:output(g:global_pool(x))
  return g
end

-- The works: name; the pass of compile's `fuse` without which the other computes; images;
-- channels, height and width; the graph.
local function list()
  local pnet = models.find("mtcnn").build { part = "pnet" }
  local all = { { "pnet", "own", 1, { 3, 240, 320 }, pnet } }
  -- MobileFaceNet's, then those of ResNet-50 and VGG16, and the least that are computed so.
  for _, size in ipairs { { 64, 56 }, { 128, 28 }, { 256, 14 } } do
    local channels, side = table.unpack(size)
    all[#all + 1] = { ("depthwise-%dx%d"):format(channels, side), "own", 16,
      { channels, side, side }, repeated(channels, side, "prelu", channels) }
  end
  for _, size in ipairs { { 64, 56 }, { 128, 28 }, { 256, 14 }, { 512, 7 }, { 64, 224 },
    { 128, 112 }, { 256, 56 }, { 512, 28 }, { 512, 14 }, { 32, 56 } } do
    local channels, side = table.unpack(size)
    all[#all + 1] = { ("3x3-%dx%d"):format(channels, side), "winograd", side > 100 and 2 or 16,
      { channels, side, side }, repeated(channels, side, "relu", 1) }
  end
  return all
end

--- The works that the options ask for.
-- @tparam table o engine or nil, seed
-- @tparam string folder for models and inputs
-- @treturn function for a generic for: the next work (visage.bench.contest), with model,
-- case, unit and families
function kernels.works(o, folder)
  return coroutine.wrap(function()
    for _, one in ipairs(list()) do
      local name, pass, images, shape, g = table.unpack(one)
      local model, input = ("%s/%s.onnx"):format(folder, name), ("%s/%s.npy"):format(folder, name)
      assert(networks.fill(g, o.seed):export(model))
      assert(loader.write(input,
        tensor.generator(o.seed + 1):randn { images, table.unpack(shape) }))
      coroutine.yield {
        kind = "kernels:" .. pass, model = name, about = name, unit = "images", units = images,
        case = ("%s_b%d_t1"):format(pass, images), families = { "onednn" },
        check = network.check "fp32",
        job = { work = "network", model = model, input = input, threads = 1,
          precision = "fp32", engine = o.engine },
      }
      os.remove(model)
    end
  end)
end

return kernels
