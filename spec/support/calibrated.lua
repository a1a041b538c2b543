--- Seeded networks whose batch norms have the statistics of given images: random
-- weights in which numbers keep their size, as in a trained network.
--
-- Training leaves the batch norms at the ends of residual branches with small factors
-- (Goyal et al. 2017 begin with 0). Without that every block adds as much as came, and
-- each enlarges what rounding did before it: `branch` is the factor of those, and 1 is
-- the worst case.
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local calibrated = {}

local function draw(random, t, ends, branch)
  local u, fan = random:rand(t.shape, "f64"), 1
  for axis = 2, #t.shape do fan = fan * t.shape[axis] end
  if t.slot == "weight" then return (u * 2 - 1) * (6 / fan) ^ 0.5 end
  if t.slot == "gamma" then return (u + 0.5) * (ends[t.node] and branch or 1) end
  if t.slot == "slope" then return u * 0.5 end
  return t.slot == "var" and u + 0.5 or (u * 2 - 1) * 0.5
end

-- Batch norms that an add reads, or the gate before an add.
local function ends_of(g)
  local by_name, ends = {}, {}
  for _, node in ipairs(g:nodes()) do
    by_name[node.name] = node
    for _, input in ipairs(node.layer == "add" and node.inputs or {}) do
      local last = by_name[input].layer == "mul" and by_name[input].inputs[1] or input
      ends[last] = by_name[last].layer == "batch_norm"
    end
  end
  return ends
end

-- One node by itself on its inputs' numbers.
local function run(g, node, numbers)
  local one, inputs, values = nn.graph(), {}, {}
  for i, name in ipairs(node.inputs) do
    local t = numbers[name]
    local sizes = t:shape()
    inputs[i] = one:input(#sizes == 2 and { "x" .. i, features = sizes[2] }
      or { "x" .. i, sizes[2], sizes[3], sizes[4] })
    values[i] = t
  end
  local o = { name = node.name }
  for key, value in pairs(node.parameters) do o[key] = value end
  if node.layer == "concat" then inputs = { inputs } end
  inputs[#inputs + 1] = o
  one:output(one[node.layer](one, table.unpack(inputs)))
  for _, t in ipairs(one:tensors()) do one:set(t.node, t.slot, g:get(t.node, t.slot)) end
  local net = assert(one:compile { batch = values[1]:size(1) })
  local y = net:run(table.unpack(values))
  net:close()
  return y
end

-- Mean and variance per channel.
local function statistics(t)
  local sizes = t:shape()
  local rows = t:permute { 2, 1, 3, 4 }:contiguous():reshape { sizes[2], -1 }:to "f64"
  local mean = rows:mean(2)
  return mean, (rows ^ 2):mean(2) - mean ^ 2
end

--- Draws the weights of a graph of one input, and calibrates its batch norms.
-- @tparam core.graph g
-- @tparam integer seed
-- @tparam tensor images (N,C,H,W), prepared
-- @tparam[opt=1] number branch
-- @treturn core.graph g
function calibrated.seed(g, seed, images, branch)
  local random, ends = tensor.generator(seed), ends_of(g)
  for _, t in ipairs(g:tensors()) do
    g:set(t.node, t.slot, draw(random, t, ends, branch or 1):to "f32")
  end
  local nodes, numbers, readers = g:nodes(), {}, {}
  for _, node in ipairs(nodes) do
    for _, name in ipairs(node.inputs) do readers[name] = (readers[name] or 0) + 1 end
  end
  for _, node in ipairs(nodes) do
    local from = numbers[node.inputs[1]]
    if node.layer == "batch_norm" and from:dims() == 4 then
      local mean, var = statistics(from)
      g:set(node.name, "mean", mean:to "f32")
      g:set(node.name, "var", var:to "f32")
    end
    numbers[node.name] = node.layer == "input" and images or run(g, node, numbers)
    for _, name in ipairs(node.inputs) do
      readers[name] = readers[name] - 1
      if readers[name] == 0 then numbers[name] = nil end
    end
  end
  return g
end

return calibrated
