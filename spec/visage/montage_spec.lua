local image = require "visage.image"
local montage = require "visage.montage"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- A picture of one colour.
local function picture(width, height, colour)
  local img = tensor.zeros({ height, width, 3 }, "u8")
  for c = 1, 3 do img:select(3, c):fill(colour[c]) end
  return img
end

local function pixel(img, x, y) return img:select(1, y + 1):select(1, x + 1):totable() end

describe("montage", function()
  local red = picture(64, 64, { 200, 0, 0 })

  it("puts pictures in rows, with room around them", function()
    local img = assert(montage.draw { cell = 64, rows = {
      { cells = { { image = red }, { image = red } } }, { cells = { { image = red } } },
    } })
    -- 8 + 2 * (64 + 8) wide, 8 + 2 * (64 + 8) high.
    assert.same({ 152, 152, 3 }, img:shape())
    assert.same({ 200, 0, 0 }, pixel(img, 8, 8))
    assert.same({ 200, 0, 0 }, pixel(img, 143, 71))
    assert.same({ 255, 255, 255 }, pixel(img, 72, 8))
    assert.same({ 255, 255, 255 }, pixel(img, 80, 80))
  end)

  it("keeps a picture's proportions", function()
    local img = assert(montage.draw { cell = 64, rows = {
      { cells = { { image = picture(100, 50, { 0, 0, 200 }) } } },
    } })
    -- 64 x 32 in the middle: rows 16 to 47 of the cell.
    assert.same({ 236, 238, 240 }, pixel(img, 40, 8 + 15))
    assert.same({ 0, 0, 200 }, pixel(img, 40, 8 + 16))
    assert.same({ 0, 0, 200 }, pixel(img, 40, 8 + 47))
    assert.same({ 236, 238, 240 }, pixel(img, 40, 8 + 48))
  end)

  it("breaks long rows", function()
    local cells = {}
    for i = 1, 5 do cells[i] = { image = red } end
    local img = assert(montage.draw { cell = 64, columns = 2, rows = { { cells = cells } } })
    assert.same({ 8 + 3 * 72, 8 + 2 * 72, 3 }, img:shape())
  end)

  it("writes captions and titles, frames marked cells, and leaves room for no picture", function()
    local cells = {
      { image = red, text = "a caption that is much too long", mark = "bad" },
      { text = "not UTF-8: \xff", mark = "good" }, { image = red },
    }
    local img = assert(montage.draw { cell = 64, title = "all", rows = {
      { title = "a row", cells = cells },
    } })
    -- Two title lines of 23 with a gap of 8, then the cells.
    local top = 8 + 23 + 8 + 23
    assert.same({ 213, 94, 0 }, pixel(img, 8, top))
    assert.same({ 0, 158, 115 }, pixel(img, 80, top))
    assert.same({ 236, 238, 240 }, pixel(img, 112, top + 32))
    assert.equal(0, img:narrow(1, top + 65, 18):narrow(2, 9, 64):min() // 100)
    assert.same({ 255, 255, 255 }, pixel(img, 76, top + 72))
  end)

  it("raises for a mark that it does not know", function()
    assert.has_error(function()
      montage.draw { rows = { { cells = { { image = red, mark = "ugly" } } } } }
    end, "montage: row 1, cell 1: mark 'ugly', wanted good or bad")
  end)

  it("saves, and says which file cannot be written", function()
    local folder = assert(system.temp_dir())
    local options = { rows = { { cells = { { image = red } } } } }
    assert(montage.save(folder .. "/m.png", options))
    assert.same({ 144, 144, 3 }, assert(image.load(folder .. "/m.png")):shape())
    local ok, text = montage.save(folder .. "/absent/m.png", options)
    assert.is_nil(ok)
    assert.truthy(text:find("absent/m.png", 1, true))
    system.remove_tree(folder)
  end)
end)
