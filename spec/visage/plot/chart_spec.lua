local chart = require "visage.plot.chart"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("a chart", function()
  it("quotes text so that gnuplot expands nothing in it", function()
    assert.equal("'it''s 5% \\n'", chart.quote "it's 5% \\n")
    assert.equal("']] >'", chart.quote "]]>")
    assert.equal("'two lines'", chart.quote "two\nlines")
  end)

  it("doubles per cents in labels", function()
    assert.equal("'5 %%'", chart.label "5 %")
  end)

  it("takes tensors for tables", function()
    assert.same({ 1, 2 }, chart.numbers(tensor.from({ 1, 2 }, "f64")))
    assert.same({ 1, 2 }, chart.numbers { 1, 2 })
  end)

  it("writes doubles to their last digit and NaN as nothing", function()
    assert.equal("0.10000000000000001 NaN 2", chart.line(0.1, 0 / 0, 2))
  end)

  it("gives ends that are apart", function()
    assert.same({ 1, 3 }, { chart.extremes { { 2, 0 / 0 }, { 1, 3 } } })
    assert.same({ 1.5, 2.5 }, { chart.extremes { { 2, 2 } } })
    assert.same({ 0, 1 }, { chart.extremes { {} } })
  end)

  it("repeats its colours after the last", function()
    assert.equal(chart.colour(1), chart.colour(#chart.COLOURS + 1))
    assert.not_equal(chart.colour(1), chart.colour(2))
  end)

  it("is a PNG or an SVG by its file's extension", function()
    local folder = assert(system.temp_dir())
    for name, head in pairs { ["a.png"] = "\137PNG", ["b.svg"] = "<?xml", ["c.SVG"] = "<?xml" } do
      assert(chart.render(folder .. "/" .. name, {}, function(data)
        return { "plot " .. data }
      end, "1 2\n3 4\n"))
      assert.equal(head, system.read_file(folder .. "/" .. name):sub(1, #head))
    end
    system.remove_tree(folder)
  end)
end)
