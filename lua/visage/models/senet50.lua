--- SE-ResNet-50 ("SENet") of VGGFace2 as keras-vggface 0.6 distributes it.
-- Cao et al. 2018 (arXiv 1710.08092); topology in visage.models.residual.

local names = require "visage.models.names"
local residual = require "visage.models.residual"

local senet50 = { name = "senet50", default = "keras", profiles = residual.profiles }

--- Builds the graph (visage.models.residual.build).
function senet50.build(options)
  local with = { squeeze = true }
  for k, v in pairs(options) do with[k] = v end
  return residual.build(with)
end

senet50.variants = {
  keras = {
    about = "keras-vggface 0.6, trained on VGGFace2",
    build = residual.profiles.keras,
    input = { width = 224, height = 224, channels = 3 },
    least = 197,
    -- preprocess_input(version=2) of keras-vggface.
    preprocess = { order = "bgr", mean = { 91.4953, 103.8827, 131.0912 }, scale = 1 },
    resize = "bicubic",
    feature = "avg_pool",
    pooling = "max",
    dimension = 2048,
    distance = "cosine",
    classes = 8631,
    labels = "v2",
    names = names.keras { classifier = true },
    top = { "^classifier/" },
    weights = { "senet50-keras-notop", "senet50-keras" },
    weights_top = { "senet50-keras" },
  },
}

return senet50
