--- Faces in photos: finding, choosing, cutting, aligning, embedding.

local align = require "visage.face.align"
local choose = require "visage.face.choose"
local crops = require "visage.face.crops"
local detector = require "visage.face.detector"
local embed = require "visage.face.embed"
local profiles = require "visage.face.profiles"
local quality = require "visage.face.quality"

return {
  --- detector { profile = "facenet-pytorch" } -> detector | nil, text, code.
  detector = detector.open,
  profiles = profiles,
  choose = choose.choose,
  crop = crops.crop,
  crops = crops.rules,
  region = crops.region,
  align = align.align,
  templates = align.templates,
  embed = embed.embed,
  batches = embed.batches,
  policies = embed.policies,
  quality = quality,
}
