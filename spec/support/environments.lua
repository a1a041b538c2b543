--- The Python environments of the real frameworks: .venv/NAME, made of
-- spec/golden/requirements-NAME.txt. Remarks there are followed: "Python 3.10"
-- asks for that interpreter, "--no-deps" after a package installs it alone.
local system = require "visage.system"
local tree = require "spec.support.tree"

local environments = {}

local function run(command)
  io.write("   ", table.concat(command, " "), "\n")
  io.flush()
  return system.run(command) == 0
end

-- The packages of a requirements file: all with their dependencies, and alone.
local function packages(text)
  local whole, alone = {}, {}
  for line in text:gmatch "[^\n]+" do
    local package, remark = line:match "^%s*([^#%s]+)%s*#?(.*)$"
    if package then
      table.insert(remark:find("--no-deps", 1, true) and alone or whole, package)
    end
  end
  return whole, alone
end

local function make(name)
  local text = tree.read("spec/golden/requirements-" .. name .. ".txt")
  local venv = ".venv/" .. name
  local pip, done = venv .. "/bin/pip", venv .. "/requirements.txt"
  if system.read_file(done) == text then return venv .. "/bin/python" end
  local python = "python" .. (text:match "Python (3%.%d+)" or "3")
  local whole, alone = packages(text)
  local ok = system.remove_tree(venv) and run { python, "-m", "venv", venv }
    and (#whole == 0 or run { pip, "install", "--quiet", table.unpack(whole) })
    and (#alone == 0 or run { pip, "install", "--quiet", "--no-deps", table.unpack(alone) })
    and system.write_file(done, text)
  if not ok then return nil, ("%s, which needs %s, cannot be made"):format(venv, python) end
  return venv .. "/bin/python"
end

local made = {}

--- The interpreter of an environment, which is made unless it is there with
-- these very requirements; tried once.
-- @tparam string name
-- @treturn string a path, or nil and a text
function environments.python(name)
  made[name] = made[name] or table.pack(make(name))
  return table.unpack(made[name], 1, 2)
end

return environments
