--- Inception-ResNet-v1 against facenet-pytorch, with seeded weights.
local golden = require "spec.support.golden"
local models = require "visage.models"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

describe("inception-resnet-v1", function()
  local wanted = golden.load "inception_resnet_v1"
  local drawn, face

  lazy_setup(function()
    drawn, face = networks.torch(wanted.weights, 160), pixels.gradient(160, 160)
  end)

  -- The node with a module's output: of a unit, its ReLU.
  local function node_of(module)
    local block = module:find "^repeat_%d%.%d+$" or module:find "^mixed_..$"
    local single = block or module:find "conv2d$" or module:find "^last_" or module == "block8"
    return single and module or module .. ".relu"
  end

  local function load(options)
    local o = { weights = drawn, batch = 1, classes = 10 }
    for key, value in pairs(options) do o[key] = value end
    return models.load("inception-resnet-v1:vggface2", o)
  end

  local function without_logits()
    local tensors = {}
    for name, t in pairs(drawn) do
      if not name:find "^logits" then tensors[name] = t end
    end
    return tensors
  end

  it("equals facenet-pytorch at every layer", function()
    local taps = {}
    for i, row in ipairs(wanted.layers) do taps[i] = node_of(row[1]) end
    local model = assert(load { taps = taps, weights = without_logits() })
    local y, seen = model:run(model:prepare(face):unsqueeze(1))
    local worst, where = networks.worst(seen, wanted.layers, node_of)
    -- f32 through 130 layers: the golden measures 4e-7 against double precision.
    assert.is_true(worst < 1e-5, ("%s: %g"):format(where, worst))
    assert.is_true(networks.relative_error(y[1], tensor.from(wanted.output)) < 1e-5)
    assert.near(1, y:norm(), 1e-6)
    assert.same({ 512, "embedding" }, { model.dimension, model.feature })
    model:close()
  end)

  it("gives facenet-pytorch's probabilities", function()
    local model = assert(load { include_top = true })
    local y = model:embed { face }
    assert.tensor(y[1]).near(tensor.from(wanted.probabilities), 1e-5)
    model:close()
  end)

  it("adds a share of each residual, a tenth, a sixth and a fifth", function()
    local network = models.find "inception-resnet-v1"
    local g = network.build { name = "n", width = 160, height = 160 }
    local shares = { ["repeat_1.0"] = 0.17, ["repeat_2.9"] = 0.1, ["repeat_3.4"] = 0.2 }
    for name, share in pairs(shares) do
      assert.near(share, g:get(name .. ".share", "gamma"):get(1), 1e-7)
    end
    assert.has_error(function() g:get("block8.share", "gamma") end)
  end)

  it("wants 75 pixels, of which one place is left", function()
    local model = assert(load { weights = without_logits(), width = 75, height = 75 })
    assert.same({ 1, 512 }, model:embed({ face }):shape())
    model:close()
    assert.has_error(function() load { width = 74, height = 75 } end)
  end)
end)
