--- Photos and weights that are not part of the project: $VISAGE_DATA and
-- $VISAGE_WEIGHTS when set, or ../shared beside the checkout. A spec that gets
-- nil says pending.
local lfs = require "lfs"
local system = require "visage.system"

local shared = {}

local function find(variable, folder, name)
  local base = os.getenv(variable) or system.root() .. "/../shared/" .. folder
  local path = base .. "/" .. name
  return lfs.attributes(path, "mode") and path or nil
end

--- The path of a photo, list or folder: data("photos/ivan.jpg"), or nil.
function shared.data(name)
  return find("VISAGE_DATA", "data", name)
end

--- The path of a weight file: weights("mtcnn/pnet.pt"), or nil.
function shared.weights(name)
  return find("VISAGE_WEIGHTS", "weights", name)
end

--- The path of a golden that is not in the project: golden("NAME.json"), or nil.
function shared.golden(name)
  return find("VISAGE_GOLDEN", "golden", name)
end

return shared
