--- MobileFaceNet in both forms against PyTorch: the weights of 068.ckpt on noise,
-- those of mobilefacenet.pt on photos.
local golden = require "spec.support.golden"
local image = require "visage.image"
local models = require "visage.models"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local pixels = require "spec.support.pixels"
local shared = require "spec.support.shared"
local tensor = require "visage.tensor"

-- The golden's two pictures as (H, W, 3): noise, and noise in 8x8 cells.
local function pictures()
  local noise = networks.pixels(112, { 2, 3, 112, 96 })
  local second = noise:select(1, 2):to "f64":reshape { 3, 14, 8, 12, 8 }
  local cells = second:mean(5, true):mean(3, true):expand { 3, 14, 8, 12, 8 }
  cells = cells:contiguous():reshape({ 3, 112, 96 }):to "u8"
  return noise:select(1, 1):permute({ 2, 3, 1 }):contiguous(),
    cells:permute({ 2, 3, 1 }):contiguous()
end

describe("mobilefacenet:casia", function()
  local path = networks.weight "mobilefacenet-casia"

  it("gives PyTorch's features, plain and mirrored", function()
    if not path then return pending "068.ckpt is not here" end
    local wanted = golden.load "mobilefacenet"
    local model = assert(models.load("mobilefacenet:casia", { weights = path }))
    local y = model:embed { pictures() }
    assert.same({ 2, 256 }, y:shape())
    -- f32 through 50 layers: the golden measures 1e-6 against double precision.
    local plain, mirrored = y:narrow(2, 1, 128), y:narrow(2, 129, 128)
    assert.is_true(networks.relative_error(plain, tensor.from(wanted.output)) < 1e-5)
    assert.is_true(networks.relative_error(mirrored, tensor.from(wanted.flipped)) < 1e-5)
    model:close()
  end)

  it("makes its input as the checkpoint was trained: (x - 127.5) / 128, RGB", function()
    if not path then return pending "068.ckpt is not here" end
    local model = assert(models.load("mobilefacenet", { weights = path }))
    local img = tensor.full({ 112, 96, 3 }, 0, "u8")
    img:select(3, 1):fill(255)
    local x = model:prepare(img)
    assert.same({ 3, 112, 96 }, x:shape())
    assert.equal(127.5 / 128, x:get(1, 5, 5))
    assert.equal(-127.5 / 128, x:get(3, 5, 5))
    assert.tensor(model:prepare(image.flip(img))).near(x, 0)
    model:close()
  end)
end)

describe("mobilefacenet:ms1m", function()
  local path = networks.weight "mobilefacenet-ms1m"
  local wanted = golden.load "mobilefacenet_ms1m"

  -- The golden's crops, or nil where the photos are not here.
  local function photos()
    local list = {}
    for i, row in ipairs(wanted.photos) do
      local file = shared.data("lfw10/" .. row[1])
      if not file then return nil end
      list[i] = image.crop(assert(image.load(file)), 69, 69, 112, 112)
      assert.equal(row[2], pixels.sha256(list[i]))
    end
    return list
  end

  local function load(taps)
    return assert(models.load("mobilefacenet:ms1m", { weights = path, taps = taps, batch = 4 }))
  end

  local function prepared(model, faces)
    local inputs = {}
    for i, img in ipairs(faces) do inputs[i] = model:prepare(img) end
    return tensor.stack(inputs, 1)
  end

  it("gives PyTorch's features of photos at every layer, plain and mirrored", function()
    local faces = photos()
    if not (path and faces) then return pending "mobilefacenet.pt or lfw10 is not here" end
    local taps = {}
    for i, row in ipairs(wanted.layers) do taps[i] = row[1] end
    local model = load(taps)
    local x = prepared(model, faces)
    local y, seen = model:run(x)
    local worst, where = networks.worst(seen, wanted.layers)
    -- f32 through 50 layers: the golden measures 8e-7 against double precision.
    assert.is_true(worst < 1e-5, ("%s: %g"):format(where, worst))
    assert.is_true(networks.distance(y, wanted.output) < 1e-5)
    for i, img in ipairs(faces) do faces[i] = image.flip(img) end
    local mirrored = model:run(prepared(model, faces))
    assert.is_true(networks.distance(mirrored, wanted.flipped) < 1e-5)
    assert.tensor(model:embed(faces)).near(y + mirrored, 1e-4)
    model:close()
  end)

  it("is the network of MobileFaceNet.onnx", function()
    local faces, onnx = photos(), shared.weights "mobilefacenet/MobileFaceNet.onnx"
    if not (path and faces and onnx) then return pending "a file of the two is not here" end
    local model = load()
    local x = prepared(model, faces)
    local net <close> = assert(nn.import(onnx)):compile { batch = 4 }
    -- The export folded batch norm into the convolutions, in f32.
    assert.is_true(networks.relative_error(net:run(x), model:run(x)) < 1e-5)
    model:close()
  end)

  it("notices blue first and another range", function()
    local faces = photos()
    if not (path and faces) then return pending "mobilefacenet.pt or lfw10 is not here" end
    local model = load()
    model.preprocess = { order = "bgr", mean = model.preprocess.mean, std = model.preprocess.std }
    local y = model:run(prepared(model, faces))
    assert.is_true(networks.distance(y, wanted.output) > 0.1)
    model.preprocess = { mean = 127.5, std = 127.5 }
    y = model:run(prepared(model, faces))
    assert.is_true(networks.distance(y, wanted.controls.range) < 1e-5)
    assert.is_true(networks.distance(y, wanted.output) > 0.1)
    model:close()
  end)
end)
