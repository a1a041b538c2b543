--- pose_templates on embeddings that are given: the real list of 368 subjects where it is
-- there, else one of the same form, with a planted offset of each pose; and on drawn
-- faces. No network that knows anybody.
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"

local POSES, PER_POSE, D = { "front", "three_quarter", "profile" }, 10, 16

-- The poses lie in planes of their own, so that each cell is known without noise: photos
-- of one subject share 1 of length, those of a pose 1 more, so cosines are 1 within a pose
-- and 1/2 between two; of two subjects 1/2 within a pose and 0 between two.
local function planted(subjects)
  local rows = tensor.zeros({ subjects * 3 * PER_POSE, subjects + 3 }, "f32")
  local row = 0
  for s = 1, subjects do
    for pose = 1, 3 do
      for _ = 1, PER_POSE do
        row = row + 1
        rows:set(1, row, s)
        rows:set(1, row, subjects + pose)
      end
    end
  end
  return rows
end

-- Noise about each subject, and an offset each pose.
local function seeded(subjects)
  local stream = tensor.generator(368)
  local identity = stream:randn({ subjects, 1, 1, D }, "f32")
  local pose = stream:randn({ 1, 3, 1, D }, "f32")
  local noise = stream:randn({ subjects, 3, PER_POSE, D }, "f32")
  return (identity + pose + noise):reshape { subjects * 3 * PER_POSE, D }
end

