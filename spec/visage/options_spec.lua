local options = require "visage.options"

-- No tail call: f must be on the stack to be seen as called from somewhere.
local function f(given)
  local checked = options.check("f", given, { size = true, width = true })
  return checked
end

describe("options", function()
  it("are given back, or an empty table where there are none", function()
    local given = { size = 1 }
    assert.equal(given, f(given))
    assert.same({}, f(nil))
  end)

  it("of an unknown name raise where the function is called, with the names there are", function()
    local _, text = pcall(function() f { siez = 1 } end)
    assert.matches("options_spec.lua:17: f: no option 'siez'; there are size, width$", text)
  end)

  it("have names that messages list", function()
    assert.equal("a, b", options.names { b = 1, a = 2 })
  end)

  it("are a table", function()
    assert.has_error(function() f(7) end, "f: options are a table, not number")
  end)
end)
