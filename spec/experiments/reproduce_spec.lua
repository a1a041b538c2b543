--- reproduce: verdicts, what it says is missing, and that missing is never a pass; on
-- a drawn world, and on the released lists and MTCNN's weights where they are here.
local csv = require "visage.data.csv"
local models = require "visage.models"
local networks = require "spec.support.networks"
local register = require "visage.weights.register"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local start_server = require("spec.support.server").start
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- One claim of each kind. `absent` and `photo` would hold, were they looked at.
local CLAIMS = [[
local claims = require "visage.experiment.claims"
local function claim(fields)
  fields.says, fields.source = fields.says or fields.key, "the spec"
  return fields
end
return {
  claim { key = "fetched", needs = { claims.weights "fixture" }, expected = "12345",
    find = function(here) return require("visage.system").read_file(here.fixture) end },
  claim { key = "near", expected = 0.9790116, within = 0.0005,
    find = function() return 0.97855 end },
  claim { key = "far", expected = 0.9790116, within = 0.0005,
    find = function() return 0.97845 end },
  claim { key = "absent", needs = { claims.weights "absent" }, expected = true,
    find = function() return true end },
  claim { key = "photo", needs = { claims.photo("who.jpg", { address = "http://example.org/" }) },
    expected = true, find = function() return true end },
  claim { key = "raises", expected = 1, find = function() error("no face", 0) end },
  claim { key = "experiment", expected = { subjects = 5, omitted = "n900006", images = 100 },
    needs = { claims.data("test", "http://example.org/") },
    find = function(here)
      local found = claims.experiment(here, "age_templates", "tiny",
        { "--model", "tiny", "--data", here.run.options.data })
      return { subjects = found.data.subjects, images = found.data.images,
        omitted = found.data.omitted[1].subject }
    end },
  claim { key = "network", expected = 32, find = function(here)
    local model = claims.network(here, "tiny", { crop = { rule = "whole" } })
    return model.dimension
  end },
}
]]

