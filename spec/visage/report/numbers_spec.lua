local numbers = require "visage.report.numbers"
local runs = require "spec.support.runs"

describe("numbers of a report:", function()
  local found

  before_each(function() found = runs.results() end)

  local function has(node, ...)
    for _, text in ipairs { ... } do
      assert.truthy(node.html:find(text, 1, true), text .. " in " .. node.html)
    end
  end

  it("by model, with interval, published value and rule", function()
    local node = numbers.all(found)
    has(node, ">tiny</th>", ">other</th>", "0.6235", "[0.6000, 0.6500]", "published 0.6100",
      "95 % intervals by bootstrap by subject, n = 99; published: A. Paper, 2018.", "–")
    assert.is_true(node.html:find "rank2" < node.html:find "rank10")
    local key, one = next(found.intervals)
    found.metrics["tiny/z"] = 0.62
    found.intervals["tiny/z"] = { low = 0.6, high = 0.65, level = one.level, method = one.method,
      n = 7 }
    assert.is_string(key)
    has(numbers.all(found), "95 % intervals by bootstrap by subject, n = 7 to 99; published")
    found.metrics, found.intervals, found.reference.values = {}, {}, {}
    assert.is_nil(numbers.all(found))
  end)

  it("many of one family are folded behind its name, but for that of all", function()
    for i = 1, 31 do found.metrics["tiny/fmr.sex." .. i] = i / 100 end
    found.metrics["tiny/fmr.all"] = 0.5
    local html = numbers.all(found).html
    local fold = assert(html:find("<details><summary>fmr (31 numbers)</summary>", 1, true))
    assert.is_true(html:find(">fmr.<wbr>all<", 1, true) < fold)
    assert.is_true(html:find(">fmr.<wbr>sex.<wbr>7<", 1, true) > fold)
    assert.is_true(html:find("rank2", 1, true) < fold)
    -- A number's point does not end a family's name.
    for i = 1, 3 do
      found.metrics["tiny/tpir_at_0.1.G" .. i], found.metrics["tiny/tpir_at_0.01.G" .. i] = 0, 0
    end
    assert.is_nil(numbers.all(found).html:find("<summary>tpir", 1, true))
  end)

  it("models in the order in which the run opened them", function()
    found.models = { { name = "zeta", variant = "v" }, { name = "tiny", variant = "w" } }
    found.metrics["zeta/rank2"], found.metrics["tiny:w/rank2"] = 0.1, 0.2
    local html = numbers.all(found).html
    local places = {}
    for i, name in ipairs { "zeta", "tiny:w", "other" } do
      places[i] = assert(html:find(">" .. name .. "</th>", 1, true), name)
    end
    assert.is_true(places[1] < places[2] and places[2] < places[3])
  end)

  it("a deviation in the row of its mean, and what too few comparisons support", function()
    found.metrics = { ["tiny/accuracy.mean"] = 1, ["tiny/accuracy.std"] = 0,
      ["tiny/accuracy.standard_error"] = 0.25, ["tiny/val.mean"] = 0.5, ["tiny/val.supported"] = 0,
      ["tiny/tar"] = 1, ["tiny/tar.supported"] = 1, ["tiny/alone.std"] = 2 }
    assert.same({ "accuracy.mean", "alone.std", "tar", "val.mean" }, numbers.rows_of {
      ["accuracy.mean"] = true, ["accuracy.std"] = true, ["accuracy.standard_error"] = true,
      ["val.mean"] = true, ["val.supported"] = true, tar = true, ["tar.supported"] = true,
      ["alone.std"] = true })
    local html = numbers.all(found).html
    has({ html = html }, ">deviation 0.0000<", ">std error 0.2500<", ">too few<")
    assert.equal(1, select(2, html:gsub(">too few<", "")))
    has({ html = html }, "too few: fewer errors than the rule of 30 asks")
    local _, rows = numbers.plain(found)
    assert.same({ "1 deviation 0.0000 std error 0.2500", "0.5000 too few" }, { rows[1][2],
      rows[#rows][2] })
    found.metrics = { ["tiny/tar_at_far_0.01.a.b"] = 1, ["tiny/tar_at_far_0.01.b"] = 0.5,
      ["tiny/tar_at_far_0.01.supported"] = 0, ["tiny/other.supported"] = 0 }
    found.intervals, found.reference.values = {}, {}
    html = numbers.all(found).html
    assert.equal(3, select(2, html:gsub("<tr", "")) - 1)
    has({ html = html }, "other.<wbr>supported")
    assert.is_nil(html:find("01.<wbr>supported", 1, true))
    assert.equal(2, select(2, html:gsub(">too few<", "")))
  end)

  it("one metric", function()
    has(numbers.one(found, "tiny/rank2"), 'title="0.62346000000000001"', "0.6235")
    has(numbers.one(found, "tiny/absent"), "–")
  end)
end)
