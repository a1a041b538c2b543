--- Open-set search: eight searches whose figures can be counted by hand, from vectors
-- in a file; then real photos.
local gallery = require "visage.experiment.gallery"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local system = require "visage.system"
local tensor = require "visage.tensor"

local NAN = 0 / 0

-- Sums of a few quotients.
local NEAR = 1e-14

-- Twenty times the searches' scores for a, b and c: of a, b, c, a and four strangers.
local SCORES = {
  a = { { 18, 10, 6 }, { 8, 6, 4 } }, b = { { 12, 12, 4 } }, c = { { 14, 2, 13 } },
  w = { { 11, 4, 2 } }, x = { { 6, 6, 6 } }, y = { { 12, 14, 4 } }, z = { { 4, 2, 2 } },
}
local ENROLLED = { a = { 1, 0, 0 }, b = { 0, 1, 0 }, c = { 0, 0, 1 } }

-- Four numbers whose squares sum to n (Lagrange).
local function squares(n)
  for i = math.floor(n ^ 0.5), 0, -1 do
    for j = i, 0, -1 do
      for k = j, 0, -1 do
        local rest = n - i * i - j * j - k * k
        local l = rest >= 0 and math.floor(rest ^ 0.5 + 0.5) or -1
        if rest >= 0 and l * l == rest then return i, j, k, l end
      end
    end
  end
end

-- A vector of length 40, whose cosines are half the scores to the bit; and one of them.
local function probe(s)
  return { s[1], s[2], s[3],
    squares(1600 - s[1] * s[1] - s[2] * s[2] - s[3] * s[3]) }
end
local function template(e) return { e[1], e[2], e[3], 0, 0, 0, 0 } end

