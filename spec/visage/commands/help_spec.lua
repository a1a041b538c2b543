local commands = require "visage.commands"
local system = require "visage.system"

describe("visage help", function()
  local function help(...)
    return system.run { system.program(), "help", stderr = "merge", ... }
  end

  it("lists the options and every command", function()
    local status, text = help()
    assert.equal(0, status)
    assert.matches("%-e CODE", text)
    for _, name in ipairs(commands.names()) do
      assert.matches("\n  " .. name .. " +" .. commands.find(name).summary:sub(1, 10), text)
    end
    assert.equal(text, select(2, system.run { system.program(), "--help" }))
  end)

  it("describes one command", function()
    local status, text = system.run { system.program(), "help", "info" }
    assert.equal(0, status)
    assert.equal(commands.describe "info" .. "\n", text)
  end)

  it("says which commands there are instead", function()
    local status, text = system.run { system.program(), "help", "inof", stderr = "merge" }
    assert.equal(2, status)
    assert.matches("Did you mean 'info'%?", text)
  end)
end)
