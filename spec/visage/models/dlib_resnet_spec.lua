--- dlib's face ResNet with its real weights, against dlib on synthetic chips.
local dlib_resnet = require "visage.models.dlib_resnet"
local golden = require "spec.support.golden"
local models = require "visage.models"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local tensor = require "visage.tensor"

local function blocks()
  local cells = networks.pixels(151, { 10, 10, 3 }):reshape { 10, 1, 10, 1, 3 }
  return cells:expand({ 10, 15, 10, 15, 3 }):contiguous():reshape { 150, 150, 3 }
end

describe("dlib-resnet", function()
  it("halves the map five times, with zeros where a branch is smaller", function()
    local g = dlib_resnet.build { name = "dlib-resnet", width = 150, height = 150 }
    for _, t in ipairs(g:tensors()) do g:set(t.node, t.slot, tensor.zeros(t.shape)) end
    local taps = { "stem.pool", "level3.1", "level2.1", "level1.1", "level0.1" }
    local net <close> = g:compile { batch = 1, taps = taps }
    local _, found = net:run(tensor.zeros { 1, 3, 150, 150 })
    local sides = { 35, 17, 8, 4, 2 }
    for i, name in ipairs(taps) do assert.equal(sides[i], found[name]:size(3)) end
  end)

  it("gives dlib's descriptors", function()
    local path = networks.weight "dlib-resnet"
    if not path then return pending "dlib_face_recognition_resnet_model_v1.dat is not here" end
    local model = assert(models.load("dlib-resnet", { weights = path }))
    local wanted = golden.load("dlib_resnet").descriptors
    local chips = {
      noise = networks.pixels(150, { 150, 150, 3 }), blocks = blocks(),
      gradient = pixels.gradient(150, 150),
      grey = tensor.full({ 150, 150, 3 }, 128, "u8"),
    }
    for name, chip in pairs(chips) do
      local y = model:embed { chip }
      -- f32 sums in another order than dlib's.
      assert.is_true(networks.relative_error(y[1], tensor.from(wanted[name])) < 1e-5)
    end
    model:close()
  end)
end)
