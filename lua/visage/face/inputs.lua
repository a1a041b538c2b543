--- What MTCNN's networks are shown: an image, or boxes of it, resized and
-- normalised as a profile says.

local boxes = require "visage.face.boxes"
local image = require "visage.image"

local inputs = {}

--- The image as the other functions take it: normalised where the profile does
-- that first.
-- @tparam tensor img u8 (H, W, 3)
-- @tparam table o options of a profile, and preprocess
-- @treturn tensor u8 or f32 (H, W, 3)
function inputs.prepare(img, o)
  if o.normalise ~= "before" then return img end
  return image.to_tensor(img, o.preprocess):permute { 2, 3, 1 }:contiguous()
end

local function numbers(small, o)
  return image.to_tensor(small, o.normalise == "after" and o.preprocess or nil)
end

--- The whole image in another size.
-- @tparam tensor img from prepare
-- @tparam integer width
-- @tparam integer height
-- @tparam table o options
-- @treturn tensor f32 (3, height, width)
function inputs.whole(img, width, height, o)
  return numbers(image.resize(img, width, height, o.resize), o)
end

-- The box's pixels, or nil when there are none. Boxes count pixels from 1 and
-- hold both edges.
local function pixels(img, b, o)
  local x1, y1 = boxes.truncate(b[1]), boxes.truncate(b[2])
  local x2, y2 = boxes.truncate(b[3]), boxes.truncate(b[4])
  if o.crop == "clip" then
    local shape = img:shape()
    x1, y1 = math.max(x1, 1), math.max(y1, 1)
    x2, y2 = math.min(x2, shape[2]), math.min(y2, shape[1])
  end
  if x2 < x1 or y2 < y1 then return nil end
  return image.crop(img, x1 - 1, y1 - 1, x2 - x1 + 1, y2 - y1 + 1)
end

--- A box of the image.
-- @tparam tensor img from prepare
-- @tparam table b box
-- @tparam integer side
-- @tparam table o options
-- @treturn ?tensor f32 (3, side, side), or nil where the box holds no pixel
function inputs.crop(img, b, side, o)
  if o.crop == "sample" then
    local height, width = img:size(1), img:size(2)
    local box = { b[1] / width, b[2] / height, b[3] / width, b[4] / height }
    return numbers(image.crop_resize(img, box, side, side), o)
  end
  local own = pixels(img, b, o)
  if not own then return nil end
  -- Resampled as floats: the ports round nothing between here and the net. Means
  -- of bytes are the same floats.
  if o.resize ~= "adaptive_area" then own = own:to "f32" end
  return numbers(image.resize(own, side, side, o.resize), o)
end

return inputs
