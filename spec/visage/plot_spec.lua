local lfs = require "lfs"
local plot = require "visage.plot"
local system = require "visage.system"

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

  it("draws a histogram with marks", function()
    local values = {}
    for i = 1, 500 do values[i] = math.sin(i) end
    assert(plot.histogram(folder .. "/values.png", { values = values, marks = { 0 } }))
    size_of(folder .. "/values.png")
  end)

  it("draws however many marks there are", function()
    local marks = {}
    for i = 1, 120 do marks[i] = i / 120 end
    assert(plot.histogram(folder .. "/marks.png", { values = { 0, 1 }, marks = marks }))
    size_of(folder .. "/marks.png")
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
end)
