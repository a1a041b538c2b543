--- The networks that are measured: their published topology with seeded weights, which
-- takes as long as the trained ones and needs no files. They recognise nobody.
local models = require "visage.models"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local networks = {}

-- Name -> network and variant, and where it is not the variant's the input's size.
local LIST = {
  resnet50 = { spec = "resnet50:keras" },
  senet50 = { spec = "senet50:keras" },
  vgg16 = { spec = "vgg16:keras" },
  mobilefacenet = { spec = "mobilefacenet:casia", width = 112, height = 112 },
  tiny = { spec = "tiny:seeded" },
  -- What the processor can do at most, for the others are made of it.
  limit = { spec = "one 1x1 convolution" },
}

-- Nothing but a matrix product, large enough for its fastest kernels: 1,024 to 1,024
-- channels at 28x28.
local function limit()
  local g = nn.graph { name = "limit" }
  local x = g:input { "data", 1024, 28, 28 }
  x = g:conv2d(x, { name = "conv", out = 1024, kernel = 1 })
  g:output(g:flatten(g:global_pool(x, { name = "pool", mode = "avg" }), { name = "flatten" }))
  return g
end

-- The graph of a network without weights.
local function graph_of(name, one)
  if name == "limit" then return limit() end
  local network, variant = models.find(one.spec)
  local o = { name = network.name }
  for key, value in pairs(variant.build or {}) do o[key] = value end
  o.width = one.width or variant.input.width
  o.height = one.height or variant.input.height
  o.pooling, o.feature = variant.pooling, variant.feature
  return network.build(o)
end

-- Weights with the variance of He et al. 2015, and statistics near 0 and 1, so that
-- numbers neither vanish nor grow through the layers.
local function draw(random, t)
  local u, fan_in = random:rand(t.shape, "f64"), 1
  for axis = 2, #t.shape do fan_in = fan_in * t.shape[axis] end
  if t.slot == "weight" then return (u * 2 - 1) * math.sqrt(6 / fan_in) end
  if t.slot == "gamma" or t.slot == "var" then return u * 0.5 + 0.75 end
  if t.slot == "slope" then return u * 0.5 end
  return u * 0.2 - 0.1 -- bias, beta, mean
end

local function named(name)
  local one = LIST[name]
  if one then return one end
  local known = {}
  for key in pairs(LIST) do known[#known + 1] = key end
  table.sort(known)
  return nil, ("no network '%s' is measured; there are %s"):format(name,
    table.concat(known, ", "))
end

--- Draws a graph's weights.
-- @tparam graph g
-- @tparam integer seed
-- @treturn graph g
function networks.fill(g, seed)
  local random = tensor.generator(seed)
  for _, t in ipairs(g:tensors()) do g:set(t.node, t.slot, draw(random, t):to "f32") end
  return g
end

--- A network with its weights.
-- @tparam string name resnet50, senet50, vgg16, mobilefacenet, tiny, or limit: a matrix
-- product
-- @tparam integer seed
-- @treturn graph, or nil and a text
-- @treturn string which variant it is, "resnet50:keras"
function networks.build(name, seed)
  local one, why = named(name)
  if not one then return nil, why end
  return networks.fill(graph_of(name, one), seed), one.spec
end

--- Multiply-adds of one image.
-- @tparam graph g
-- @treturn integer
function networks.multiply_adds(g)
  local sum = 0
  for _, node in ipairs(g:nodes()) do sum = sum + node.multiply_adds end
  return sum
end

--- An input for a network: seeded noise in the range of images less their mean.
-- @tparam graph g
-- @tparam integer batch
-- @tparam integer seed
-- @treturn core.tensor f32 (N, C, H, W)
function networks.input(g, batch, seed)
  local shape = g:nodes()[1].shape
  shape[1] = batch
  return (tensor.generator(seed):rand(shape, "f64") * 2 - 1):to "f32"
end

return networks
