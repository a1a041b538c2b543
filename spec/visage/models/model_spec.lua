--- What a loaded network does with images, on the seeded network.
local image = require "visage.image"
local models = require "visage.models"
local networks = require "spec.support.networks"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("a model", function()
  local model, faces

  setup(function()
    model = assert(models.load("tiny", { batch = 4 }))
    faces = {}
    for i = 1, 11 do faces[i] = networks.pixels(i, { 30 + i, 40 - i, 3 }) end
  end)

  teardown(function() model:close() end)

  it("resizes a face without keeping its aspect", function()
    assert.same({ 3, 32, 32 }, model:prepare(faces[1]):shape())
  end)

  it("takes a face of the input's size as it is, whatever its filter", function()
    local face, filter = networks.pixels(3, { 32, 32, 3 }), model.resize
    for _, name in ipairs { "nearest", "bilinear", "bicubic", "lanczos", "area", "linear",
      "adaptive_area", "tf_area", "pdollar" } do
      model.resize = name
      local x = model:prepare(face)
      model.resize = filter
      assert.tensor(x).near(image.to_tensor(face, model.preprocess), 0)
    end
  end)

  it("with `short` keeps the aspect and takes the middle", function()
    local short = assert(models.load("tiny", { short = 40 }))
    -- 31 x 39: the shorter side to 40, the longer up to ceil(50.3).
    local img = image.resize(faces[1], 51, 40, "bilinear")
    local wanted = image.to_tensor(image.crop(img, 9, 4, 32, 32), short.preprocess)
    assert.tensor(short:prepare(faces[1])).near(wanted, 0)
    assert.equal(40, short:describe().short)
    short:close()
    assert.has_error(function() models.load("tiny", { short = 31 }) end,
      "model tiny: short is at least the input's 32x32, got 31")
  end)

  it("embeds in chunks what it embeds one by one", function()
    local y = model:embed(faces)
    assert.same({ 11, 32 }, y:shape())
    for i, face in ipairs(faces) do
      -- The matrix product may add in another order for another batch.
      assert.tensor(model:embed({ face })[1]).near(y[i], 1e-5)
    end
  end)

  it("joins or adds the mirrored face when it is told to", function()
    local flipped = {}
    for i = 1, 2 do flipped[i] = image.flip(faces[i]) end
    local plain, mirrored = model:embed { faces[1], faces[2] }, model:embed(flipped)
    model:set_mirror "join"
    assert.equal(64, model.dimension)
    assert.tensor(model:embed { faces[1], faces[2] }).near(
      tensor.cat({ plain, mirrored }, 2), 1e-5)
    model:set_mirror "sum"
    assert.equal(32, model.dimension)
    assert.tensor(model:embed { faces[1], faces[2] }).near(plain + mirrored, 1e-5)
    model:set_mirror(false)
    assert.equal(32, model.dimension)
    assert.has_error(function() model:set_mirror "max" end,
      "set_mirror: join, sum or false, got max")
  end)

  it("embeds nothing as no rows", function()
    assert.same({ 0, 32 }, model:embed({}):shape())
  end)

  it("joins the taps of its chunks", function()
    local tapped = assert(models.load("tiny", { batch = 4, taps = { "pool" } }))
    local inputs = {}
    for i, face in ipairs(faces) do inputs[i] = tapped:prepare(face) end
    local y, taps = tapped:run(tensor.stack(inputs, 1))
    assert.same({ 11, 32 }, y:shape())
    assert.same({ 11, 32, 1, 1 }, taps.pool:shape())
    tapped:close()
  end)

  it("gives other taps when asked, with the embeddings and of the plain images", function()
    local tapped = assert(models.load("tiny", { batch = 4 }))
    local _, none = tapped:embed { faces[1] }
    assert.is_nil(none)
    assert(tapped:set_taps { "flatten", "conv1" })
    tapped:set_mirror "sum"
    local _, taps = tapped:embed(faces)
    assert.same({ { 11, 32 }, { 11, 8, 16, 16 } }, { taps.flatten:shape(), taps.conv1:shape() })
    tapped:set_mirror(false)
    local y = tapped:embed(faces)
    -- Of the plain images: the embedding is a linear layer of flatten.
    local g = assert(tapped:weighted())
    local weight = g:get("embedding", "weight"):transpose(1, 2)
    assert.tensor(taps.flatten:matmul(weight) + g:get("embedding", "bias")).near(y, 1e-5)
    local ok, text = tapped:set_taps { "flaten" }
    assert.is_nil(ok)
    assert.match("no layer is called 'flaten'; near it are flatten, data", text, 1, true)
    tapped:close()
  end)

  it("has its weights once, and the graph with them again", function()
    assert.is_nil(model.graph:get("embedding", "weight"))
    local g = assert(model:weighted())
    local x = tensor.stack({ model:prepare(faces[1]) }, 1)
    assert.tensor(g:compile { batch = 4 }:run(x)).near(model:run(x), 0)
    assert.is_truthy(g:get("embedding", "weight"))
  end)

  it("reads them from the file that it was loaded from, and no other", function()
    local folder = assert(system.temp_dir())
    local path = folder .. "/w.npz"
    assert(model:weighted():save(path))
    local loaded = assert(models.load("tiny:seeded", { weights = path, batch = 4 }))
    assert.tensor(loaded:weighted():get("embedding", "weight")).near(
      model:weighted():get("embedding", "weight"), 0)
    local other = model:weighted()
    other:set("embedding", "bias", tensor.ones { 32 })
    assert(other:save(path))
    local none, text, code = loaded:set_taps { "conv1" }
    assert.is_nil(none)
    assert.equal(("model tiny: %s is not what was loaded before"):format(path), text)
    assert.equal("FORMAT", code)
    system.remove_tree(folder)
    assert.equal("IO", select(3, loaded:weighted()))
    assert.same({ 1, 32 }, loaded:embed({ faces[1] }):shape())
    loaded:close()
  end)

  it("describes itself in plain data", function()
    local d = model:describe()
    assert.equal("tiny", d.name)
    assert.equal("seed 1", d.weights)
    assert.equal(32, d.dimension)
    assert.equal("rgb", d.preprocess.order)
  end)

  it("has no labels where it has no classes", function()
    local found, text = model:labels()
    assert.is_nil(found)
    assert.truthy(text:find("no classes", 1, true))
  end)
end)
