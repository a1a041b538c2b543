local errors = require "visage.repl.errors"

describe("visage.repl.errors", function()
  local function report(f)
    local ok, result = errors.call(f)
    assert.is_false(ok)
    return result
  end

  it("passes results and arguments through", function()
    assert.same({ true, 1, nil, 3 }, { errors.call(function(...) return ... end, 1, nil, 3) })
  end)

  it("traces texts down to the called function and no further", function()
    local result = report(function() error("bad", 0) end)
    assert.equal("bad", result.text)
    assert.equal(3, #result.traceback)
    assert.matches("^bad\nstack traceback:\n", errors.text(result))
  end)

  it("uses an error object's __tostring, without a trace", function()
    local object = setmetatable({}, { __tostring = function() return "an object" end })
    local result = report(function() error(object) end)
    assert.equal(object, result.value)
    assert.equal("an object", errors.text(result))
  end)

  it("names the type of any other object", function()
    assert.equal("(error object is a table value)", report(function() error {} end).text)
    assert.equal("(error object is a nil value)", report(function() error() end).text)
  end)

  it("knows an interrupt", function()
    assert.is_true(errors.interrupted "x.lua:3: interrupted!")
    assert.is_false(errors.interrupted "x.lua:3: bad")
    assert.is_false(errors.interrupted {})
  end)
end)
