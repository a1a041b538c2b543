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

  it("have near names: those that hold a wrong one, then those a few letters away", function()
    local sorted, far = options.nearest("pool", { "flatten", "conv", "pole", "pool5/max", "poor" })
    assert.same({ "pool5/max", "poor", "pole", "conv", "flatten" }, sorted)
    -- pool to pole: l for o, e for l; to conv: c for p, n for o, v for l.
    assert.same({ 5, 1, 2, 3, 7 }, { far[1], far[2], far[3], far[4], far[5] })
    assert.same({}, (options.nearest("pool", {})))
  end)

  it("are a table", function()
    assert.has_error(function() f(7) end, "f: options are a table, not number")
  end)
end)
