local lfs = require "lfs"
local runs = require "spec.support.runs"
local system = require "visage.system"

describe("visage report", function()
  local folder

  before_each(function()
    folder = assert(system.temp_dir())
    runs.write(folder .. "/a")
    runs.write(folder .. "/b")
  end)
  after_each(function() system.remove_tree(folder) end)

  local function run(...)
    return system.run { system.program(), "report", stderr = "merge", ... }
  end

  it("writes a run's report again", function()
    for _ = 1, 2 do
      local status, text = run(folder .. "/a")
      assert.equal(0, status, text)
      assert.equal(folder .. "/a/report.html\n", text)
    end
    assert.truthy(lfs.attributes(folder .. "/a/report.html"))
  end)

  it("puts runs side by side, and replaces no file unasked", function()
    local out = folder .. "/both.html"
    assert.equal(0, (run(folder .. "/a", folder .. "/b", "--out", out, "--no-faces")))
    local page = assert(system.read_file(out))
    assert.equal(2, select(2, page:gsub("data:image/png", "")))
    local status, text = run(folder .. "/a", folder .. "/b", "--out", out)
    assert.equal(2, status)
    assert.matches("is there; choose another", text)
    assert.equal(0, (run(folder .. "/a", folder .. "/b", "--out", out, "--force")))
  end)

  it("writes the numbers and tables as text", function()
    local status, text = run(folder .. "/a", "--tables", "markdown")
    assert.equal(0, status, text)
    assert.equal(folder .. "/a/tables.md\n", text)
    text = assert(system.read_file(folder .. "/a/tables.md"))
    assert.truthy(text:find("| metric | tiny |", 1, true), text)
    assert.truthy(text:find("## per subject", 1, true), text)
    assert.truthy(text:find("The first 30 of 35 rows; per_subject.csv has all.", 1, true), text)
    assert.truthy(text:find("\\[0.6000, 0.6500\\]", 1, true), text)
    assert.equal(0, (run(folder .. "/a", "--tables", "tex", "--out", folder .. "/t.tex")))
    text = assert(system.read_file(folder .. "/t.tex"))
    assert.truthy(text:find("\\caption{per subject. The first 30", 1, true), text)
    status, text = run(folder .. "/a", folder .. "/b", "--tables", "tex")
    assert.equal(2, status)
    assert.matches("one folder at a time", text)
  end)

  it("says what is wrong", function()
    local status, text = run(folder)
    assert.equal(1, status)
    assert.matches("visage report: .*results.json", text)
    assert.equal(2, (run()))
  end)
end)