describe("reproduce", function()
  local folder, server

  setup(function()
    folder = assert(system.temp_dir())
    assert(system.mkdir_p(folder .. "/served"))
    assert(system.write_file(folder .. "/served/fixture.bin", "12345"))
    assert(system.write_file(folder .. "/claims.lua", CLAIMS))
    synthetic.draw(folder .. "/drawn", 6, tensor.generator(1))
    server = start_server(folder)
    for _, name in ipairs { "fixture", "absent" } do
      assert(register.put(folder .. "/weights", {
        name = name, file = name .. ".bin", bytes = 5, sha256 = system.sha256 "12345",
        licence = "MIT", loader = "photo", data_terms = "none",
        source = { kind = "url", url = ("http://127.0.0.1:%s/%s.bin"):format(server.port, name) },
      }))
    end
  end)

  teardown(function()
    server.close()
    system.remove_tree(folder)
  end)

  local function run(weights, ...)
    local out = system.temp_name(folder .. "/out")
    local status, text = system.run {
      "env", "VISAGE_WEIGHTS=" .. weights, system.program(),
      system.root() .. "/experiments/reproduce.lua", "--out", out, "--quiet", stderr = "merge", ...
    }
    return status, text, out
  end

  local function verdicts(found)
    local list = {}
    for _, row in ipairs(found.tables.claims.rows) do list[row[1]] = row[3] end
    return list
  end

  describe("on a drawn world", function()
    local status, text, found, out

    setup(function()
      status, text, out = run(folder .. "/weights", "--claims", folder .. "/claims.lua",
        "--data", folder .. "/drawn", "--photos", folder .. "/photos", "--no-cache")
      found = results.load(out)
    end)

    it("tells PASS, FAIL and MISSING apart", function()
      assert.same({
        fetched = "PASS", near = "PASS", far = "FAIL", absent = "MISSING", photo = "MISSING",
        raises = "FAIL", experiment = "PASS", network = "PASS",
      }, verdicts(found))
    end)

    it("counts a missing claim as neither held nor failed", function()
      local metrics = found.metrics
      assert.same({ 1, 0 }, { metrics["claims/fetched"], metrics["claims/far"] })
      assert.is_nil(metrics["claims/absent"])
      assert.truthy(system.read_file(out .. "/results.json"):find '"claims/absent":%s*null')
      assert.same({ 8, 4, 2, 2 }, { metrics["reproduce/claims"], metrics["reproduce/hold"],
        metrics["reproduce/fail"], metrics["reproduce/missing"] })
      assert.truthy(text:find("4 of 8 claims hold, 2 fail, 2 missing\n", 1, true), text)
      assert.same({ "4 of 8 claims hold, 2 fail, 2 missing, which says nothing about them:"
        .. " absent, photo" }, found.notes)
    end)

    it("exits 1 and names the claims that fail", function()
      assert.equal(1, status)
      assert.equal("failed", found.status)
      assert.equal("2 claims do not hold: far, raises", found.error)
      assert.truthy(text:find("far: 0.97845, not 0.9790116", 1, true), text)
      assert.truthy(text:find("raises: could not be measured: no face, not 1", 1, true), text)
    end)

    it("says which file to bring from where into which folder, on the claim's line", function()
      local line = text:match "MISSING  absent[^\n]*"
      assert.truthy(line:find(("absent.bin from http://127.0.0.1:%s/absent.bin into %s/weights")
        :format(server.port, folder), 1, true), line)
      line = text:match "MISSING  photo[^\n]*"
      assert.truthy(line:find(("who.jpg from http://example.org/ into %s/photos"):format(folder),
        1, true), line)
      assert.truthy(text:find "not fetched: weights absent: curl [^\n]*404")
      local rows = csv.parse(system.read_file(out .. "/claims.csv"))
      assert.equal(9, #rows)
      assert.same({ "who.jpg", "http://example.org/", folder .. "/photos", "photo" },
        found.tables.missing.rows[2])
    end)

    it("records networks, and keeps an experiment's own results", function()
      assert.equal("tiny", found.models[1].name)
      assert.is_true(found.run.synthetic)
      assert.equal("ok", results.load(out .. "/age_templates_tiny").status)
    end)
  end)

  it("exits 0 when nothing fails, however much is missing", function()
    local status, text, out = run(folder .. "/nothing", "--no-fetch", "--data",
      folder .. "/nothing", "--photos", folder .. "/nothing")
    assert.equal(0, status, text)
    local found = results.load(out)
    local count = { PASS = 0, MISSING = 0 }
    for key, verdict in pairs(verdicts(found)) do
      count[verdict] = count[verdict] + 1
      -- What needs no file at all.
      assert.equal(verdict == "PASS", key:find "^parameters%." ~= nil, key)
    end
    assert.equal(3, count.PASS)
    local waiting = {}
    for _, row in ipairs(found.tables.missing.rows) do
      assert.is_nil(waiting[row[1]])
      waiting[row[1]] = row[4]
    end
    assert.equal("experiment1.list, experiment1.photos, experiment1.resnet50,"
      .. " experiment1.senet50, sha256.test_list.txt, test_list, age_missing, pose_missing",
      waiting["test_list.txt"])
    assert.equal(count.MISSING, found.metrics["reproduce/missing"])
    assert.truthy(text:find(("3 of %d claims hold, 0 fail, %d missing\n"):format(3 + count.MISSING,
      count.MISSING), 1, true), text)
  end)

  it("lists with --check what is missing, and fetches nothing", function()
    local status, text = run(folder .. "/nothing", "--check", "--only", "mtcnn",
      "--photos", folder .. "/nothing")
    assert.equal(1, status)
    assert.truthy(text:find("missing: reference/ivan.jpg from", 1, true), text)
    -- The detector's weights may be here.
    assert.matches("[23] of 3 things that 3 claims need are missing", text)
  end)

  it("says what is wrong with its command line", function()
    local status, text = run(folder, "--only", "no.such")
    assert.equal(1, status)
    assert.truthy(text:find("--only no.such: no claim begins so", 1, true), text)
    status, text = run(folder, "--model", "tiny")
    assert.equal(1, status)
    assert.truthy(text:find("every claim names its own network", 1, true), text)
    status, text = run(folder, "--claims", folder .. "/absent.lua")
    assert.equal(1, status)
    assert.truthy(text:find("absent.lua", 1, true), text)
  end)

  it("finds that drawn lists are not the released ones", function()
    local status, text, out = run(folder, "--no-fetch", "--only", "age_list", "--data",
      folder .. "/drawn")
    assert.equal(1, status, text)
    local found = results.load(out)
    assert.same({ age_list = "FAIL" }, verdicts(found))
    assert.equal("each 20, photos 120, subjects 6", found.tables.claims.rows[1][5])
  end)

  describe("on what was published", function()
    local META, PHOTOS = shared.data "vggface2/meta", shared.data "photos"

    it("finds every claim about the lists true", function()
      if not META then return pending "no vggface2/meta here" end
      local status, text, out = run(folder, "--no-fetch", "--data", META:match "^(.*)/meta$",
        "--claims", system.root() .. "/experiments/claims/released_files.lua")
      assert.equal(0, status, text)
      local found = results.load(out)
      assert.equal(found.metrics["reproduce/claims"], found.metrics["reproduce/hold"])
      assert.truthy(found.metrics["reproduce/claims"] >= 19)
    end)

    it("finds in the age list what experiment 1 takes", function()
      if not META then return pending "no vggface2/meta here" end
      local status, text, out = run(folder, "--no-fetch", "--only", "experiment1",
        "--data", META:match "^(.*)/meta$")
      assert.equal(0, status, text)
      local row = results.load(out).tables.claims.rows[1]
      assert.same({ "PASS", "listed 100, omitted n009286, rows 1980" }, { row[3], row[5] })
    end)

    it("finds MTCNN's documented faces", function()
      local mtcnn = networks.mtcnn()
      if not (mtcnn and PHOTOS) then return pending "no MTCNN or photos here" end
      local status, text, out = run(mtcnn.pnet:match "^(.*)/mtcnn/", "--no-fetch", "--only",
        "mtcnn", "--photos", PHOTOS)
      assert.equal(0, status, text)
      assert.equal(3, results.load(out).metrics["reproduce/hold"])
    end)
  end)

  local function copy(from, to)
    assert(system.write_file(to, assert(system.read_file(from))))
  end

  -- A folder of weights with seeded numbers under the published names.
  local function seeded_weights(place, mtcnn, meta)
    assert(system.mkdir_p(place .. "/mtcnn"))
    for part, path in pairs(mtcnn) do copy(path, ("%s/mtcnn/%s.pt"):format(place, part)) end
    local drawn, stream = networks.keras "resnet50", tensor.generator(5)
    assert(tensor.save(place .. "/notop.npz", drawn))
    drawn["classifier/kernel:0"] = (stream:rand({ 2048, 8631 }, "f64") * 0.1 - 0.05):to "f32"
    drawn["classifier/bias:0"] = tensor.zeros { 8631 }
    assert(tensor.save(place .. "/top.npz", drawn))
    local names = assert(models.labels.rebuild(meta))
    for i, name in ipairs(names) do names[i] = name .. ("\0"):rep(80 - #name) end
    local header = "{'descr': '|S80', 'fortran_order': False, 'shape': (8631,), }\n"
    assert(system.write_file(place .. "/labels.npy",
      "\x93NUMPY\1\0" .. string.pack("<s2", header) .. table.concat(names)))
    for name, file in pairs {
      ["resnet50-keras"] = "top.npz", ["resnet50-keras-notop"] = "notop.npz",
      ["labels-v2"] = "labels.npy",
    } do
      assert(register.put(place, { name = name, path = place .. "/" .. file,
        sha256 = assert(system.sha256_file(place .. "/" .. file)) }))
    end
  end

  -- The published weights are not here. Seeded ones in their place take the same way, and
  -- the claims must not hold by them.
  it("does not take a seeded network for the published one", function()
    local mtcnn, photos = networks.mtcnn(), shared.data "photos"
    local meta = shared.data "vggface2/meta/identity_meta.csv"
    if not (mtcnn and photos and meta) then return pending "no MTCNN, photos or meta here" end
    local place = folder .. "/seeded"
    seeded_weights(place, mtcnn, meta)
    assert(system.mkdir_p(place .. "/photos"))
    for name, from in pairs { ajb = "ajb", sharon_stone1 = "ivan", sharon_stone2 = "ajb" } do
      copy(("%s/%s.jpg"):format(photos, from), ("%s/photos/%s.jpg"):format(place, name))
    end
    local status, text, out = run(place, "--no-fetch", "--accept-terms", "--photos",
      place .. "/photos", "--claims", system.root() .. "/experiments/claims/keras_vggface.lua")
    assert.equal(1, status, text)
    local found = verdicts(results.load(out))
    assert.same({ "FAIL", "FAIL", "FAIL", "MISSING", "MISSING" }, {
      found["ajb.resnet50"], found["brownlee.sharon_stone1"],
      found["brownlee.sharon_stone1-sharon_stone2"], found["brownlee.channing_tatum"],
      found["ajb.vgg16"],
    })
    assert.falsy(text:find "could not be measured", text)
  end)
end)
