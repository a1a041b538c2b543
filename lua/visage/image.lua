--- Images: u8 tensors (H,W,3), RGB.
--
-- Pixel (i, j) covers the square from (i, j) to (i+1, j+1), x to the right and y
-- down; boxes {x1, y1, x2, y2} and points are in these continuous coordinates.
-- Only `warp`, `similarity` and `affine` go with OpenCV, where the first pixel's
-- centre is (0, 0).
--
--     local image = require "visage.image"
--     local photo = assert(image.load("photo.jpg"))
--     local face = image.resize(image.crop(photo, 40, 30, 120, 140), 224, 224)
--     assert(image.save(image.draw_box(photo, { 40, 30, 160, 170 }), "boxed.png"))
local check = require("visage.options").check
local core = require "visage.core.image"
local tensor = require "visage.tensor" -- images are tensors, and have their methods

local image = {}

--- Where text gets its letters: Debian's fonts-dejavu-core.
local FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

--- Three numbers from a number, a table of three or nil (then fallback).
local function triple(value, fallback)
  if value == nil then value = fallback end
  return type(value) == "number" and { value, value, value } or value
end

local DECODING = { exif = true, fast_dct = true, most_pixels = true, name = true }

--- The image in a file: JPEG, PNG, BMP, GIF (first frame), TGA or PNM, told by content.
-- Pixels of JPEG and PNG equal Pillow's `convert("RGB")`, alpha dropped; 16-bit values keep the
-- high byte.
-- @tparam string path
-- @tparam[opt] table options exif=true turns a JPEG upright as its EXIF says; most_pixels: a
-- larger picture is an error, before any of it is decoded; default 64 megapixels (2^26), at most
-- 2^28; fast_dct=true decodes a JPEG as TensorFlow does, with libjpeg's less exact DCT: most pixels
-- are a few levels away
-- @treturn core.tensor|nil u8 (H,W,3), or nil, text, code
function image.load(path, options)
  options = check("image.load", options, DECODING)
  return core.load(path, options.exif, options.most_pixels, options.fast_dct)
end

--- As load, of a file's bytes.
-- @tparam string bytes
-- @tparam[opt] table options those of load; name stands for the file in errors
-- @treturn core.tensor|nil u8 (H,W,3), or nil, text, code
function image.decode(bytes, options)
  options = check("image.decode", options, DECODING)
  return core.decode(bytes, options.name or "image", options.exif, options.most_pixels,
    options.fast_dct)
end

local ENCODING = { quality = true }

--- The bytes of an image file.
-- @tparam core.tensor img u8 (H,W,3)
-- @tparam string format "png" or "jpeg"
-- @tparam[opt] table options quality of JPEG, 1 to 100, default 95
-- @treturn string
function image.encode(img, format, options)
  options = check("image.encode", options, ENCODING)
  return core.encode(img, format, options.quality or 95)
end

--- Writes an image, whole or not at all.
-- @tparam core.tensor img u8 (H,W,3)
-- @tparam string path ending in .png, .jpg or .jpeg
-- @tparam[opt] table options as in encode
-- @treturn boolean|nil true, or nil, text, code
function image.save(img, path, options)
  options = check("image.save", options, ENCODING)
  return core.save(img, path, options.quality or 95)
end

--- A rectangle of an image, black where it leaves the image.
-- @tparam core.tensor img u8 (H,W,3)
-- @tparam integer x its left column, 0-based
-- @tparam integer y its top row, 0-based
-- @tparam integer width
-- @tparam integer height
-- @treturn core.tensor u8 (height,width,3)
function image.crop(img, x, y, width, height)
  return core.crop(img, x, y, width, height)
end

--- An image in another size.
-- @tparam core.tensor img u8 (H,W,3); f32 too from "area" on
-- @tparam integer width
-- @tparam integer height
-- @tparam[opt="bicubic"] string filter "nearest", "bilinear", "bicubic", "lanczos": equal to
-- Pillow's; "area", "linear": OpenCV's INTER_AREA and INTER_LINEAR; "adaptive_area": PyTorch's
-- adaptive average pooling; "tf_area": TensorFlow's AREA; "pdollar": imResample of Piotr Dollar's
-- Matlab toolbox
-- @treturn core.tensor (height,width,3), f32 from "adaptive_area" on, else img's dtype
function image.resize(img, width, height, filter)
  return core.resize(img, width, height, filter or "bicubic")
