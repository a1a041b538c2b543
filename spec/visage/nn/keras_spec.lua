-- A whole small network as Keras computes it: names, layouts, same padding,
-- flatten in Keras' order, taps. The numbers are in spec/golden/tiny_keras.json.
local golden = require "spec.support.golden"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local tiny = golden.load "tiny_keras"

local function as_tensor(entry)
  return tensor.from(entry.values):reshape(entry.shape)
end

--- N,H,W,C to N,C,H,W.
local function channels_first(t)
  return t:dims() == 4 and t:permute { 1, 4, 2, 3 } or t
end

local function build()
  local g = nn.graph { name = "tiny" }
  local x = g:input { "image", 3, 9, 8 }
  x = g:conv2d(x, { name = "conv1/7x7_s2", out = 4, kernel = 3, stride = 2, pad = "same_tf",
    bias = false })
  x = g:batch_norm(x, { name = "conv1/7x7_s2/bn", eps = 1e-3 })
  x = g:relu(x, { name = "conv1/relu" })
  x = g:max_pool(x, { name = "pool1", kernel = 2, stride = 2 })
  x = g:conv2d(x, { name = "conv2_1_1x1_up", out = 5, kernel = 1 })
  x = g:flatten(x, { name = "flatten", order = "hwc" })
  x = g:linear(x, { name = "fc6", out = 6 })
  x = g:relu(x, { name = "fc6/relu" })
  x = g:linear(x, { name = "classifier/sum", out = 3 })
  g:output(g:softmax(x, { name = "classifier" }))
  return g
end

local function names(node, slot)
  local layer = node:gsub("/sum$", "")
  local words = { gamma = "gamma", beta = "beta", mean = "moving_mean", var = "moving_variance",
    bias = "bias" }
  if words[slot] then return ("%s/%s:0"):format(layer, words[slot]) end
  local dense = node:find "^fc" or node:find "^classifier"
  return { name = layer .. "/kernel:0", permute = dense and { 2, 1 } or { 4, 3, 1, 2 } }
end

describe("a network of Keras", function()
  local weights = {}
  for name, entry in pairs(tiny.weights) do weights[name] = as_tensor(entry) end

  for _, engine in ipairs { "reference", "naive" } do
    it("gives Keras' numbers at every layer, engine " .. engine, function()
      local g = assert(build():load(weights, names))
      local taps = {}
      for name in pairs(tiny.taps) do taps[#taps + 1] = name end
      local net = g:compile { batch = 2, engine = engine, taps = taps }
      local y, tapped = net:run(channels_first(as_tensor(tiny.input)))
      -- f32 on both sides, numbers up to 5.
      for _, name in ipairs(taps) do
        assert.tensor(tapped[name]).near(channels_first(as_tensor(tiny.taps[name])), 3e-6)
      end
      assert.tensor(y).near(as_tensor(tiny.output), 1e-6)
    end)
  end

  it("shows a mistake in any of the rules", function()
    local input = channels_first(as_tensor(tiny.input))
    local wanted = as_tensor(tiny.output)
    local function differs(g, source_names)
      local y = assert(g:load(weights, source_names)):compile { batch = 2 }:run(input)
      return (y - wanted):abs():max() > 1e-3
    end
    assert.is_false(differs(build(), names))
    local flipped = function(node, slot)
      local place = names(node, slot)
      if type(place) == "table" and #place.permute == 4 and node:find "^conv1" then
        place.permute = { 4, 3, 2, 1 } -- height and width swapped
      end
      return place
    end
    assert.is_true(differs(build(), flipped))
  end)
end)
