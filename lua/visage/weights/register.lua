--- local.lua: what this machine learnt about weight files, by name. Hashes of
-- first downloads and files that `visage weights add` registered.
local system = require "visage.system"

local register = {}

local function path_of(folder) return folder .. "/local.lua" end

--- The recorded entries by name; an empty table when there is no local.lua yet.
-- The file is data: it runs without any global and without bytecode.
-- @tparam string folder
-- @treturn table
function register.read(folder)
  local path = path_of(folder)
  local text = system.read_file(path)
  if not text then return {} end
  local chunk = assert(load(text, "@" .. path, "t", {}))
  return chunk()
end

-- Strings, numbers, booleans and flat tables or lists of them: all that an entry
-- holds.
local function literal(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do
    parts[i] = (math.type(key) and "[%d] = %s" or "%s = %s"):format(key, literal(value[key]))
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

--- Writes an entry under its name, replacing what was recorded before.
-- @tparam string folder
-- @tparam table entry with a name
-- @treturn boolean true, or nil, text, code
function register.put(folder, entry)
  local recorded = register.read(folder)
  recorded[entry.name] = entry
  local names = {}
  for name in pairs(recorded) do names[#names + 1] = name end
  table.sort(names)
  local lines = {
    "-- Written by `visage weights`; weights/README.md says what it is.",
    "return {",
  }
  for _, name in ipairs(names) do
    recorded[name].name = name
    lines[#lines + 1] = ("  [%q] = %s,"):format(name, literal(recorded[name]))
  end
  lines[#lines + 1] = "}\n"
  local ok, text, code = system.mkdir_p(folder)
  if not ok then return nil, text, code end
  return system.write_file(path_of(folder), table.concat(lines, "\n"))
end

return register
