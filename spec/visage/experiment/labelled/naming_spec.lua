--- identify --labelled: hand-made embeddings whose accuracies are counted by hand, a
-- network's own classes, bad folders. Noise for photos.
local csv = require "visage.data.csv"
local image = require "visage.image"
local labels = require "visage.models.labels"
local models = require "visage.models"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local softmax_head = require "visage.nn.softmax_head"
local system = require "visage.system"
local tensor = require "visage.tensor"

local NAN = 0 / 0

local folder

local function photo(name, seed)
  assert(system.mkdir_p(folder .. "/" .. name:match "^(.*)/"))
  assert(image.save(networks.pixels(seed, { 40, 48, 3 }), folder .. "/" .. name))
end

local function identify(...)
  return system.run {
    "env", "VISAGE_CACHE=off", system.program(), system.root() .. "/experiments/identify.lua",
    "--quiet", "--force", "--out", folder .. "/out", stderr = "merge", ...,
  }
end

local function ran(...)
  local status, text = identify(...)
  assert.equal(0, status, text)
  return results.load(folder .. "/out"), text
end

local function wrong(code, text, ...)
  local status, said = identify(...)
  assert.equal(code, status, said)
  assert.match(text, said, 1, true)
end

before_each(function() folder = assert(system.temp_dir()) end)
after_each(function() system.remove_tree(folder) end)

