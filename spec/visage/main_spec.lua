local system = require "visage.system"

describe("the visage program", function()
  local folder
  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() assert(system.remove_tree(folder)) end)

  -- Runs the program with standard input from `input`; all output is merged. A
  -- shell's background job has SIGINT ignored, and would hand that on.
  local function visage(arguments, input)
    assert(system.write_file(folder .. "/input", input or ""))
    local command = {
      "env", "--default-signal=INT", "sh", "-c", 'exec "$@" < "$0"', folder .. "/input",
      system.program(), stderr = "merge",
    }
    return system.run(table.move(arguments, 1, #arguments, #command + 1, command))
  end

  local function script(text)
    local path = folder .. "/script.lua"
    assert(system.write_file(path, text))
    return path
  end

  describe("runs a script as lua does:", function()
    it("arg and ... hold the arguments, arg's negative side the program", function()
      local path = script [[
        print(select("#", ...), ...)
        print(#arg, arg[0], arg[1], arg[2], arg[-1] ~= nil, arg[-2])]]
      local status, text = visage { path, "a b", "-x" }
      assert.equal(0, status)
      assert.equal(("2\ta b\t-x\n2\t%s\ta b\t-x\ttrue\tnil\n"):format(path), text)
    end)

    it("options before it move arg's negative side", function()
      local path = script "print(arg[-1], arg[-2], arg[-3] ~= nil, arg[-4], x)"
      local _, text = visage { "-e", "x = 1", path }
      assert.equal("x = 1\t-e\ttrue\tnil\t1\n", text)
    end)

    it("a first line that starts with # is passed over", function()
      local path = script "#!/usr/bin/env visage\nprint(debug.getinfo(1).currentline)"
      assert.equal("2\n", select(2, visage { path }))
    end)

    it("from standard input, with - or with no word at all", function()
      assert.same({ 0, "hello\tx\t-\n" }, { visage({ "-", "x" }, "print('hello', ..., arg[0])") })
      assert.same({ 0, "hello\t0\n" }, { visage({}, "print('hello', #arg)") })
    end)

    it("an error goes to standard error with a traceback, status 1", function()
      local path = script "local function f() error 'bad' end\nf()"
      local status, text = visage { path }
      assert.equal(1, status)
      assert.equal(table.concat({
        "visage: %s:1: bad", "stack traceback:", "\t[C]: in function 'error'",
        "\t%s:1: in local 'f'", "\t%s:2: in main chunk", "\t[C]: in ?", "",
      }, "\n"):gsub("%%s", path), text)
      local kept = system.run { system.program(), path, stderr = "drop" }
      assert.equal(1, kept)
    end)

    it("error objects show their __tostring, or their type", function()
      local object = "error(setmetatable({}, {__tostring = function() return 'obj' end}))"
      assert.same({ 1, "visage: obj\n" }, { visage { script(object) } })
      assert.matches("^visage: %(error object is a table value%)\n", (select(2,
        visage { script "error {}" })))
    end)

    it("syntax errors and missing files are told, status 1", function()
      local status, text = visage { script "x = = 1" }
      assert.equal(1, status)
      assert.matches("script.lua:1: unexpected symbol near '='\n$", text)
      status, text = visage { folder .. "/none.lua" }
      assert.equal(1, status)
      assert.equal(("visage: cannot open %s/none.lua\n"):format(folder),
        (text:gsub(": No such file or directory", "")))
    end)

    it("os.exit gives the status", function()
      assert.equal(7, (visage { script "os.exit(7)" }))
      assert.equal(0, (visage { script "os.exit(true, true)" }))
      assert.equal(1, (visage { script "os.exit(false)" }))
    end)

    it("variables to be closed are, and the state at the end", function()
      local _, text = visage { script [[
        local a <close> = setmetatable({}, {__close = function() print "close" end})
        b = setmetatable({}, {__gc = function() print "gc" end})]] }
      assert.equal("close\ngc\n", text)
    end)
  end)

  it("runs each -e in turn and stops at the first that fails", function()
    assert.same({ 0, "1\n2\n" }, { visage { "-e", "print(1)", "-eprint(2)" } })
    local status, text = visage { "-e", "error('bad', 0)", "-e", "print(2)" }
    assert.equal(1, status)
    assert.matches("^visage: bad\nstack", text)
    status, text = visage { "-e", "print(" }
    assert.equal(1, status)
    assert.equal("visage: (command line):1: unexpected symbol near <eof>\n", text)
  end)

  it("tells its version", function()
    local status, text = visage { "--version" }
    assert.equal(0, status)
    assert.equal(("visage %s, Lua 5.4"):format(system.version), text:match "^(.-5%.4)")
  end)

  it("refuses wrong command lines with status 2", function()
    assert.same({ 2, "visage: unrecognized option '--nope'; visage --help lists them\n" },
      { visage { "--nope" } })
    assert.same({ 2, "visage: '-e' needs an argument\n" }, { visage { "-e" } })
    local status, text = visage { "inof" }
    assert.equal(2, status)
    assert.matches("Did you mean 'info'%?", text)
  end)

  it("takes a word with a dot or a slash, or after --, as before", function()
    assert.equal(1, (visage { "info.lua" }))
    assert.equal(0, (visage { "--", script "" }))
    assert.equal(0, (visage { "--", "info" }))
  end)

  it("ends at an interrupt with a traceback and status 130", function()
    local path = script [[
      io.popen("sleep 0.2; kill -INT " .. require("visage.core.system").pid())
      while true do end]]
    local status, text = visage { path }
    assert.equal(130, status)
    assert.matches("^visage: .-script.lua:2: interrupted!\nstack traceback:", text)
  end)

  it("lets a script catch an interrupt and go on", function()
    local path = script [[
      local system = require "visage.system"
      io.popen("sleep 0.2; kill -INT " .. require("visage.core.system").pid())
      print(pcall(system.sha256_file, "/dev/zero"))
      print(system.sha256 "")]]
    local status, text = visage { path }
    assert.equal(0, status)
    assert.matches("^false\tinterrupted!\ne3b0c44298fc", text)
  end)

  it("dies of interrupts that nothing answers, for only some seconds", function()
    local path = script [[
      io.popen("for i in 1 2 3 4 5 6; do sleep 0.7; kill -INT "
        .. require("visage.core.system").pid() .. "; done")
      coroutine.wrap(function() while true do end end)()]]
    assert.same({ 128 + 2, "" }, { visage { path } })
  end)

  it("finds its library from any folder and through a link", function()
    local print_root = "print(require('visage.system').root())"
    local status, text = system.run {
      "sh", "-c", 'cd / && ln -s "$0" "$1/v" && "$1/v" -e "$2"', system.program(), folder,
      print_root,
    }
    assert.same({ 0, system.root() .. "\n" }, { status, text })
  end)

  -- OpenMP's settings are for this process, not for those that it starts.
  it("leaves the environment as it is", function()
    local code = "print(os.getenv 'GOMP_SPINCOUNT', os.getenv 'VISAGE_SPIN')"
    local function shown(...)
      return (select(2, system.run { "env", ... }))
    end
    assert.equal("nil\tnil\n", shown("-u", "GOMP_SPINCOUNT", system.program(), "-e", code))
    assert.equal("7\tnil\n", shown("GOMP_SPINCOUNT=7", system.program(), "-e", code))
  end)
end)
