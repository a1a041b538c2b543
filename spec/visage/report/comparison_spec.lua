local comparison = require "visage.report.comparison"
local html = require "visage.report.html"
local runs = require "spec.support.runs"

describe("a comparison", function()
  local function of(change, options)
    local a, b = runs.results(), runs.results()
    a.folder, b.folder = "runs/a", "runs/b"
    change(a, b)
    return html.element("div", nil, comparison.of({ a, b }, options or {})).html
  end

  -- The rows that are marked: their first cells.
  local function marked(text)
    local names = {}
    for name in text:gsub("<wbr>", ""):gmatch '<tr class="differs"><th[^>]*>([^<]*)</th>' do
      names[#names + 1] = name
    end
    return names
  end

  it("of equal runs marks nothing", function()
    local text = of(function(_, b) b.run.started, b.run.seconds = "later", { embed = 9 } end)
    assert.same({}, marked(text))
    assert.truthy(text:find("Nothing: all settings are equal.", 1, true))
  end)

  it("marks numbers, rules, hashes and options that differ", function()
    local text = of(function(a, b)
      b.metrics["tiny/rank2"] = 0.7
      b.models[1].weights_sha256 = ("cd"):rep(32)
      b.run.metric_rules.pooling = "mean"
      b.run.metric_rules.extra = "x"
      a.run.seed = 8
    end)
    assert.same({ "tiny/rank2", "model.tiny:v.weights_sha256", "rule.extra", "rule.pooling",
      "run.seed" }, marked(text))
  end)

  it("names folders in full when their last names are one", function()
    local text = of(function(a, b) a.folder, b.folder = "x/out", "y/out/" end)
    assert.truthy(text:find(">x/<wbr>out</th>", 1, true))
    assert.truthy(text:find(">y/<wbr>out/<wbr></th>", 1, true))
  end)

  it("warns of each run by name", function()
    local text = of(function(_, b) b.run.synthetic = true end)
    assert.truthy(text:find("<h3>b</h3><p class=\"banner warn\"><strong>SYNTHETIC.", 1, true))
  end)
end)