describe("identify with a gallery", function()
  -- Cosines: A1-A2 .8, A1-B2 .6, A1-C .9, A2-B1 .6, A2-B2 .96, B1-B2 .8, the rest less.
  local ROWS = {
    { 1, 0 }, { .8, .6 }, { NAN, NAN }, { 0, 1 }, { .6, .8 }, { .9, -math.sqrt(.19) },
  }

  local function draw()
    for i, name in ipairs { "A/1", "A/2", "A/3", "B/1", "B/2", "C c/1" } do
      photo(("people/%s.png"):format(name), i)
    end
    assert(tensor.save(folder .. "/rows.npy", tensor.from(ROWS)))
  end

  it("leaves each photo out of its own search, and who then has no other one", function()
    draw()
    local found, text = ran("--labelled", folder .. "/people", "--gallery", folder .. "/people/",
      "--embeddings", folder .. "/rows.npy")
    -- C is nearer to A1 than A2 is; A2 and B2 find each other; B1 finds B2; A3 has no
    -- embedding. Of C there is one photo.
    local m = found.metrics
    assert.near(1 / 5, m["embeddings/accuracy.top1"], 1e-15)
    assert.near(1 / 4, m["embeddings/accuracy.top1.acquired"], 1e-15)
    assert.is_nil(m["embeddings/accuracy.top5"], "of three names all are among the first five")
    assert.same({ 5, 1, 3, 6, 5 }, { m["embeddings/photos"], m["embeddings/photos.failed"],
      m["embeddings/names"], m["embeddings/gallery.photos"], m["embeddings/gallery.same_file"] })
    -- Clopper and Pearson, one of five.
    local interval = found.intervals["embeddings/accuracy.top1"]
    assert.near(0.005050763, interval.low, 1e-8)
    assert.near(0.716417936, interval.high, 1e-8)
    assert.equal(5, interval.n)
    assert.same({ { subject = "C c", why = "no other photo of the person in the gallery" } },
      found.data.omitted)
    assert.same({ 2, 5 }, { found.data.subjects, found.data.images })
    assert.match("top-1 0.2000 (95 % 0.0051 to 0.7164), 1 of 5 photos; of the 4", text, 1, true)
  end)

  it("leaves tables of photos, people and confusions, the worst first", function()
    draw()
    local found = ran("--labelled", folder .. "/people", "--gallery", folder .. "/people",
      "--embeddings", folder .. "/rows.npy", "--top", "2")
    local rows = assert(csv.read(folder .. "/out/photos.csv"))
    assert.same({ "A/1.png", "ok", "2", "C c", "A" },
      { rows[1].photo, rows[1].status, rows[1].rank, rows[1].named, rows[1].name2 })
    assert.near(.9, tonumber(rows[1].score), 1e-6)
    assert.near(.8, tonumber(rows[1].truth_score), 1e-6)
    assert.same({ "not_finite", "", "" }, { rows[3].status, rows[3].named, rows[3].rank })
    assert.same({
      { "embeddings", "B", "A", 1, 2 }, { "embeddings", "A", "(no embedding)", 1, 3 },
      { "embeddings", "A", "B", 1, 3 }, { "embeddings", "A", "C c", 1, 3 },
    }, found.tables.confusions.rows)
    assert.same({ "embeddings", "A", 3, 1, 0, 0, 0 }, { table.unpack(found.tables.people.rows[1],
      1, 7) })
    local pictures = {}
    for i, one in ipairs(found.run.pictures) do pictures[i] = one.file end
    assert.same({ "confusion_embeddings.png", "errors_embeddings.png" }, pictures)
    assert.truthy(image.load(folder .. "/out/errors_embeddings.png"))
  end)

  it("never compares a photo with its own file, whatever that is called", function()
    photo("people/A/1.png", 1)
    photo("gallery/A/other name.png", 1)
    photo("gallery/A/2.png", 2)
    photo("gallery/B/3.png", 3)
    -- The labelled photo, then the gallery's; its copy would be perfect.
    assert(tensor.save(folder .. "/rows.npy", tensor.from {
      { 1, 0 }, { 0, 1 }, { 1, 0 }, { .8, .6 } }))
    local found = ran("--labelled", folder .. "/people", "--gallery", folder .. "/gallery",
      "--embeddings", folder .. "/rows.npy")
    local row = found.tables.photos.rows[1]
    assert.same({ 2, "B" }, { row[5], row[7] })
    assert.near(0, row[6], 1e-12)
    assert.equal(1, found.metrics["embeddings/gallery.same_file"])
  end)

  it("takes a file's rows for all photos, whoever is left out and however often one is there",
    function()
      draw()
      assert(system.write_file(folder .. "/people/A/4.png",
        system.read_file(folder .. "/people/A/1.png")))
      local rows = table.move(ROWS, 1, 3, 1, {})
      rows[4] = ROWS[1]
      assert(tensor.save(folder .. "/rows.npy", tensor.from(table.move(ROWS, 4, 6, 5, rows))))
      assert(system.write_file(folder .. "/list", "A\n"))
      local people = folder .. "/people"
      local found = ran("--labelled", people, "--gallery", people, "--embeddings",
        folder .. "/rows.npy", "--exclude", folder .. "/list")
      -- B1 finds B2, and B2 finds A2.
      assert.same({ 2, .5, 6, 1 }, { found.metrics["embeddings/photos"],
        found.metrics["embeddings/accuracy.top1"], found.metrics["embeddings/gallery.photos"],
        found.data.failures.repeated_photos })
      assert.same({ "A", "C c" }, { found.data.omitted[1].subject, found.data.omitted[2].subject })
    end)

  it("takes a network, with the first people of a limit", function()
    draw()
    local found = ran("--labelled", folder .. "/people", "--gallery", folder .. "/people",
      "--model", "tiny", "--crop", "whole", "--limit", "1")
    assert.same({ 3, 3 }, { found.metrics["tiny/photos"], found.metrics["tiny/names"] })
    assert.is_true(found.run.synthetic)
    assert.equal("similarity", found.run.metric_rules.score.tiny)
    -- --exclude takes people away from those that are named, not from the gallery.
    assert(system.write_file(folder .. "/list", "\xEF\xBB\xBFA\r\n"))
    found = ran("--labelled", folder .. "/people", "--gallery", folder .. "/people", "--model",
      "tiny", "--crop", "whole", "--exclude", folder .. "/list")
    assert.same({ 2, 3 }, { found.metrics["tiny/photos"], found.metrics["tiny/names"] })
  end)

  it("counts photos that cannot be read as errors", function()
    draw()
    assert(system.write_file(folder .. "/people/A/3.png", "no image"))
    local found = ran("--labelled", folder .. "/people", "--gallery", folder .. "/people",
      "--model", "tiny", "--crop", "whole")
    assert.equal(1, found.data.failures.unreadable)
    assert.equal("unreadable", found.tables.photos.rows[3][4])
    assert.equal(1, found.metrics["tiny/photos.failed"])
  end)

  it("says who is not in the gallery, and what goes with what", function()
    draw()
    photo("other/A/9.png", 9)
    local people, other = folder .. "/people", folder .. "/other"
    wrong(1, "2 of 3 people are not in the gallery " .. other .. ": B, C c", "--labelled", people,
      "--gallery", other, "--model", "tiny")
    wrong(1, "people: nobody is left", "--labelled", people, "--gallery", people, "--model", "tiny",
      "--exclude", (function()
        assert(system.write_file(folder .. "/all", "A\nB\nC c\n"))
        return folder .. "/all"
      end)())
    wrong(1, "other: nobody can be found", "--labelled", other, "--gallery", other, "--model",
      "tiny", "--crop", "whole")
    wrong(1, "--labelled names the photos; leave out a.png", "--labelled", people, "a.png")
    wrong(1, "--faces all: of a labelled photo", "--labelled", people, "--faces", "all")
    wrong(1, "no photo to look at")
    wrong(1, "--embeddings goes with --labelled", "--embeddings", "x.npy", "a.png")
    wrong(1, "--crop whole goes with --labelled", "--crop", "whole", "a.png")
    wrong(1, "--embeddings holds no classes", "--embeddings", "x.npy", "--labelled", people)
    wrong(1, "tiny has no softmax head", "--labelled", people, "--model", "tiny")
    photo("people/A/4.png", 10)
    wrong(1, "rows.npy: 6 rows; there are 7 photos", "--labelled", people, "--gallery", people,
      "--embeddings", folder .. "/rows.npy")
  end)
end)

