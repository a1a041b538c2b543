--- finetune_head: hand-made features whose answers are known, features of a layer, bad
-- folders; and real photos where they are here.
local image = require "visage.image"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local softmax_head = require "visage.nn.softmax_head"
local system = require "visage.system"
local tensor = require "visage.tensor"

local NAN = 0 / 0

describe("finetune_head", function()
  local folder, people

  before_each(function()
    folder = assert(system.temp_dir())
    people = folder .. "/people"
  end)

  after_each(function() system.remove_tree(folder) end)

  local function photos(name, count, seed)
    assert(system.mkdir_p(people .. "/" .. name))
    for i = 1, count do
      assert(image.save(networks.pixels(seed + i, { 40, 48, 3 }),
        ("%s/%s/%d.png"):format(people, name, i)))
    end
  end

  local function run(script, out, ...)
    return system.run {
      "env", "VISAGE_CACHE=off", system.program(),
      ("%s/experiments/%s.lua"):format(system.root(), script), "--quiet", "--out",
      folder .. "/" .. out, stderr = "merge", ...,
    }
  end

  local function ran(out, ...)
    local status, text = run("finetune_head", out, "--data", people, ...)
    assert.equal(0, status, text)
    return results.load(folder .. "/" .. out), text
  end

  local function wrong(text, ...)
    local status, said = run("finetune_head", "wrong", "--force", ...)
    assert.equal(1, status, said)
    assert.match(text, said, 1, true)
  end

  -- Three people with six photos each in three corners, a fourth with one photo.
  local function corners()
    local rows, random = {}, tensor.generator(2)
    for p, name in ipairs { "A", "B b", "C" } do
      photos(name, 6, 10 * p)
      for _ = 1, 6 do
        rows[#rows + 1] = { (p == 1 and 5 or 0) + random:uniform(),
          (p == 2 and 5 or 0) + random:uniform() }
      end
    end
    photos("D", 1, 90)
    rows[#rows + 1] = { 9, 9 }
    return rows
  end

  -- The same with the first two people in one corner.
  local function in_one_corner()
    local rows = corners()
    for i = 1, 12 do rows[i] = { 5, 5 } end
    return rows
  end

  local function by_rows(rows)
    assert(tensor.save(folder .. "/rows.npy", tensor.from(rows)))
    return "--embeddings", folder .. "/rows.npy"
  end

  it("learns the corners that people are in, and names those held out", function()
    local found, text = ran("a", by_rows(corners()))
    local m = found.metrics
    -- A share of 0.3 of six: two of each.
    assert.same({ 6, 12, 3, 2 }, { m["embeddings/photos"], m["embeddings/photos.trained_on"],
      m["embeddings/people.learnt"], m["embeddings/features"] })
    assert.same({ 1, 1, 1, 0 }, { m["embeddings/accuracy.top1"],
      m["embeddings/accuracy.training"], m["embeddings/converged"],
      m["embeddings/photos.failed"] })
    -- Clopper and Pearson, all of six: the sixth root of 0.025.
    assert.near(0.025 ^ (1 / 6), found.intervals["embeddings/accuracy.top1"].low, 1e-9)
    assert.same({ { subject = "D",
      why = "too few photos: 1, of which 1 would be held out" } }, found.data.omitted)
    assert.match("12 photos of 3 people trained on", text, 1, true)
    assert.truthy(image.load(folder .. "/a/loss.png"))
    local losses = found.tables.loss.rows
    assert.is_true(losses[#losses][3] < losses[1][3] and losses[#losses][4] < losses[1][4])
    assert.near(losses[#losses][3], m["embeddings/loss.training"], 1e-12)
  end)

  it("leaves the layer, for features as they are", function()
    local rows = corners()
    ran("a", by_rows(rows))
    local head = assert(softmax_head.load(folder .. "/a/head_embeddings.safetensors"))
    assert.same({ "A", "B b", "C" }, head.classes)
    local p = softmax_head.probabilities(head, tensor.from(rows):narrow(1, 1, 18))
    for i = 1, 18 do assert.equal((i - 1) // 6 + 1, p[i]:argmax()) end
  end)

  it("repeats itself by its seed, whatever the method", function()
    local how = { by_rows(corners()) }
    for _, method in ipairs { "lbfgs", "sgd" } do
      local function with(out, seed)
        return ran(out, "--seed", seed, "--method", method, "--force", table.unpack(how))
      end
      local one, same, other = with("a", "1"), with("b", "1"), with("c", "2")
      assert.same(one.metrics, same.metrics)
      assert.same(one.tables.photos.rows, same.tables.photos.rows)
      assert.is_true(one.metrics["embeddings/loss.training"]
        ~= other.metrics["embeddings/loss.training"])
      assert.equal(1, one.metrics["embeddings/accuracy.top1"])
    end
  end)

  it("holds out so many photos as it is told, and omits whom that leaves nothing", function()
    local found = ran("a", "--held-out", "5", by_rows(corners()))
    assert.same({ 15, 3 }, { found.metrics["embeddings/photos"],
      found.metrics["embeddings/photos.trained_on"] })
    wrong("0 people with enough photos", "--data", people, "--held-out", "6",
      by_rows(corners()))
  end)

  it("counts photos without features as errors, of people not learnt too", function()
    local rows = corners()
    for i = 1, 6 do rows[i] = { NAN, NAN } end
    local found = ran("a", by_rows(rows))
    local m = found.metrics
    -- Two of A failed; the others are right.
    assert.near(4 / 6, m["embeddings/accuracy.top1"], 1e-15)
    assert.same({ 1, 2, 2, 6 }, { m["embeddings/accuracy.top1.acquired"],
      m["embeddings/photos.failed"], m["embeddings/people.learnt"],
      found.data.failures.not_finite })
    assert.same({ "embeddings", "A", "(no embedding)", 2, 2 }, found.tables.confusions.rows[1])
    -- Whom nothing was learnt of is not found where there are features.
    rows = corners()
    local split = ran("split", by_rows(rows)).tables.photos.rows
    local tested = {}
    for _, row in ipairs(split) do tested[row[2]] = true end
    for i = 1, 6 do
      if not tested[("A/%d.png"):format(i)] then rows[i] = { NAN, NAN } end
    end
    found = ran("b", by_rows(rows))
    assert.same({ 4 / 6, 4 / 6, 0 }, { found.metrics["embeddings/accuracy.top1"],
      found.metrics["embeddings/accuracy.top1.acquired"],
      found.metrics["embeddings/photos.failed"] })
    assert.equal(4, found.tables.photos.rows[1][5])
  end)

  it("tells how many it learnt by heart", function()
    -- Four photos of each train; of the first two people all are taken for one of them.
    local m = ran("a", by_rows(in_one_corner())).metrics
    assert.near(2 / 3, m["embeddings/accuracy.training"], 1e-15)
    assert.near(2 / 3, m["embeddings/accuracy.top1"], 1e-15)
  end)

  it("trains on a layer's maps, with any photos that the CSV names", function()
    corners()
    local status, text = run("layer_features", "maps", "--model", "tiny", "--crop", "whole",
      "--layer", "relu2", people)
    assert.equal(0, status, text)
    local found = ran("a", "--embeddings", folder .. "/maps/relu2.csv")
    assert.equal(16 * 8 * 8, found.metrics["embeddings/features"])
    -- Noise can be learnt by heart, and no more.
    assert.equal(1, found.metrics["embeddings/accuracy.training"])
    assert.is_true(found.run.synthetic)
    assert.equal("tiny", found.models[1].name)
  end)

  it("takes networks, and one file once", function()
    photos("A", 3, 0)
    photos("B", 3, 10)
    assert(system.write_file(people .. "/A/again.png", system.read_file(people .. "/A/1.png")))
    local found = ran("a", "--model", "tiny", "--crop", "whole", "--held-out", "1")
    assert.same({ 1, 4, 2 }, { found.data.failures.repeated_photos,
      found.metrics["tiny/photos.trained_on"], found.metrics["tiny/photos"] })
    assert.is_nil(found.metrics["tiny/accuracy.top5"])
  end)

  it("says what is wrong with its data", function()
    wrong("absent", "--data", folder .. "/absent", "--model", "tiny")
    photos("A", 3, 0)
    wrong("1 people with enough photos; two or more are wanted", "--data", people, "--model",
      "tiny", "--crop", "whole")
    photos("B", 3, 10)
    wrong("embeddings: 1 of the people have a photo with a face to train on", "--data", people,
      by_rows { { 1, 2 }, { 2, 1 }, { 1, 1 }, { NAN, 1 }, { NAN, 1 }, { NAN, 1 } })
    wrong("rows.npy: 2 rows; there are 6 photos", "--data", people,
      by_rows { { 1, 2 }, { 2, 1 } })
  end)
end)

describe("finetune_head on real photos", function()
  local people, weights = shared.data "people/train", networks.weight "mobilefacenet-casia"

  it("names the other photo of each of four people", function()
    if not (people and weights and networks.mtcnn()) then
      return pending "no people, MobileFaceNet or MTCNN here"
    end
    local out = system.temp_name("/tmp/visage-finetune")
    finally(function() system.remove_tree(out) end)
    local status, text = networks.run_detecting("finetune_head.lua", out, "--data", people,
      "--model", "mobilefacenet", "--weights", weights, "--held-out", "1", "--quiet",
      "--no-cache")
    assert.equal(0, status, text)
    local found = results.load(out)
    assert.same({ 4, 1, 1 }, { found.metrics["mobilefacenet/photos"],
      found.metrics["mobilefacenet/accuracy.top1"], #found.data.omitted })
  end)
end)
