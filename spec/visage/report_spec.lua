local report = require "visage.report"
local runs = require "spec.support.runs"
local system = require "visage.system"

describe("report", function()
  local folder

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  local function images(text) return select(2, text:gsub('<img[^>]-src="data:', "")) end

  it("is one file of all parts that fetches nothing", function()
    local path = assert(report.write(runs.write(folder)))
    assert.equal(folder .. "/report.html", path)
    local text = assert(system.read_file(path))
    for _, word in ipairs { "Numbers", "Plots", "Faces", "Tables", "Data", "Networks", "Rules",
      "Run it again", system.sha256_file(folder .. "/results.json") } do
      assert.truthy(text:find(word, 1, true), word)
    end
    assert.equal(2, images(text))
    assert.is_nil(text:find "src=\"[^d]")
    assert.is_nil(text:find("<script", 1, true))
    assert.is_nil(text:find("href=", 1, true))
  end)

  it("keeps faces out when it is told to, or the run was", function()
    runs.write(folder)
    local text = assert(report.text(folder, { no_faces = true }))
    assert.equal(1, images(text))
    assert.truthy(text:find("1 pictures that may show faces", 1, true))
    runs.write(folder, function(found) found.run.no_faces = true end)
    assert.equal(1, images(assert(report.text(folder))))
  end)

  it("escapes whatever a results.json says", function()
    local bad = "<script>alert(1)</script>"
    runs.write(folder, function(found)
      found.experiment, found.question, found.error, found.status = bad, bad, bad, bad
      found.metrics[bad .. "/x"] = 1
      found.tables[bad] = { columns = { bad }, rows = { { bad } } }
      found.models[1].name, found.models[1][bad] = bad, bad
      found.run.metric_rules[bad] = bad
      found.run.command = { bad }
      found.data.omitted[1].why = bad
      found.run.pictures[1].title = '" onerror="' .. bad
    end)
    local text = assert(report.text(folder))
    assert.is_nil(text:find("<script", 1, true))
    assert.is_nil(text:find('" onerror', 1, true))
    assert.is_nil(assert(report.compare { folder, folder }):find("<script", 1, true))
  end)

  it("puts runs side by side, each picture twice", function()
    runs.write(folder .. "/a")
    runs.write(folder .. "/b", function(found) found.run.seed = 8 end)
    local list = { folder .. "/a", folder .. "/b" }
    local text = assert(report.compare(list))
    assert.truthy(text:find("2 runs side by side", 1, true))
    assert.equal(4, images(text))
    assert.equal(2, images(assert(report.compare(list, { no_faces = true }))))
  end)

  it("says which folder holds no results", function()
    for _, call in ipairs { report.write, report.text } do
      local text, why = call(folder)
      assert.is_nil(text)
      assert.truthy(why:find(folder .. "/results.json", 1, true), why)
    end
    assert.is_nil((report.compare { folder, folder }))
  end)
end)
