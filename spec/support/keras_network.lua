--- The specification of a residual network of VGGFace2 against Keras, with the
-- seeded weights of spec/golden/experiment1.py.

local assert = require "luassert"
local busted = require "busted"
local models = require "visage.models"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

-- Globals in the files of specs only.
local describe, it, lazy_setup = busted.describe, busted.it, busted.lazy_setup

-- A tap's values at the first and last pixel, first eight channels.
local function corner(t, y, x)
  return t:select(4, x):select(3, y):narrow(2, 1, 8):contiguous():reshape { 8 }
end

--- Declares it for "resnet50" or "senet50".
return function(network)
  describe(network, function()
    local drawn, entry, model, y, taps

    lazy_setup(function()
      drawn, entry = networks.keras(network)
      local names = {}
      for name in pairs(entry.synthetic.taps) do names[#names + 1] = name end
      model = assert(models.load(network .. ":keras", { weights = drawn, taps = names, batch = 1 }))
      local x = model:prepare(pixels.gradient(224, 224))
      y, taps = model:run(x:unsqueeze(1))
    end)

    it("draws the golden's weights", function()
      for name, sum in pairs(entry.checks) do
        -- Sums of f32 values in f64: only the order of adding differs.
        assert.near(sum, drawn[name]:to "f64":sum(), 1e-9 * math.max(1, math.abs(sum)))
      end
    end)

    it("equals Keras at every tap", function()
      for name, wanted in pairs(entry.synthetic.taps) do
        local t = taps[name]
        assert.same(wanted.shape_nchw, t:shape())
        -- f32 sums of up to 4608 products in another order than TensorFlow's.
        assert.near(1, t:to "f64":norm() / wanted.norm, 1e-5)
        local scale = wanted.norm / math.sqrt(t:numel())
        local last = t:shape()
        assert.tensor(corner(t, 1, 1)).near(tensor.from(wanted.first_pixel), 1e-4 * scale)
        assert.tensor(corner(t, last[3], last[4])).near(tensor.from(wanted.last_pixel),
          1e-4 * scale)
      end
    end)

    it("gives Keras's embedding", function()
      assert.same({ 1, 2048 }, y:shape())
      local first = tensor.from(entry.synthetic.output_first)
      -- The golden's own f32 run is 6e-6 from its f64 run.
      assert.is_true(networks.relative_error(y[1]:narrow(1, 1, 64), first) < 2e-5)
      assert.near(1, y:to "f64":norm() / entry.synthetic.output_norm, 1e-5)
    end)

    it("pools to the same vector by max, avg and not at all", function()
      local x = model:prepare(pixels.gradient(224, 224)):unsqueeze(1)
      for _, pooling in ipairs { "avg", "none" } do
        local other = assert(models.load(network .. ":keras",
          { weights = drawn, pooling = pooling }))
        assert.tensor(other:run(x):reshape { 1, 2048 }).near(y, 1e-5 * y:max())
        assert.same({ 2048, "avg_pool", pooling },
          { other.dimension, other.feature, other.pooling })
        other:close()
      end
    end)
  end)
end
