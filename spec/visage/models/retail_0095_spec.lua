--- retail-0095 against OpenVINO: noise layer by layer, and faces, of which the
-- golden keeps sums over people only.
local golden = require "spec.support.golden"
local image = require "visage.image"
local models = require "visage.models"
local networks = require "spec.support.networks"
local shared = require "spec.support.shared"
local tensor = require "visage.tensor"

-- The golden's two pictures, (2,3,128,128): noise, and noise in 8x8 cells.
local function noise()
  local x = networks.pixels(128, { 2, 3, 128, 128 })
  local cells = x:select(1, 2):to "f64":reshape { 3, 16, 8, 16, 8 }
  cells = cells:mean(5, true):mean(3, true):expand { 3, 16, 8, 16, 8 }
  x[2] = cells:contiguous():reshape({ 3, 128, 128 }):to "u8"
  return x:to "f32"
end

describe("retail-0095", function()
  local path = networks.weight "retail-0095"
  local wanted, arrays, model = golden.load("openvino_ir").retail, nil, nil

  lazy_setup(function()
    arrays = assert(tensor.load(golden.path "openvino_ir.npz"))
    if not path then return end
    local taps = {}
    for name in pairs(wanted.taps) do taps[#taps + 1] = name end
    model = assert(models.load("retail-0095", { weights = path, batch = 2, taps = taps }))
  end)

  lazy_teardown(function()
    if model then model:close() end
  end)

  it("is the file that the manifest names, and 256 numbers", function()
    if not path then return pending "retail-0095 is not here" end
    assert.is_true(model.weights.known)
    assert.equal(wanted.sha256, model.weights.sha256)
    assert.equal(256, model.dimension)
  end)

  it("gives OpenVINO's numbers at taps and at the end", function()
    if not path then return pending "retail-0095 is not here" end
    local y, taps = model:run(noise())
    -- Measured 1.5e-6; f32 through 60 layers on both sides.
    assert.is_true(networks.relative_error(y:reshape { 2, 256 }, arrays["retail.noise"]) < 1e-5)
    for name, tap in pairs(wanted.taps) do
      local t = taps[name]
      assert.same(tap.shape, t:shape())
      assert.near(1, t:to "f64":norm() / tap.norm, 1e-5)
      local first = t[1]:select(3, 1):select(2, 1):narrow(1, 1, #tap.first)
      assert.is_true(networks.relative_error(first, tensor.from(tap.first)) < 1e-4, name)
    end
  end)

  -- Sums over people of embeddings without their mean.
  local function mixed(order)
    local faces, crops = {}, {}
    for i, name in ipairs(wanted.people) do
      local img = assert(image.load(shared.data(name)))
      faces[i] = image.crop(img, 61, 61, 128, 128)
      crops[i] = image.to_tensor(faces[i], { order = order, mean = { 0, 0, 0 }, scale = 1 })
    end
    local y = model:run(tensor.stack(crops, 1)):reshape { #faces, 256 }:to "f64"
    local factors = tensor.generator(95):rand({ 4, #faces }, "f64") - 0.5
    return factors:matmul(y - y:mean(1, true)), faces
  end

  it("gives OpenVINO's embeddings of faces, their mean taken off", function()
    if not (path and shared.data(wanted.people[1])) then return pending "no weights or photos" end
    local y, faces = mixed "bgr"
    assert.is_true(networks.relative_error(y, arrays["retail.mixed"]) < 1e-5)
    -- A sum over ten people has errors of all: they are nothing beside the
    -- distance between two of them.
    assert.is_true((y - arrays["retail.mixed"]):abs():max() / wanted.distance < 1e-5)
    assert.tensor(model:prepare(faces[1])).near(
      image.to_tensor(faces[1], { order = "bgr", mean = { 0, 0, 0 }, scale = 1 }), 0)
  end)

  it("would show RGB for BGR", function()
    if not (path and shared.data(wanted.people[1])) then return pending "no weights or photos" end
    assert.is_true(networks.relative_error(mixed "rgb", arrays["retail.mixed"]) > 0.05)
  end)

  it("has one input size and wants its file", function()
    if not path then return pending "retail-0095 is not here" end
    local function load(options)
      return function() models.load("retail-0095", options) end
    end
    assert.error_matches(load { weights = path, width = 112, height = 112 },
      "the input is 128x128, got 112x112")
    assert.error_matches(load { weights = {} }, "its weights are a file")
  end)
end)
