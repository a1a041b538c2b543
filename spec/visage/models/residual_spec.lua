--- The residual builder: what it is made of, in both profiles.
local golden = require "spec.support.golden"
local names = require "visage.models.names"
local residual = require "visage.models.residual"
local tensor = require "visage.tensor"

local function options(profile, more)
  local o = { name = "r", width = 224, height = 224, pooling = "none" }
  for k, v in pairs(residual.profiles[profile]) do o[k] = v end
  for k, v in pairs(more or {}) do o[k] = v end
  return o
end

-- What the graph's tensors are called and how they lie in a Keras file.
local function keras_listing(g)
  local name, listing = names.keras { classifier = true }, {}
  for _, t in ipairs(g:tensors()) do
    local wanted = name(t.node, t.slot)
    if type(wanted) == "string" then
      listing[wanted] = t.shape
    else
      local shape = {}
      for i, axis in ipairs(wanted.permute) do shape[axis] = t.shape[i] end
      listing[wanted.name] = shape
    end
  end
  return listing
end

describe("residual.build", function()
  for _, case in ipairs { { "resnet50", false }, { "senet50", true } } do
    it("has the tensors of keras-vggface's " .. case[1], function()
      local wanted = {}
      for _, row in ipairs(golden.load("keras_names").networks[case[1]].weights) do
        wanted[row[1]] = row[2]
      end
      local g = residual.build(options("keras",
        { squeeze = case[2], include_top = true, classes = 8631 }))
      assert.same(wanted, keras_listing(g))
    end)
  end

  -- As TensorFlow and Caffe count them: the sizes after the stem's convolution and pooling.
  local sizes = {
    { profile = "keras", side = 224, conv = 112, pool = 55 },
    { profile = "keras", side = 197, conv = 99, pool = 49 },
    { profile = "keras", side = 256, conv = 128, pool = 63 },
    { profile = "caffe", side = 224, conv = 112, pool = 56 },
  }
  for _, case in ipairs(sizes) do
    it(("makes %d and %d of %d in the %s profile"):format(case.conv, case.pool, case.side,
      case.profile), function()
      local g = residual.build(options(case.profile, { width = case.side, height = case.side }))
      local random = tensor.generator(1)
      for _, t in ipairs(g:tensors()) do g:set(t.node, t.slot, random:rand(t.shape) * 0.01) end
      local net <close> = g:compile { batch = 1, taps = { "conv1/7x7_s2", "pool1" } }
      local _, taps = net:run(tensor.zeros { 1, 3, case.side, case.side })
      assert.same({ 1, 64, case.conv, case.conv }, taps["conv1/7x7_s2"]:shape())
      assert.same({ 1, 64, case.pool, case.pool }, taps.pool1:shape())
    end)
  end
end)
