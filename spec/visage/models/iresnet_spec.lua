--- IResNet-50 and -100 against PyTorch, with seeded weights.
local golden = require "spec.support.golden"
local iresnet = require "visage.models.iresnet"
local models = require "visage.models"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

describe("iresnet", function()
  local goldens = golden.load("iresnet").networks
  local face = pixels.gradient(112, 112)

  for _, case in ipairs { { "r50", 50 }, { "r100", 100 } } do
    local depth, seed = table.unpack(case)
    it("equals PyTorch at every layer of " .. depth, function()
      local wanted, taps = goldens[depth], {}
      for i, row in ipairs(wanted.layers) do taps[i] = row[1] end
      local model = assert(models.load(("iresnet:%s-ms1mv3"):format(depth),
        { weights = networks.torch(wanted.weights, seed, 2), taps = taps, batch = 1 }))
      local y, seen = model:run(model:prepare(face):unsqueeze(1))
      local worst, where = networks.worst(seen, wanted.layers)
      -- f32 through 100 layers: the golden measures 1e-6 against double precision.
     assert.is_true(worst < 1e-5, ("%s: %g"):format(where, worst))
      assert.is_true(networks.relative_error(y[1], tensor.from(wanted.output)) < 1e-5)
      assert.same({ 512, "features" }, { model.dimension, model.feature })
      model:close()
    end)
  end

  it("makes its input as ArcFace was trained: (x - 127.5) / 127.5, RGB, aligned", function()
    local variant = iresnet.variants["r50-glint360k"]
    assert.same({ "rgb", 127.5, 1 / 127.5 },
      { variant.preprocess.order, variant.preprocess.mean[2], variant.preprocess.scale })
    assert.equal("arcface-112x112", variant.align)
  end)
end)
