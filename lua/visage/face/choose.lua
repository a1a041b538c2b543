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

-- A greater value is better; the earlier face wins a tie.
local values = {
  first = function(_, place) return -place end,
  largest = function(face) return area(face.box) end,
  centre = function(face, _, width, height) return -distance(face.box, width, height) end,
}

--- The face that the rule picks.
-- @tparam {table,...} faces of a detector, in its order
-- @tparam string rule "first", "largest" or "centre" (nearest to the image's)
-- @tparam tensor img the image, for its size
-- @treturn ?table face; nil when there is none
-- @treturn integer its place
function choose.choose(faces, rule, img)
  local value = values[rule]
  if not value then
    error(("face.choose: first, largest or centre, got %s"):format(tostring(rule)), 2)
  end
  local shape = img:shape()
  local best, place
  for i, face in ipairs(faces) do
    local v = value(face, i, shape[2], shape[1])
    if not best or v > best then best, place = v, i end
  end
  return faces[place], place
end

return choose