describe("pose_templates", function()
  local folder, meta

  setup(function()
    folder = assert(system.temp_dir())
    meta = shared.data "vggface2/meta"
    local list = {}
    for s = 1, 5 do
      for i = 1, 30 do list[#list + 1] = ("n%06d/%04d_01.jpg"):format(s, i) end
    end
    assert(system.mkdir_p(folder .. "/small/meta"))
    local text = table.concat(list, "\r\n") .. "\r\n"
    assert(system.write_file(folder .. "/small/meta/test_posetemp_imglist.txt", text))
    assert(system.write_file(folder .. "/small/meta/test_list.txt", text))
    assert(system.write_file(folder .. "/small/meta/identity_meta.csv",
      "Class_ID, Name, Sample_Num, Flag, Gender\n" .. 'n000001, "A,_B", 30, 0, f\n'
      .. 'n000002, "C", 30, 0, m\nn000003, "D", 30, 0, f\nn000004, "E", 30, 0, f\n'))
  end)

  teardown(function() system.remove_tree(folder) end)

  local function run(data, rows, ...)
    local out = system.temp_name(folder .. "/out")
    assert(tensor.save(out .. ".npy", rows))
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/pose_templates.lua", "--data", data,
      "--embeddings", out .. ".npy", "--quiet", "--out", out, stderr = "merge", ...
    }
    return status == 0 and results.load(out), text, out
  end

  it("finds every cell of the 3 x 3 as it was planted", function()
    local found, text = run(folder .. "/small", planted(5))
    assert.truthy(found, text)
    for i, row in ipairs(POSES) do
      for j, column in ipairs(POSES) do
        local key = ("%s.%s"):format(row, column)
        assert.near(i == j and 1 or 0.5, found.metrics["embeddings/similarity." .. key], 1e-12)
        assert.near(i == j and 1 or 0.5,
          found.metrics["embeddings/similarity_all_cross." .. key], 1e-12)
        assert.near(i == j and 0.5 or 0, found.metrics["embeddings/impostor." .. key], 1e-12)
      end
    end
    assert.near(0.5, found.metrics["embeddings/pose_effect"], 1e-12)
    -- All draws are alike, which is no certainty.
    assert.is_nil(found.intervals["embeddings/pose_effect"])
    -- 5 subjects: 2 of 32 deals are as far from 0.
    assert.equal(2 / 32, found.metrics["embeddings/pose_effect_p"])
    assert.same({ 5, 150 }, { found.data.subjects, found.data.images })
    assert.equal("vggface2", found.run.metric_rules.pooling)
  end)

  it("knows two persons of the same sex by identity_meta.csv", function()
    local found = assert(run(folder .. "/small", planted(5)))
    local place = {}
    for c, name in ipairs(found.tables.cells.columns) do place[name] = c end
    local row = found.tables.cells.rows[1]
    -- Three women, each with two others; of the fifth subject nothing is known.
    assert.equal(6, row[place.impostors_same_sex])
    assert.equal(20, row[place.impostors])
    assert.is_false(row[place.supported])
  end)

  it("takes the 368 subjects of the release within seconds", function()
    if not meta then return pending "no vggface2/meta in $VISAGE_DATA" end
    local list = assert(vggface2.list(meta .. "/test_posetemp_imglist.txt"))
    assert.equal(11040, #list)
    local started = system.clock()
    local found, text = run(meta:match "^(.*)/meta$", seeded(368))
    assert.truthy(found, text)
    assert.is_true(system.clock() - started < 30)
    assert.same({ 368, 11040 }, { found.data.subjects, found.data.images })
    local place = {}
    for c, name in ipairs(found.tables.cells.columns) do place[name] = c end
    local row = found.tables.cells.rows[2]
    assert.same({ "front", "three_quarter", 368 * 367 },
      { row[place.row], row[place.column], row[place.impostors] })
    assert.is_true(row[place.supported])
    assert.is_true(row[place.impostors_same_sex] < 368 * 367)
    assert.equal(2 * 368, #found.tables.per_subject.rows)
    assert.equal("VGGFace2 test", found.data.people)
    assert.equal(9, #found.tables.similarity.rows / 2 - 1)
    assert.equal(0.4444, found.reference.values[
      "trained on MS1M (facenet issue 854)/similarity.profile.front"])
  end)

  it("reads a list with a byte order mark, quotes and blanks, and names who is left out", function()
    local names = { "n1", "it's", 'a "b" c', "few", "lost" }
    local list, there = {}, {}
    for s, name in ipairs(names) do
      for i = 1, name == "few" and 29 or 30 do
        list[#list + 1] = ("%s/%d.jpg"):format(name, i)
        if not (s == 5 and i == 2) then there[#there + 1] = list[#list] end
      end
    end
    list[#list + 1] = "n1/1.jpg"
    local meta_of = folder .. "/odd/meta"
    assert(system.mkdir_p(meta_of))
    assert(system.write_file(meta_of .. "/test_posetemp_imglist.txt",
      "\xEF\xBB\xBF" .. table.concat(list, "\r\n") .. "\r\n\r\n"))
    assert(system.write_file(meta_of .. "/test_list.txt", table.concat(there, "\n")))
    local rows = tensor.generator(2):randn({ #list, 4 }, "f32")
    -- The first photo of "it's": "n1" has 31 lines.
    rows:set(0 / 0, 32, 3)
    local found, text, out = run(folder .. "/odd", rows)
    assert.truthy(found, text)
    local why = {}
    for _, one in ipairs(found.data.omitted) do why[one.subject] = one.why end
    assert.same({
      ["it's"] = "1 of 30 images missing: it's/1.jpg (not_finite)",
      few = "29 images, the definition wants 30", lost = "1 of 30 images missing: lost/2.jpg",
    }, why)
    assert.equal(1, found.data.failures.not_finite)
    assert.equal(2, found.data.subjects)
    assert.equal('a "b" c', found.tables.per_subject.rows[2][3])
    local _, said = system.run {
      system.program(), system.root() .. "/experiments/pose_templates.lua", "--data",
      folder .. "/odd", "--embeddings", out .. ".npy", "--check", stderr = "merge",
    }
    assert.truthy(said:find("imglist.txt:150: n1/1.jpg is listed again, first in line 1", 1, true),
      said)
    assert.truthy(said:find("5 subjects, of 0 of whom the sex is known; 150 photos, 1 of them"
      .. " not there", 1, true), said)
  end)

  it("says which rows are wanted", function()
    local found, text = run(folder .. "/small", tensor.zeros { 7, 4 })
    assert.is_false(found)
    assert.truthy(text:find("7 embeddings; the list has 150 images", 1, true), text)
  end)

  it("says that photos are not there before it opens a network, and what to download", function()
    local function check(data)
      local status, text = system.run {
        system.program(), system.root() .. "/experiments/pose_templates.lua", "--data", data,
        "--check", "--quiet", stderr = "merge",
      }
      assert.equal(1, status)
      return text
    end
    assert.truthy(check("/absent"):find("the head of experiments/pose_templates.lua says what to"
      .. " download and how the folder must look", 1, true))
    assert(system.mkdir_p(folder .. "/small/test/n000001"))
    assert.truthy(check(folder .. "/small"):find("none of 150 photos is there and in test_list.txt;"
      .. " the first is " .. folder .. "/small/test/n000001/0001_01.jpg", 1, true))
  end)

  it("takes photos too, and shows them", function()
    synthetic.draw(folder .. "/drawn", 3, tensor.generator(1))
    local list = system.read_file(folder .. "/drawn/meta/test_agetemp_imglist.txt")
    assert(system.write_file(folder .. "/drawn/meta/test_posetemp_imglist.txt", list))
    local path = folder .. "/few.lua"
    assert(system.write_file(path, ([[
      local def = dofile(%q)
      def.images_per_subject, def.missing = 18, "use_rest"
      for i, name in ipairs { "front1", "front2", "three_quarter1", "three_quarter2",
        "profile1", "profile2" } do
        def.templates[name] = { 3 * i - 2, 3 * i - 1, 3 * i }
      end
      return def]]):format(system.root() .. "/experiments/templates/vggface2_pose.lua")))
    local out = folder .. "/photos"
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/pose_templates.lua", "--data",
      folder .. "/drawn", "--model", "tiny,tiny:seeded", "--templates", path, "--quiet",
      "--out", out, stderr = "merge",
    }
    assert.equal(0, status, text)
    local found = results.load(out)
    assert.same({ "pairing", "row", "column", "tiny", "tiny:seeded" },
      found.tables.similarity.columns)
    local faces = {}
    for _, one in ipairs(found.run.pictures) do
      if one.faces then faces[#faces + 1] = one.file end
    end
    assert.same({ "templates.png" }, faces)
    assert.is_true(found.run.synthetic)
    assert.is_nil(found.reference.source)
  end)
end)
