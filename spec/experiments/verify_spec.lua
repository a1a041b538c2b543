--- verify on real photos with real weights: two photos, a list, complaints.
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local system = require "visage.system"

local PEOPLE, PHOTOS = shared.data "people", shared.data "photos"
local MOBILE, MTCNN = networks.weight "mobilefacenet-casia", networks.mtcnn()

describe("verify", function()
  if not (PEOPLE and PHOTOS and MOBILE and MTCNN) then
    it("compares photos", function() pending "no people, photos, MobileFaceNet or MTCNN here" end)
    return
  end

  local folder

  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  local function run(...)
    local out = system.temp_name(folder .. "/out")
    local status, text = networks.run_detecting("verify.lua", out, "--weights", MOBILE,
      "--no-cache", ...)
    return status, text, out
  end

  local OBAMA = { PEOPLE .. "/train/obama/obama.jpg", PEOPLE .. "/train/obama/obama2.jpg" }
  local BIDEN = PEOPLE .. "/train/biden/biden.jpg"

  it("says match or no match, and by which rule", function()
    local status, text, out = run(OBAMA[1], OBAMA[2])
    assert.equal(0, status, text)
    assert.truthy(text:find(", match (brownlee: cosine distance up to 0.5)", 1, true), text)
    local found = results.load(out)
    local similarity = found.metrics["mobilefacenet/similarity"]
    assert.is_true(similarity > 0.5 and similarity <= 1)
    assert.equal("brownlee: cosine distance up to 0.5",
      found.run.metric_rules.threshold.mobilefacenet)
    status, text = run(OBAMA[1], BIDEN)
    assert.equal(0, status, text)
    assert.truthy(text:find("no match (brownlee", 1, true), text)
    status, text, out = run(OBAMA[1], BIDEN, "--crop", "whole")
    assert.equal(0, status, text)
    assert.equal("whole", results.load(out).models[1].crop.rule, text)
    -- Its own similarity is a match, however little more is none.
    text = select(2, run(OBAMA[1], OBAMA[2], "--threshold", ("%.17g"):format(similarity)))
    assert.truthy(text:find(", match (similarity from", 1, true), text)
    text = select(2, run(OBAMA[1], OBAMA[2], "--threshold", ("%.17g"):format(similarity + 1e-9)))
    assert.truthy(text:find("no match", 1, true), text)
  end)

  it("judges a list, with a photo that has no face, by groups", function()
    local path = folder .. "/pairs.csv"
    assert(system.write_file(path, ("photo1,photo2,same,group\n%s,%s,1,o\n%s,%s,0,b\n%s,%s,1,o\n")
      :format(OBAMA[1], OBAMA[2], OBAMA[1], BIDEN, OBAMA[1], PHOTOS .. "/no-faces.jpg")))
    local status, text, out = run("--pairs", path)
    assert.equal(0, status, text)
    local found = results.load(out)
    assert.equal(2 / 3, found.metrics["mobilefacenet/accuracy"])
    assert.equal(1, found.metrics["mobilefacenet/auc"])
    -- The pair that failed is never accepted.
    assert.equal(0.5, found.metrics["mobilefacenet/tar_at_far_0.1"])
    assert.equal(1, found.data.failures.no_face)
    assert.same({ "ok", "ok", "failed" }, { found.tables.pairs.rows[1][8],
      found.tables.pairs.rows[2][8], found.tables.pairs.rows[3][8] })
    local groups = found.tables.groups.rows
    assert.same({ "mobilefacenet", "o", nil, 0, 1, 0, 1 }, table.move(groups[1], 1, 7, 1, {}))
    assert.same({ "mobilefacenet", "b", 0, nil, 0, 1, 0 }, table.move(groups[2], 1, 7, 1, {}))
    assert.equal("\137PNG", system.read_file(out .. "/roc.png"):sub(1, 4))
  end)

  it("says what it lacks", function()
    local function failed(expected, ...)
      local status, text = run(...)
      assert.equal(1, status, text)
      assert.truthy(text:find(expected, 1, true), text)
    end
    failed("give two photos, or a list with --pairs FILE", OBAMA[1])
    failed("photos: 1 of 2 photos are not there: absent.jpg", OBAMA[1], "absent.jpg")
    failed("--threshold: brownlee, model or a number, not 'best'", OBAMA[1], BIDEN,
      "--threshold", "best")
    failed("--threshold: mobilefacenet has no threshold of its own", OBAMA[1], BIDEN,
      "--threshold", "model")
  end)

  it("takes dlib's distance and its rule", function()
    local dlib = networks.weight "dlib-resnet"
    if not dlib then return pending "no dlib-resnet weights here" end
    local status, text = system.run {
      "env", "VISAGE_WEIGHTS=" .. MTCNN.pnet:match "^(.*)/mtcnn/", system.program(),
      system.root() .. "/experiments/verify.lua", "--model", "dlib-resnet", "--weights", dlib,
      "--no-cache", "--out", folder .. "/dlib", OBAMA[1], OBAMA[2], stderr = "merge",
    }
    assert.equal(0, status, text)
    assert.truthy(text:find("distance 0%.[1-5]%d+, match"), text)
  end)
end)