describe("openset", function()
  local folder

  -- Empty files for the photos, and a matrix with a row for each in their order. Which
  -- photo of a person is enrolled is drawn, so the drawing is done here first.
  setup(function()
    folder = assert(system.temp_dir())
    local rows, generator = {}, tensor.generator(1)
    for _, name in ipairs { "a", "b", "c", "w", "x", "y", "z" } do
      local enrolled, first, photos = ENROLLED[name], #rows, {}
      local place = ("%s/%s/%s"):format(folder, enrolled and "in" or "out", name)
      assert(system.mkdir_p(place))
      for i = 1, #SCORES[name] + (enrolled and 1 or 0) do
        photos[i] = first + i
        assert(system.write_file(("%s/%d.jpg"):format(place, i), ""))
      end
      local probes, rest = photos, {}
      if enrolled then probes, rest = gallery.draw(photos, #photos - 1, generator) end
      for k, row in ipairs(probes) do rows[row] = probe(SCORES[name][k]) end
      if enrolled then rows[rest[1]] = template(enrolled) end
    end
    assert(tensor.save(folder .. "/rows.npy", tensor.from(rows, "f64")))
    rows[#rows], rows[#rows - 3] = { NAN, 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0, 0 }
    assert(tensor.save(folder .. "/failed.npy", tensor.from(rows, "f64")))
  end)
  teardown(function() system.remove_tree(folder) end)

  local function run(...)
    local out = system.temp_name(folder .. "/run")
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/openset.lua", "--out", out,
      "--no-cache", "--quiet", stderr = "merge", ...
    }
    return status, text, out
  end

  local function search(...)
    local status, text, out = run("--gallery", folder .. "/in", "--strangers", folder .. "/out",
      "--embeddings", folder .. "/rows.npy", "--pooling", "mean", "--rounds", "100", ...)
    assert.equal(0, status, text)
    return results.load(out), out, text
  end

  local function at(found, name, rank)
    local m = found.metrics
    return { m["embeddings/fpir_at_" .. name], m[("embeddings/tpir_at_%s.rank_%s"):format(name,
      rank)] }
  end

  it("counts false alarms and hits at three thresholds", function()
    for _, case in ipairs {
      -- Twice T; FPIR, TPIR at rank 1 pessimistic and optimistic, at any rank, SEL.
      { 0.55, 0.5, 0.25, 0.5, 0.75, 3 / 4 }, { 0.6, 0.25, 0.25, 0.5, 0.75, 2 / 4 },
      { 0.7, 0.25, 0.25, 0.25, 0.25, 1 / 4 },
    } do
      local t, fpir, pessimistic, optimistic, any, sel = table.unpack(case)
      local found = search("--threshold", tostring(t / 2))
      assert.same({ fpir, pessimistic }, at(found, "given", "1"))
      assert.same({ fpir, any }, at(found, "given", "all"))
      assert.equal(sel, found.metrics["embeddings/sel_at_given"])
      found = search("--threshold", tostring(t / 2), "--ties", "optimistic")
      assert.same({ fpir, optimistic }, at(found, "given", "1"))
    end
  end)

  it("accepts above the threshold where it is told to", function()
    local found = search("--threshold", "0.275", "--accept", "above")
    assert.same({ 0.25, 0.25 }, at(found, "given", "1"))
    found = search("--threshold", "0.3", "--accept", "above", "--ranks", "2")
    assert.same({ 0.25, 0.5 }, at(found, "given", "2"))
  end)

  it("finds thresholds, and says that so few searches support none", function()
    local found, out, text = search("--fpir", "0.25,0.5", "--ties", "optimistic", "--ranks", "1,2")
    assert.same({ 0.25, 0.5 }, at(found, "fpir_0.25", "1"))
    assert.same({ 0.25, 0.75 }, at(found, "fpir_0.25", "2"))
    assert.equal(0.3, found.metrics["embeddings/threshold_at_fpir_0.25"])
    for _, row in ipairs(found.tables.open_set.rows) do assert.is_false(row[11]) end
    local first = found.tables.open_set.rows[1]
    assert.same({ 0.25, "1", 0.25, 0.5, 0.5 }, { first[2], first[3], first[5], first[6], first[7] })
    assert.equal(0.25, found.tables.open_set.rows[2][7])
    assert.truthy(text:find("FNIR(3,2,T) 0.2500", 1, true), text)
    assert.truthy(text:find("too few strangers to support it", 1, true))
    local ends = found.intervals["embeddings/tpir_at_fpir_0.25.rank_1"]
    assert.same({ "bootstrap by subject", 7 }, { ends.method, ends.n })
    assert.is_true(ends.low < 0.5 and ends.high > 0.5)
    -- The corners of the curve: all of FPIR's steps.
    local fpir = {}
    for _, row in ipairs(found.tables.curve.rows) do fpir[row[4]] = true end
    for _, step in ipairs { 0, 0.25, 1 } do assert.is_true(fpir[step]) end
    assert.truthy(system.read_file(out .. "/dir_fpir.png"))
    -- InsightFace's rule accepts above the second of 0.7, 0.55, 0.3, 0.2.
    found = search("--fpir", "0.5", "--rule", "topk", "--ties", "optimistic", "--accept", "above")
    assert.equal(0.275, found.metrics["embeddings/threshold_at_fpir_0.5"])
    assert.same({ 0.25, 0.5 }, at(found, "fpir_0.5", "1"))
  end)

  it("applies another run's thresholds", function()
    local _, out = search("--fpir", "0.25", "--ties", "optimistic")
    local found = search("--fpir", "0.25", "--threshold-from", out)
    assert.same({ 0.25, 0.25 }, at(found, "fpir_0.25", "1"))
    assert.equal(0.3, found.metrics["embeddings/threshold_at_fpir_0.25"])
    assert.equal(out .. "/results.json", found.run.metric_rules.thresholds_from)
    local function wrong(expected, ...)
      local status, text = run("--gallery", folder .. "/in", "--strangers", folder .. "/out",
        "--embeddings", folder .. "/rows.npy", "--threshold-from", out, ...)
      assert.equal(1, status)
      assert.truthy(text:find(expected, 1, true), text)
    end
    wrong("no metric embeddings/threshold_at_fpir_0.1", "--fpir", "0.1")
    wrong("its thresholds accept score >= threshold", "--accept", "above")
  end)

  it("searches galleries one by one and averages", function()
    -- T = 0.6 (halved): a finds one of two and 3 of 6 raise an alarm; b its one, 1 of 7;
    -- c its one, none.
    local found = search("--galleries", "3", "--threshold", "0.3")
    assert.near((1 / 2 + 1 + 1) / 3, found.metrics["embeddings/tpir_at_given.rank_1"], NEAR)
    assert.near((3 / 6 + 1 / 7) / 3, found.metrics["embeddings/fpir_at_given"], NEAR)
    -- The galleries' curves are not merged.
    local seen = {}
    for _, row in ipairs(found.tables.curve.rows) do seen[row[2]] = true end
    assert.same({ true, true, true }, seen)
  end)

  it("draws smaller galleries", function()
    local found, out = search("--sizes", "2,3,9", "--fpir", "0.25")
    local rows = found.tables.sizes.rows
    assert.same({ 2, 3 }, { rows[1][4], rows[2][4] })
    assert.same({ found.metrics["embeddings/tpir_at_fpir_0.25.rank_1"], 0, 10 },
      { rows[2][5], rows[2][6], rows[2][7] })
    assert.equal(2, #rows)
    assert.truthy(system.read_file(out .. "/sizes_embeddings.png"))
  end)

  it("lists the strangers who are most like somebody", function()
    local found = search()
    local rows = found.tables.alarms.rows
    assert.same({ "embeddings", 1, "y/1.jpg", "y", "b", 0.35 }, rows[1])
    assert.same({ "w/1.jpg", "w", "a", 0.275 }, { table.unpack(rows[2], 3) })
    assert.equal(4, #rows)
  end)

  it("counts photos without an embedding as misses and correct rejects", function()
    local found = search("--embeddings", folder .. "/failed.npy", "--threshold", "0.275")
    local m = found.metrics
    -- w, of zeros, raises none of its alarms any more; z never did.
    assert.same({ 2, 0 }, { m["embeddings/failed_strangers"], m["embeddings/failed_mated"] })
    assert.same({ 0.25, 0.25 }, at(found, "given", "1"))
    assert.same({ 1, 1 }, { found.data.failures.not_finite, found.data.failures.zero_length })
  end)

  it("says what is wrong", function()
    local function wrong(status, expected, ...)
      local code, text = run(...)
      assert.equal(status, code, text)
      assert.truthy(text:find(expected, 1, true), text)
    end
    local data = { "--data", folder .. "/in", "--embeddings", folder .. "/rows.npy" }
    local function on(...) return data[1], data[2], data[3], data[4], ... end
    wrong(2, "'2' is not a number from 0 to 1", "--fpir", "2")
    wrong(2, "'0' is not a whole number of at least 1", "--ranks", "1,0")
    wrong(1, "--data DIR says where the photos are")
    wrong(1, "rows.npy: 11 rows; there are 7 photos", on())
    wrong(1, "3 people, 3 of them strangers: nobody is left to enrol", on("--strangers", "3"))
    wrong(1, "(a folder goes with --gallery)", on("--strangers", "some"))
    wrong(1, "instead of --data", on("--gallery", folder .. "/in", "--strangers",
      folder .. "/out"))
    wrong(1, "a is in " .. folder .. "/in and in " .. folder .. "/in", "--gallery",
      folder .. "/in", "--strangers", folder .. "/in")
    wrong(1, "0 people can be enrolled and 4 are strangers", "--gallery", folder .. "/in",
      "--strangers", folder .. "/out", "--probes", "9")
    wrong(1, "--galleries 4: 3 people are enrolled", "--gallery", folder .. "/in",
      "--strangers", folder .. "/out", "--galleries", "4")
    assert(tensor.save(folder .. "/nan.npy", tensor.full({ 11, 7 }, NAN)))
    wrong(1, "embeddings: no photo of a stranger has an embedding", "--gallery", folder .. "/in",
      "--strangers", folder .. "/out", "--embeddings", folder .. "/nan.npy")
    local rows = tensor.full({ 11, 7 }, NAN)
    rows:narrow(1, 8, 4):fill(1)
    assert(tensor.save(folder .. "/nan.npy", rows))
    wrong(1, "embeddings: no photo enrolled in gallery 1 has an embedding", "--gallery",
      folder .. "/in", "--strangers", folder .. "/out", "--embeddings", folder .. "/nan.npy")
    wrong(1, "absent: no such folder", "--data", folder .. "/absent")
  end)

  describe("on photos", function()
    local LFW10, MOBILE, MTCNN = shared.data "lfw10", networks.weight "mobilefacenet-casia",
      networks.mtcnn()
    if not (LFW10 and MOBILE and MTCNN) then
      it("finds who is enrolled", function() pending "no lfw10, MobileFaceNet or MTCNN here" end)
      return
    end

    it("finds who is enrolled, and few strangers raise an alarm", function()
      local out = system.temp_name(folder .. "/run")
      local status, text = networks.run_detecting("openset.lua", out, "--data", LFW10, "--model",
        "mobilefacenet", "--weights", MOBILE, "--quiet", "--limit", "4", "--rounds", "20")
      assert.equal(0, status, text)
      local found = results.load(out)
      -- Two enrolled, five photos of each searched with; two strangers with ten.
      assert.same({ 10, 20 }, { found.metrics["mobilefacenet/probes_mated"],
        found.metrics["mobilefacenet/probes_strangers"] })
      assert.equal(1, found.metrics["mobilefacenet/tpir_at_fpir_0.1.rank_1"])
      -- All ten are found in every draw: Clopper and Pearson's, the tenth root of 0.025.
      local ends = found.intervals["mobilefacenet/tpir_at_fpir_0.1.rank_1"]
      assert.near(0.025 ^ (1 / 10), ends.low, 1e-9)
      assert.equal(10, ends.n)
      assert.equal("detector", found.run.metric_rules.faces)
      assert.equal("\137PNG", system.read_file(out .. "/alarms_mobilefacenet.png"):sub(1, 4))
    end)
  end)
end)
