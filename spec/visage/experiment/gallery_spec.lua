local gallery = require "visage.experiment.gallery"
local people = require "visage.experiment.gallery.people"
local system = require "visage.system"
local tensor = require "visage.tensor"

local NAN = 0 / 0

-- A run that keeps what it is told.
local function run_of(options)
  return {
    options = options, omitted = {}, rules = {}, failures = {}, data = {},
    generator = tensor.generator(1),
    keep = function(_, list) return list end,
    omit = function(self, subject, why) self.omitted[#self.omitted + 1] = { subject, why } end,
    rule = function(self, name, value) self.rules[name] = value end,
    count = function(self, kind) self.failures[kind] = (self.failures[kind] or 0) + 1 end,
  }
end

local function person(name, n)
  local images = {}
  for i = 1, n do images[i] = { file = ("%s/%d.jpg"):format(name, i), subject = name } end
  return { name = name, images = images }
end

describe("gallery", function()
  it("takes amounts as numbers or shares", function()
    assert.same({ 50, 0.5 }, { gallery.amount "50", gallery.amount "0.5" })
    for _, text in ipairs { "0", "-1", "1.5", "x", "nan" } do
      assert.is_nil((gallery.amount(text)))
    end
    assert.same({ 5, 1, 8, 50 }, { gallery.count(0.5, 9), gallery.count(0.01, 9),
      gallery.count(0.99, 9), gallery.count(50, 9) })
  end)

  it("splits each person's photos, the same way for a seed, and omits who has too few", function()
    local function split(options)
      local run = run_of(options)
      return gallery.split(run, { person("a", 4), person("b", 1), person("c", 2) }), run
    end
    local kept, run = split { probes = 2, pooling = "mean" }
    assert.same({ { "b", "1 photo; one to enrol and one to search with are wanted" },
      { "c", "2 photos; with 2 to search with none is left to enrol" } }, run.omitted)
    assert.same({ "a" }, gallery.names(kept))
    assert.same({ 2, 2 }, { #kept[1].probes, #kept[1].enrolled })
    assert.same(kept[1].probes, split({ probes = 2, pooling = "mean" })[1].probes)
    kept = split { probes = 0.5, enrol = 1, pooling = "mean" }
    assert.same({ "a", "c" }, gallery.names(kept))
    assert.same({ 2, 1 }, { #kept[1].probes, #kept[1].enrolled })
    local names, images = gallery.probes(kept)
    assert.same({ { "a", "a", "c" }, 3, 5 }, { names, #images, #gallery.used(kept) })
  end)

  it("divides people among galleries", function()
    local run, list, seen = run_of {}, {}, {}
    for i = 1, 7 do list[i] = person(tostring(i), 1) end
    local parts = gallery.divide(run, list, 3)
    assert.same({ 2, 2, 3 }, { #parts[1], #parts[2], #parts[3] })
    for _, part in ipairs(parts) do
      for _, one in ipairs(part) do seen[one.name] = (seen[one.name] or 0) + 1 end
    end
    for i = 1, 7 do assert.equal(1, seen[tostring(i)]) end
    assert.same({ list }, gallery.divide(run, list, 1))
    assert.has_error(function() gallery.divide(run, list, 8) end,
      "--galleries 8: 7 people are enrolled")
  end)

  it("reads one folder a person, VGGFace2's as well", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    for _, path in ipairs { "test/n000002/0001_01.jpg", "test/n000002/0002_01.jpg",
      "test/n000010/0001_01.jpg", "other/Al \"B\"/it's.png" } do
      assert(system.mkdir_p(folder .. "/" .. path:match "^(.*)/"))
      assert(system.write_file(folder .. "/" .. path, ""))
    end
    local run = run_of { data = folder, limit = 1 }
    local list, everyone = gallery.read(run)
    assert.same({ { "n000002" }, 3 }, { gallery.names(list), #everyone })
    assert.same({ file = "n000002/0001_01.jpg", key = "n000002/0001_01", subject = "n000002",
      path = folder .. "/test/n000002/0001_01.jpg" }, list[1].images[1])
    assert.equal("VGGFace2 test", run.data.people)
    run = run_of { data = folder, images = "other" }
    assert.same({ 'Al "B"' }, gallery.names((gallery.read(run))))
    assert.is_nil(run.data.people)
    assert.equal("VGGFace2 train", people.set_of("/data/train/", { { name = "n000002" } }))
    assert.is_nil(people.set_of("/data/train", { { name = "Tony_Blair" } }))
    assert.has_error(function() gallery.read(run_of {}) end,
      "--data DIR says where the photos are, one folder a person")
    assert.has_error(function()
      gallery.read_two(run_of {}, folder .. "/test", folder .. "/test")
    end, ("n000002 is in %s/test and in %s/test; who is enrolled is no stranger"):format(folder,
      folder))
  end)

  it("makes rows without an embedding failures and pools the others", function()
    local a, b = person("a", 3), person("b", 1)
    local images = gallery.images { a, b }
    for place, image in ipairs(images) do image.place = place end
    local source = { embed = function()
      return tensor.from { { 1, 0 }, { 0, 0 }, { 3, 0 }, { NAN, 1 } },
        { [2] = "zero_length", [3] = "no_face", [4] = "not_finite" }
    end }
    local rows, failed = gallery.embed(source, images)
    assert.is_true(rows:get(3, 1) ~= rows:get(3, 1))
    a.enrolled, b.enrolled = a.images, b.images
    local made, without = gallery.enrol("mean", rows, failed, { a, b })
    assert.same({ { 1, 0 }, false, 1 }, { made[1]:totable(), made[2], without })
    assert.equal("mean", gallery.pooling(run_of {}, { score = "euclidean" }))
    assert.equal("mean_of_images", gallery.pooling(run_of {}, { score = "cosine" }))
    assert.equal("vggface2", gallery.pooling(run_of { pooling = "vggface2" }, { score = "cosine" }))
    assert.same({ { 1, 0 } }, gallery.pick(rows, { 1 }):totable())
  end)
end)
