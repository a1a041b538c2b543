--- Alignment by five points: a similarity transform (Umeyama 1991) from the
-- detector's points to a template, and the warp to the template's size.
-- Points in order: left eye as seen, right eye, nose, left and right mouth corner.

local image = require "visage.image"
local named = require "visage.options"

local align = {}

-- Mean positions of dlib's 68-point face shape, as fractions of a chip without
-- padding: dlib/image_transforms/interpolation.h, get_face_chip_details
-- (points 17 to 67 are published there; 30, 36 to 47, 48 and 54 are used here).
local dlib_mean = {
  left_eye = { -- 36 to 41
    { 0.121737, 0.216423 }, { 0.187122, 0.178758 }, { 0.265825, 0.179852 },
    { 0.334606, 0.231733 }, { 0.260918, 0.245099 }, { 0.182743, 0.244077 },
  },
  right_eye = { -- 42 to 47
    { 0.645647, 0.231733 }, { 0.714428, 0.179852 }, { 0.793132, 0.178758 },
    { 0.858516, 0.216423 }, { 0.79751, 0.244077 }, { 0.719335, 0.245099 },
  },
  nose_tip = { { 0.490127, 0.515625 } }, -- 30
  left_mouth = { { 0.254149, 0.780233 } }, -- 48
  right_mouth = { { 0.726104, 0.780233 } }, -- 54
}

local function mean(points)
  local x, y = 0, 0
  for _, p in ipairs(points) do x, y = x + p[1], y + p[2] end
  return x / #points, y / #points
end

-- dlib's own placing of a mean point on a chip: (padding + p) / (2 padding + 1).
local function chip(size, padding)
  local points = {}
  for i, part in ipairs { "left_eye", "right_eye", "nose_tip", "left_mouth", "right_mouth" } do
    local x, y = mean(dlib_mean[part])
    local scale = size / (2 * padding + 1)
    points[i] = { (padding + x) * scale, (padding + y) * scale }
  end
  return points
end

-- Points in fractions of a square's side.
local function scaled(side, points)
  local out = {}
  for i, p in ipairs(points) do out[i] = { p[1] * side, p[2] * side } end
  return out
end

-- The five points that SphereFace was trained with, on 96x112 pixels.
local sphereface = {
  { 30.2946, 51.6963 }, { 65.5318, 51.5014 }, { 48.0252, 71.7366 },
  { 33.5493, 92.3655 }, { 62.7299, 92.2041 },
}

local function moved(points, dx)
  local out = {}
  for i, p in ipairs(points) do out[i] = { p[1] + dx, p[2] } end
  return out
end

align.templates = {
  ["sphereface-112x96"] = {
    about = "the five points that SphereFace and MobileFaceNet were trained with",
    width = 96, height = 112, points = sphereface,
  },
  ["arcface-112x112"] = {
    about = "SphereFace's points in a square, as ArcFace was trained with",
    width = 112, height = 112, points = moved(sphereface, 8),
  },
  ["retail-0095"] = {
    about = "the five points that face-reidentification-retail-0095 asks for (its README)",
    width = 128, height = 128,
    points = scaled(128, {
      { 0.31556875, 0.4615741071428571 }, { 0.6826229166666667, 0.4615741071428571 },
      { 0.5002625, 0.6405053571428571 }, { 0.349471875, 0.8246919642857142 },
      { 0.6534364583333333, 0.8246919642857142 },
    }),
  },
  -- Not dlib's own alignment, which takes landmarks from dlib's shape predictors
  -- (the one of 68 points may not be used commercially); MTCNN's five are other
  -- places of the face. Here each eye is the mean of that eye's six points of dlib's mean
  -- shape, the nose is its tip (30) and the mouth its corners (48, 54), placed
  -- on a 150x150 chip with padding 0.25 by dlib's formula.
  ["dlib-from-mtcnn5"] = {
    about = "dlib's mean face shape reduced to MTCNN's five points; not dlib's own alignment",
    width = 150, height = 150,
    points = chip(150, 0.25),
  },
}

local function template_of(template)
  local found = type(template) == "table" and template or align.templates[template]
  if found then return found end
  error(("align: there is no template %s; there are %s"):format(tostring(template),
    named.names(align.templates)), 3)
end

--- Warps a face to a template.
-- @tparam tensor img u8 (H, W, 3)
-- @tparam {{number,number},...} points five, on the image
-- @tparam string|table template a name or {width, height, points}
-- @tparam[opt] table options filter ("bilinear")
-- @treturn tensor u8 (template height, template width, 3)
-- @treturn tensor the 2x3 matrix, from image to template
function align.align(img, points, template, options)
  local t = template_of(template)
  local matrix = image.similarity(points, t.points)
  local filter = options and options.filter or "bilinear"
  return image.warp(img, matrix, t.width, t.height, { filter = filter, border = 0 }), matrix
end

return align
