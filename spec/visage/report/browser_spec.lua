--- Reports as a browser draws them: on a desktop, on a phone, on paper.
local browser = require "spec.support.browser"
local report = require "visage.report"
local runs = require "spec.support.runs"
local system = require "visage.system"

describe("a browser draws", function()
  if not browser.program then
    it("reports", function() pending "no chromium-headless-shell; make deps installs it" end)
    return
  end

  local folder

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  -- Ink in the first lines, none in the margins: nothing is cut off or runs out of
  -- the page; and the height of what is drawn.
  local function looks_whole(page, width)
    local img = browser.screenshot(folder, page, width, 6000)
    assert.equal(width, img:size(2))
    assert.is_true(img:narrow(1, 1, 120):min() < 80)
    assert.equal(255, img:narrow(2, 1, 8):min())
    assert.equal(255, img:narrow(2, width - 7, 8):min())
    local ink = img:min(3):min(2):lt(255):totable()
    local last = #ink
    while ink[last] == 0 do last = last - 1 end
    return last
  end

  local PHONE, DESKTOP = 390, 1280

  local function write(change)
    return report.write(runs.write(folder .. "/out", change))
  end

  it("a report, whole at the width of a phone and of a desktop", function()
    local page = assert(write())
    local tall = looks_whole(page, PHONE)
    local wide = looks_whole(page, DESKTOP)
    assert.is_true(tall < 6000 and wide < tall)
  end)

  it("names, paths and values of any length within the page", function()
    local long = ("resnet_of_very_many_words"):rep(12)
    local page = assert(write(function(found)
      found.metrics[long:sub(1, 60) .. "/" .. long] = 0.123456
      found.question, found.run.metric_rules[long] = long, long
      found.models[1].name, found.models[1].weights, found.data.path = long, long, "/" .. long
      found.tables[long:sub(1, 40)] = { columns = { long, "b" }, rows = { { long, 1 } } }
      found.run.command[3] = long
      found.error, found.status = long, "failed"
    end))
    looks_whole(page, PHONE)
    looks_whole(page, DESKTOP)
  end)

  it("tables of many columns to their last, in the room beside the text", function()
    local page = assert(write(function(found)
      local columns, row, rows = {}, {}, {}
      for c = 1, 11 do columns[c], row[c] = "name", "onnxruntime" end
      columns[12], row[12] = "last", ("\u{2588}"):rep(4)
      for i = 1, 12 do rows[i] = row end
      found.tables = { wide = { columns = columns, rows = rows } }
    end))
    -- How many columns of pixels are dark in all those rows: the blocks at their end.
    local function blocks(width)
      local dark = browser.screenshot(folder, page, width, 4000):min(3):lt(60)
      return dark:to("i32"):sum(1):gt(140):to("i32"):sum()
    end
    local whole = blocks(2000)
    assert.is_true(whole > 25)
    assert.near(whole, blocks(DESKTOP), 1)
    assert.is_true(blocks(PHONE) < 10)
  end)

  it("runs side by side", function()
    runs.write(folder .. "/a")
    runs.write(folder .. "/b", function(found) found.run.metric_rules.pooling = "vggface2" end)
    local page = folder .. "/both.html"
    assert(system.write_file(page, assert(report.compare { folder .. "/a", folder .. "/b" })))
    looks_whole(page, PHONE)
    looks_whole(page, DESKTOP)
  end)

  it("a report on paper, with what a screen folds", function()
    local bytes, few = browser.pdf(folder, assert(write()))
    assert.equal("%PDF-", bytes:sub(1, 5))
    assert.is_true(few >= 1 and few <= 6, few)
    local page = assert(write(function(found)
      for i = 1, 9 do found.tables["more_" .. i] = found.tables.per_subject end
    end))
    -- Nine folded tables more of 30 rows fill about a page each.
    local _, many = browser.pdf(folder, page)
    assert.is_true(many >= few + 4, many)
  end)
end)
