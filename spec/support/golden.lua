--- The small files of spec/golden, made by the frameworks that we must equal.
local json = require "dkjson"
local system = require "visage.system"

local golden = {}

--- The path of a file in spec/golden.
function golden.path(name)
  return system.root() .. "/spec/golden/" .. name
end

--- spec/golden/NAME.json, decoded; JSON's null is nil.
function golden.load(name)
  local path = golden.path(name .. ".json")
  local value, _, text = json.decode(assert(system.read_file(path)))
  return value or error(("%s: %s"):format(path, text))
end

return golden