end

--- A box of an image in another size, as tf.image.crop_and_resize: bilinear, 0 outside.
-- @tparam core.tensor img f32 (H,W,3)
-- @tparam table box {x1, y1, x2, y2} in fractions: 0 is the centre of the first pixel, 1 that of
-- the last; they become the centres of the result's
-- @tparam integer width
-- @tparam integer height
-- @treturn core.tensor f32 (height,width,3)
function image.crop_resize(img, box, width, height)
  return core.crop_resize(img, box, width, height)
end

--- Mirrored left to right.
-- @tparam core.tensor img u8 (H,W,3)
-- @treturn core.tensor u8 (H,W,3)
function image.flip(img)
  return core.flip(img)
end

local WARPING = { filter = true, border = true }

--- An image moved by an affine map, as cv2.warpAffine without WARP_INVERSE_MAP.
-- @tparam core.tensor img u8 (H,W,3)
-- @tparam core.tensor|table map 2x3, from places in img to places in the result
-- @tparam integer width
-- @tparam integer height
-- @tparam[opt] table options filter="bilinear" or "nearest"; border, a grey or {r,g,b}, default 0
-- @treturn core.tensor u8 (height,width,3)
function image.warp(img, map, width, height, options)
  options = check("image.warp", options, WARPING)
  return core.warp(img, map, width, height, options.filter or "bilinear", triple(options.border, 0))
end

--- The rotation, uniform scale and shift nearest in the least squares (Umeyama 1991).
-- @tparam core.tensor|table from (N,2), N >= 2
-- @tparam core.tensor|table to (N,2)
-- @treturn core.tensor f64 (2,3), from `from` to `to`
function image.similarity(from, to)
  return core.similarity(from, to)
end

--- The affine map nearest in the least squares.
-- @tparam core.tensor|table from (N,2), N >= 3, not on a line
-- @tparam core.tensor|table to (N,2)
-- @treturn core.tensor f64 (2,3), from `from` to `to`
function image.affine(from, to)
  return core.affine(from, to)
end

-- What core takes for the options of to_tensor: bgr, mean, scale, divide.
local function mapping(name, options)
  local order = options.order or "rgb"
  if order ~= "rgb" and order ~= "bgr" then
    error(("%s: order '%s', wanted rgb or bgr"):format(name, tostring(order)), 3)
  end
  if options.scale and options.std then
    error(name .. ": scale and std exclude each other", 3)
  end
  local scale = triple(options.std or options.scale, 1)
  return order == "bgr", triple(options.mean, 0), scale, options.std ~= nil
end

local MAPPING = { order = true, mean = true, scale = true, std = true }

--- A network's input: (x - mean) * scale, or (x - mean) / std, channel by channel in f32.
-- @tparam core.tensor img u8 or f32 (H,W,3)
-- @tparam[opt] table options order="rgb" or "bgr"; mean, scale or std: a number or one for each
-- output channel
-- @treturn core.tensor f32 (3,H,W)
function image.to_tensor(img, options)
  options = check("image.to_tensor", options, MAPPING)
  return core.to_tensor(img, mapping("image.to_tensor", options))
end

local PATCHES = {
  order = true, mean = true, scale = true, std = true, filter = true, floats = true,
  threads = true, into = true,
}

