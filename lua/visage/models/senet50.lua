--- SE-ResNet-50 ("SENet") of VGGFace2 as keras-vggface 0.6 distributes it.
-- Cao et al. 2018 (arXiv 1710.08092); topology in visage.models.residual.

local residual = require "visage.models.residual"

local senet50 = { name = "senet50", default = "keras", profiles = residual.profiles }

--- Builds the graph (visage.models.residual.build).
function senet50.build(options)
  local with = { squeeze = true }
  for k, v in pairs(options) do with[k] = v end
  return residual.build(with)
end

senet50.variants = { keras = residual.keras_variant("senet50-keras", 197) }

return senet50
