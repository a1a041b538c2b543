--- MobileFaceNet with the weights of 068.ckpt, against PyTorch on noise.
local golden = require "spec.support.golden"
local image = require "visage.image"
local models = require "visage.models"
local networks = require "spec.support.networks"
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

describe("mobilefacenet", function()
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
