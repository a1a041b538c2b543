--- ijb on small protocols in both layouts, with vectors in the plane: a template's
-- angle, and so every score, can be worked out by hand.
local image = require "visage.image"
local made = require "spec.support.ijb"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local system = require "visage.system"
local tensor = require "visage.tensor"

local NAN = 0 / 0

local function at(degrees, length)
  local angle = math.rad(degrees)
  return { (length or 1) * math.cos(angle), (length or 1) * math.sin(angle) }
end

-- Templates 1 (90 degrees), 2 (53); 3 (-20), 4 (-70); 10 of three faces, two of them of
-- one video; 11 (50), 12 (-30), 13 (-80). Template 14 is the eighth face (90).
local FACES = {
  { 0, 1 }, { 0, 5 }, at(53), at(-20), at(-70), { 3, 0 }, { 0, 1 }, { 0, 2 }, at(50), at(-20),
  at(-40), at(-80),
}

describe("ijb", function()
  local root, count

  setup(function() root, count = assert(system.temp_dir()), 0 end)
  teardown(function() system.remove_tree(root) end)

  local function save(faces)
    count = count + 1
    local path = ("%s/%d.npy"):format(root, count)
    assert(tensor.save(path, tensor.from(faces)))
    return path
  end

  -- A fresh folder with a protocol.
  local function folder(write, ...)
    count = count + 1
    local path = ("%s/data%d"):format(root, count)
    assert(system.mkdir_p(path))
    write(path, ...)
    return path
  end

  local function run(data, ...)
    count = count + 1
    local out = ("%s/out%d"):format(root, count)
    local status, text = system.run { system.program(), system.root() .. "/experiments/ijb.lua",
      "--data", data, "--out", out, "--no-cache", stderr = "merge", ... }
    return status, text, out
  end

  -- Metrics of a run on vectors, without "embeddings/".
  local function measured(data, faces, ...)
    local status, text, out = run(data, "--embeddings", save(faces), "--rounds", "0", ...)
    assert.equal(0, status, text)
    local found = results.load(out)
    local m = setmetatable({}, { __index = function(_, key)
      return found.metrics["embeddings/" .. key]
    end })
    return m, found, text
  end

  it("pools, compares and searches by VGGFace2's rules", function()
    -- Template 10: frames (1, 0) + (0, 1), in length one, + (0, 1): 67.5 degrees; from
    -- template 1 it is 22.5 away, from template 2, which is another person, 14.5.
    local m, found = measured(folder(made.write_nist), FACES)
    assert.near(0.8, m["tar_at_far_0.01"], 0)
    assert.near(1, m["tar_at_far_0.1"], 0)
    assert.near(74 / 75, m.auc, 1e-15)
    assert.same({ 20, 5, 0 }, { m.pairs, m["pairs.genuine"], m["pairs.failed"] })
    assert.near(2 / 3, m["rank_1.G1"], 1e-15)
    assert.near(1, m["rank_1.G2"], 0)
    assert.near(5 / 6, m["rank_1.mean"], 1e-15)
    assert.near(0.8, m["rank_1.pooled"], 1e-15)
    assert.near(2 / 3, m["tpir_at_fpir_0.1.G1"], 1e-15)
    assert.near(5 / 6, m["tpir_at_fpir_0.1.mean"], 1e-15)
    assert.same({ 9, 0, 5 }, { m.templates, m["templates.failed"], m.probes })
    local tars = found.tables.verification.rows
    assert.near(math.cos(math.rad(22.5)), tars[6][7], 1e-7)
    assert.near(1 / 15, tars[6][6], 1e-15)
    assert.is_false(tars[6][8])
    assert.same({ "embeddings", "G1", 2, 3, 2, 0, 2 / 3, 1, 1 }, found.tables.ranks.rows[1])
    assert.near(math.cos(math.rad(83)), found.tables.tpir.rows[1][6], 1e-7)
    assert.same({ "IJB-C", "IJB-C", 4, 12 }, { found.data.name, found.data.people,
      found.data.subjects, found.data.images })
    assert.equal("nist", found.run.metric_rules.layout)
    for _, name in ipairs { "roc", "det", "cmc", "tpir" } do
      assert.equal("\137PNG", system.read_file(("%s/out%d/%s.png"):format(root, count, name))
        :sub(1, 4))
    end
  end)

  it("does by InsightFace's rules, with its options", function()
    -- Frames (3, 0) and (0, 1) in the mean, + (0, 2): 59.04 degrees, 5.96 from template 2.
    local data = folder(made.write_nist)
    local m, found = measured(data, FACES, "--pooling", "insightface", "--rule",
      "nearest_corner", "--fpir-rule", "topk")
    assert.near(0.4, m["tar_at_far_0.01"], 0)
    assert.near(1, m["tar_at_far_0.1"], 0)
    assert.near(2 / 3, m["rank_1.G1"], 1e-15)
    assert.equal("topk, rank 1", found.run.metric_rules.tpir_at_fpir)
    assert.equal("not used", found.run.metric_rules.detector_scores)
    -- With two strangers topk accepts what is above the best of them.
    assert.same({ 0, true }, { found.tables.tpir.rows[1][5], found.tables.tpir.rows[1][7] })
    -- Each face in length one: 71.57 degrees, 18.43 from template 1, 18.57 from 2.
    m = measured(data, FACES, "--pooling", "insightface+l2")
    assert.near(1, m["rank_1.G1"], 0)
    assert.near(1, m["rank_1.mean"], 0)
  end)

  it("weighs faces by the detector's scores of InsightFace's list, if wanted", function()
    local faces = table.move(FACES, 1, 12, 1, {})
    faces[13] = FACES[8]
    local scores = { 1, 1, 1, 1, 1, 0.5, 1, 1, 1, 1, 1, 1, 1 }
    local data = folder(made.write_insightface, scores)
    -- (1.5, 0) and (0, 1) in the mean, + (0, 2): 73.3 degrees, nearest to template 1.
    local m, found = measured(data, faces, "--pooling", "insightface")
    assert.near(1, m["rank_1.G1"], 0)
    assert.equal("weigh the faces", found.run.metric_rules.detector_scores)
    assert.equal("insightface", found.run.metric_rules.layout)
    m = measured(data, faces, "--pooling", "insightface", "--no-detector-scores")
    assert.near(2 / 3, m["rank_1.G1"], 1e-15)
    m = measured(data, faces)
    assert.near(0.8, m["tar_at_far_0.01"], 0)
    -- Halves of a row, the face and its mirror image, are added.
    local joined = {}
    for i, face in ipairs(faces) do joined[i] = { face[1], face[2], 0, 0 } end
    m = measured(data, joined, "--pooling", "insightface+flip")
    assert.near(1, m["rank_1.G1"], 0)
  end)

  it("takes an extraction's rows by the crops' names, those without one being failures", function()
    local data = folder(made.write_insightface)
    local lines, rows = { "path,status" }, {}
    -- Face 13 is the eighth again; face 9, all of template 11, is not in the file.
    for i = 13, 1, -1 do
      if i ~= 9 then
        lines[#lines + 1] = ("/elsewhere/loose_crop/%d.jpg,ok"):format(i)
        rows[#rows + 1] = FACES[i == 13 and 8 or i]
      end
    end
    local path = save(rows):gsub("npy$", "csv")
    assert(system.write_file(path, table.concat(lines, "\n") .. "\n"))
    local status, text, out = run(data, "--embeddings", path, "--rounds", "0")
    assert.equal(0, status, text)
    local found = results.load(out)
    assert.equal(1, found.data.failures.no_embedding)
    assert.equal(1, found.metrics["embeddings/templates.failed"])
    assert.near(1 / 3, found.metrics["embeddings/rank_1.G1"], 1e-15)
  end)

  -- Noise for each photo that the faces name, which shows nobody.
  local function draw(path, names)
    for i, name in ipairs(names) do
      assert(system.mkdir_p((path .. "/" .. name):match "^(.*)/"))
      assert(image.save(networks.pixels(i, { 90, 80, 3 }), path .. "/" .. name))
    end
  end

  it("looks at photos: at boxes in NIST's, and at no face without one", function()
    local data = folder(function(path)
      made.write_nist(path)
      local list = path .. "/protocols/ijbc_1N_gallery_G1.csv"
      local old = assert(system.read_file(list))
      assert(system.write_file(list, (old:gsub("3,20,40,50", "NaN,NaN,NaN,NaN"))))
      local names = { "frames/1.jpg", "frames/2.jpg" }
      for i = 1, 10 do names[#names + 1] = ("img/%d.jpg"):format(i) end
      draw(path .. "/images", names)
    end)
    local status, text, out = run(data, "--model", "tiny", "--rounds", "0")
    assert.equal(0, status, text)
    local found = results.load(out)
    assert.is_true(found.run.synthetic)
    assert.equal(1, found.data.failures.no_box)
    assert.same({ "tiny", 9, 1, 12, 1 }, found.tables.templates.rows[1])
    assert.equal("paper", found.models[1].crop.rule)
    assert.equal("paper", found.run.metric_rules.alignment)
    -- One photo less is said, or counts.
    assert(os.remove(data .. "/images/img/7.jpg"))
    status, text = run(data, "--model", "tiny")
    assert.equal(1, status)
    assert.truthy(text:find(("1 of 12 photos are not there: %s/images/img/7.jpg"):format(data), 1,
      true))
    status, text, out = run(data, "--model", "tiny", "--rounds", "0", "--missing", "failure")
    assert.equal(0, status, text)
    found = results.load(out)
    assert.equal(1, found.data.failures.unreadable)
    assert.equal(2, found.metrics["tiny/templates.failed"])
  end)

  it("looks at whole loose crops where a network is not aligned, and at mirrored ones", function()
    local data = folder(function(path)
      made.write_insightface(path)
      local names = {}
      for i = 1, 13 do names[i] = i .. ".jpg" end
      draw(path .. "/loose_crop", names)
    end)
    local seen = {}
    for _, options in ipairs { {}, { "--flip", "add" }, { "--pooling", "insightface+flip" } } do
      local status, text, out = run(data, "--model", "tiny", "--rounds", "0",
        table.unpack(options))
      assert.equal(0, status, text)
      local found = results.load(out)
      assert.equal("whole", found.run.metric_rules.alignment)
      assert.same({ "tiny", 9, 0, 13, 0 }, found.tables.templates.rows[1])
      seen[#seen + 1] = found.tables.roc.rows[1][4]
    end
    assert.is_true(seen[1] ~= seen[2] and seen[2] ~= seen[3])
  end)

  it("counts templates that fail to enrol as misses", function()
    local faces = table.move(FACES, 1, 12, 1, {})
    -- Template 11 has no face; 12 has one left (-40), and 10 loses one of its video.
    faces[9], faces[10], faces[6] = { NAN, 1 }, { 0, 0 }, { NAN, NAN }
    local m, found = measured(folder(made.write_nist), faces)
    assert.same({ 1, 4 }, { m["templates.failed"], m["pairs.failed"] })
    assert.same({ "embeddings", 9, 1, 10, 3 }, found.tables.templates.rows[1])
    assert.same({ 2, 1 }, { found.data.failures.not_finite, found.data.failures.zero_length })
    -- Template 10 is at 90 degrees now, as 1 is: all that is compared is right.
    assert.near(0.8, m["tar_at_far_0.1"], 0)
    assert.near(2 / 3, m["rank_1.G1"], 1e-15)
    assert.near(2 / 3, m["rank_10.G1"], 1e-15)
    assert.near(2 / 3, m["tpir_at_fpir_0.1.G1"], 1e-15)
    assert.equal(2, found.tables.ranks.rows[1][6] + found.tables.ranks.rows[2][6])
    -- A gallery's template that fails: its mates are missed, and nobody is found there.
    faces = table.move(FACES, 1, 12, 1, {})
    faces[3] = { NAN, NAN }
    m = measured(folder(made.write_nist), faces)
    assert.near(2 / 3, m["rank_1.G1"], 1e-15)
    for i = 1, 12 do faces[i] = { NAN, NAN } end
    local status, text = run(folder(made.write_nist), "--embeddings", save(faces))
    assert.equal(1, status)
    assert.truthy(text:find("no template has a face with an embedding", 1, true), text)
  end)

  it("leaves subjects out, and follows the protocols that are there", function()
    local data = folder(made.write_nist)
    assert(system.write_file(data .. "/known.txt", "102 # in the training data\n"))
    local m, found = measured(data, FACES, "--exclude", data .. "/known.txt")
    assert.near(1, m["rank_1.G1"], 0)
    -- Templates 1, 3, 4 with 10, 12, 13, 14.
    assert.same({ 12, 7, 3 }, { m.pairs, m.templates, found.data.subjects })
    assert.same({ { subject = "102", why = ("excluded by %s/known.txt:1"):format(data) } },
      found.data.omitted)
    m, found = measured(data, FACES, "--limit", "1")
    assert.same({ 6, 5, 2 }, { m.pairs, m.templates, found.data.subjects })
    -- The first of those that are left, not what is left of the first.
    assert(system.write_file(data .. "/first.txt", "101\n"))
    m, found = measured(data, FACES, "--limit", "1", "--exclude", data .. "/first.txt")
    assert.same({ 4, 2, 1 }, { m.templates, found.data.subjects, #found.data.omitted })
    m = measured(data, FACES, "--protocol", "1:N")
    assert.is_nil(m.pairs)
    m = measured(data, FACES, "--protocol", "1:1")
    assert.is_nil(m["rank_1.mean"])
    data = folder(made.write_insightface)
    assert(os.remove(data .. "/meta/ijbc_1N_gallery_G2.csv"))
    local faces = table.move(FACES, 1, 12, 1, {})
    faces[13] = FACES[8]
    local text
    m, found, text = measured(data, faces)
    assert.is_nil(m["rank_1.mean"])
    assert.near(0.8, m["tar_at_far_0.01"], 0)
    assert.equal(0, found.data.subjects)
    assert.truthy(text:find("1:1 alone: the files of 1:N are not all there", 1, true), text)
  end)

  it("gives intervals by subject, or exact ones where nobody is known", function()
    local data = folder(made.write_nist)
    local status, text, out = run(data, "--embeddings", save(FACES))
    assert.equal(0, status, text)
    local found = results.load(out)
    local tar = found.intervals["embeddings/tar_at_far_0.01"]
    assert.equal("bootstrap by subject", tar.method)
    assert.is_true(tar.low < 0.8 and tar.high == 1)
    -- All of G2 is right in every draw.
    assert.equal("Clopper-Pearson", found.intervals["embeddings/rank_1.G2"].method)
    assert.is_true(found.intervals["embeddings/rank_1.mean"].low >= 0.5)
    data = folder(made.write_insightface)
    for _, name in ipairs { "gallery_G1", "gallery_G2", "probe_mixed" } do
      assert(os.remove(("%s/meta/ijbc_1N_%s.csv"):format(data, name)))
    end
    local faces = table.move(FACES, 1, 12, 1, {})
    faces[13] = FACES[8]
    status, text, out = run(data, "--embeddings", save(faces))
    assert.equal(0, status, text)
    -- Four of five: 0.2836 to 0.9949.
    tar = results.load(out).intervals["embeddings/tar_at_far_0.01"]
    assert.same({ "Clopper-Pearson", 5 }, { tar.method, tar.n })
    assert.near(0.2836, tar.low, 5e-5)
    assert.near(0.9949, tar.high, 5e-5)
  end)

  it("looks before it works", function()
    local data = folder(made.write_nist)
    local status, text = run(data, "--check", "--embeddings", save(FACES))
    assert.equal(0, status, text)
    for _, line in ipairs {
      "IJB-C, NIST's layout: 12 faces, 9 templates, 20 pairs, 2 galleries",
      "not the whole release, which has 23124 templates and 15658489 pairs",
    } do
      assert.truthy(text:find(line, 1, true), text)
    end
    local function fails(expected, ...)
      status, text = run(...)
      assert.equal(1, status, text)
      assert.truthy(text:find(expected, 1, true), text)
    end
    fails("12 of 12 photos are not there: " .. data .. "/img/", data)
    fails(".npy: 3 rows; there are 12 photos", data, "--embeddings", save { { 1, 0 }, { 0, 1 },
      { 1, 1 } })
    fails("a .csv by photos cannot tell apart", data, "--embeddings", "faces.csv")
    fails("joined halves in a file are added by --pooling", data, "--embeddings", save(FACES),
      "--flip", "add")
    fails("there are no detector scores to weigh by", data, "--embeddings", save(FACES),
      "--pooling", "quality_weighted")
    fails("--protocol 1:1: no list of pairs is there", (function()
      local other = folder(made.write_nist)
      assert(os.remove(other .. "/protocols/ijbc_11_G1_G2_matches.csv"))
      return other
    end)(), "--protocol", "1:1")
    fails("G1_G2_matches.csv:2: there is no template 77", folder(function(path)
      made.write_nist(path)
      assert(system.write_file(path .. "/protocols/ijbc_11_G1_G2_matches.csv", "1,10\n1,77\n"))
    end), "--embeddings", save(FACES))
    fails("neither meta/ijbc_face_tid_mid.txt", root)
  end)
end)
