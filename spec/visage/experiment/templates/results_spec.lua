local analysis = require "visage.templates.analysis"
local angles = require "spec.support.angles"
local results = require "visage.experiment.templates.results"
local run_class = require "visage.experiment.run"
local system = require "visage.system"

local PUBLISHED = {
  list = "list.txt", pairing = "paper", source = "a paper", column = "their network",
  matrix = { { 0.4, 0.3 }, { 0.2, 0.5 } },
}

describe("template_results", function()
  local folder, run, lines, definition

  before_each(function()
    folder = assert(system.temp_dir())
    run = run_class.new({ name = "fixture" }, { seed = 1, quiet = true, far = 0.01,
      out = folder }, {})
    lines = {}
    run.print = function(_, format, ...) lines[#lines + 1] = format:format(...) end
    definition = angles.definition { pairing = "paper", list = "list.txt" }
  end)

  after_each(function() system.remove_tree(folder) end)

  local function recorded(omitted)
    local first, second = angles.source(), angles.source()
    second.name, second.model = "other", { feature = "fc7/relu" }
    local out = results.new(run, { effect = "age_effect", definition = definition,
      sources = { first, second } })
    local list = angles.subjects(definition)
    for _, source in ipairs { first, second } do
      out:record({ source = source, definition = definition, subjects = list, images = 12,
        omitted = omitted or {} }, analysis.of(definition, list, { seed = 1 }))
    end
    return out
  end

  local function rows_of(name)
    for _, one in ipairs(run.tables) do
      if one.name == name then return one.rows, one.columns end
    end
  end

  it("has a column a network in one table of all pairings", function()
    recorded()
    local rows, columns = rows_of "similarity"
    assert.same({ "pairing", "row", "column", "angles", "other" }, columns)
    -- Three pairings of four cells and their effect.
    assert.equal(15, #rows)
    assert.same({ "paper", "young", "mature" }, { rows[2][1], rows[2][2], rows[2][3] })
    local mean = (angles.cos(30) + angles.cos(15) + angles.cos(20)) / 3
    assert.near(mean, rows[2][4], 1e-15)
    assert.equal(rows[2][4], rows[2][5])
    assert.same({ "paper", "age_effect" }, { rows[5][1], rows[5][2] })
    assert.equal("all_cross", rows[6][1])
  end)

  it("names the metrics of the first pairing plainly, others' by their pairing", function()
    recorded()
    local mean = (angles.cos(30) + angles.cos(15) + angles.cos(20)) / 3
    assert.near(mean, run.metrics["angles/similarity.young.mature"], 1e-15)
    assert.is_number(run.metrics["angles/similarity_reproduction.young.mature"])
    assert.is_number(run.metrics["other/age_effect_all_cross"])
    assert.equal(0.25, run.metrics["other/age_effect_p"])
    assert.is_number(run.metrics["angles/impostor_same_sex.young.young"])
    assert.equal(1, run.metrics["angles/tar_at_far_0.01.young.young"])
    assert.is_nil(run.metrics["angles/similarity_paper.young.mature"])
    assert.equal(3, run.intervals["other/age_effect_all_cross"].n)
  end)

  it("has a row a subject and pairing, and counts subjects and photos", function()
    recorded()
    local rows, columns = rows_of "per_subject"
    assert.same({ "model", "pairing", "subject", "images", "young.young", "young.mature",
      "mature.young", "mature.mature", "age_effect" }, columns)
    assert.equal(2 * 3 * 3, #rows)
    assert.same({ 3, 12 }, { run.data.subjects, run.data.images })
    for _, one in ipairs(run.tables) do
      for i, row in ipairs(one.rows) do
        for c in pairs(row) do assert.is_true(c <= #one.columns, one.name .. i) end
      end
    end
  end)

  it("says once what so few subjects cannot show", function()
    recorded()
    assert.equal(2, #run.notes)
    assert.truthy(run.notes[2]:find("Of 3 subjects no test can give a p below 0.25", 1, true))
  end)

  it("omits a subject once, though two networks lack it", function()
    recorded { { "s9", "no face" } }
    assert.same({ { subject = "s9", why = "no face" } }, run.omitted)
  end)

  it("shows all networks side by side, with layer, interval and impostors", function()
    local out = recorded()
    out:show()
    local text = table.concat(lines, "\n")
    for _, wanted in ipairs { "other (fc7/relu)", "paper pairing", "all_cross pairing",
      "young, young", "age effect", "p, permutation test", "0.25", "3, 12",
      "TAR at FAR 0.01 (*: too few for it)", "0.0000, 1.0000*" } do
      assert.truthy(text:find(wanted, 1, true), wanted .. " in\n" .. text)
    end
  end)

  it("puts published numbers in a column of their own", function()
    recorded():publish(PUBLISHED)
    assert.equal("a paper", run.source)
    assert.equal(0.2, run.values["their network/similarity.mature.young"])
  end)

  it("shows them only beside the templates that they are of", function()
    definition.list = nil
    recorded():publish(PUBLISHED)
    assert.is_nil(run.source)
    definition.list, run.synthetic = "list.txt", true
    recorded():publish(PUBLISHED)
    assert.is_nil(run.source)
  end)
end)
