--- ResNet-50 of VGGFace2. Cao et al. 2018 (arXiv 1710.08092); topology in
-- visage.models.residual, checkpoints in visage.models.vggface2.

local residual = require "visage.models.residual"
local vggface2 = require "visage.models.vggface2"

local resnet50 = { name = "resnet50", default = "keras", profiles = residual.profiles }

--- Builds the graph (visage.models.residual.build).
function resnet50.build(options)
  return residual.build(options)
end

resnet50.variants = vggface2.variants("resnet50", 32)

return resnet50