--- Parts of images as a network's input, on several threads: to the bit what crop, resize and
-- to_tensor make of each, in one pass over its pixels.
-- @tparam {table,...} list patches {img, x, y, width, height}: whole pixels, what lies outside is
-- 0; with the filter "crop_resize" {img, x1, y1, x2, y2}, f32 images and fractions as there
-- @tparam integer width
-- @tparam integer height
-- @tparam[opt] table options filter: "crop_resize" or one of resize, default "bicubic";
-- floats=true makes bytes f32 before they are resized (area, linear); order, mean, scale, std: as
-- in to_tensor; threads, by default all; into: f32 (N,3,height,width) to be filled
-- @treturn core.tensor f32 (N,3,height,width)
function image.patches(list, width, height, options)
  options = check("image.patches", options, PATCHES)
  local out = options.into or tensor.zeros { #list, 3, height, width }
  return core.patches(out, list, options.filter or "bicubic", options.floats,
    options.threads or 0, mapping("image.patches", options))
end

--- How sharp an image is: the variance of the Laplacian of its grey values (Pech-Pacheco et al.
-- 2000), equal to cv2.Laplacian(cv2.cvtColor(img, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var(). It
-- depends on the size: compare images of one size only.
-- @tparam core.tensor img u8 (H,W,3)
-- @treturn number 0 (one colour) or more
function image.sharpness(img)
  return core.sharpness(img)
end

-- From dark blue to nearly white, brighter from stop to stop, so that it can be read
-- in grey and by the colour-blind: { share, red, green, blue }.
local HEAT = {
  { 0, 8, 12, 40 }, { 0.35, 0, 90, 160 }, { 0.7, 235, 170, 60 }, { 1, 255, 250, 230 },
}

-- One channel of HEAT at shares (H,W): straight lines between the stops.
local function heat_channel(share, channel)
  local out = share * 0 + HEAT[1][channel + 1]
  for k = 2, #HEAT do
    local from, to = HEAT[k - 1], HEAT[k]
    local width, rise = to[1] - from[1], to[channel + 1] - from[channel + 1]
    out = out + (share - from[1]):clamp(0, width) * (rise / width)
  end
  return out
end

--- Numbers as colours, such as a channel of a feature map: the least is dark, the
-- greatest bright; where all are equal all is dark.
-- @tparam core.tensor matrix (H,W), finite
-- @treturn core.tensor u8 (H,W,3)
function image.heat(matrix)
  local low, high = matrix:min(), matrix:max()
  if low - low ~= 0 or high - high ~= 0 then error("image.heat: a number is not finite", 2) end
  local share = (matrix:to "f64" - low) / (high > low and high - low or 1)
  local out = tensor.zeros({ matrix:size(1), matrix:size(2), 3 }, "u8")
  for channel = 1, 3 do
    out:select(3, channel):copy((heat_channel(share, channel) + 0.5):to "u8")
  end
  return out
end

local BOXES = { color = true, width = true }

--- Draws the outline of a box, inside it, in place.
-- @tparam core.tensor img u8 (H,W,3)
-- @tparam table box {x1, y1, x2, y2}
-- @tparam[opt] table options color={255,0,0}, width=2
-- @treturn core.tensor img
function image.draw_box(img, box, options)
  options = check("image.draw_box", options, BOXES)
  return core.draw_box(img, box, options.width or 2, options.color or { 255, 0, 0 })
end

local POINTS = { color = true, radius = true }

--- Draws a disc, in place.
-- @tparam core.tensor img u8 (H,W,3)
-- @tparam number x
-- @tparam number y
-- @tparam[opt] table options color={0,255,0}, radius=2
-- @treturn core.tensor img
function image.draw_point(img, x, y, options)
  options = check("image.draw_point", options, POINTS)
  return core.draw_point(img, x, y, options.radius or 2, options.color or { 0, 255, 0 })
end

local TEXTS = { color = true, size = true, background = true, font = true }

--- Draws UTF-8 text on a background, in place.
-- @tparam core.tensor img u8 (H,W,3)
-- @tparam number x left edge of the background
-- @tparam number y its top edge
-- @tparam string text "\n" begins a new line
-- @tparam[opt] table options color={255,255,255}, size=16, background={0,0,0} or false, font: the
-- path of a TrueType file, default DejaVu Sans
-- @treturn core.tensor|nil img, or nil, text, code when the font cannot be read
function image.draw_text(img, x, y, text, options)
  options = check("image.draw_text", options, TEXTS)
  local background = options.background
  if background == nil then background = { 0, 0, 0 } end
  return core.draw_text(img, x, y, text, options.font or FONT, options.size or 16,
    options.color or { 255, 255, 255 }, background)
end

return image
