local groups = require "visage.metrics.groups"
local identification = require "visage.metrics.identification"
local score_files = require "visage.data.score_files"
local system = require "visage.system"
local verification = require "visage.metrics.verification"

-- Eight searches of a, b and c that can be counted by hand: who, which photo, scores.
local SEARCHES = {
  { "a", "a1", 0.9, 0.5, 0.3 }, { "b", "b1", 0.6, 0.6, 0.2 }, { "c", "c1", 0.7, 0.1, 0.65 },
  { "a", "a2", 0.4, 0.3, 0.2 }, { "w", "w1", 0.55, 0.2, 0.1 }, { "x", "x1", 0.3, 0.3, 0.3 },
  { "y", "y1", 0.6, 0.7, 0.2 }, { "z", "z1", 0.2, 0.1, 0.1 },
}

-- One line for each comparison, by f(reference, probe, key, score).
local function text_of(f)
  local lines = {}
  for _, s in ipairs(SEARCHES) do
    for k, reference in ipairs { "a", "b", "c" } do
      lines[#lines + 1] = f(reference, s[1], s[2], s[2 + k])
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

describe("score files", function()
  local folder

  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  local function read(name, text)
    assert(system.write_file(folder .. "/" .. name, text))
    return score_files.read(folder .. "/" .. name)
  end

  local function check(list)
    local set = score_files.set(list)
    -- 0.9, 0.6, 0.65, 0.4 are genuine.
    assert.same({ 4, 20 }, { #set.genuine, #set.impostor })
    assert.near(2.55, set.genuine:sum(), 1e-12)
    local matrix, probes, gallery, keys = assert(score_files.matrix(list))
    assert.same({ { 8, 3 }, { "a", "b", "c" }, "a2", "w" },
      { matrix:shape(), gallery, keys.probes[4], probes[5] })
    local s = identification.searches(matrix, probes, gallery)
    assert.same({ 0.5, 1, 1 }, identification.cmc(s):totable())
    assert.equal(0.5, identification.fpir(s, 0.55))
    assert.equal(0.75, identification.dir(s, math.huge, 0.55))
  end

  it("have four columns", function()
    local list = assert(read("scores-dev", text_of(function(r, p, key, score)
      return ("%s %s %s %.9f"):format(r, p, key, score)
    end)))
    check(list)
    assert.same({ "a", "a" }, { list.reference[1], list.reference_key[1] })
  end)

  it("have five, with carriage returns and a byte order mark", function()
    check(assert(read("five.txt", "\xEF\xBB\xBF" .. text_of(function(r, p, key, score)
      return ("%s m_%s %s\t%s %.9f\r"):format(r, r, p, key, score)
    end))))
  end)

  it("are CSV, with metadata to group by", function()
    local head = "probe_template_id,probe_subject_id,bio_ref_template_id,bio_ref_subject_id,"
      .. "score,probe_sex\n"
    local list = assert(read("scores.csv", head .. text_of(function(r, p, key, score)
      return ("%s,%s,m_%s,%s,%.9f,%s"):format(key, p, r, r, score, p == "a" and "f" or "m")
    end)))
    check(list)
    local set, subjects, places = score_files.set(list)
    assert.same({ "a", "a" }, subjects.genuine[1])
    local labels = {}
    for kind, at in pairs(places) do
      labels[kind] = {}
      for i, place in ipairs(at) do labels[kind][i] = list.metadata.probe_sex[place] end
    end
    local parts = groups.split(set, labels)
    assert.same({ "f", 2, 4 }, { parts[1].group, #parts[1].set.genuine, #parts[1].set.impostor })
  end)

  it("may lack a probe's key, and have failures", function()
    local list = assert(read("gen.csv", "bio_ref_subject_id,probe_subject_id,score\n"
      .. "a,a,0.5\na,a,NaN\na,b,-inf\n"))
    local rates = verification.rates(score_files.set(list), 0.4, { fta = "separate" })
    assert.same({ 0, 0.5, 0 }, { rates.fnmr, rates.frr, rates.far })
    assert.truthy(select(2, score_files.matrix(list)):find("no column tells the probes apart", 1,
      true))
  end)

  it("are columns and histograms of one kind", function()
    local path = folder .. "/one.txt"
    assert(system.write_file(path, "a b 0.5\r\n-1e-3\nnan\n"))
    local column = assert(score_files.column(path))
    assert.same({ 0.5, -0.001 }, { column[1], column[2] })
    assert.is_true(column[3] ~= column[3])
    assert(system.write_file(path, "123\n12\n0\n321\n"))
    assert.same({ 123, 12, 0, 321 }, score_files.histogram(path))
    for text, expected in pairs {
      ["1\n2.5\n"] = ":2: '2.5' is no whole number", ["1\n\n2\n"] = ":2: an empty line",
      ["-1\n"] = ":1: '-1' is no whole number", [""] = ": no scores in it",
      ["99999999999999999999\n"] = ":1: '99999999999999999999' is no whole number",
    } do
      assert(system.write_file(path, text))
      local list, why = score_files.histogram(path)
      assert.is_nil(list)
      assert.truthy(why:find(path .. expected, 1, true), why)
    end
    assert(system.write_file(path, "0.5\nmuch\n"))
    assert.equal(path .. ":2: 'much' is no score", select(2, score_files.column(path)))
  end)

  it("say where they are wrong", function()
    for text, expected in pairs {
      ["a a a1 0.5\na a 0.5\n"] = ":2: 3 columns, wanted 4 as before",
      ["a a\n"] = ":1: 2 columns, wanted 4 or 5",
      ["a a a1 0.5\n\na a a2 much\n"] = ":3: the score is 'much'",
      ["\n"] = ": no scores in it",
    } do
      local list, why, code = read("wrong", text)
      assert.same({ nil, folder .. "/wrong" .. expected, "FORMAT" }, { list, why, code })
    end
    assert.truthy(select(2, read("wrong.csv", "a,b\n1,2\n")):find(
      "wrong.csv: no column bio_ref_subject_id; there are a, b", 1, true))
    assert.truthy(select(2, read("wrong.csv", "bio_ref_subject_id,probe_subject_id,score\na,b,x\n"))
      :find("wrong.csv:2: the score is 'x'", 1, true))
    assert.is_nil((score_files.read(folder .. "/absent")))
    local again = assert(read("again", "a a a1 0.5\na a a1 0.6\n"))
    assert.truthy(select(2, score_files.matrix(again)):find(
      "again:2: 'a' and 'a1' are compared in line 1", 1, true))
    local two = assert(read("two", "a a a1 0.5\nb b a1 0.6\n"))
    assert.truthy(select(2, score_files.matrix(two)):find(
      "two:2: 'a1' is of b here and of a before", 1, true))
  end)
end)
