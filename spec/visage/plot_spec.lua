local lfs = require "lfs"
local plot = require "visage.plot"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- Width and height from a PNG's header.
local function size_of(path)
  local bytes = assert(system.read_file(path))
  assert.equal("\137PNG\r\n\26\n", bytes:sub(1, 8))
  assert.equal("IEND", bytes:sub(-8, -5))
  return string.unpack(">I4I4", bytes, 17)
end

describe("plot", function()
  local folder

  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  it("draws a heat map of a matrix", function()
    local path = folder .. "/map.png"
    assert(plot.heat_map(path, {
      matrix = { { 0.62, 0.55 }, { 0.56, 0.66 } }, rows = { "young", "it's" },
      columns = { "young", "mature" }, title = "100% _{plain} 'text' \\n",
    }))
    local width, height = size_of(path)
    assert.same({ 640, 560 }, { width, height })
  end)

  it("draws a matrix of equal cells", function()
    assert(plot.heat_map(folder .. "/flat.png", {
      matrix = { { 1 } }, rows = { "a" }, columns = { "a" }, width = 200, height = 200,
    }))
    assert.equal(200, (size_of(folder .. "/flat.png")))
  end)

  it("draws differences white at nought, as far to either side as the furthest", function()
    local path = folder .. "/signed.svg"
    local function colours(row)
      assert(plot.heat_map(path, { matrix = { row }, signed = true }))
      -- The cells come before the scale of colours.
      local next_one = assert(system.read_file(path)):gmatch "<polygon fill = '(rgb[^']+)'"
      return { next_one(), next_one() }
    end
    local red, white, blue = "rgb(244, 165, 130)", "rgb(255, 255, 255)", "rgb(107, 174, 214)"
    assert.same({ red, white }, colours { -0.5, 0 })
    assert.same({ white, blue }, colours { 0, 0.5 })
  end)

  it("draws a histogram with marks", function()
    local values = {}
    for i = 1, 500 do values[i] = math.sin(i) end
    assert(plot.histogram(folder .. "/values.png", { values = values, marks = { 0 } }))
    size_of(folder .. "/values.png")
  end)

  it("draws a large matrix of a tensor without numbers", function()
    local path = folder .. "/large.svg"
    assert(plot.heat_map(path, { matrix = tensor.zeros({ 13, 14 }, "f64") + 0.25 }))
    local text = assert(system.read_file(path))
    assert.is_nil(text:find("0.2500", 1, true))
    assert(plot.heat_map(path, { matrix = { { 0.25, 1 } } }))
    assert.truthy(system.read_file(path):find("0.2500", 1, true))
  end)

  it("draws per cents and quotes in labels", function()
    local path = folder .. "/labels.svg"
    assert(plot.heat_map(path, { matrix = { { 1 } }, rows = { "5 %d" }, columns = { "it's" } }))
    local text = assert(system.read_file(path))
    assert.truthy(text:find("5 %d", 1, true))
    assert.truthy(text:find("it's", 1, true) or text:find("it&apos;s", 1, true))
  end)

  it("draws shares of two sets of scores, NaN in none", function()
    local path = folder .. "/sets.svg"
    assert(plot.histogram(path, { bins = 4, series = {
      { name = "genuine", x = tensor.from({ 0.7, 0.8, 0.9, 0 / 0 }, "f64") },
      { name = "impostor", x = { 0.1, 0.1, 0.1, 0.2, 0.7 } },
    } }))
    local text = assert(system.read_file(path))
    for _, word in ipairs { "genuine", "impostor", "share of the set" } do
      assert.truthy(text:find(word, 1, true), word)
    end
  end)

  it("draws bars of groups with intervals, and none for NaN", function()
    local path = folder .. "/bars.svg"
    assert(plot.bars(path, { groups = { "female", "male", "unknown" }, y_title = "FNMR", series = {
      { name = "a", y = { 0.1, 0 / 0, 0 / 0 }, low = { 0.05, 0 / 0, 0 / 0 },
        high = { 0.2, 0 / 0, 0 / 0 } },
      { name = "b", y = { 0.2, 0.3, 0.1 } },
    } }))
    local text = assert(system.read_file(path))
    for _, word in ipairs { "female", "male", "unknown", "FNMR" } do
      assert.truthy(text:find(word, 1, true), word)
    end
    assert(plot.bars(path, { groups = { "all" }, series = { { y = { 1 } } } }))
    -- Heights that are all nought, or nothing, and labels that are turned.
    assert(plot.bars(path, { groups = { "none" }, series = { { y = { 0 }, high = { 0 } } } }))
    assert(plot.bars(path, { groups = { "none" }, series = { { y = { 0 / 0 } } } }))
    local many = {}
    for i = 1, 9 do many[i] = "a long label " .. i end
    assert(plot.bars(path, { groups = many, series = { { y = { 1, 2, 3, 4, 5, 6, 7, 8, 9 } } } }))
  end)

  it("has the curves", function()
    for _, name in ipairs { "roc", "det", "cmc" } do
      assert(plot[name](folder .. "/curve.png", {
        series = { { name = "a", x = { 0.1, 0.5 }, y = { 0.5, 0.9 } } },
      }))
      size_of(folder .. "/curve.png")
    end
  end)

  it("draws however many marks there are", function()
    local marks = {}
    for i = 1, 120 do marks[i] = i / 120 end
    assert(plot.histogram(folder .. "/marks.png", { values = { 0, 1 }, marks = marks }))
    size_of(folder .. "/marks.png")
  end)

  it("draws a histogram of nothing", function()
    assert(plot.histogram(folder .. "/nothing.png", { series = { { name = "a", x = {} },
      { name = "b", x = { 0 / 0 } } }, marks = { 0.5 } }))
    size_of(folder .. "/nothing.png")
  end)

  it("leaves no file when it fails", function()
    local ok, text = plot.histogram(folder .. "/bad.png", { values = { 1, 2 }, bins = 2,
      marks = { 0 / 0 } })
    assert.is_nil(ok)
    assert.truthy(text:find("gnuplot", 1, true))
    local left = {}
    for name in lfs.dir(folder) do
      if name:find("^bad") then left[#left + 1] = name end
    end
    assert.same({}, left)
  end)

  it("says which folder cannot be written", function()
    local ok, text = plot.heat_map(folder .. "/absent/map.png", {
      matrix = { { 1 } }, rows = { "a" }, columns = { "a" },
    })
    assert.is_nil(ok)
    assert.truthy(text:find("absent/map.png", 1, true), text)
  end)

  it("says how each chart is read", function()
    for _, chart in ipairs { "roc", "search", "det", "cmc", "lines", "heat_map", "histogram",
      "bars" } do
      assert.truthy(plot.caption(plot[chart]), chart)
    end
    assert.is_nil(plot.caption(print))
  end)
end)
