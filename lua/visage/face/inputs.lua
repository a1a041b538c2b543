--- What MTCNN's networks are shown: an image, or boxes of it, resized and
-- normalised as a profile says, to the bit as in separate steps.

local boxes = require "visage.face.boxes"
local image = require "visage.image"
local tensor = require "visage.tensor"

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

-- The options of image.patches.
local function patching(o, filter, threads)
  local how = { filter = filter, threads = threads }
  if o.normalise == "after" then
    for k, v in pairs(o.preprocess) do how[k] = v end
  end
  return how
end

--- The whole image in another size.
-- @tparam tensor img from prepare
-- @tparam integer width
-- @tparam integer height
-- @tparam table o options
-- @tparam table work threads, or nil for all; buffer: the numbers of the result,
-- which is gone with the next call; made when there is none or it is too small
-- @treturn tensor f32 (1, 3, height, width)
function inputs.whole(img, width, height, o, work)
  local count = 3 * height * width
  if not work.buffer or work.buffer:size(1) < count then
    work.buffer = tensor.zeros { count }
  end
  local how = patching(o, o.resize, work.threads)
  how.into = work.buffer:narrow(1, 1, count):reshape { 1, 3, height, width }
  return image.patches({ { img, 0, 0, img:size(2), img:size(1) } }, width, height, how)
end

--- What of the image a box shows. Boxes count pixels from 1 and hold both edges.
-- @tparam tensor img from prepare
-- @tparam table b box
-- @tparam table o options
-- @treturn ?table one of image.patches, or nil where the box holds no pixel
function inputs.patch(img, b, o)
  local height, width = img:size(1), img:size(2)
  if o.crop == "sample" then
    return { img, b[1] / width, b[2] / height, b[3] / width, b[4] / height }
  end
  local x1, y1 = boxes.truncate(b[1]), boxes.truncate(b[2])
  local x2, y2 = boxes.truncate(b[3]), boxes.truncate(b[4])
  if o.crop == "clip" then
    x1, y1 = math.max(x1, 1), math.max(y1, 1)
    x2, y2 = math.min(x2, width), math.min(y2, height)
  end
  if x2 < x1 or y2 < y1 then return nil end
  return { img, x1 - 1, y1 - 1, x2 - x1 + 1, y2 - y1 + 1 }
end

--- Patches as a network's input.
-- @tparam {table,...} patches
-- @tparam integer side
-- @tparam table o options
-- @tparam ?integer threads
-- @treturn tensor f32 (N, 3, side, side)
function inputs.batch(patches, side, o, threads)
  local how = patching(o, o.crop == "sample" and "crop_resize" or o.resize, threads)
  -- Resampled as floats: the ports round nothing between here and the net.
  how.floats = o.crop ~= "sample"
  return image.patches(patches, side, side, how)
end

return inputs
