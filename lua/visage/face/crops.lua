--- Crop rules: from a face's box to the pixels that are cut, as named tables.
-- Copy one to make another; face.crop takes a name or a table.
--
-- `origin = "clamp"`: x, y, width and height are each max(0, .), so a box that
-- begins outside the image is shifted, not cut. `aspect_floor`: the width is at
-- least this times the height. `extend`: the box grows by this factor, about its
-- centre or, with `anchor = "corner"`, from its upper left corner on. `round`:
-- "truncate" (edges towards zero), "outward", "matlab" (edges to the nearest
-- pixel, counted from 1, both ends within) or "matlab_centre" (the same, of the
-- centre and of half the size). `edge`: "cut" keeps what lies inside the image,
-- "zero" fills with zeros. None keeps the aspect when the crop is resized: that
-- is the model's.

local boxes = require "visage.face.boxes"
local image = require "visage.image"
local named = require "visage.options"

local crops = {}

crops.rules = {
  reproduction_csv = {
    about = "florastack/ReproducingVGGFace2-TensorFlow: a row X, Y, W, H of loose_bb_test.csv",
    origin = "clamp", round = "truncate", edge = "cut",
  },
  detector_box = {
    about = "the detector's box as the tutorial cuts it: pixels[y1:y2, x1:x2]",
    origin = "clamp", round = "truncate", edge = "cut",
  },
  paper = {
    about = "VGGFace2's own crops (demo_proj.m): aspect at least 112/128, 1.3 times larger",
    aspect_floor = 112 / 128, extend = 1.3, round = "matlab", edge = "cut",
  },
  paper_no_face = {
    about = "VGGFace2's fallback where its detector found nothing (demo_ijbb.m): 1.1 times"
      .. " larger, the upper left corner staying, as the code has it",
    extend = 1.1, anchor = "corner", round = "matlab_centre", edge = "cut",
  },
  box = {
    about = "the box, cut at the image's edges, partial pixels kept",
    round = "outward", edge = "cut",
  },
}

-- MATLAB's round: halves away from zero.
local function nearest(x)
  return x < 0 and math.ceil(x - 0.5) or math.floor(x + 0.5)
end

-- From two edges in fractions of pixels to the first pixel and the one after the
-- last, counted from 0.
local rounding = {
  truncate = function(a, b) return boxes.truncate(a), boxes.truncate(b) end,
  outward = function(a, b) return math.floor(a), math.ceil(b) end,
  matlab = function(a, b) return nearest(a) - 1, nearest(b) end,
  matlab_centre = function(a, b)
    local centre, half = nearest((a + b) / 2), nearest((b - a) / 2)
    return centre - half - 1, centre + half
  end,
}

-- The grown box of a rule, in fractions of pixels.
local function grown(box, rule)
  local x1, y1, x2, y2 = table.unpack(box)
  local w, h = x2 - x1, y2 - y1
  if rule.origin == "clamp" then
    x1, y1, w, h = math.max(0, x1), math.max(0, y1), math.max(0, w), math.max(0, h)
  end
  local cx, cy = x1 + w / 2, y1 + h / 2
  if rule.aspect_floor then w = math.max(w, h * rule.aspect_floor) end
  local factor = rule.extend or 1
  if rule.aspect_floor or rule.extend then
    w, h = w * factor, h * factor
    if rule.anchor ~= "corner" then x1, y1 = cx - w / 2, cy - h / 2 end
  end
  return x1, y1, x1 + w, y1 + h
end

local function rule_of(rule)
  local found = type(rule) == "table" and rule or crops.rules[rule]
  if not found then
    error(("crop rule %s: there is no such rule; there are %s"):format(tostring(rule),
      named.names(crops.rules)), 3)
  end
  if not rounding[found.round] then
    error(("crop rule: round is %s; there are %s"):format(tostring(found.round),
      named.names(rounding)), 3)
  end
  return found
end

local function region_of(box, width, height, rule)
  local x1, y1, x2, y2 = grown(box, rule)
  local round = rounding[rule.round]
  x1, x2 = round(x1, x2)
  y1, y2 = round(y1, y2)
  if rule.edge == "cut" then
    x1, y1 = math.max(x1, 0), math.max(y1, 0)
    x2, y2 = math.min(x2, width), math.min(y2, height)
  end
  if x2 <= x1 or y2 <= y1 then return nil end
  return x1, y1, x2 - x1, y2 - y1
end

--- The pixels that a rule cuts.
-- @tparam {number,...} box {x1, y1, x2, y2}
-- @tparam integer width of the image
-- @tparam integer height
-- @tparam string|table rule
-- @treturn ?integer x, from 0; nil when nothing is left
-- @treturn integer y
-- @treturn integer width
-- @treturn integer height
function crops.region(box, width, height, rule)
  return region_of(box, width, height, rule_of(rule))
end

--- Cuts a face.
-- @tparam tensor img u8 (H, W, 3)
-- @tparam {number,...} box {x1, y1, x2, y2}
-- @tparam string|table rule
-- @treturn tensor u8, or nil, text, code when the rule leaves no pixels
function crops.crop(img, box, rule)
  local found, shape = rule_of(rule), img:shape()
  local x, y, w, h = region_of(box, shape[2], shape[1], found)
  if not x then
    return nil, ("crop: box %g,%g,%g,%g leaves no pixels of a %dx%d image"):format(box[1],
      box[2], box[3], box[4], shape[2], shape[1]), "VALUE"
  end
  return image.crop(img, x, y, w, h)
end

return crops
