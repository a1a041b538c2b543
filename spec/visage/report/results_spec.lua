local image = require "visage.image"
local json = require "visage.json"
local results = require "visage.report.results"
local runs = require "spec.support.runs"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("a run's results", function()
  local folder

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  it("come with the hash of their file", function()
    runs.write(folder)
    local found = assert(results.load(folder))
    assert.equal("age_templates", found.experiment)
    assert.equal(system.sha256_file(folder .. "/results.json"), found.sha256)
  end)

  it("say what is wrong with their file", function()
    assert.matches("results.json", (select(2, results.load(folder))))
    for text, why in pairs {
      ["{"] = "no JSON object", ["3"] = "no JSON object",
      ["{}"] = "no experiment", [ [[{"experiment": 1}]] ] = "no experiment",
    } do
      assert(system.write_file(folder .. "/results.json", text))
      local found, fault, code = results.load(folder)
      assert.is_nil(found)
      assert.truthy(fault:find(why, 1, true), fault)
      assert.equal("FORMAT", code)
    end
  end)

  it("are refused without any part that a report needs", function()
    local function without(change)
      local found = runs.results()
      change(found)
      assert(system.write_file(folder .. "/results.json", json.encode(found)))
      return select(2, results.load(folder))
    end
    assert.matches("no run%.seconds", without(function(r) r.run.seconds = nil end))
    assert.matches("row 1 is none", without(function(r) r.tables.per_subject.rows = { 1 } end))
    assert.matches("no columns", without(function(r) r.tables.x = { rows = {} } end))
    assert.matches("models%[1%]", without(function(r) r.models = { "x" } end))
  end)

  it("name pictures, of which an unknown one may show faces", function()
    runs.write(folder, function(r) table.insert(r.run.files, "unknown.jpg") end)
    local found = assert(results.load(folder))
    local list, hidden = results.pictures(found)
    assert.same({ { file = "map.png", title = "a map", faces = false },
      { file = "faces.png", title = "the faces", faces = true },
      { file = "unknown.jpg", faces = true } }, list)
    assert.equal(0, hidden)
    list, hidden = results.pictures(found, true)
    assert.equal(1, #list)
    assert.equal(2, hidden)
  end)

  it("reach no picture of another folder", function()
    runs.write(folder, function(r) r.run.files = { "../map.png", "/etc/x.png", "x.txt", 7 } end)
    assert.same({}, (results.pictures(assert(results.load(folder)))))
  end)

  it("hold pictures as data URIs, large photos as smaller JPEGs", function()
    runs.write(folder)
    local chart = results.uri(folder, { file = "map.png", faces = false })
    assert.equal("data:image/png;base64,iVBORw0KGgo", chart:sub(1, 33))
    assert.is_nil(results.uri(folder, { file = "absent.png" }))
    local noise = (tensor.generator(1):rand { 500, 2000, 3 } * 255):to "u8"
    assert(image.save(noise, folder .. "/photo.png"))
    local photo = results.uri(folder, { file = "photo.png", faces = true })
    assert.equal("data:image/jpeg;base64,", photo:sub(1, 23))
  end)
end)
