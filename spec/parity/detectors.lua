--- The detectors' part of make parity: every profile on every photo beside what
-- its program found there (the goldens; make goldens runs the programs again).
local detections = require "spec.support.detections"
local face = require "visage.face"
local image = require "visage.image"
local networks = require "spec.support.networks"
local shared = require "spec.support.shared"

local detectors = {}

detectors.head = [[

Detectors: what the program found and visage finds in every photo, differences in pixels and
probability, the worst.

| profile | program | photos | faces | photos with another count | box | points | score |
|---|---|---|---|---|---|---|---|
]]

-- Most that is allowed, in pixels.
local PIXELS = 0.5

--- One profile's row of the table.
-- @tparam table profile of detections.profiles
-- @treturn ?string a line, nil when it cannot be made
-- @treturn ?boolean whether it is good
-- @treturn ?string why it cannot be made
function detectors.line(profile)
  local weights = networks[face.profiles[profile.name].network]()
  if not (weights and shared.data "photos") then
    return nil, nil, "weights or photos are not here"
  end
  local names, photos = detections.photos(profile.golden)
  local detector = assert(face.detector { profile = profile.name, weights = weights })
  local faces, counts, worst = 0, 0, { 0, 0, 0 }
  for _, name in ipairs(names) do
    local found, rows = detector:detect(assert(image.load(shared.data(name)))), photos[name]
    faces = faces + #rows
    if #found ~= #rows then counts = counts + 1 end
    for k = 1, math.min(#found, #rows) do
      local errors = { detections.errors(found[k], rows[k]) }
      for i = 1, 3 do worst[i] = math.max(worst[i], errors[i]) end
    end
  end
  detector:close()
  local line = ("| %s | %s | %d | %d | %d | %.4f | %.4f | %.1e |"):format(profile.name,
    profile.program, #names, faces, counts, worst[1], worst[2], worst[3])
  return line, counts == 0 and worst[1] <= PIXELS and worst[2] <= PIXELS
end

detectors.profiles = detections.profiles

return detectors
