--- make goldens: runs the real frameworks again; `run.lua [SCRIPT ...]` for some.
-- spec/golden/NAME.py makes goldens when its first lines name a
-- requirements-ENVIRONMENT.txt (others are modules of these); each environment
-- becomes .venv/ENVIRONMENT. Remarks in the requirements are followed:
-- "Python 3.10" asks for that interpreter, "--no-deps" after a package installs
-- it alone. At the end is said which files changed. Nothing here runs in make
-- test, which reads what is committed.
package.path = "./?.lua;" .. package.path
local lfs = require "lfs"
local steps = require "spec.support.steps"
local system = require "visage.system"
local tree = require "spec.support.tree"

local FOLDER = "spec/golden/"

local asked = {}
for _, name in ipairs(arg) do asked[name:match "([^/]+)$"] = true end

-- {name, environment} of each script that is to run, sorted by environment.
local function scripts()
  local list = {}
  for _, path in ipairs(tree.matching("^spec/golden/[%w_]+%.py$", "py")) do
    local name = path:match "[^/]+$"
    local environment = tree.read(path):sub(1, 1500):match "requirements%-([%w_]+)%.txt"
    if environment and (not next(asked) or asked[name]) then
      list[#list + 1] = { name = name, environment = environment }
    end
  end
  table.sort(list, function(a, b)
    if a.environment ~= b.environment then return a.environment < b.environment end
    return a.name < b.name
  end)
  return list
end

-- sha256 of every file below spec/golden that is no source, by path.
local function hashes(folder, into)
  into = into or {}
  for name in lfs.dir(folder) do
    local path = folder .. name
    local mode = name:sub(1, 1) ~= "." and name ~= "__pycache__" and lfs.attributes(path, "mode")
    if mode == "directory" then
      hashes(path .. "/", into)
    elseif mode == "file" and not name:find "%.py$" and not name:find "%.lua$" then
      into[path] = assert(system.sha256_file(path))
    end
  end
  return into
end

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

-- Makes .venv/NAME unless it is there with these very requirements.
local function environment(name)
  local text = tree.read(FOLDER .. "requirements-" .. name .. ".txt")
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

local goldens = steps.new()
local before = hashes(FOLDER)
local pythons = {}
for _, script in ipairs(scripts()) do
  local name = script.environment
  if not pythons[name] then pythons[name] = table.pack(environment(name)) end
  local python, why = table.unpack(pythons[name])
  if python then
    goldens:run(script.name, { python, FOLDER .. script.name })
  else
    goldens:skip(script.name, why)
  end
end

local changed = {}
for path, hash in pairs(hashes(FOLDER)) do
  if before[path] ~= hash then changed[#changed + 1] = path end
end
table.sort(changed)
print(#changed == 0 and "no golden changed" or "changed:\n  " .. table.concat(changed, "\n  "))
goldens:finish()