describe("identify by a layer of finetune_head", function()
  local function head(width, features)
    local path = folder .. "/head.npz"
    assert(softmax_head.save({
      features = features, classes = { "A", "B" }, weight = tensor.zeros({ 2, width }, "f64"),
      bias = tensor.from({ 0, 1 }, "f64"),
    }, path))
    return "--model", "tiny", "--head", path
  end

  it("names by its classes with its probabilities", function()
    for i, name in ipairs { "A/1", "B/1", "B/2" } do photo(("people/%s.png"):format(name), i) end
    local found = ran("--labelled", folder .. "/people", "--crop", "whole", head(32))
    -- It says B of everyone: 1 / (1 + e^-1).
    assert.near(2 / 3, found.metrics["tiny/accuracy.top1"], 1e-15)
    local row = found.tables.photos.rows[1]
    assert.same({ "A", 2, "B" }, { row[3], row[5], row[7] })
    assert.near(1 / (1 + math.exp(-1)), row[8], 1e-6)
    assert.match("head.npz, sha256", found.run.metric_rules.head, 1, true)
    -- Nobody is named by a photo that cannot be read, whom it would say to be B, too.
    assert(system.write_file(folder .. "/people/B/3.png", "no image"))
    found = ran("--labelled", folder .. "/people", "--crop", "whole", head(32))
    assert.near(2 / 4, found.metrics["tiny/accuracy.top1"], 1e-15)
    assert.near(2 / 3, found.metrics["tiny/accuracy.top1.acquired"], 1e-15)
  end)

  it("says what is wrong with it", function()
    photo("people/C/1.png", 1)
    photo("people/A/1.png", 2)
    local people = folder .. "/people"
    wrong(1, "1 of 2 people are not among the network's classes: C", "--labelled", people,
      "--crop", "whole", head(32))
    wrong(1, "head.npz: a layer for 31 numbers; tiny's embeddings have 32", "--labelled", people,
      "--crop", "whole", head(31))
    wrong(1, "head.npz: trained on embeddings of other:x; here they are of tiny:", "--labelled",
      people, "--crop", "whole", head(32, "other:x"))
    wrong(1, "--head is for one network, and without --gallery", "--labelled", people,
      "--gallery", people, head(32))
    wrong(1, "x.npz: No such file", "--labelled", people, "--crop", "whole", "--model", "tiny",
      "--head", "x.npz")
  end)
end)

-- The published classifier is not here: seeded weights name nobody rightly, but folders,
-- names, probabilities and ranks take the same way.
describe("identify by a network's own classes", function()
  local weights, meta

  local function draw()
    local drawn, stream = networks.keras "resnet50", tensor.generator(5)
    drawn["classifier/kernel:0"] = (stream:rand({ 2048, 8631 }, "f64") * 0.1 - 0.05):to "f32"
    drawn["classifier/bias:0"] = tensor.zeros { 8631 }
    weights, meta = folder .. "/top.npz", folder .. "/identity_meta.csv"
    assert(tensor.save(weights, drawn))
    local lines = { "Class_ID, Name, Sample_Num, Flag, Gender" }
    for i = 1, 8632 do
      lines[i + 1] = ('n%06d, "Name, %d", 9, %d, f'):format(i, i, i == 1 and 0 or 1)
    end
    assert(system.write_file(meta, table.concat(lines, "\n") .. "\n"))
  end

  local function by_head(...)
    return "--model", "resnet50:keras", "--weights", weights, "--crop", "whole", ...
  end

  it("matches folders by the class's name or by its number", function()
    draw()
    photo("people/n000078/1.png", 1)
    photo("people/Name,_8/1.png", 2)
    local found = ran(by_head("--labelled", folder .. "/people", "--identity-meta", meta))
    local model <const> = assert(models.load("resnet50:keras", {
      weights = weights, include_top = true,
    }))
    finally(function() model:close() end)
    local p = model:embed {
      assert(image.load(folder .. "/people/Name,_8/1.png")),
      assert(image.load(folder .. "/people/n000078/1.png")),
    }
    local names = assert(labels.rebuild(meta))
    for i, row in ipairs(found.tables.photos.rows) do
      -- n000001 is no training identity, so the class of n000078 is the 77th.
      local place = ({ 7, 77 })[i]
      assert.equal(({ "Name, 8", "Name, 78" })[i], row[3])
      assert.near(p:get(i, place), row[6], 1e-6)
      assert.equal(p[i]:ge(p:get(i, place)):sum(), row[5])
      assert.equal(names[p[i]:argmax()]:sub(2), row[7])
    end
    assert.same({ 8631, 2 }, { found.metrics["resnet50:keras/names"],
      found.metrics["resnet50:keras/photos"] })
    assert.is_number(found.metrics["resnet50:keras/accuracy.top5"])
    assert.equal("v2, rebuilt", found.run.metric_rules.labels)
  end)

  it("lists the folders that are no class", function()
    draw()
    for i, name in ipairs { "n000005", "Somebody", "n000001" } do
      photo(("people/%s/1.png"):format(name), i)
    end
    wrong(1, "2 of 3 people are not among the network's classes: Somebody, n000001",
      by_head("--labelled", folder .. "/people", "--identity-meta", meta))
    wrong(1, "labelled photos want the classes' names",
      by_head("--labelled", folder .. "/people"))
  end)
end)
