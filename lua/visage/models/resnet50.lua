--- ResNet-50 of VGGFace2 as keras-vggface 0.6 distributes it.
-- Cao et al. 2018 (arXiv 1710.08092); topology in visage.models.residual.

local residual = require "visage.models.residual"

local resnet50 = { name = "resnet50", default = "keras", profiles = residual.profiles }

--- Builds the graph (visage.models.residual.build).
function resnet50.build(options)
  return residual.build(options)
end

resnet50.variants = { keras = residual.keras_variant("resnet50-keras", 32) }

return resnet50
