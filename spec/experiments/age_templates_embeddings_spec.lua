--- age_templates on embeddings that are given: every cell equals numpy's, and
-- the age offset planted in them is found. No photo, no network.
-- The golden's script says how the embeddings are made.
local golden = require "spec.support.golden"
local results = require "spec.support.results"
local system = require "visage.system"
local tensor = require "visage.tensor"

local SUBJECTS, PHOTOS, D = 99, 20, 2048
-- Both sides compute in f64; what remains is the order of 2,048 additions.
local TOLERANCE = 1e-12

local expected = golden.load "age_embeddings"

local function embeddings()
  local stream = tensor.generator(2018)
  local identity = stream:rand({ SUBJECTS, D }, "f64") - 0.5
  local noise = stream:rand({ SUBJECTS * PHOTOS, D }, "f64") - 0.5
  local age = (stream:rand({ D }, "f64") - 0.5) * expected.offset
  local x = noise:reshape { SUBJECTS, PHOTOS, D } + identity:reshape { SUBJECTS, 1, D }
  x:narrow(2, 1, PHOTOS // 2):copy(x:narrow(2, 1, PHOTOS // 2) + age)
  x:narrow(2, PHOTOS // 2 + 1, PHOTOS // 2):copy(x:narrow(2, PHOTOS // 2 + 1, PHOTOS // 2) - age)
  return x:reshape { SUBJECTS * PHOTOS, D }
end

-- The lists of the release, in small: 100 subjects of 20 photos, of which the
-- 40th lacks two.
local function write_lists(folder)
  local list, there = {}, {}
  for s = 1, SUBJECTS + 1 do
    for i = 1, PHOTOS do
      local file = ("n%06d/%04d_01.jpg"):format(s, i)
      list[#list + 1] = file
      if s ~= 40 or i ~= 3 and i ~= 17 then there[#there + 1] = file end
    end
  end
  assert(system.mkdir_p(folder .. "/meta"))
  assert(system.write_file(folder .. "/meta/test_agetemp_imglist.txt",
    table.concat(list, "\n") .. "\n"))
  assert(system.write_file(folder .. "/meta/test_list.txt", table.concat(there, "\n") .. "\n"))
end

local CELLS = { "young.young", "young.mature", "mature.young", "mature.mature" }

-- The rows of a table that are of a pairing.
local function rows_of(found, name, pairing)
  local rows = {}
  for _, row in ipairs(found.tables[name].rows) do
    if row[2] == pairing then rows[#rows + 1] = row end
  end
  return rows
end

-- The largest difference of any cell of the pairing that comes first from the golden
-- of a pairing.
local function difference(found, pairing)
  local wanted, most = expected.pairings[pairing], 0
  local rows = rows_of(found, "per_subject", found.run.metric_rules.pairing)
  assert.equal(SUBJECTS, #rows)
  for s, row in ipairs(rows) do
    for c = 1, 4 do most = math.max(most, math.abs(row[4 + c] - wanted.subjects[s][c])) end
  end
  for c, cell in ipairs(CELLS) do
    most = math.max(most,
      math.abs(found.metrics["embeddings/similarity." .. cell] - wanted.mean[c]))
  end
  return most
end

describe("age_templates --embeddings", function()
  local folder

  local function run(...)
    local out = system.temp_name(folder .. "/out")
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/age_templates.lua",
      "--data", folder, "--embeddings", folder .. "/x.npy", "--quiet", "--out", out,
      stderr = "merge", ...
    }
    return status == 0 and results.load(out), text, out
  end

  -- What a run without further options leaves; many look at it.
  local plain
  local function by_default()
    plain = plain or assert(run())
    return plain
  end

  setup(function()
    folder = assert(system.temp_dir())
    write_lists(folder)
    local x = embeddings()
    for i = 1, 4 do
      assert.equal(expected.sample.first[i], x:get(1, i))
      assert.equal(expected.sample.last[i], x:get(SUBJECTS * PHOTOS, D - 4 + i))
    end
    assert(tensor.save(folder .. "/x.npy", x))
  end)

  teardown(function() system.remove_tree(folder) end)

  for _, pairing in ipairs { "reproduction", "paper", "all_cross" } do
    it("equals numpy in every cell, pairing " .. pairing, function()
      local found, text = run("--pairing", pairing)
      assert.truthy(found, text)
      assert.is_true(difference(found, pairing) < TOLERANCE)
      assert.equal(pairing, found.run.metric_rules.pairing)
      assert.equal("cosine, f64", found.run.metric_rules.similarity)
    end)
  end

  it("has all pairings in one run, each equal to numpy", function()
    local found = by_default()
    for pairing in pairs(expected.pairings) do
      local suffix = pairing == "reproduction" and "" or "_" .. pairing
      local wanted = expected.pairings[pairing]
      local rows = rows_of(found, "per_subject", pairing)
      for s = 1, SUBJECTS, 7 do
        for c = 1, 4 do assert.near(wanted.subjects[s][c], rows[s][4 + c], TOLERANCE) end
      end
      for c, cell in ipairs(CELLS) do
        local key = ("embeddings/similarity%s.%s"):format(suffix, cell)
        assert.near(wanted.mean[c], found.metrics[key], TOLERANCE)
        assert.equal(99, found.intervals[key].n)
      end
      local key = "embeddings/age_effect" .. suffix
      assert.near(wanted.effect, found.metrics[key], TOLERANCE)
      local interval = found.intervals[key]
      assert.is_true(0 < interval.low and interval.low < wanted.effect
        and wanted.effect < interval.high)
      -- No deal of the signs of 99 subjects comes near it: 2 of 10,000.
      assert.equal(0.0002, found.metrics["embeddings/age_effect_p" .. suffix])
    end
  end)

  it("sets each cell beside the same cell of other persons", function()
    local found = by_default()
    local row = found.tables.cells.rows[1]
    local cell = {}
    for c, name in ipairs(found.tables.cells.columns) do cell[name] = row[c] end
    assert.same({ "reproduction", "young", "young", 99 * 98, true },
      { cell.pairing, cell.row, cell.column, cell.impostors, cell.supported })
    -- Photos of two people share the planted offset of their age, and nothing else.
    assert.is_true(cell.impostor < cell.similarity - 0.2)
    assert.equal(0, cell.eer)
    assert.equal(1, cell.tar)
    assert.equal(cell.impostor, found.metrics["embeddings/impostor.young.young"])
    assert.is_nil(cell.impostor_same_sex)
    local all = found.tables.templates.rows
    assert.equal(10, #all)
    assert.same({ "embeddings", "mature1", "mature1" }, { all[1][1], all[1][2], all[1][3] })
  end)

  it("compares no persons where none are wanted, and few where few are", function()
    local found = assert(run("--impostors", "0"))
    assert.is_nil(found.metrics["embeddings/impostor.young.young"])
    assert.is_number(found.metrics["embeddings/similarity.young.young"])
    found = assert(run("--impostors", "5"))
    assert.equal(20, found.tables.cells.rows[1][13])
    -- 20 comparisons are too few for a FAR of 0.01.
    assert.is_false(found.tables.cells.rows[1][12])
    assert.equal("5 subjects with each other, any and of the same sex",
      found.run.metric_rules.impostors)
  end)

  it("puts a published matrix beside it, in a column of its own", function()
    local found = by_default()
    assert.truthy(found.reference.source:find("facenet, issue 854", 1, true))
    local column = "trained on MS1M (facenet issue 854)/similarity_paper."
    assert.equal(0.3781, found.reference.values[column .. "mature.young"])
    for key in pairs(found.reference.values) do assert.is_nil(found.metrics[key]) end
  end)

  it("says what such a matrix cannot show", function()
    assert.truthy(by_default().notes[1]:find("cannot test that variety of age in training helps",
      1, true))
  end)

  it("records which similarity a pooling rule computes", function()
    local found = assert(run("--pooling", "max_score", "--limit", "1"))
    assert.equal("largest cosine of all pairs, f64", found.run.metric_rules.similarity)
  end)

  it("finds the planted offset", function()
    local found = by_default()
    local d = found.metrics["embeddings/age_effect"]
    assert.near(expected.pairings.reproduction.effect, d, TOLERANCE)
    -- By the golden's formula for D, which holds on the average over noise.
    assert.near(expected.offset, math.sqrt(1.2 * d / (2 - d)), 1e-2)
  end)

  it("leaves out the subject with missing photos and names it", function()
    local found = by_default()
    assert.same({ {
      subject = "n000040", why = "2 of 20 images missing: n000040/0003_01.jpg, n000040/0017_01.jpg",
    } }, found.data.omitted)
    assert.equal(99, found.data.subjects)
    assert.equal(1980, found.data.images)
    assert.equal("n000041", found.tables.per_subject.rows[40][3])
  end)

  it("leaves a heat map and a CSV of the subjects", function()
    local found, _, out = run()
    table.sort(found.run.files)
    assert.same({
      "cells.csv", "effect.csv", "impostor_embeddings.png", "per_subject.csv",
      "scores_embeddings.png", "similarity.csv", "similarity_embeddings.png", "templates.csv",
    }, found.run.files)
    assert.equal("\137PNG", system.read_file(out .. "/similarity_embeddings.png"):sub(1, 4))
    local lines = select(2, system.read_file(out .. "/per_subject.csv"):gsub("\n", ""))
    assert.equal(3 * SUBJECTS + 1, lines)
  end)

  -- A proof that passes on wrong input proves nothing.
  describe("does not equal numpy", function()
    it("with the other pairing", function()
      assert.is_true(difference(assert(run("--pairing", "paper")), "reproduction") > 1e-3)
    end)

    it("with two cells of the matrix swapped in the definition", function()
      local path = folder .. "/swapped.lua"
      assert(system.write_file(path, ([[
        local def = assert(require("visage.templates").load(%q))
        local rows = def.pairings.reproduction
        rows[1][1], rows[1][2] = rows[1][2], rows[1][1]
        return def]]):format(system.root() .. "/experiments/templates/vggface2_age.lua")))
      assert.is_true(difference(assert(run("--templates", path)), "reproduction") > 0.1)
    end)

    it("with another pooling rule", function()
      local found = assert(run("--pooling", "mean_of_images"))
      assert.is_true(difference(found, "reproduction") > 1e-6)
    end)
  end)

  it("says what is wrong with a matrix of another size", function()
    assert(tensor.save(folder .. "/short.npy", tensor.zeros { 7, 4 }))
    local found, text = run("--embeddings", folder .. "/short.npy")
    assert.is_false(found)
    assert.truthy(text:find("7 embeddings; the list has 2000 images, 1980 of them of subjects",
      1, true), text)
  end)

  it("says which definition draws nothing at random", function()
    local found, text = run("--repeats", "5")
    assert.is_false(found)
    assert.truthy(text:find("vggface2_age.lua are not drawn at random", 1, true), text)
  end)
end)
