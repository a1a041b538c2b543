--- Closed-set identification: three people in a plane whose errors can be counted by
-- hand; then real photos.
local gallery = require "visage.experiment.gallery"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local tensor = require "visage.tensor"

local NAN = 0 / 0

-- Of each person what is enrolled, twice, and what is searched with, once: a is found,
-- b is nearer to a (0.8) than to b (0.6), and c's photo has no embedding.
local PEOPLE = {
  { "a", { 1, 0 }, { 4, 3 } }, { "b", { 0, 1 }, { 8, 6 } }, { "c", { -1, 0 }, { NAN, 0 } },
}

-- Roundings near 1.
local NEAR = 1e-14

describe("identification", function()
  local folder

  -- d has one photo and is left out. Which photo is searched with is drawn, so the
  -- drawing is done here first.
  setup(function()
    folder = assert(system.temp_dir())
    local rows, lines, generator = {}, { "path,status" }, tensor.generator(1)
    local function photo(name, i)
      assert(system.mkdir_p(folder .. "/data/" .. name))
      assert(system.write_file(("%s/data/%s/%d.jpg"):format(folder, name, i), ""))
      lines[#lines + 1] = ("/elsewhere/%s/%d.jpg,ok"):format(name, i)
    end
    for _, person in ipairs(PEOPLE) do
      local name, enrolled, probe = table.unpack(person)
      local first = #rows
      local chosen = gallery.draw({ 1, 2, 3 }, 1, generator)
      for i = 1, 3 do
        photo(name, i)
        rows[first + i] = i == chosen[1] and probe or enrolled
      end
    end
    photo("d", 1)
    rows[#rows + 1] = { 1, 1 }
    local all = tensor.from(rows, "f64")
    assert(tensor.save(folder .. "/rows.npy", all))
    assert(tensor.save(folder .. "/faces.npy", all:to "f32"))
    assert(system.write_file(folder .. "/faces.csv", table.concat(lines, "\n") .. "\n"))
    rows[7], rows[8], rows[9] = { NAN, 0 }, { NAN, 0 }, { NAN, 0 }
    assert(tensor.save(folder .. "/none.npy", tensor.from(rows, "f64")))
  end)
  teardown(function() system.remove_tree(folder) end)

  local function run(...)
    local out = system.temp_name(folder .. "/run")
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/identification.lua", "--out", out,
      "--no-cache", "--quiet", "--probes", "1", "--rounds", "100", stderr = "merge", ...
    }
    return status, text, out
  end

  local function identify(...)
    local status, text, out = run(...)
    assert.equal(0, status, text)
    return results.load(out), text, out
  end

  local function by_hand(found, text, out)
    local m = found.metrics
    for _, method in ipairs { "nearest", "linear" } do
      assert.near(2 / 3, m["embeddings/top1_error." .. method], NEAR)
      assert.near(1 / 3, m["embeddings/rank1." .. method], NEAR)
      assert.near(2 / 3, m["embeddings/rank5." .. method], NEAR)
      local ends = found.intervals["embeddings/top1_error." .. method]
      assert.same({ 1, 3 }, { ends.high, ends.n })
    end
    assert.same({ 3, 1 }, { m["embeddings/probes"], m["embeddings/probes.failed"] })
    assert.same({ subject = "d", why = "1 photo; one to enrol and one to search with are wanted" },
      found.data.omitted[1])
    assert.same({ 3, 9 }, { found.data.subjects, found.data.images })
    assert.same({
      { "embeddings", "nearest", "a", 2, 1, 0, 0, 0 },
      { "embeddings", "nearest", "b", 2, 1, 0, 1, 1, "a" },
      { "embeddings", "nearest", "c", 2, 1, 1, 1, 1 },
    }, table.move(found.tables.per_subject.rows, 1, 3, 1, {}))
    assert.same({ "embeddings", "nearest", "b", "a", 1, 1 }, found.tables.confusions.rows[1])
    local worst = found.tables.errors.rows[1]
    assert.same({ "b", "a", 2 }, { table.unpack(worst, 4, 6) })
    assert.near(0.6, worst[7], NEAR)
    assert.near(0.8, worst[8], NEAR)
    assert.truthy(text:find("nearest: top-1 error 0.6667", 1, true), text)
    assert.truthy(text:find("b taken for a: 1 of 1", 1, true), text)
    assert.truthy(system.read_file(out .. "/cmc.png"))
  end

  it("counts errors, ranks and who is taken for whom", function()
    by_hand(identify("--data", folder .. "/data", "--embeddings", folder .. "/rows.npy"))
  end)

  it("takes an extraction by its paths, with or without the photos' folder", function()
    local found = identify("--data", folder .. "/data", "--embeddings", folder .. "/faces.csv")
    assert.near(2 / 3, found.metrics["embeddings/top1_error.nearest"], NEAR)
    assert.equal(1, found.data.failures.not_finite)
    found = identify("--embeddings", folder .. "/faces.csv")
    assert.near(2 / 3, found.metrics["embeddings/top1_error.linear"], NEAR)
  end)

  it("counts a photo that a file has twice once", function()
    local text = system.read_file(folder .. "/faces.csv")
    local rows = assert(tensor.load(folder .. "/faces.npy"))
    assert(system.write_file(folder .. "/twice.csv", text .. "/elsewhere/a/1.jpg,ok\n"))
    assert(tensor.save(folder .. "/twice.npy", tensor.cat({ rows, rows:narrow(1, 1, 1) }, 1)))
    local found = identify("--embeddings", folder .. "/twice.csv", "--methods", "nearest")
    assert.equal(1, found.data.failures.repeated_photos)
    assert.same({ 3, 9 }, { found.data.subjects, found.data.images })
  end)

  it("keeps a subject of whom nothing could be enrolled", function()
    local found = identify("--data", folder .. "/data", "--embeddings", folder .. "/none.npy")
    local m = found.metrics
    assert.same({ 1, 1 }, { m["embeddings/subjects.not_enrolled"], m["embeddings/probes.failed"] })
    assert.near(2 / 3, m["embeddings/top1_error.nearest"], NEAR)
    assert.near(2 / 3, m["embeddings/top1_error.linear"], NEAR)
  end)

  it("goes on without a classifier where nobody could be enrolled", function()
    assert(tensor.save(folder .. "/nan.npy", tensor.full({ 10, 2 }, NAN)))
    local found = identify("--data", folder .. "/data", "--embeddings", folder .. "/nan.npy")
    assert.equal(1, found.metrics["embeddings/top1_error.nearest"])
    assert.is_nil(found.metrics["embeddings/top1_error.linear"])
    assert.equal(9, found.data.failures.not_finite)
  end)

  it("omits whom --exclude names, and looks at --limit subjects", function()
    assert(system.write_file(folder .. "/list.txt", "\xEF\xBB\xBFb some one\r\n# c\r\n"))
    local found = identify("--data", folder .. "/data", "--embeddings", folder .. "/rows.npy",
      "--methods", "nearest", "--exclude", folder .. "/list.txt")
    assert.equal("excluded by " .. folder .. "/list.txt:1", found.data.omitted[1].why)
    assert.equal(2, found.data.subjects)
    assert.is_nil(found.metrics["embeddings/top1_error.linear"])
    found = identify("--data", folder .. "/data", "--embeddings", folder .. "/rows.npy",
      "--limit", "2")
    assert.near(1 / 2, found.metrics["embeddings/top1_error.nearest"], NEAR)
  end)

  it("says what is wrong", function()
    local function wrong(status, expected, ...)
      local code, text = run(...)
      assert.equal(status, code, text)
      assert.truthy(text:find(expected, 1, true), text)
    end
    wrong(2, "'0' is neither a whole number from 1 on nor a share", "--probes", "0")
    wrong(2, "'1.5' is neither", "--probes", "1.5")
    wrong(2, "--methods: nearest, linear or both, not 'svm'", "--methods", "svm")
    wrong(2, "',' is an empty list", "--methods", ",")
    wrong(1, "--data DIR says where the photos are")
    wrong(1, "0 subjects are left of 4; 2 or more are wanted (a: 3 photos; with 50 to search"
      .. " with none is left to enrol)", "--data", folder .. "/data", "--probes", "50",
      "--embeddings", folder .. "/rows.npy")
    assert(tensor.save(folder .. "/few.npy", tensor.zeros { 3, 2 }))
    wrong(1, "few.npy: 3 rows; there are 10 photos", "--data", folder .. "/data",
      "--embeddings", folder .. "/few.npy")
    wrong(1, "--boxes and --detector both say where the faces are", "--data", folder .. "/data",
      "--boxes", "x.csv", "--detector", "ipazc-0.1.1")
  end)

  it("cuts faces by VGGFace2's published boxes", function()
    local tree = folder .. "/tree"
    synthetic.draw(tree, 3, tensor.generator(4))
    local found, text, out = identify("--data", tree, "--model", "tiny", "--probes", "0.5")
    assert.equal("published boxes, loose_bb_test.csv", found.run.metric_rules.faces)
    assert.equal("paper", found.models[1].crop.rule)
    assert.is_true(found.run.synthetic)
    -- The last subject lacks one of its 20 photos: 10 of 19.
    assert.same({ 30, 59 }, { found.metrics["tiny/probes"], found.data.images })
    assert.truthy(text:find("SYNTHETIC  tiny, nearest: top-1 error", 1, true), text)
    assert.truthy(system.read_file(out .. "/report.html"):find("SYNTHETIC", 1, true))
  end)

  describe("on photos", function()
    local LFW10, MOBILE, MTCNN = shared.data "lfw10", networks.weight "mobilefacenet-casia",
      networks.mtcnn()
    if not (LFW10 and MOBILE and MTCNN) then
      it("knows people", function() pending "no lfw10, MobileFaceNet or MTCNN here" end)
      return
    end

    it("knows people, and errs where faces are not looked for", function()
      local function on_photos(...)
        local out = system.temp_name(folder .. "/run")
        local status, text = networks.run_detecting("identification.lua", out, "--data", LFW10,
          "--model", "mobilefacenet", "--weights", MOBILE, "--quiet", "--limit", "5", "--rounds",
          "20", ...)
        assert.equal(0, status, text)
        return results.load(out), out
      end
      local found = on_photos("--probes", "0.5")
      assert.equal(0, found.metrics["mobilefacenet/top1_error.nearest"])
      assert.equal(0, found.metrics["mobilefacenet/top1_error.linear"])
      local whole, out = on_photos("--probes", "0.8", "--enrol", "1", "--crop", "whole")
      assert.is_true(whole.metrics["mobilefacenet/top1_error.nearest"] > 0.2)
      assert.equal("\137PNG",
        system.read_file(out .. "/errors_mobilefacenet_nearest.png"):sub(1, 4))
    end)
  end)
end)
