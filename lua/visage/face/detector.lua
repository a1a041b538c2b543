--- Face detectors by the name of their option set in face/profiles.lua.

local cascade = require "visage.face.cascade"
local named = require "visage.options"
local profiles = require "visage.face.profiles"
local retinaface = require "visage.face.retinaface"

local detector = {}

-- What reads a profile, by its `network`.
local networks = { mtcnn = cascade, retinaface = retinaface }

-- The profile's options with the caller's over them.
local function options_of(given)
  local name = given.profile or "facenet-pytorch"
  local profile = type(name) == "table" and name or profiles[name]
  if not profile then
    error(("face.detector: no profile %s; there are %s"):format(tostring(name),
      named.names(profiles)), 3)
  end
  local o = {}
  for k, v in pairs(profile) do
    o[k] = given[k]
    if o[k] == nil then o[k] = v end
  end
  return o, type(name) == "table" and (name.name or "own") or name
end

--- Opens a detector.
-- @tparam[opt] table given profile: a name of face/profiles.lua or such a
-- table; any of its fields over it; weights {pnet=, rnet=, onet=} or
-- {retinaface=}: paths, names of the manifest or tables of tensors; device,
-- engine, threads
-- @treturn detector, or nil, text, code
function detector.open(given)
  given = given or {}
  local o, name = options_of(given)
  local known = { profile = true, weights = true, device = true, engine = true, threads = true }
  for field in pairs(o) do known[field] = true end
  named.check("face.detector", given, known)
  return networks[o.network].open(given, o, name)
end

return detector
