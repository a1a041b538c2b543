--- make goldens: runs the real frameworks again; `run.lua [SCRIPT ...]` for some.
-- spec/golden/NAME.py makes goldens when its first lines name a
-- requirements-ENVIRONMENT.txt (others are modules of these); each environment
-- becomes .venv/ENVIRONMENT. At the end is said which files changed. Nothing
-- here runs in make test, which reads what is committed.
package.path = "./?.lua;" .. package.path
local environments = require "spec.support.environments"
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

local goldens = steps.new()
local before = hashes(FOLDER)
for _, script in ipairs(scripts()) do
  local python, why = environments.python(script.environment)
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
