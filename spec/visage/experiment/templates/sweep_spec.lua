--- A sweep by hand: two subjects, embeddings of two numbers, and what other pooling and
-- pairing make of them.
local embeddings = require "visage.experiment.embeddings"
local json = require "visage.json"
local run_class = require "visage.experiment.run"
local study = require "visage.experiment.templates.study"
local sweep = require "visage.experiment.templates.sweep"
local alternatives = require "visage.experiment.templates.sweep.alternatives"
local system = require "visage.system"
local templates = require "visage.templates"
local tensor = require "visage.tensor"

describe("what --sweep says", function()
  it("is a setting and its values", function()
    assert.same({ setting = "crop", values = { "paper", "whole" } },
      alternatives.parse "crop=paper,whole")
    assert.same({ setting = "profile", values = { "none" } }, alternatives.parse "profile=none")
    assert.same({ setting = "pairing", values = { "mine" } }, alternatives.parse "pairing=mine")
  end)

  it("is refused with what there is", function()
    for text, expected in pairs {
      crop = "'crop': wanted SETTING=VALUE,...",
      ["crop="] = "'crop=': wanted SETTING=VALUE,...",
      ["crop=,"] = "crop: no value",
      ["colour=red"] = "no setting 'colour'; there are choose, crop, filter, pairing, pooling,",
      ["crop=paper,papr"] = "crop has no 'papr'; it has box, detector_box, paper,",
      ["filter=cubic"] = "filter has no 'cubic'; it has area, bicubic,",
      ["pooling=median"] = "pooling has no 'median'",
      ["profile=mtcnn"] = "profile has no 'mtcnn'; it has facenet-pytorch, ipazc-0.1.1,",
      ["crop=box,box"] = "crop: 'box' is there twice",
    } do
      local found, why = alternatives.parse(text)
      assert.is_nil(found)
      assert.truthy(why:find(expected, 1, true), why)
    end
  end)
end)

