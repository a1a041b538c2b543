--- age_templates --sweep on drawn photos: what it says of an alternative is what a run
-- with that option says, and what it may take from the cache it does.
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("age_templates --sweep", function()
  local folder

  setup(function()
    folder = assert(system.temp_dir())
    synthetic.draw(folder .. "/drawn", 3, tensor.generator(1))
  end)

  teardown(function() system.remove_tree(folder) end)

  local function run(...)
    local out = system.temp_name(folder .. "/out")
    local status, text = system.run { system.program(),
      system.root() .. "/experiments/age_templates.lua", "--data", folder .. "/drawn",
      "--model", "tiny", "--quiet", "--out", out, stderr = "merge", ... }
    return status, text, out
  end

  local function ok(...)
    local status, text, out = run(...)
    assert.equal(0, status, text)
    return results.load(out), text
  end

  local function rows_of(found)
    local rows = {}
    for _, row in ipairs(found.tables.sweep.rows) do
      rows[("%s %s"):format(row[2], row[3] or "")] = row
    end
    return rows
  end

  -- The four cells and the effect of a row, and of a run.
  local function numbers(row) return table.move(row, 6, 10, 1, {}) end
  local function matrix(found)
    local m = found.metrics
    return { m["tiny/similarity.young.young"], m["tiny/similarity.young.mature"],
      m["tiny/similarity.mature.young"], m["tiny/similarity.mature.mature"], m["tiny/age_effect"] }
  end

  it("gives what runs with the other options give", function()
    local found = ok("--no-cache", "--sweep", "crop=paper,whole,reproduction_csv", "--sweep",
      "filter=nearest", "--sweep", "pooling=mean_of_images", "--sweep", "pairing=paper")
    local rows = rows_of(found)
    assert.same(matrix(found), numbers(rows["baseline "]))
    assert.same(matrix(found), numbers(rows["crop reproduction_csv"]))
    for alternative, options in pairs {
      ["crop paper"] = { "--crop", "paper" }, ["crop whole"] = { "--crop", "whole" },
      ["filter nearest"] = { "--filter", "nearest" },
      ["pooling mean_of_images"] = { "--pooling", "mean_of_images" },
      ["pairing paper"] = { "--pairing", "paper" },
    } do
      local alone = ok("--no-cache", table.unpack(options))
      local row = rows[alternative]
      assert.same(matrix(alone), numbers(row), alternative)
      assert.are_not.same(matrix(found), numbers(row), alternative)
      local base, largest = matrix(found), 0
      for c = 1, 4 do largest = math.max(largest, math.abs(row[5 + c] - base[c])) end
      assert.near(row[10] - base[5], row[11], 1e-15)
      assert.is_true(row[12] <= row[11] and row[11] <= row[13])
      assert.equal(largest, row[14])
      assert.equal(row[10], found.metrics[("tiny/sweep.%s.age_effect"):format(
        (alternative:gsub(" ", ".")))])
    end
    assert.equal(7, #found.tables.sweep.rows)
    assert.same({ "paper", "whole", "reproduction_csv" }, found.run.metric_rules.sweep.crop)
  end)

  it("computes nothing that is in the cache", function()
    local words = { "--cache", folder .. "/cache", "--sweep", "pooling=vggface2,max_score",
      "--sweep", "crop=paper", "--sweep", "pairing=all_cross" }
    local first = ok(table.unpack(words))
    -- Two subjects are whole; the baseline's photos and those of one other crop.
    assert.equal(2 * 40, first.run.cache.computed)
    local again = ok(table.unpack(words))
    assert.equal(0, again.run.cache.computed)
    assert.same(first.tables.sweep, again.tables.sweep)
  end)

  it("counts what happens to the photos of an alternative beside it alone", function()
    local mtcnn = networks.mtcnn()
    if not mtcnn then return pending "MTCNN's weights are not here" end
    local out = folder .. "/detected"
    local status, text = networks.run_detecting("age_templates.lua", out, "--data",
      folder .. "/drawn", "--model", "tiny", "--quiet", "--no-cache", "--sweep",
      "profile=ipazc-0.1.1,none")
    assert.equal(0, status, text)
    local found = results.load(out)
    local rows = rows_of(found)
    assert.truthy(rows["profile ipazc-0.1.1"][15]:find "^published_box %d+$")
    assert.is_nil(rows["profile none"][15])
    assert.equal(0, rows["profile none"][14])
    assert.is_nil(found.data.failures.published_box)
    assert.is_nil(found.run.metric_rules.detector)
    -- A box that an alternative alone would want is asked for before anything is done.
    status, text = networks.run_detecting("age_templates.lua", folder .. "/unboxed", "--data",
      folder .. "/drawn", "--model", "tiny", "--quiet", "--no-cache", "--detector", "ipazc-0.1.1",
      "--no-face", "whole", "--boxes", "none.csv", "--sweep", "profile=none")
    assert.equal(1, status, text)
    assert.truthy(text:find("no box of n900001/", 1, true), text)
    assert.is_nil(system.read_file(folder .. "/unboxed/results.json"))
  end)

  it("is refused with what there is, before anything is done", function()
    local function refused(wanted, expected, ...)
      local status, text, out = run(...)
      assert.equal(wanted, status, text)
      assert.truthy(text:find(expected, 1, true), text)
      assert.is_nil(system.read_file(out .. "/results.json"))
    end
    refused(2, "crop has no 'papr'; it has box,", "--sweep", "crop=papr")
    refused(2, "no setting 'colour'; there are choose,", "--sweep", "colour=red")
    refused(1, "no pairing is called 'mine'", "--sweep", "pairing=mine")
    refused(1, "--sweep crop: it is there twice", "--sweep", "crop=box", "--sweep", "crop=paper")
    refused(1, "quality_weighted needs a score", "--sweep", "pooling=quality_weighted")
    refused(1, "without --detector a photo has one face", "--sweep", "choose=first")
  end)
end)
