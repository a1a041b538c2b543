local analysis = require "visage.templates.analysis"
local angles = require "spec.support.angles"
local image = require "visage.image"
local pictures = require "visage.experiment.templates.pictures"
local run_class = require "visage.experiment.run"
local system = require "visage.system"

describe("template_pictures", function()
  local folder, run, definition

  before_each(function()
    folder = assert(system.temp_dir())
    run = run_class.new({ name = "fixture" }, { seed = 1, quiet = true, out = folder }, {})
    definition = angles.definition()
  end)

  after_each(function() system.remove_tree(folder) end)

  local function charts(options)
    local list = angles.subjects(definition)
    pictures.charts(run, { source = angles.source(), definition = definition, subjects = list },
      analysis.of(definition, list, options))
    local names = {}
    for i, one in ipairs(run.pictures) do
      names[i] = one.file
      assert.is_false(one.faces)
      assert.equal("\137PNG", system.read_file(folder .. "/" .. one.file):sub(1, 4))
    end
    return names
  end

  it("draw matrix, impostors and scores", function()
    assert.same({ "similarity_angles.png", "impostor_angles.png", "scores_angles.png" },
      charts { seed = 1 })
  end)

  it("draw the matrix alone where nobody was compared", function()
    assert.same({ "similarity_angles.png" }, charts { seed = 1, impostors = 0 })
  end)

  it("show the faces of the templates, a row a group", function()
    pictures.montage(run, angles.photos(), angles.source(), definition)
    assert.same({ "templates.png", true }, { run.pictures[1].file, run.pictures[1].faces })
    assert.is_true(image.load(folder .. "/templates.png"):size(1) > 6 * 96)
  end)

  it("show none where a source has no pictures", function()
    local source = angles.source()
    source.picture = function() return nil end
    pictures.montage(run, angles.photos(), source, definition)
    assert.same({}, run.pictures)
  end)
end)