describe("a sweep", function()
  local folder

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  -- Young is two photos and one, mature one and one.
  local DEFINITION = assert(templates.check {
    templates = { young1 = { 1, 2 }, young2 = { 3 }, mature1 = { 4 }, mature2 = { 5 } },
  })

  local ROWS = { { 3, 0 }, { 0, 1 }, { 1, 0 }, { 0, 1 }, { 0, 1 } }

  local function new_run(options)
    local o = { seed = 1, out = folder, quiet = true, no_cache = true, sweep = {} }
    for key, value in pairs(options) do o[key] = value end
    return run_class.new({ name = "spec" }, o, {})
  end

  -- Two subjects with the same five photos, in two files' rows.
  local function subjects()
    local list = {}
    for s = 1, 2 do
      list[s] = { name = "n" .. s, images = {} }
      for i = 1, 5 do
        local key = ("n%d/%d"):format(s, i)
        list[s].images[i] = { file = key .. ".jpg", key = key, row = 5 * (s - 1) + i }
      end
    end
    return list
  end

  local function rows()
    local both = {}
    for i = 1, 10 do both[i] = ROWS[(i - 1) % 5 + 1] end
    return tensor.from(both)
  end

  -- The run, its plan, and what the baseline measured, of a source that counts.
  local function swept(texts, options)
    local given = options or {}
    given.sweep = {}
    for i, text in ipairs(texts) do given.sweep[i] = assert(alternatives.parse(text)) end
    local run, list = new_run(given), subjects()
    local source, calls = embeddings.from_rows(run, "m", rows()), { photos = 0 }
    local embed = source.embed
    function source.embed(images)
      calls.photos = calls.photos + #images
      return embed(images)
    end
    local sources = { source }
    local plan = sweep.plan(run, DEFINITION, list, sources)
    local measured = study.measure(run, list, sources[1], DEFINITION)
    return run, plan, measured, calls
  end

  local function quietly(plan, ...)
    local printed = stub(_G, "print")
    finally(function() printed:revert() end)
    return plan:record(...)
  end

  it("is none without --sweep", function()
    assert.is_nil(sweep.plan(new_run {}, DEFINITION, subjects(), {}))
  end)

  it("says how far another pooling rule moves cells and effect", function()
    local run, plan, measured = swept { "pooling=mean_of_images,mean" }
    quietly(plan, run, measured, "age_effect")
    local made = run.tables[1]
    assert.equal("sweep", made.name)
    assert.same({ "model", "setting", "value", "subjects", "images", "young.young",
      "young.mature", "mature.young", "mature.mature", "age_effect", "difference", "low", "high",
      "largest_move", "counts" }, made.columns)
    -- young1 is (1.5, 0.5) by the mean: cosines 3/sqrt(10) and 1/sqrt(10).
    local base = { 3 / math.sqrt(10), 1 / math.sqrt(10), 0, 1 }
    local effect = (base[1] + 1) / 2 - base[2] / 2
    for c = 1, 4 do assert.near(base[c], made.rows[1][5 + c], 1e-12) end
    assert.near(effect, made.rows[1][10], 1e-12)
    assert.same({ "m", "baseline" }, { made.rows[1][1], made.rows[1][2] })
    assert.is_nil(made.rows[1][11])
    -- By the mean of unit vectors it is (1, 1) / sqrt(2).
    local half = math.sqrt(0.5)
    local other = { half, half, 0, 1 }
    for c = 1, 4 do assert.near(other[c], made.rows[2][5 + c], 1e-12) end
    assert.near(0.5, made.rows[2][10], 1e-12)
    -- All subjects are alike, so is every draw of them.
    for c = 11, 13 do assert.near(0.5 - effect, made.rows[2][c], 1e-12) end
    assert.near(half - base[2], made.rows[2][14], 1e-12)
    assert.same({ "m", "pooling", "mean", 2, 10 }, table.move(made.rows[3], 1, 5, 1, {}))
    assert.same({ 0, 0 }, { made.rows[3][11], made.rows[3][14] })
    local key = "m/sweep.pooling.mean_of_images."
    assert.near(0.5, run.metrics[key .. "age_effect"], 1e-12)
    assert.near(half - base[2], run.metrics[key .. "largest_move"], 1e-12)
    assert.near(0.5 - effect, run.intervals[key .. "difference"].low, 1e-12)
    assert.same({ pooling = { "mean_of_images", "mean" } }, run.rules.sweep)
    assert.equal("\137PNG", system.read_file(folder .. "/sweep_m.png"):sub(1, 4))
  end)

  it("says how far another pairing moves them, and embeds nothing again", function()
    local run, plan, measured, calls = swept { "pairing=paper", "pooling=vggface2,max_score" }
    quietly(plan, run, measured, "age_effect")
    local row = run.tables[1].rows[2]
    -- The paper's off-diagonal cells: young1 with mature2, mature1 with young2.
    assert.near(1 / math.sqrt(10), row[7], 1e-12)
    assert.equal(0, row[8])
    assert.equal(4, #run.tables[1].rows)
    assert.equal(10, calls.photos)
  end)

  it("leaves an alternative without subjects in the table, without numbers", function()
    local run, plan, measured = swept { "pooling=mean" }
    plan.alternatives[1].definition = setmetatable(
      { images_per_subject = 7 }, { __index = DEFINITION })
    quietly(plan, run, measured, "age_effect")
    local row = run.tables[1].rows[2]
    assert.same({ "m", "pooling", "mean", 0, 0 }, table.move(row, 1, 5, 1, {}))
    for c = 6, 14 do assert.is_nil(row[c]) end
    assert.equal(json.null, run.metrics["m/sweep.pooling.mean.age_effect"])
  end)

  it("refuses before any photo is embedded what cannot be", function()
    local function refused(expected, texts, options)
      local ok, why = pcall(swept, texts, options)
      assert.is_false(ok)
      assert.truthy(tostring(why):find(expected, 1, true), why)
    end
    refused("no pairing is called 'mine'; there are all_cross, paper,", { "pairing=mine" })
    refused("--sweep pooling: it is there twice", { "pooling=mean", "pooling=vggface2" })
    refused("quality_weighted needs a score for each image", { "pooling=quality_weighted" })
    refused("--sweep crop: the file of --embeddings has it in it", { "crop=paper" },
      { embeddings = "a.npy" })
  end)
end)
