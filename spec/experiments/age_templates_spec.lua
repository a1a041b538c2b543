--- Experiment 1 without the published weights: Keras's ResNet-50 and
-- SE-ResNet-50 with seeded weights, on the 32 sample photos with their published
-- boxes (spec/golden/experiment1.py says how). Every step is compared with what
-- Pillow, Keras and scipy made of the same photos.
local face = require "visage.face"
local golden = require "spec.support.golden"
local image = require "visage.image"
local models = require "visage.models"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local system = require "visage.system"
local templates = require "visage.templates"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"

local DATA = shared.data "vggface2"
-- float32 itself moves the golden's cells by up to 2e-7 (its `float64` entry).
local TOLERANCE = 1e-5
local CELLS = { "young.young", "young.mature", "mature.young", "mature.mature" }

-- The golden's deal: each subject's sorted files in four runs, the longer first.
local DEFINITION = [[
return function(_, images)
  local made, at = {}, 1
  for i, name in ipairs { "young1", "young2", "mature1", "mature2" } do
    local count = #images // 4 + (i <= #images % 4 and 1 or 0)
    made[name] = table.move(images, at, at + count - 1, 1, {})
    at = at + count
  end
  return made
end
]]

describe("experiment 1", function()
  if not DATA then
    it("equals the reference", function() pending "no vggface2 in $VISAGE_DATA" end)
    return
  end

  local expected, folder, boxes
  local photos = DATA .. "/samples/loose/"

  setup(function()
    expected = golden.load "experiment1"
    folder = assert(system.temp_dir())
    assert(system.write_file(folder .. "/deal.lua", DEFINITION))
    for _, name in ipairs { "resnet50", "senet50" } do
      assert(tensor.save(("%s/%s.npz"):format(folder, name), (networks.keras(name))))
    end
    boxes = assert(vggface2.boxes(DATA .. "/meta/loose_bb_test.csv"))
  end)

  teardown(function() system.remove_tree(folder) end)

  -- The photo's box as x1, y1, x2, y2.
  local function box_of(file)
    local b = boxes[file:gsub("%.jpg$", "")]
    return { b[1], b[2], b[1] + b[3], b[2] + b[4] }
  end

  -- The sha256 of a tensor's bytes in C order, by way of the data of a .npy.
  local function bytes_sha256(t)
    local path = folder .. "/bytes.npy"
    assert(tensor.save(path, t))
    return system.sha256(assert(system.read_file(path)):sub(-t:numel() * 4))
  end

  it("cuts and resizes every photo to the reference's bytes", function()
    for _, photo in ipairs(expected.photos) do
      local img = assert(image.load(photos .. photo.file))
      assert.equal(photo.decoded, pixels.sha256(img), photo.file)
      local crop = assert(face.crop(img, box_of(photo.file), "reproduction_csv"))
      assert.equal(photo.crop, pixels.sha256(crop), photo.file)
      assert.equal(photo.resized, pixels.sha256(image.resize(crop, 224, 224, "bicubic")))
    end
  end)

  it("cuts boxes that hang over an edge to the reference's bytes", function()
    for _, case in ipairs(expected.crop_cases) do
      local b = case.box
      local crop = assert(face.crop(assert(image.load(photos .. case.file)),
        { b[1], b[2], b[1] + b[3], b[2] + b[4] }, "reproduction_csv"))
      assert.same({ case.crop_size[2], case.crop_size[1], 3 }, crop:shape())
      assert.equal(case.crop, pixels.sha256(crop))
    end
  end)

  it("feeds the network the reference's numbers", function()
    local model = assert(models.load("resnet50:keras", { weights = folder .. "/resnet50.npz" }))
    for i = 1, #expected.photos, 4 do
      local photo = expected.photos[i]
      local img = assert(image.load(photos .. photo.file))
      local crop = assert(face.crop(img, box_of(photo.file), "reproduction_csv"))
      assert.equal(photo.input, bytes_sha256(model:prepare(crop)), photo.file)
    end
    model:close()
  end)

  local function run(...)
    local out = system.temp_name(folder .. "/out")
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/age_templates.lua",
      "--data", DATA, "--images", "samples/loose", "--templates", folder .. "/deal.lua",
      "--quiet", "--out", out, stderr = "merge", ...
    }
    assert.equal(0, status, text)
    return results.load(out)
  end

  local function run_network(name, ...)
    return run("--model", name .. ":keras", "--weights", ("%s/%s.npz"):format(folder, name), ...)
  end

  -- The subjects' matrices by the library, without the script.
  local function matrices(model)
    local def, list = assert(templates.load(folder .. "/deal.lua")), {}
    for name, subject in pairs(expected.subjects) do
      local items, records = {}, {}
      for i, file in ipairs(subject.files) do
        items[i] = { image = photos .. file, box = box_of(file), key = file }
        records[i] = { file = file }
      end
      local rows = face.embed(items, { model = model, crop = "reproduction_csv" })
      for i, record in ipairs(records) do record.vector = rows[i] end
      local pooled = {}
      for template, images in pairs(assert(templates.build(def, name, records))) do
        for i, one in ipairs(images) do images[i] = one.vector end
        pooled[template] = templates.pool("mean", tensor.stack(images, 1))
      end
      list[#list + 1] = templates.matrix(def, pooled)
    end
    return list
  end

  -- The largest difference of a network's mean matrix from one of the golden's.
  local function difference(found, name, mean)
    local most = 0
    for c, cell in ipairs(CELLS) do
      most = math.max(most,
        math.abs(found.metrics[("%s:keras/similarity.%s"):format(name, cell)] - mean[c]))
    end
    return most
  end

  local function wanted(name, pairing)
    return expected.networks[name].similarity[pairing or "reproduction"]
  end

  it("says before it starts that photos have no published box", function()
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/age_templates.lua", "--check",
      "--data", DATA, "--images", "train", "--model", "tiny", "--templates",
      folder .. "/deal.lua", "--out", folder .. "/checked", stderr = "merge",
    }
    assert.equal(1, status)
    assert.truthy(text:find("no box of n000002/", 1, true), text)
  end)

  it("gives the reference's matrices, by both networks", function()
    local found = run("--model", "resnet50:keras,senet50:keras", "--weights",
      folder .. "/resnet50.npz," .. folder .. "/senet50.npz")
    for _, name in ipairs { "resnet50", "senet50" } do
      assert.is_true(difference(found, name, wanted(name).mean) < TOLERANCE)
    end
    local rows = 0
    for _, row in ipairs(found.tables.per_subject.rows) do
      if row[2] == "reproduction" then
        for c, value in ipairs(wanted(row[1]:match "^(.*):keras$").subjects[row[3]]) do
          assert.near(value, row[4 + c], TOLERANCE)
        end
        rows = rows + 1
      end
    end
    assert.equal(6, rows)
    assert.same({ "reproduction_csv", "clamp", "cut" },
      { found.models[1].crop.rule, found.models[1].crop.origin, found.models[1].crop.edge })
    assert.equal("bicubic", found.models[2].resize)
    assert.is_false(found.models[1].known)
    assert.equal(64, #found.models[1].weights_sha256)
    assert.same({ 3, 32 }, { found.data.subjects, found.data.images })
  end)

  -- A proof that passes on wrong input proves nothing: each of these mistakes
  -- is seen, and where the golden has the mistaken number too, that comes out.
  describe("is not equal with", function()
    local means
    setup(function()
      means = { mean = wanted("resnet50").mean }
      for name, mean in pairs(expected.networks.resnet50.controls.mean) do means[name] = mean end
    end)

    local function differs(found, mistake)
      assert.is_true(difference(found, "resnet50", means.mean) > 10 * TOLERANCE)
      if mistake then
        assert.is_true(difference(found, "resnet50", means[mistake]) < TOLERANCE)
      end
    end

    it("the paper's pairing", function()
      differs(run_network("resnet50", "--pairing", "paper"), "paper_pairing")
    end)

    it("the nearest resize filter", function()
      differs(run_network("resnet50", "--filter", "nearest"), "nearest")
    end)

    it("RGB for BGR", function()
      -- The same means in the same places, on planes in the other order.
      local model = assert(models.load("resnet50:keras", { weights = folder .. "/resnet50.npz" }))
      local preprocess = { order = "rgb" }
      for key, value in pairs(model.preprocess) do
        preprocess[key] = preprocess[key] or value
      end
      model.preprocess = preprocess
      local found = templates.mean(matrices(model))
      model:close()
      for c, value in ipairs(means.rgb) do
        local cell = found[(c + 1) // 2][(c - 1) % 2 + 1]
        assert.near(value, cell, TOLERANCE)
        assert.is_true(math.abs(cell - means.mean[c]) > 10 * TOLERANCE)
      end
    end)

    it("two cells swapped in the definition", function()
      local path = folder .. "/swapped.lua"
      assert(system.write_file(path, ([[
        local def = assert(require("visage.templates").load(%q))
        local rows = def.pairings.reproduction
        rows[1][1], rows[1][2] = rows[1][2], rows[1][1]
        def.name = "swapped"
        return def]]):format(folder .. "/deal.lua")))
      differs(run_network("resnet50", "--templates", path))
    end)
  end)
end)
