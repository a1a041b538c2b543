--- Python environments made of lists of packages, for the frameworks that visage is
-- compared with. Remarks in a list are followed: "Python 3.10" asks for that
-- interpreter, "--no-deps" after a package installs it alone.
local system = require "visage.system"

local environments = {}

local function run(command)
  io.write("   ", table.concat(command, " "), "\n")
  io.flush()
  return system.run(command) == 0
end

-- The packages of a list: those with their dependencies, and those alone.
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

local function make(folder, list)
  local text, why = system.read_file(list)
  if not text then return nil, why end
  local pip, done = folder .. "/bin/pip", folder .. "/requirements.txt"
  if system.read_file(done) == text then return folder .. "/bin/python" end
  local python = "python" .. (text:match "Python (3%.%d+)" or "3")
  local whole, alone = packages(text)
  local ok = system.remove_tree(folder) and run { python, "-m", "venv", folder }
    and (#whole == 0 or run { pip, "install", "--quiet", table.unpack(whole) })
    and (#alone == 0 or run { pip, "install", "--quiet", "--no-deps", table.unpack(alone) })
    and system.write_file(done, text)
  if not ok then return nil, ("%s, which needs %s, cannot be made"):format(folder, python) end
  return folder .. "/bin/python"
end

local made = {}

--- The interpreter of an environment, which is made unless it is there with these
-- very packages; tried once.
-- @tparam string folder where it is or will be
-- @tparam string list the file that names its packages
-- @treturn string a path, or nil and a text
function environments.python(folder, list)
  made[folder] = made[folder] or table.pack(make(folder, list))
  return table.unpack(made[folder], 1, 2)
end

return environments
