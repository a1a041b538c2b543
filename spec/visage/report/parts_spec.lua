local parts = require "visage.report.parts"
local runs = require "spec.support.runs"

describe("parts of a report:", function()
  local found

  before_each(function() found = runs.results() end)

  local function has(node, ...)
    for _, text in ipairs { ... } do
      assert.truthy(node.html:find(text, 1, true), text .. " in " .. node.html)
    end
  end

  local function warned(text)
    local all = {}
    for i, node in ipairs(parts.warnings(found)) do all[i] = node.html end
    assert.truthy(table.concat(all):find(text, 1, true), text)
  end

  it("the head, escaped", function()
    has(parts.head(found), "<h1>age templates</h1>", "Is &lt;b&gt; &amp; &#39;c&#39; alike?",
      "99 subjects", "reference on cpu", "commit 0123456789", "3 no face")
    found.data.subjects = 0
    assert.is_nil(parts.head(found).html:find("0 subjects", 1, true))
  end)

  it("what the numbers cannot show, below the question, escaped", function()
    found.notes = { "It cannot <tell>." }
    has(parts.head(found), "It cannot &lt;tell&gt;.")
  end)

  it("no warning when there is nothing to warn of", function()
    assert.same({}, parts.warnings(found))
  end)

  it("warnings of what must be known before any number is read", function()
    found.status, found.error = "failed", "it <broke>"
    found.run.synthetic = true
    found.models[1].known, found.models[1].overlap = false, "known 53"
    warned "it &lt;broke&gt;"
    warned "SYNTHETIC."
    warned "Unknown weights."
    warned "people both in its training data and tested: known 53."
  end)

  it("the head of long tables, and where the rest is", function()
    local node = parts.tables(found)
    has(node, "per subject", "n30",
      "The first 30 of 35 rows; per_subject.csv has all, with every digit.",
      "<details><summary>per subject (35 rows)</summary>")
    assert.is_nil(node.html:find("n31", 1, true))
  end)

  it("tables without their empty columns, which are named", function()
    found.tables = { cells = { columns = { "a", "b", "c" }, rows = { { "x", nil, 1 }, { "y" } } } }
    local node = parts.tables(found)
    has(node, ">a</th>", ">c</th>", "cells.csv has every digit. No row has a value of b.")
    assert.is_nil(node.html:find(">b</th>", 1, true))
  end)

  it("the data, networks and rules, with every hash", function()
    has(parts.data(found), "failures.no_face", "1 left out", "n009286", "a photo is missing")
    has(parts.models(found), "tiny:v", "known weights", ("ab"):rep(32),
      "preprocess.mean", "1, 2, 3")
    found.models[1].known = false
    has(parts.models(found), "UNKNOWN WEIGHTS", "tested: tiny: none claimed.")
    found.models[1].overlap_source = "its paper"
    has(parts.models(found), "tested: tiny: none claimed (its paper).")
    has(parts.rules(found), "pooling", "mean_of_images")
    found.run.metric_rules, found.models = {}, {}
    assert.is_nil(parts.rules(found))
    assert.is_nil(parts.models(found))
  end)

  it("how to run it again", function()
    local again, run = table.unpack(parts.run(found))
    has(again, "./visage experiments/age_templates.lua --data &#39;a b&#39;", "0123456789abcdef",
      "add --force or another --out")
    found.run.command[4] = "--force"
    has(parts.run(found)[1], "--force replaces what is in this folder.")
    has(run, "seed", "52 MB", "versions.lua", "1.50")
  end)

  it("pictures that are not there any more", function()
    found.folder = "/absent"
    local charts, faces = table.unpack(parts.pictures(found))
    has(charts, "map.png is not there any more", "a map")
    has(faces, "the faces")
    assert.is_false(parts.pictures(found, true)[2] or false)
  end)
end)
