--- Arithmetic on candidate boxes {x1, y1, x2, y2, score, ...}: suppression,
-- regression, squares. Plain Lua tables of numbers.

local core = require "visage.core.boxes"

local boxes = {}

--- Non-maximum suppression: goes down the scores and drops what overlaps a kept
-- box by more than the threshold.
-- @tparam {table,...} list boxes; unchanged
-- @tparam table options threshold; kind "union" (overlap over union) or "min"
-- (over the smaller area); plus: 1 where sizes count both edge pixels, else 0;
-- ties "first" or "last"; suppression "matrix" where a dropped box drops too
-- @treturn {table,...} the kept boxes, descending in score
function boxes.suppress(list, options)
  local kept = core.suppress(list, options.threshold, options.plus, options.kind == "min",
    options.ties == "last", options.suppression == "matrix")
  for i, place in ipairs(kept) do kept[i] = list[place] end
  return kept
end

--- Moves each edge by its offset times the box's size.
-- @tparam table b box; replaced in place
-- @tparam {number,...} offset of x1, y1, x2, y2
-- @tparam number plus 1 where the size counts both edge pixels, else 0
function boxes.regress(b, offset, plus)
  local w, h = b[3] - b[1] + plus, b[4] - b[2] + plus
  b[1], b[2] = b[1] + offset[1] * w, b[2] + offset[2] * h
  b[3], b[4] = b[3] + offset[3] * w, b[4] + offset[4] * h
end

--- Grows the shorter side about the centre until the box is a square.
-- @tparam table b box; replaced in place
function boxes.square(b)
  local w, h = b[3] - b[1], b[4] - b[2]
  local side = math.max(w, h)
  b[1] = b[1] + w * 0.5 - side * 0.5
  b[2] = b[2] + h * 0.5 - side * 0.5
  b[3], b[4] = b[1] + side, b[2] + side
end

--- The nearest f32.
-- @tparam number x
-- @treturn number
boxes.f32 = core.f32

--- The number without its fraction, towards zero; an integer.
function boxes.truncate(x)
  return math.tointeger(x < 0 and math.ceil(x) or math.floor(x))
end

-- Regresses by the box's own `offset`, once.
local function move(list, plus)
  for _, b in ipairs(list) do
    if b.offset then boxes.regress(b, b.offset, plus) end
    b.offset = nil
  end
end

--- Suppresses at 0.7 over union, moves each box by its `offset`, if it has one,
-- and makes it a square: what P-Net and R-Net hand on.
-- @tparam {table,...} list boxes, changed in place
-- @tparam number plus of boxes.regress
-- @tparam table o options of a profile: regress_first, union_plus, ties,
-- suppression, fix
-- @treturn {table,...} the kept boxes, descending in score
function boxes.refine(list, plus, o)
  if o.regress_first then move(list, plus) end
  local kept = boxes.suppress(list, { threshold = 0.7, kind = "union", plus = o.union_plus,
    ties = o.ties, suppression = o.suppression })
  move(kept, plus)
  for _, b in ipairs(kept) do
    boxes.square(b)
    if o.fix then
      for k = 1, 4 do b[k] = boxes.truncate(b[k]) end
    end
  end
  return kept
end

return boxes
