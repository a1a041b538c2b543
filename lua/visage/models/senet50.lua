--- SE-ResNet-50 ("SENet") of VGGFace2. Cao et al. 2018 (arXiv 1710.08092);
-- topology in visage.models.residual, checkpoints in visage.models.vggface2.

local residual = require "visage.models.residual"
local vggface2 = require "visage.models.vggface2"

local senet50 = { name = "senet50", default = "keras", profiles = residual.profiles }

--- Builds the graph (visage.models.residual.build).
function senet50.build(options)
  local with = { squeeze = true }
  for k, v in pairs(options) do with[k] = v end
  return residual.build(with)
end

senet50.variants = vggface2.variants("senet50", 197)

return senet50
