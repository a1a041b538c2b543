--- layer_features: taps of the tiny network on noise, as files and as a picture.
local csv = require "visage.data.csv"
local extraction = require "visage.data.extraction"
local image = require "visage.image"
local models = require "visage.models"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("layer_features", function()
  local folder, photos

  setup(function()
    folder = assert(system.temp_dir())
    photos = folder .. "/photos"
    assert(system.mkdir_p(photos .. "/a b"))
    for i = 1, 7 do
      assert(image.save(networks.pixels(i, { 40, 48, 3 }), ("%s/a b/%d.png"):format(photos, i)))
    end
    assert(system.write_file(photos .. "/a b/3.png", "no image"))
  end)

  teardown(function() system.remove_tree(folder) end)

  local function run(out, ...)
    return system.run {
      "env", "VISAGE_CACHE=off", system.program(),
      system.root() .. "/experiments/layer_features.lua", "--model", "tiny", "--crop", "whole",
      "--quiet", "--out", folder .. "/" .. out, "--batch", "2", stderr = "merge", ...,
    }
  end

  local function ran(out, ...)
    local status, text = run(out, ...)
    assert.equal(0, status, text)
    return results.load(folder .. "/" .. out)
  end

  local function array(path) return assert(tensor.load(folder .. "/" .. path)) end

  it("leaves a file for each layer, with the rows that the network gives", function()
    local found = ran("a", "--layer", "relu2,pool,flatten", photos)
    local model <const> = assert(models.load("tiny", { taps = { "relu2", "flatten" } }))
    finally(function() model:close() end)
    local maps, flat = array "a/relu2.npy", array "a/flatten.npy"
    assert.same({ 7, 16, 8, 8 }, maps:shape())
    assert.same({ 7, 32, 1, 1 }, array "a/pool.npy":shape())
    assert.same({ 7, 32 }, flat:shape())
    for _, i in ipairs { 1, 4, 7 } do
      local _, taps = model:embed { assert(image.load(("%s/a b/%d.png"):format(photos, i))) }
      -- Rows of one batch against single ones.
      assert.tensor(maps[i]).near(taps.relu2[1], 1e-5)
      assert.tensor(flat[i]).near(taps.flatten[1], 1e-5)
    end
    assert.same({ 7, 6 }, { found.metrics["tiny/photos"], found.metrics["tiny/rows"] })
    local row = found.tables.layers.rows[1]
    assert.same({ "relu2", "relu2.npy", "16 x 8 x 8" }, { row[1], row[2], row[3] })
    -- What the table sums up, of the rows that are there.
    local whole = tensor.cat({ maps:narrow(1, 1, 2), maps:narrow(1, 4, 4) }, 1)
    assert.near(whole:mean(), row[4], 1e-6)
    assert.near(whole:eq(0):sum() / whole:numel(), row[5], 1e-12)
  end)

  it("marks photos without a row, and is read as embeddings are", function()
    local found = ran("b", "--layer", "relu2", photos)
    assert.equal(1, found.data.failures.unreadable)
    local rows, lines, synthetic = assert(extraction.read { folder .. "/b/relu2.csv" })
    assert.same({ 7, 1024 }, rows:shape())
    assert.is_true(rows:get(3, 1) ~= rows:get(3, 1) and synthetic)
    assert.same({ "unreadable", photos .. "/a b/7.png" }, { lines[3].status, lines[7].path })
  end)

  it("pools maps to a number a channel", function()
    ran("whole", "--layer", "relu2", photos)
    local maps = array "whole/relu2.npy":reshape { 7, 16, 64 }
    for pool, wanted in pairs { avg = maps:mean(3), max = maps:max(3) } do
      ran(pool, "--layer", "relu2,embedding", "--pool", pool, photos)
      assert.same({ 7, 32 }, array(pool .. "/embedding.npy"):shape())
      assert.tensor(array(pool .. "/relu2.npy"):narrow(1, 4, 4)).near(wanted:narrow(1, 4, 4), 1e-6)
    end
  end)

  it("shows channels of the first face that there is", function()
    local found = ran("c", "--layer", "relu1,flatten", photos .. "/a b/3.png", photos)
    local picture = assert(image.load(folder .. "/c/maps.png"))
    -- A title and one row of cells, the face and seven channels; flatten has no maps.
    assert.equal(8 + 8 * 136, picture:size(2))
    assert.equal("maps.png", found.run.pictures[1].file)
    assert.is_true(found.run.pictures[1].faces)
  end)

  it("gives all photos a row where a whole batch has no face", function()
    local bad = photos .. "/a b/3.png"
    ran("d", "--layer", "flatten", bad, bad, photos .. "/a b/1.png")
    local rows = array "d/flatten.npy"
    assert.is_true(rows:get(2, 1) ~= rows:get(2, 1) and rows:get(3, 1) == rows:get(3, 1))
    assert.equal(3, #assert(csv.read(folder .. "/d/flatten.csv")))
  end)

  it("says what is wrong with its options", function()
    local function wrong(code, text, ...)
      local status, said = run("wrong", ...)
      assert.equal(code, status, said)
      assert.match(text, said, 1, true)
    end
    wrong(1, "tiny: no layer is called 'pol'; near it are pool, conv1, conv2", "--layer", "pol",
      photos)
    wrong(1, "--layer: pool and pool would both be pool.npy", "--layer", "pool,pool", photos)
    wrong(1, "--part top: tiny has no softmax head", "--layer", "pool", "--part", "top", photos)
    wrong(1, "--part body: tiny is built to its embedding", "--layer", "pool", "--part", "body",
      photos)
    wrong(1, "--layer names no layer", "--layer", ",", photos)
    wrong(1, "none: no such photo or folder", "--layer", "pool", folder .. "/none")
    wrong(1, "no photo has a face", "--layer", "pool", photos .. "/a b/3.png")
    wrong(2, "option '--layer'", photos)
  end)
end)

-- The published VGG16 is not here: seeded weights see nobody, but its layers are those.
describe("layer_features of vgg16", function()
  it("gives pool4 without the fully connected layers, by their own names", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local g = assert(models.graphs "vgg16")[""]
    local drawn, random = {}, tensor.generator(7)
    for _, t in ipairs(g:tensors()) do
      if not t.node:find "^fc" then
        local shape = t.slot == "bias" and t.shape or { 3, 3, t.shape[2], t.shape[1] }
        local scale = t.slot == "bias" and 0 or math.sqrt(6 / (9 * t.shape[2]))
        drawn[("%s/%s:0"):format(t.node, t.slot == "bias" and "bias" or "kernel")] =
          ((random:rand(shape, "f64") * 2 - 1) * scale):to "f32"
      end
    end
    assert(tensor.save(folder .. "/notop.npz", drawn))
    assert(image.save(networks.pixels(1, { 48, 48, 3 }), folder .. "/a.png"))
    local status, text = system.run {
      "env", "VISAGE_CACHE=off", system.program(),
      system.root() .. "/experiments/layer_features.lua", "--model", "vgg16:keras", "--weights",
      folder .. "/notop.npz", "--part", "body", "--layer", "pool4,pool1", "--crop", "whole",
      "--batch", "1", "--out", folder .. "/out", folder .. "/a.png", stderr = "merge",
    }
    assert.equal(0, status, text)
    assert.same({ 1, 512, 14, 14 }, assert(tensor.load(folder .. "/out/pool4.npy")):shape())
    assert.same({ 1, 64, 112, 112 }, assert(tensor.load(folder .. "/out/pool1.npy")):shape())
  end)
end)
