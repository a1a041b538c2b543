local curves = require "visage.plot.curves"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("curves", function()
  local folder

  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  -- The SVG of a chart, whose texts and lines can be read.
  local function svg(draw, options)
    assert(draw(folder .. "/chart.svg", options))
    return assert(system.read_file(folder .. "/chart.svg"))
  end

  local function count(text, pattern) return select(2, text:gsub(pattern, "")) end

  local ROC = {
    { name = "a <b>", x = { 0, 0.01, 0.1, 1 }, y = { 0.1, 0.5, 0.8, 1 },
      low = { 0, 0.4, 0.7, 0.9 }, high = { 0.2, 0.6, 0.9, 1 } },
    { name = "plain", x = tensor.from({ 0.001, 1 }, "f64"), y = tensor.from({ 0.2, 1 }, "f64") },
  }

  it("draw a ROC with names, a band and a logarithmic axis", function()
    local text = svg(curves.roc, { series = ROC, title = "LFW & more", x_low = 1e-3 })
    for _, word in ipairs { "a &lt;b>", "plain", "FAR", "TAR", "LFW &amp; more", "0.001" } do
      assert.truthy(text:find(word, 1, true), word)
    end
    -- The band is the one filled area that is transparent.
    assert.equal(1, count(text, "fill%-opacity *= *[\"']0?%.18"))
  end)

  it("draw open-set search as a ROC of other rates", function()
    local text = svg(curves.search, { series = ROC, y_title = "TPIR, rank 1" })
    for _, word in ipairs { "FPIR", "TPIR, rank 1", "plain" } do
      assert.truthy(text:find(word, 1, true), word)
    end
    assert.is_nil(text:find("FAR", 1, true))
  end)

  it("start a ROC at its left end with what is reached up to there", function()
    local flat = svg(curves.roc, { x_low = 1e-2, series = {
      { name = "a", x = { 0, 0.001, 0.1, 1 }, y = { 0.7, 0.8, 0.8, 1 } } } })
    -- The axis of TAR starts a tenth below the least that is drawn.
    for _, word in ipairs { "0.75", "0.8", "0.95" } do
      assert.truthy(flat:find(word, 1, true), word)
    end
    assert.is_nil(flat:find(">0.65<", 1, true))
    assert.is_nil(flat:find(">0.5<", 1, true))
  end)

  it("draw a DET whose marks are per cents of the normal distribution", function()
    local text = svg(curves.det, { low = 0.001, high = 0.5, series = {
      { name = "a", x = { 0, 0.001, 0.1, 0.5, 1 }, y = { 1, 0.4, 0.05, 0.002, 0 } },
    } })
    for _, word in ipairs { "0.1 %", "10 %", "40 %", "FMR", "FNMR" } do
      assert.truthy(text:find(">" .. word .. "<", 1, true)
        or text:find(word, 1, true), word)
    end
    assert.is_nil(text:find("0.01 %", 1, true))
  end)

  it("draw anything over anything, on axes as long as the curves and their bands", function()
    local text = svg(curves.lines, { x_title = "gap", y_title = "cosine", series = {
      { name = "a", x = { 0, 10, 20 }, y = { 0.5, 0.4, 0 / 0 }, low = { 0.45, 0.3, 0 / 0 },
        high = { 0.55, 0.5, 0 / 0 } },
      { name = "b", x = tensor.from({ 5 }, "f64"), y = { 0.45 } },
    } })
    for _, word in ipairs { "gap", "cosine", "0.3", "0.55", "20" } do
      assert.truthy(text:find(word, 1, true), word)
    end
    assert.equal(1, count(text, "fill%-opacity *= *[\"']0?%.18"))
    -- Nothing at all, and one level.
    svg(curves.lines, { series = { { name = "none", x = {}, y = {} } } })
    svg(curves.lines, { series = { { name = "flat", x = { 1, 2 }, y = { 0, 0 } } } })
  end)

  it("draw a CMC from rank 1 on", function()
    local text = svg(curves.cmc, { series = {
      { name = "a", x = { 1, 2, 3 }, y = { 0.8, 0.9, 0.95 } },
    } })
    assert.truthy(text:find("rank", 1, true))
    assert.truthy(text:find("identification rate", 1, true))
  end)

  it("draw rank 1 alone", function()
    svg(curves.cmc, { series = { { name = "a", x = { 1 }, y = { 0.8 } } } })
  end)

  it("name a series of which nothing can be drawn", function()
    local text = svg(curves.roc, { series = {
      { name = "nothing", x = { 0, 0.5 }, y = { 0.5, 0 / 0 } }, ROC[2],
    } })
    assert.truthy(text:find("nothing", 1, true))
  end)

  it("keep of a million points those that the eye tells apart", function()
    local n = 1000000
    local x = tensor.arange(1, n, 1, "f64") / n
    local started = system.clock()
    local text = svg(curves.roc, { series = { { name = "many", x = x, y = x } } })
    assert.is_true(#text < 200000, #text)
    -- 2000 cells a side; a second a curve is ample even on a busy machine.
    assert.is_true(system.clock() - started < 20)
  end)
end)
