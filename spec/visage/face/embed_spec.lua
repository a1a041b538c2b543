--- Embedding pipelines on synthetic pictures, the seeded network and a detector
-- that finds what it is told.
local face = require "visage.face"
local golden = require "spec.support.golden"
local image = require "visage.image"
local models = require "visage.models"
local networks = require "spec.support.networks"
local sanitized = require "spec.support.sanitized"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("face.embed", function()
  local model, images

  setup(function()
    model = assert(models.load("tiny", { batch = 4 }))
    images = {}
    for i = 1, 6 do images[i] = networks.pixels(i, { 40 + i, 50, 3 }) end
  end)

  teardown(function() model:close() end)

  -- A detector whose faces are given per image.
  local function fake(faces)
    return { detect = function(_, img) return faces[img] or {} end }
  end

  local function whole(img)
    return model:embed({ img })[1]
  end

  local function cut(img, x, y, w, h)
    return whole(image.crop(img, x, y, w, h))
  end

  local function near(a, b)
    -- Rows of one batch against single ones.
    assert.tensor(a).near(b, 1e-5)
  end

  it("embeds the given boxes by the crop rule", function()
    local y, report = face.embed({
      { image = images[1], box = { 5, 6, 25, 36 } },
      { image = images[2], box = { -8, -4, 12, 20 } },
    }, { model = model })
    assert.same({ 2, 32 }, y:shape())
    near(y[1], cut(images[1], 5, 6, 20, 30))
    near(y[2], cut(images[2], 0, 0, 20, 24))
    assert.same({ "ok", "ok" }, report.status)
    assert.same({ ok = 2 }, report.counts)
  end)

  it("takes an image without a box as the face", function()
    near(face.embed({ { image = images[3] } }, { model = model })[1], whole(images[3]))
  end)

  it("cuts the chosen face of a detector", function()
    local faces = {
      { box = { 0, 0, 10, 10 }, score = 1, points = {} },
      { box = { 20, 10, 45, 35 }, score = 0.9, points = {} },
    }
    local o = { model = model, detector = fake { [images[1]] = faces } }
    near(face.embed({ { image = images[1] } }, o)[1], cut(images[1], 0, 0, 10, 10))
    o.choose = "largest"
    local y, report = face.embed({ { image = images[1] } }, o)
    near(y[1], cut(images[1], 20, 10, 25, 25))
    assert.equal(faces[2], report.faces[1])
  end)

  it("cuts the detected face that an item's box means", function()
    local faces = {
      { box = { 0, 0, 10, 10 }, score = 1, points = {} },
      { box = { 20, 10, 45, 35 }, score = 0.9, points = {} },
    }
    local o = { model = model, detector = fake { [images[1]] = faces }, choose = "box",
      no_face = "skip" }
    local y, report = face.embed({
      { image = images[1], box = { 18, 12, 40, 36 } },
      { image = images[1], box = { 60, 0, 70, 9 } },
    }, o)
    near(y[1], cut(images[1], 20, 10, 25, 25))
    assert.same({ "ok", "no_face" }, report.status)
  end)

  it("aligns to a template when it is asked to", function()
    local points = { { 15, 12 }, { 30, 12 }, { 22, 20 }, { 16, 28 }, { 29, 28 } }
    local found = { box = { 10, 5, 35, 35 }, score = 1, points = points }
    local template = { width = 32, height = 32,
      points = { { 8, 9 }, { 24, 9 }, { 16, 17 }, { 10, 25 }, { 22, 25 } } }
    local y = face.embed({ { image = images[1] } },
      { model = model, detector = fake { [images[1]] = { found } }, align = template })
    near(y[1], whole((face.align(images[1], points, template))))
  end)

  it("aligns by an item's own points, on a photo of another size too", function()
    local points = { { 15, 12 }, { 30, 12 }, { 22, 20 }, { 16, 28 }, { 29, 28 } }
    local template = { width = 32, height = 32,
      points = { { 8, 9 }, { 24, 9 }, { 16, 17 }, { 10, 25 }, { 22, 25 } } }
    local o = { model = model, align = template }
    local wanted = whole((face.align(images[1], points, template)))
    near(face.embed({ { image = images[1], points = points } }, o)[1], wanted)
    -- The photo is 50 wide and 41 high.
    local on_square = { side = 100 }
    for i, p in ipairs(points) do on_square[i] = { p[1] * 2, p[2] * 100 / 41 } end
    near(face.embed({ { image = images[1], points = on_square } }, o)[1], wanted)
  end)

  describe("where no face is found", function()
    local none = fake {}

    local function run(policy, box)
      return face.embed({ { image = images[4], key = "n1/0001_01", box = box } },
        { model = model, detector = none, no_face = policy })
    end

    it("raises with the image's name (error)", function()
      assert.has_error(function() run() end, "face.embed: no face in n1/0001_01")
    end)

    it("leaves a row of NaN and counts it (skip)", function()
      local y, report = run "skip"
      assert.is_true(y:get(1, 1) ~= y:get(1, 1))
      assert.same({ no_face = 1 }, report.counts)
      assert.same({ "no_face" }, report.status)
    end)

    it("takes the whole image (whole)", function()
      local y, report = run "whole"
      near(y[1], whole(images[4]))
      assert.same({ whole = 1 }, report.counts)
    end)

    it("takes the central square (centre)", function()
      local y, report = run "centre"
      -- 44 rows, 50 columns.
      near(y[1], cut(images[4], 3, 0, 44, 44))
      assert.same({ centre = 1 }, report.counts)
    end)

    it("takes the published box, and raises without one (published_box)", function()
      local y, report = run("published_box", { 1, 2, 21, 32 })
      near(y[1], cut(images[4], 1, 2, 20, 30))
      assert.same({ published_box = 1 }, report.counts)
      assert.has_error(function() run "published_box" end,
        "face.embed: no face in n1/0001_01 and no published box of it")
    end)

    it("raises for an option that there is not", function()
      assert.error_matches(function() face.embed({}, { model = model, noface = "skip" }) end,
        "face.embed: no option 'noface'; there are align, batch, choose, crop,")
    end)

    it("raises for a policy that there is not", function()
      assert.has_error(function() run "guess" end)
    end)
  end)

  it("goes on past files that cannot be read", function()
    local y, report = face.embed({
      { image = "/no/such/photo.jpg" }, { image = images[1], box = { 90, 90, 99, 99 } },
      { image = images[2] },
    }, { model = model })
    assert.same({ "unreadable", "empty_crop", "ok" }, report.status)
    assert.truthy(report.texts[1]:find("/no/such/photo.jpg", 1, true))
    near(y[3], whole(images[2]))
  end)

  it("reads files, and turns them by EXIF only on request", function()
    local path = golden.path "images/exif6.jpg"
    local lying = assert(image.load(path))
    local upright = assert(image.load(path, { exif = true }))
    near(face.embed({ { image = path } }, { model = model })[1], whole(lying))
    near(face.embed({ { image = path } }, { model = model, exif = true })[1], whole(upright))
    assert.is_true((whole(lying) - whole(upright)):norm() > 1e-3)
  end)

  it("has no rows for no items", function()
    local y, report = face.embed({}, { model = model })
    assert.same({ 0, 32 }, y:shape())
    assert.same({}, report.counts)
  end)

  it("gives batches in order, from a function as well", function()
    local i, sizes, firsts = 0, {}, {}
    local function next_item()
      i = i + 1
      return images[i] and { image = images[i] }
    end
    for batch in face.batches(next_item, { model = model }) do
      sizes[#sizes + 1], firsts[#firsts + 1] = #batch.items, batch.first
    end
    assert.same({ 4, 2 }, sizes)
    assert.same({ 1, 5 }, firsts)
  end)

  it("does not grow with the number of images", function()
    if sanitized then return pending "the address sanitizer keeps freed memory back" end
    local function run(count)
      local i = 0
      for _ in face.batches(function()
        i = i + 1
        return i <= count and { image = networks.pixels(i, { 200, 200, 3 }) } or nil
      end, { model = model }) do end
    end
    run(50)
    local before = system.peak_rss()
    -- 1,000 images are 115 MiB of pixels.
    run(1000)
    assert.is_true(system.peak_rss() - before < 32 * 2 ^ 20)
  end)

  it("embeds like one by one, whatever the batch", function()
    local items = {}
    for i, img in ipairs(images) do items[i] = { image = img } end
    local y = face.embed(items, { model = model, batch = 5 })
    for i, img in ipairs(images) do near(y[i], whole(img)) end
    assert.equal(6, tensor.is(y) and y:size(1))
  end)
end)
