local system = require "visage.system"

describe("visage info", function()
  it("tells versions, the machine and the weights", function()
    local status, text = system.run { system.program(), "info" }
    assert.equal(0, status)
    assert.matches("^visage " .. system.version:gsub("%.", "%%.") .. ", commit ", text)
    assert.matches("\n  lua +Lua 5%.4", text)
    assert.matches("\n  openblas +OpenBLAS", text)
    assert.matches("\n  processors +%d+", text)
    assert.matches("\n  engines .*reference on cpu", text)
    assert.matches("\n  here +%d+ of %d+ known", text)
  end)
end)
