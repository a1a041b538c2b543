--- Which of several faces is meant.

local choose = {}

local function area(box)
  return (box[3] - box[1]) * (box[4] - box[2])
end

-- Distance of the box's centre from the image's, |dx| + |dy|: VGGFace2's own
-- crops choose by it (demo_proj.m).
local function distance(box, width, height)
  return math.abs((box[1] + box[3]) / 2 - width / 2)
    + math.abs((box[2] + box[4]) / 2 - height / 2)
end

-- Overlap of two boxes over their union. Less than LEAST is another face: people's
-- boxes and detectors' differ, but not by so much.
local LEAST = 0.25

local function overlap(a, b)
  local width = math.min(a[3], b[3]) - math.max(a[1], b[1])
  local height = math.min(a[4], b[4]) - math.max(a[2], b[2])
  if width <= 0 or height <= 0 then return 0 end
  return width * height / (area(a) + area(b) - width * height)
end

-- A greater value is better, none is not to be chosen; the earlier face wins a tie.
local values = {
  first = function(_, place) return -place end,
  largest = function(face) return area(face.box) end,
  centre = function(face, _, shape) return -distance(face.box, shape[2], shape[1]) end,
  box = function(face, _, _, box)
    local share = overlap(face.box, box)
    return share >= LEAST and share or nil
  end,
}

--- The face that the rule picks.
-- @tparam {table,...} faces of a detector, in its order
-- @tparam string rule "first", "largest", "centre" (nearest to the image's) or "box":
-- the one that overlaps the box most, by a quarter of their union at least
-- @tparam tensor img the image, for its size
-- @tparam[opt] table box x1, y1, x2, y2, which the rule "box" wants
-- @treturn ?table face; nil when there is none
-- @treturn integer its place
function choose.choose(faces, rule, img, box)
  local value = values[rule]
  if not value then
    error(("face.choose: first, largest, centre or box, got %s"):format(tostring(rule)), 2)
  end
  if rule == "box" and not box then error("face.choose: the rule 'box' wants a box", 2) end
  local shape, best, place = img:shape(), nil, nil
  for i, face in ipairs(faces) do
    local v = value(face, i, shape, box)
    if v and (not best or v > best) then best, place = v, i end
  end
  return faces[place], place
end

return choose
