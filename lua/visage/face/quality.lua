--- What can be measured of a face on its photo that tells how well it may be
-- recognised: sharpness, size, pose. Rough figures, to be used as covariates and to
-- reject the poorest photos; none is a standard's quality score.

local align = require "visage.face.align"
local crops = require "visage.face.crops"
local image = require "visage.image"

local quality = {}

--- The columns that `of` fills, in the order of tables.
quality.columns = { "blur", "box_side", "eye_distance", "yaw", "pitch", "roll" }

-- Sharpness depends on the size, so it is measured on faces of one size: aligned by
-- their five points to this template, eyes 35 pixels apart.
local TEMPLATE = "arcface-112x112"

-- The five points in space, x to the right as seen, y up, z to the viewer, of
-- MediaPipe's canonical_face_model.obj: the eyes are the means of their corners (its
-- vertices 33 and 133, 362 and 263), the nose is its tip (1), the mouth its corners
-- (61, 291). In centimetres.
local HEAD = {
  { -3.1511455, 2.624618, 3.465663 }, { 3.1511455, 2.624618, 3.465663 },
  { 0, -1.126865, 7.475604 }, { -2.456206, -4.342621, 4.283884 },
  { 2.456206, -4.342621, 4.283884 },
}

-- Points less their mean.
local function centred(points)
  local n, mean, out = #points[1], {}, {}
  for c = 1, n do
    mean[c] = 0
    for _, p in ipairs(points) do mean[c] = mean[c] + p[c] / #points end
  end
  for i, p in ipairs(points) do
    out[i] = {}
    for c = 1, n do out[i][c] = p[c] - mean[c] end
  end
  return out
end

local function sum(a, i, b, j)
  local total = 0
  for k = 1, #a do total = total + a[k][i] * b[k][j] end
  return total
end

local SPACE = centred(HEAD)
-- The head is symmetric, so x does not depend on y and z.
local XX, YY, YZ, ZZ = sum(SPACE, 1, SPACE, 1), sum(SPACE, 2, SPACE, 2),
  sum(SPACE, 2, SPACE, 3), sum(SPACE, 3, SPACE, 3)
local DETERMINANT = YY * ZZ - YZ * YZ

-- The vector of space whose products with the points are nearest to coordinate c of
-- the photo's points in the least squares; of length one.
local function direction(photo, c, sign)
  local y, z = sum(SPACE, 2, photo, c), sum(SPACE, 3, photo, c)
  local v = {
    sum(SPACE, 1, photo, c) / XX, (y * ZZ - z * YZ) / DETERMINANT,
    (z * YY - y * YZ) / DETERMINANT,
  }
  local length = math.sqrt(v[1] ^ 2 + v[2] ^ 2 + v[3] ^ 2)
  for k = 1, 3 do v[k] = sign * v[k] / length end
  return v
end

local function cross(a, b)
  return { a[2] * b[3] - a[3] * b[2], a[3] * b[1] - a[1] * b[3], a[1] * b[2] - a[2] * b[1] }
end

--- Where a face looks, by its five points: the pose from orthography and scaling
-- (DeMenthon and Davis 1995, without iteration) of a mean head. Its rows of space
-- that give x and y on the photo are r1 and r2, r3 = r1 x r2, and
--
--     yaw = atan2(-r3.x, r3.z)    pitch = -asin(r3.y)    roll = atan2(r1.y, r2.y)
--
-- so the head turns first, then nods, then the photo is turned. It is exact for a
-- head of these proportions far from the camera. Of real ones: a broad or flat face
-- or an open mouth moves angles by some 5 to 10 degrees, pitch most; a nose flatter than
-- the model's makes yaw come out small; a near camera exaggerates it; and from about 60
-- degrees of yaw on detectors put the hidden eye and mouth corner beside the seen ones,
-- so larger angles come out too small.
-- @tparam {{number,number},...} points five of a detector, on the photo
-- @treturn table { yaw, pitch, roll } degrees: yaw above 0 looks to the right of the
-- photo, pitch above 0 up, roll above 0 leans clockwise; nil where points coincide
-- @usage quality.pose(face.templates["arcface-112x112"].points).yaw --> about 0
function quality.pose(points)
  local photo = centred(points)
  local r1, r2 = direction(photo, 1, 1), direction(photo, 2, -1)
  local r3 = cross(r1, r2)
  local length = math.sqrt(r3[1] ^ 2 + r3[2] ^ 2 + r3[3] ^ 2)
  -- The points lie on a line, or are not numbers.
  if length ~= length or length < 1e-9 then return nil end
  return {
    yaw = math.deg(math.atan(-r3[1], r3[3])), pitch = math.deg(-math.asin(r3[2] / length)),
    roll = math.deg(math.atan(r1[2], r2[2])),
  }
end

--- How large a face is on its photo.
-- @tparam table found of a detector: box and perhaps points
-- @treturn table { box_side: the shorter one, in pixels; eye_distance: between the
-- eyes' points, nil without them }
function quality.size(found)
  local b, p = found.box, found.points
  return {
    box_side = math.min(b[3] - b[1], b[4] - b[2]),
    eye_distance = p and math.sqrt((p[2][1] - p[1][1]) ^ 2 + (p[2][2] - p[1][2]) ^ 2) or nil,
  }
end

--- How sharp a face is: image.sharpness of it, aligned to 112 x 112 by its points,
-- or, without points, of its box in that size. It falls with blur and with a small
-- photo, that is with what is lost to a network of such an input; noise, beards and
-- glasses raise it.
-- @tparam core.tensor img u8 (H,W,3), the photo
-- @tparam table found of a detector
-- @treturn number 0 or more; nil where the box leaves no pixels
function quality.blur(img, found)
  if found.points then return image.sharpness((align.align(img, found.points, TEMPLATE))) end
  local cut = crops.crop(img, found.box, "box")
  local side = align.templates[TEMPLATE].width
  return cut and image.sharpness(image.resize(cut, side, side, "area")) or nil
end

--- All of it.
-- @tparam ?core.tensor img the photo; without it no blur
-- @tparam table found of a detector: box and perhaps points
-- @treturn table by name as in quality.columns; what cannot be told is nil
function quality.of(img, found)
  local out = quality.size(found)
  out.blur = img and quality.blur(img, found) or nil
  for name, angle in pairs(found.points and quality.pose(found.points) or {}) do
    out[name] = angle
  end
  return out
end

return quality
