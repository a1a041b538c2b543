--- Reject curves by quality, and which pairs a picture shows.
local comparison_results = require "visage.experiment.groups.results"

describe("comparison_results", function()
  -- A run that keeps what it is given.
  local function recorder()
    local kept = { metrics = {}, rules = {} }
    function kept:metric(key, value) self.metrics[key] = value end
    function kept:rule(name, value) self.rules[name] = value end
    function kept:plot(name, _, options) self.plotted = { name, options } end
    function kept:montage(name, options) self.drawn = { name, options } end
    return kept
  end

  -- Five photos of a, two of b; genuine pairs of a's first with its others.
  local compared = {
    photos = {
      { key = "x/a/1.jpg", quality = { score = 0.9, yaw = 0, box_side = 50 } },
      { key = "x/a/2.jpg", quality = { score = 0.8, yaw = -60, box_side = 50 } },
      { key = "x/a/3.jpg", quality = { score = 0.7, yaw = 20, box_side = 50 } },
      { key = "x/a/4.jpg", quality = { score = 0.6, yaw = 10, box_side = 50 } },
      { key = "x/a/5.jpg" }, { key = "x/b/1.jpg" }, { key = "x/b/2.jpg" },
    },
    pairs = {
      genuine = { first = { 1, 1, 1, 1 }, second = { 2, 3, 4, 5 } },
      impostor = { first = { 1, 2, 6 }, second = { 6, 7, 5 } },
    },
    scores = { genuine = { 0.2, 0.9, 0.3, 0.8 }, impostor = { 0.1, 0.6, 0 / 0 } },
    threshold = 0.5,
  }

  it("tell FNMR without the poorest fifth, by each measure that photos have", function()
    local run, rows = recorder(), {}
    comparison_results.rejects(run, rows, { name = "m:v" }, compared)
    local found = {}
    for _, row in ipairs(rows) do found[row[2]] = row end
    assert.is_nil(found.blur)
    -- Two of four fail. A fifth of four is none.
    assert.same({ "m:v", 0.5, 0.5, 2, 4 }, { found.frontal[1], found.frontal[3],
      found.frontal[4], found.frontal[7], found.frontal[8] })
    assert.equal(0.5, run.metrics["m:v/fnmr.poorest_rejected.frontal"])
    assert.equal("reject_m:v.png", run.plotted[1])
    -- The photo without a face is the poorest, then comes the one that is turned most,
    -- whose pair fails: 2/4, then 2/3, then 1/2; what comes later is not drawn.
    local curve
    for _, series in ipairs(run.plotted[2].series) do
      if series.name == "frontal" then curve = series end
    end
    assert.same({ 0, 0.25, 0.5 }, curve.x)
    assert.same({ 0.5, 2 / 3, 0.5 }, curve.y)
  end)

  it("say nothing of quality where none is known", function()
    local run, rows = recorder(), {}
    comparison_results.rejects(run, rows, { name = "m" }, {
      photos = { {}, {} }, pairs = { genuine = { first = { 1 }, second = { 2 } } },
      scores = { genuine = { 1 } }, threshold = 0.5,
    })
    assert.same({ {}, nil }, { rows, run.plotted })
  end)

  it("show the worst pairs side by side, errors framed", function()
    local run = recorder()
    local source = { name = "m", picture = function(photo) return "face " .. photo.key end }
    comparison_results.worst(run, source, compared)
    local one, two = table.unpack(run.drawn[2].rows)
    local texts = {}
    for i, cell in ipairs(one.cells) do texts[i] = cell.text end
    assert.same({ "a/1", "0.200", "a/1", "0.300", "a/1", "0.800", "a/1", "0.900" }, texts)
    assert.same({ "face x/a/2.jpg", "bad", nil }, { one.cells[2].image, one.cells[2].mark,
      one.cells[5].mark })
    -- The pair without a score is not shown.
    assert.same({ 4, "0.600", "bad", nil }, { #two.cells, two.cells[2].text, two.cells[2].mark,
      two.cells[4].mark })
    run = recorder()
    comparison_results.worst(run, { name = "m" }, compared)
    assert.is_nil(run.drawn)
  end)
end)
