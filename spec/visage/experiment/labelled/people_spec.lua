--- Photos whose people are known: what is read, and which names are right.
local gallery = require "visage.experiment.gallery"
local labelled = require "visage.experiment.labelled.people"
local run_class = require "visage.experiment.run"
local system = require "visage.system"
local tensor = require "visage.tensor"

local NAN = 0 / 0

-- A run that keeps its remarks.
local function new_run()
  local run = run_class.new({ name = "spec" }, { seed = 1, out = "none", quiet = true }, {})
  run.said = {}
  run.say = function(_, format, ...) table.insert(run.said, format:format(...)) end
  return run
end

describe("labelled.read", function()
  local folder

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  local function write(name, bytes)
    assert(system.mkdir_p(folder .. "/" .. name:match "^(.*)/"))
    assert(system.write_file(folder .. "/" .. name, bytes))
  end

  it("gives people and photos by name, blanks and quotes in them", function()
    write("B \"x\"/1.jpg", "1")
    write("A/2.jpg", "2")
    write("A/1.jpg", "3")
    local list = labelled.read(new_run(), folder .. "//")
    assert.same({ "A", 'B "x"' }, { list[1].name, list[2].name })
    local images = gallery.images(list)
    assert.same({ "A/1.jpg", "A/2.jpg", 'B "x"/1.jpg' },
      { images[1].file, images[2].file, images[3].file })
    assert.same({ folder .. "/A/1.jpg", system.sha256 "3", "A" },
      { images[1].path, images[1].hash, images[1].subject })
  end)

  it("counts a file once among one person's, and says who shares one", function()
    write("A/1.jpg", "same")
    write("A/2.jpg", "same")
    write("B/1.jpg", "same")
    local run = new_run()
    local list = labelled.read(run, folder)
    assert.same({ 1, 1 }, { #list[1].images, #list[2].images })
    assert.same({ 1, 1 }, { run.failures.repeated_photos, run.failures.two_names })
    assert.same({
      "A/2.jpg: the same file as A/1.jpg; it counts once",
      "B/1.jpg: the same file as A/1.jpg, and under another name",
    }, run.said)
  end)

  it("wants one folder a person", function()
    assert(system.write_file(folder .. "/1.jpg", "1"))
    assert.error_matches(function() labelled.read(new_run(), folder) end,
      "no folder with photos in it; wanted one folder a person")
  end)
end)

describe("labelled.answers", function()
  local NAMES = { "a", "b", "c" }

  local function answers(rows, truths, failed, top)
    local images = {}
    for i, truth in ipairs(truths) do images[i] = { file = i, truth = truth } end
    return labelled.answers(images, tensor.from(rows, "f64"), NAMES, failed or {}, top or 3)
  end

  local function names(answer)
    local list = {}
    for k, one in ipairs(answer.ranked) do list[k] = one.name end
    return list
  end

  it("ranks the names by their scores", function()
    local found = answers({ { .1, .7, .3 }, { .1, .7, .3 } }, { "b", "a" }, nil, 2)
    assert.same({ { "b", "c" }, { "b", "c" } }, { names(found[1]), names(found[2]) })
    assert.same({ 1, 3, .7, .1 }, { found[1].rank, found[2].rank, found[1].score, found[2].score })
  end)

  it("lets the truth lose a tie", function()
    local found = answers({ { .7, .7, .3 } }, { "a" })[1]
    assert.same({ 2, { "b", "a", "c" } }, { found.rank, names(found) })
  end)

  it("leaves out what was not compared", function()
    local found = answers({ { NAN, .2, .3 } }, { "a" })[1]
    assert.same({ 4, { "c", "b" } }, { found.rank, names(found) })
    assert.is_true(found.score ~= found.score)
  end)

  it("names nobody where there is no embedding", function()
    local found = answers({ { NAN, NAN, NAN } }, { "a" }, { "no_face" })[1]
    assert.same({ {}, "no_face", 4 }, { found.ranked, found.why, found.rank })
  end)

  it("raises a truth that cannot be named", function()
    assert.error_matches(function() answers({ { 1, 2, 3 } }, { "d" }) end,
      "d is nobody's name here")
  end)
end)
