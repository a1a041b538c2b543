local embeddings = require "visage.experiment.embeddings"
local image = require "visage.image"
local networks = require "spec.support.networks"
local run_class = require "visage.experiment.run"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("embeddings", function()
  local folder

  setup(function()
    folder = assert(system.temp_dir())
    local noise = (tensor.generator(3):rand({ 40, 50, 3 }, "f64") * 256):to "u8"
    assert(image.save(noise, folder .. "/a.png"))
    assert(system.write_file(folder .. "/broken.png", "no image"))
  end)

  teardown(function() system.remove_tree(folder) end)

  local function new_run(options)
    local o = { model = { "tiny" }, batch = 8, seed = 1, device = "auto", quiet = true,
      crop = "whole", choose = "first", no_face = "skip", out = folder }
    for key, value in pairs(options or {}) do o[key] = value end
    return run_class.new({ name = "fixture" }, o, {})
  end

  it("of rows are picked by the images' row", function()
    local run = new_run()
    local source = embeddings.from_rows(run, "rows", tensor.from { { 1, 2 }, { 3, 4 }, { 5, 6 } })
    local rows, failed = source.embed { { row = 3 }, { row = 1 } }
    assert.same({ { 5, 6 }, { 1, 2 } }, rows:totable())
    assert.same({}, failed)
    assert.equal("cosine", source.score)
  end)

  it("of rows say which image has none, and count each once", function()
    local run = new_run()
    local source = embeddings.from_rows(run, "rows", tensor.from { { 1, 2 }, { 0 / 0, 4 },
      { 0, 0 }, { math.huge, 0 } })
    local images = { { row = 1 }, { row = 2 }, { missing = true }, { missing = "no_face" },
      { row = 3 }, { row = 4 } }
    local rows, failed = source.embed(images)
    source.embed(images)
    assert.same({ 6, 2 }, rows:shape())
    assert.same({ nil, "not_finite", "no_embedding", "no_face", "zero_length", "not_finite" },
      failed)
    assert.same({ 2, 1, 1, 1 }, { run.failures.not_finite, run.failures.no_embedding,
      run.failures.no_face, run.failures.zero_length })
  end)

  it("come from a file in the images' order, or with a rule of their own", function()
    local path = folder .. "/two.npy"
    assert(tensor.save(path, tensor.from { { 1, 2 }, { 3, 4 } }))
    local images = { {}, {} }
    local source = embeddings.sources(new_run { embeddings = path }, images)[1]
    assert.same({ "embeddings", "cosine" }, { source.name, source.score })
    assert.same({ 1, 2 }, { images[1].row, images[2].row })
    assert.error_matches(function()
      embeddings.sources(new_run { embeddings = path }, { {} })
    end, "two.npy: 2 rows; there are 1 photos")
    embeddings.sources(new_run { embeddings = path }, images, { number = function(rows)
      images[1].row = #rows
      return true
    end })
    assert.equal(2, images[1].row)
  end)

  it("come from an extraction, which must be of these photos", function()
    local path = folder .. "/made"
    assert(tensor.save(path .. ".npy", tensor.from { { 1, 2 }, { 0 / 0, 0 } }))
    assert(system.write_file(path .. ".csv", "path,status\na/1.jpg,ok\na/2.jpg,no_face\n"))
    local function failures(...)
      local images, run = {}, new_run { embeddings = path .. ".csv" }
      for i, name in ipairs { ... } do images[i] = { path = name } end
      local _, failed = embeddings.sources(run, images)[1].embed(images)
      return failed
    end
    assert.same({ "no_face", "no_embedding" }, failures("x/a/2.jpg", "x/b/1.jpg"))
    assert.error_matches(function() failures "x/b/1.jpg" end,
      "made.csv: none of the 1 photos is in it; its first is a/1.jpg, ours x/b/1.jpg")
  end)

  it("come from networks, which must have their boxes; missing images are let be", function()
    local run = new_run { crop = "reproduction_csv" }
    local images = { { path = folder .. "/a.png", key = "a", box = { 5, 6, 25, 30 } },
      { key = "b", missing = true } }
    local source = embeddings.sources(run, images)[1]
    assert.same({ "tiny", "cosine" }, { source.name, source.score })
    assert.same({ 33, 29, 3 }, source.picture(images[1]):shape())
    images[2].missing = nil
    assert.error_matches(function() embeddings.sources(run, images) end, "no box of b")
  end)

  it("of a network tell the photos that have none, and count them", function()
    local run = new_run()
    local source = embeddings.from_network(run, embeddings.models(run)[1])
    local rows, failed = source.embed {
      { path = folder .. "/a.png", key = "a" }, { path = folder .. "/broken.png", key = "broken" },
    }
    assert.same({ 2, 32 }, rows:shape())
    assert.same({ nil, "unreadable" }, failed)
    assert.equal(1, run.failures.unreadable)
    assert.is_true(run.seconds.decode > 0)
  end)

  it("are cut by the published box, which must be there", function()
    local run = new_run { crop = "reproduction_csv" }
    local source = embeddings.from_network(run, embeddings.models(run)[1])
    assert.error_matches(function()
      source.check { { path = folder .. "/a.png", key = "n1/a" } }
    end, "no box of n1/a in the data's CSV")
    local cut = source.embed { { path = folder .. "/a.png", key = "a", box = { 5, 6, 25, 30 } } }
    local whole = embeddings.from_network(new_run(), embeddings.models(run)[1])
      .embed { { path = folder .. "/a.png", key = "a" } }
    assert.is_true((cut - whole):abs():max() > 0)
  end)

  it("are not cut from whole photos by a detector", function()
    assert.has_error(function() embeddings.detector(new_run { detector = "ipazc-0.1.1" }) end,
      "--crop whole takes photos as they are; leave --detector out or name another rule")
  end)

  it("record the alignment, and by which rule a face that is not found is cut", function()
    local path = networks.weight "mobilefacenet-casia"
    if not path then return pending "068.ckpt is not here" end
    local run = new_run { model = { "mobilefacenet" }, weights = { path },
      crop = "reproduction_csv", no_face = "published_box" }
    embeddings.models(run, { detector = true })
    assert.same({ align = "sphereface-112x96", choose = "first", no_face = "published_box",
      no_face_rule = "reproduction_csv" }, run.opened[1].crop)
  end)

  it("take another resize filter when asked to", function()
    local model = embeddings.models(new_run { filter = "nearest" })[1]
    assert.equal("nearest", model.resize)
    assert.equal("tiny", model.key)
  end)

  it("of an unknown network say which there are", function()
    assert.error_matches(function() embeddings.models(new_run { model = { "resnet5" } }) end,
      "no such network; there are resnet50")
  end)
end)
