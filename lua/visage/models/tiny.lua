--- A small network with seeded random weights: it recognises nobody. It is here
-- so that pipelines, memory and demonstrations can be tried without weights.

local nn = require "visage.nn"
local tensor = require "visage.tensor"

local tiny = { name = "tiny", default = "seeded" }

--- Builds the graph.
-- @tparam table options name, width, height
-- @treturn graph
function tiny.build(options)
  local g = nn.graph { name = options.name }
  local x = g:input { "data", 3, options.height, options.width }
  for i, out in ipairs { 8, 16, 32 } do
    x = g:conv2d(x, { name = "conv" .. i, out = out, kernel = 3, stride = 2, pad = 1 })
    x = g:relu(x, { name = "relu" .. i })
  end
  x = g:global_pool(x, { name = "pool", mode = "avg" })
  x = g:flatten(x, { name = "flatten" })
  g:output(g:linear(x, { name = "embedding", out = 32 }))
  return g
end

--- Weights drawn uniformly with the variance of He et al. 2015, biases zero.
-- @tparam graph g
-- @tparam integer seed
-- @treturn table name -> tensor, as g:load takes it
function tiny.draw(g, seed)
  local random, drawn = tensor.generator(seed), {}
  for _, t in ipairs(g:tensors()) do
    local fan_in = 1
    for axis = 2, #t.shape do fan_in = fan_in * t.shape[axis] end
    local values = tensor.zeros(t.shape)
    if t.slot == "weight" then
      values = (random:rand(t.shape) * 2 - 1) * math.sqrt(6 / fan_in)
    end
    drawn[t.name] = values:to "f32"
  end
  return drawn
end

tiny.variants = {
  seeded = {
    about = "random weights from seed 1: synthetic, recognises nobody",
    synthetic = true,
    seed = 1,
    input = { width = 32, height = 32, channels = 3 },
    preprocess = { order = "rgb", mean = { 127.5, 127.5, 127.5 }, scale = 1 / 128 },
    resize = "bilinear",
    feature = "embedding",
    distance = "cosine",
  },
}

return tiny
