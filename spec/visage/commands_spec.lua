local commands = require "visage.commands"

describe("visage.commands", function()
  it("finds each command, with a summary", function()
    local names = commands.names()
    assert.is_true(#names >= 3)
    for _, name in ipairs(names) do
      local command = assert(commands.find(name))
      assert.is_string(command.summary)
      assert.is_function(command.run)
      assert.matches("visage " .. name, commands.describe(name))
    end
  end)

  it("suggests the nearest name, when one is near", function()
    local found, text = commands.find "weigths"
    assert.is_nil(found)
    assert.matches("'weigths' is neither a command nor a script", text)
    assert.matches("Did you mean 'weights'%?\ncommands: .*help, info", text)
    assert.not_matches("Did you mean", select(2, commands.find "xylophone"))
  end)
end)
