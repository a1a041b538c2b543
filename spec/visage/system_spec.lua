local lfs = require "lfs"
local system = require "visage.system"

describe("visage.system", function()
  local folder
  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() assert(system.remove_tree(folder)) end)

  describe("sha256", function()
    it("of abc is FIPS 180-2's example", function()
      assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        system.sha256("abc"))
    end)

    it("of a file is that of its bytes, also over many pieces", function()
      local bytes = ("0123456789abcdef"):rep(20000) .. "\0end"
      assert(system.write_file(folder .. "/f", bytes))
      assert.equal(system.sha256(bytes), system.sha256_file(folder .. "/f"))
    end)

    it("of a file that is not there is nil, a text and a code", function()
      local digest, text, code = system.sha256_file(folder .. "/none")
      assert.is_nil(digest)
      assert.equal(folder .. "/none: No such file or directory", text)
      assert.equal("IO", code)
    end)

    it("of a folder is nil and a text", function()
      local digest, text = system.sha256_file(folder)
      assert.is_nil(digest)
      assert.matches("Is a directory", text)
    end)
  end)

  describe("files", function()
    it("makes folders with the mode asked for", function()
      assert(system.mkdir_p(folder .. "/a/b/c", tonumber("700", 8)))
      assert.equal("rwx------", lfs.attributes(folder .. "/a/b/c", "permissions"))
      assert.equal("rwx------", lfs.attributes(folder .. "/a", "permissions"))
      assert.is_true(system.mkdir_p(folder .. "/a/b/c"))
    end)

    it("says why a folder cannot be made", function()
      assert(system.write_file(folder .. "/file", ""))
      local ok, text, code = system.mkdir_p(folder .. "/file/below")
      assert.is_nil(ok)
      assert.equal(folder .. "/file: not a folder", text)
      assert.equal("IO", code)
    end)

    it("writes whole files, with a mode, and leaves no temporary name", function()
      assert(system.write_file(folder .. "/f", "one"))
      assert(system.write_file(folder .. "/f", "two", tonumber("600", 8)))
      assert.equal("two", system.read_file(folder .. "/f"))
      assert.equal("rw-------", lfs.attributes(folder .. "/f", "permissions"))
      local names = {}
      for name in lfs.dir(folder) do names[#names + 1] = name end
      assert.equal(3, #names)
    end)

    it("keeps the old file when the new one cannot be written", function()
      local ok, text = system.write_file(folder .. "/none/f", "x")
      assert.is_nil(ok)
      assert.matches("No such file", text)
    end)

    it("does not replace what is no regular file", function()
      assert(system.run { "mkfifo", folder .. "/pipe" })
      local ok, text, code = system.write_file(folder .. "/pipe", "x")
      assert.same({ folder .. "/pipe: not a regular file; writing would replace it", "IO" },
        { text, code })
      assert.is_nil(ok)
      assert.equal("named pipe", lfs.attributes(folder .. "/pipe", "mode"))
    end)

    it("gives another temporary name each time", function()
      assert.not_equal(system.temp_name("x"), system.temp_name("x"))
    end)

    it("says which rename failed", function()
      local ok, text = system.rename(folder .. "/none", folder .. "/to")
      assert.is_nil(ok)
      assert.equal(("%s/none -> %s/to: No such file or directory"):format(folder, folder), text)
    end)

    it("removes trees but does not follow links", function()
      assert(system.mkdir_p(folder .. "/tree/sub"))
      assert(system.write_file(folder .. "/kept", "k"))
      assert(lfs.link(folder .. "/kept", folder .. "/tree/sub/link", true))
      assert(system.remove_tree(folder .. "/tree"))
      assert.is_nil(lfs.attributes(folder .. "/tree"))
      assert.equal("k", system.read_file(folder .. "/kept"))
      assert.is_true(system.remove_tree(folder .. "/tree"))
    end)

    it("resolves links and dots", function()
      assert(lfs.link(folder, folder .. "/self", true))
      assert.equal(system.realpath(folder), system.realpath(folder .. "/self/./self"))
      assert.is_nil(system.realpath(folder .. "/none"))
    end)
  end)

  describe("run", function()
    it("gives the status and the output, byte for byte", function()
      local status, text = system.run { "printf", "%s|%s", "a b", "$HOME;'" }
      assert.equal(0, status)
      assert.equal("a b|$HOME;'", text)
    end)

    it("merges or drops standard error", function()
      local program = { "sh", "-c", "echo out; echo err >&2; exit 3", stderr = "merge" }
      local status, text = system.run(program)
      assert.equal(3, status)
      assert.equal("out\nerr\n", text)
      program.stderr = "drop"
      assert.equal("out\n", select(2, system.run(program)))
    end)

    it("hands pieces over as they come", function()
      local bytes = 0
      local status, text = system.run {
        "head", "-c", "100000", "/dev/zero", each = function(piece) bytes = bytes + #piece end,
      }
      assert.same({ 0, "", 100000 }, { status, text, bytes })
    end)

    it("tells a signal from a status", function()
      assert.equal(128 + 9, (system.run { "sh", "-c", "kill -9 $$" }))
    end)

    it("says that a program is not there", function()
      local status, text, code = system.run { "no-such-program" }
      assert.is_nil(status)
      assert.equal("no-such-program: No such file or directory", text)
      assert.equal("IO", code)
    end)

    it("raises for an argument that is no string", function()
      assert.has_error(function() system.run { "echo", {} } end,
        "run: argument 2 is a table, wanted a string")
    end)
  end)

  describe("start", function()
    it("talks with a program, piece by piece", function()
      local cat <close> = assert(system.start { "cat" })
      for _, text in ipairs { "one\n", "two\n" } do
        assert.is_true(cat:write(text))
        assert.equal(text, cat:read())
      end
      assert.equal(0, cat:wait())
      assert.is_nil(cat:read())
    end)

    it("says that the program has gone", function()
      local gone <close> = assert(system.start { "true" })
      local ok, text, code
      -- It closes its output before its input.
      repeat ok, text, code = gone:write "hello\n" until not ok
      -- Or "Connection reset by peer", where some of it was not read.
      assert.matches("^run: write: %u%l+ ", text)
      assert.equal("IO", code)
      assert.equal(0, gone:wait())
    end)

    it("ends a program that is left", function()
      local asleep = assert(system.start { "sleep", "100" })
      asleep:close()
      assert.has_error(function() asleep:wait() end,
        "calling 'wait' on bad self (process has been waited for)")
    end)
  end)

  it("finds the checkout and its commit", function()
    assert.truthy(lfs.attributes(system.root() .. "/lua/visage/system.lua"))
    local commit = system.commit()
    if commit then assert.matches("^%x+", commit) end
  end)

  it("measures time, memory and processors", function()
    local before = system.clock()
    assert.is_true(system.clock() >= before)
    assert.is_true(system.peak_rss() > 1e6)
    assert.is_true(system.cores() >= 1)
    assert.is_boolean(system.isatty(0))
  end)

  it("counts no memory that the parent held", function()
    local held = ("x"):rep(200 << 20)
    local status, text = system.run { system.program(), "-e",
      [[print(require("visage.system").peak_rss())]] }
    assert.equal(0, status)
    assert.is_true(tonumber(text) < #held)
  end)
end)
