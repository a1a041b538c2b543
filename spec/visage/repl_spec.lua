local lfs = require "lfs"
local system = require "visage.system"
local terminal = require "spec.support.terminal"

describe("the prompt", function()
  local state
  before_each(function() state = assert(system.temp_dir()) end)
  after_each(function() assert(system.remove_tree(state)) end)

  -- Steps are { typed, expected, ... } or { keys = }; each waits for the prompt
  -- first. With stop = true the input says "go" when it runs, and Ctrl-C follows.
  local function session(steps)
    local list = { { expect = "> " } }
    for _, step in ipairs(steps) do
      if step.keys then
        list[#list + 1] = { send = step.keys }
      else
        list[#list + 1] = { send = step[1] .. "\n" }
      end
      if step.stop then
        list[#list + 1] = { expect = "go\r\n" }
        list[#list + 1] = { wait = 0.1 }
        list[#list + 1] = { send = "\3" }
      end
      for i = step.keys and 1 or 2, #step do list[#list + 1] = { expect = step[i] } end
      list[#list + 1] = { expect = "> " }
    end
    list[#list + 1] = { send = "\4" }
    local command = { "env", "XDG_STATE_HOME=" .. state, system.program() }
    local status, shown = terminal.run(command, list)
    assert.equal(0, status, shown)
    return shown
  end

  it("prints the values of expressions and keeps the last", function()
    session {
      { "1 + 1", "\n2\r\n" },
      { "_ * 21", "\n42\r\n" },
      { "'grüße', nil", '\n"grüße"\tnil\r\n' },
    }
  end)

  it("prints nothing after a semicolon", function()
    local shown = session { { "1000 + 1;" }, { "_ + 1", "\n1002\r\n" } }
    assert.is_nil(shown:find("\n1001\n", 1, true))
  end)

  it("asks for the rest of an input", function()
    session {
      { "for i = 1, 2 do", ">" },
      { "  print('line ' .. i)", ">" },
      { "end", "line 1\r\nline 2\r\n" },
    }
  end)

  it("goes on after errors, with its state", function()
    session {
      { "x = 5" },
      { "x = = 6", "stdin:1: unexpected symbol near '='" },
      { "error('bad')", "stdin:1: bad", "stack traceback:", "stdin:1: in main chunk" },
      { "setmetatable({}, {__tostring = function() error('shy') end})", "shy" },
      { "x", "\n5\r\n" },
    }
  end)

  it("stops a running loop at Ctrl-C, ten times in a row", function()
    local steps = { { "x = 0" } }
    for i = 1, 10 do
      steps[#steps + 1] = { "x = x + 1; print 'go'; while true do end", stop = true,
        "stdin:1: interrupted!", "stdin:1: in main chunk" }
      steps[#steps + 1] = { "x", ("\n%d\r\n"):format(i) }
    end
    session(steps)
  end)

  it("stops a long call of the core and a child process", function()
    session {
      { "system = require 'visage.system'" },
      { "print 'go'; system.sha256_file('/dev/zero')", stop = true, "stdin:1: interrupted!" },
      { "print 'go'; system.run { 'sleep', '60' }", stop = true, "interrupted!" },
      { "1 + 1", "\n2\r\n" },
    }
  end)

  it("drops a half-typed input at Ctrl-C", function()
    session {
      { keys = "half a line\3" },
      { "while true do", ">" },
      { keys = "\3" },
      { "2 + 3", "\n5\r\n" },
    }
  end)

  it("keeps a history that only the user can read", function()
    session { { "alpha = 1" }, { "alpha = 1" }, { "if alpha then", ">" }, { "beta = 2 end" } }
    -- Up twice: past the input of two lines to the one before.
    session { { keys = "\27[A\27[A\n" }, { "alpha", "\n1\r\n" } }
    local path = state .. "/visage/history"
    assert.equal("rw-------", lfs.attributes(path, "permissions"))
    local _, times = system.read_file(path):gsub("alpha\\040=\\0401", "")
    assert.equal(2, times)
  end)

  it("works on where no history can be kept", function()
    assert(system.write_file(state .. "/visage", ""))
    session { { "1 + 1", "\n2\r\n" } }
  end)

  it("opens after a script that -i asks for", function()
    local path = state .. "/script.lua"
    assert(system.write_file(path, "gamma = 3"))
    local status, shown = terminal.run({ system.program(), "-i", path },
      { { expect = "> " }, { send = "gamma\n" }, { expect = "\n3\r\n> " }, { send = "\4" } })
    assert.equal(0, status, shown)
  end)
end)
