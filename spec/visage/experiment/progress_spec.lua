local progress = require "visage.experiment.progress"

describe("progress", function()
  local function new(options)
    local lines = {}
    options.out = {
      write = function(_, ...) lines[#lines + 1] = table.concat { ... } end,
      flush = function() end,
    }
    return progress.new("embed", 10, options), lines
  end

  it("is a bar with rate and time left on a terminal", function()
    local p = new { terminal = true }
    p.count, p.started = 5, 100
    assert.equal("embed [############............] 5/10  0.5/s  0:10 left", p:text(110))
  end)

  it("is a plain line elsewhere", function()
    local p, lines = new { terminal = false }
    p:step(10)
    assert.same({}, lines)
    p:done()
    assert.equal(1, #lines)
    assert.truthy(lines[1]:find("^embed: 10/10  "))
    assert.falsy(lines[1]:find("\27", 1, true))
  end)

  it("is nothing when quiet", function()
    local p, lines = new { quiet = true }
    p:step(10)
    p:done()
    assert.same({}, lines)
  end)
end)
