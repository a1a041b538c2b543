--- Nothing is fetched here: a list without packages, and lists that cannot be had.
local environments = require "visage.bench.environments"
local system = require "visage.system"

describe("visage.bench.environments", function()
  local folder
  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  local function quiet(f, ...)
    local write = io.write
    io.write = function() end -- luacheck: ignore
    finally(function() io.write = write end) -- luacheck: ignore
    return f(...)
  end

  it("makes an environment once, and again when its list changes", function()
    local list, venv = folder .. "/list.txt", folder .. "/venv"
    assert(system.write_file(list, "# nothing is needed\n"))
    local python = assert(quiet(environments.python, venv, list))
    assert.same({ 0, "7\n" }, { system.run { python, "-c", "print(3 + 4)" } })
    assert.equal(system.read_file(list), system.read_file(venv .. "/requirements.txt"))
  end)

  it("says what it needed", function()
    local list, venv = folder .. "/old.txt", folder .. "/old"
    assert(system.write_file(list, "x==1  # Python 3.99\n"))
    assert.same({ nil, venv .. ", which needs python3.99, cannot be made" },
      { quiet(environments.python, venv, list) })
    assert.matches("No such file", select(2, environments.python(folder .. "/n", folder .. "/n")))
  end)
end)
