--- The layout of the published Caffe nets of VGGFace2, with seeded weights, as
-- OpenCV runs it and as visage.models.residual builds it.
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local residual = require "visage.models.residual"
local tensor = require "visage.tensor"
local tensor_names = require "visage.models.names"

-- Of float32 sums over up to 4608 products in another order, layer after layer:
-- 7e-7 where it was written.
local TOLERANCE = 5e-6

-- A blob as spec/golden/caffe_nets.py draws it, by its layer's type and its
-- number.
local DRAW = {
  Convolution = { "weight", "bias" }, InnerProduct = { "weight", "bias" },
  BatchNorm = { "mean", "var", "factor" }, Scale = { "gamma", "beta" },
}

local rules = {}
function rules.weight(u, shape)
  local fan_in = 1
  for axis = 2, #shape do fan_in = fan_in * shape[axis] end
  return (u * 2 - 1) * math.sqrt(3 / fan_in)
end
function rules.bias(u) return (u * 2 - 1) * 0.1 end
function rules.mean(u) return u * 2 - 1 end
function rules.var(u) return u * 2 + 1 end
function rules.gamma(u) return u + 0.5 end
function rules.beta(u) return (u * 2 - 1) * 0.5 end

local function draw(entry)
  local stream, drawn = tensor.generator(entry.seed), {}
  for _, row in ipairs(entry.blobs) do
    local name, kind, shape = table.unpack(row)
    local rule = DRAW[kind][tonumber(name:match "%d+$")]
    drawn[name] = rule == "factor" and tensor.full({ 1 }, 2)
      or rules[rule](stream:rand(shape, "f64"), shape):to "f32"
  end
  return drawn
end

--- The node of residual.lua that a layer of the net is, or nil.
local function ours(layer)
  local stem = { ["conv1/relu_7x7_s2"] = "conv1/7x7_s2/relu", ["pool1/3x3_s2"] = "pool1",
    prob = "classifier/softmax" }
  if stem[layer] then return stem[layer] end
  if layer:find "/bn$" then return nil end -- normalised, not yet scaled
  for pattern, name in pairs {
    ["^(.*/bn)/scale$"] = "%1", ["^(conv%d_%d)_global_pool$"] = "%1_se_pool",
    ["^(conv%d_%d)_prob$"] = "%1_1x1_up/sigmoid", ["^(conv%d_%d)/scaled$"] = "%1_scale",
    ["^(conv%d_%d)$"] = "%1_add", ["^(conv%d_%d)/relu$"] = "%1",
  } do
    if layer:find(pattern) then return (layer:gsub(pattern, name)) end
  end
  return layer
end

describe("the Caffe net of SE-ResNet-50", function()
  local entry, drawn, g, x

  local function import(change)
    local file = assert(loader.read(golden.path "caffe/senet50.prototxt"))
    file.tensors = drawn
    if change then change(file.network.operators) end
    return assert(nn.import(file, { name = "senet50" }))
  end

  lazy_setup(function()
    entry = golden.load("caffe").senet50
    drawn = draw(entry)
    g = import()
    x = (tensor.generator(entry.input_seed):rand({ 1, 3, 224, 224 }, "f64") * 2 - 1):to "f32"
  end)

  it("has the blobs that the golden drew", function()
    for name, sum in pairs(entry.sums) do
      -- Sums of f32 values in f64: only the order of adding differs.
      assert.near(sum, drawn[name]:to "f64":sum(), 1e-9 * math.max(1, math.abs(sum)))
    end
  end)

  it("equals OpenCV layer by layer", function()
    local names = {}
    for name in pairs(entry.taps) do names[#names + 1] = name end
    local net <close> = assert(g:compile { taps = names })
    local _, taps = net:run(x)
    for name, wanted in pairs(entry.taps) do
      local y = taps[name]
      assert.same(wanted.shape, y:shape())
      assert.near(1, y:to "f64":norm() / wanted.norm, TOLERANCE)
      local scale, flat = wanted.norm / math.sqrt(y:numel()), y:reshape { -1 }
      local first, last = flat:narrow(1, 1, 4), flat:narrow(1, flat:numel() - 3, 4)
      assert.tensor(first).near(tensor.from(wanted.first), 5 * TOLERANCE * scale)
      assert.tensor(last).near(tensor.from(wanted.last), 5 * TOLERANCE * scale)
    end
    local feature = taps["pool5/7x7_s1"]:reshape({ -1 }):narrow(1, 1, 64)
    assert.is_true(networks.relative_error(feature, tensor.from(entry.feature)) < TOLERANCE)
  end)

  it("equals the caffe profile of visage.models layer by layer", function()
    local options = { name = "senet50", squeeze = true, width = 224, height = 224,
      include_top = true, classes = 10 }
    for key, value in pairs(residual.profiles.caffe) do options[key] = value end
    local built = residual.build(options)
    assert(built:load(tensor_names.caffe_statistics(drawn), tensor_names.caffe))
    local names, taps = {}, {}
    for _, node in ipairs(g:nodes()) do
      local name = node.layer ~= "input" and node.layer ~= "flatten" and ours(node.name)
      if name then
        names[#names + 1], taps[#taps + 1] = name, node.name
      end
    end
    -- Every node of the built graph but its input and flatten has its layer.
    assert.equal(#built:nodes() - 2, #names)
    local net <close> = assert(g:compile { taps = taps })
    local other <close> = assert(built:compile { taps = names })
    local _, mine = net:run(x)
    local _, theirs = other:run(x)
    for i, name in ipairs(names) do
      assert.same(theirs[name]:shape(), mine[taps[i]]:shape())
      -- The same sums, but that the folded batch norm rounds twice.
      assert(networks.relative_error(mine[taps[i]], theirs[name]) < TOLERANCE, name)
    end
  end)

  it("is not what it is with Keras's epsilon", function()
    local other = import(function(operators)
      for _, op in ipairs(operators) do
        if op.type == "BatchNorm" then op.attributes["batch_norm_param.eps"] = 1e-3 end
      end
    end)
    local net <close> = assert(other:compile { taps = { "pool5/7x7_s1" } })
    local _, taps = net:run(x)
    local feature = taps["pool5/7x7_s1"]:reshape({ -1 }):narrow(1, 1, 64)
    assert.near(entry.controls.eps, networks.relative_error(feature, tensor.from(entry.feature)),
      0.1 * entry.controls.eps)
  end)
end)
