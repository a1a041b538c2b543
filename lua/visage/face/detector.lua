--- Face detectors by the name of their option set in face/profiles.lua.

local cascade = require "visage.face.cascade"
local named = require "visage.options"
local profiles = require "visage.face.profiles"
local retinaface = require "visage.face.retinaface"

local detector = {}

-- What reads a profile, by its `network`, and the models whose weights it takes.
local networks = {
  mtcnn = { reader = cascade, model = require "visage.models.mtcnn" },
  retinaface = { reader = retinaface, model = require "visage.models.retinaface" },
}

-- What is wrong with an option's value beside a profile's, or nil. A word must be
-- one that some profile has, for any other would be read as one of them.
local function fault_of(field, value, usual)
  if type(value) ~= type(usual) then
    return ("%s is a %s, wants a %s"):format(field, type(value), type(usual))
  end
  if type(value) ~= "string" or field == "about" or field == "name" then return nil end
  local words = {}
  for _, profile in pairs(profiles) do
    if profile[field] then words[profile[field]] = true end
  end
  if next(words) and not words[value] then
    return ("%s is '%s'; there are %s"):format(field, value, named.names(words))
  end
end

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
    local fault = fault_of(k, o[k], v)
    if fault then error("face.detector: " .. fault, 3) end
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
  local parts, network = {}, networks[o.network]
  for _, part in ipairs(network.model.parts) do parts[part] = true end
  named.check("face.detector: weights", given.weights, parts)
  return network.reader.open(given, o, name)
end

return detector
