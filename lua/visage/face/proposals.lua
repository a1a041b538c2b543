--- MTCNN's first stage: P-Net over an image pyramid, one scale at a time.

local boxes = require "visage.face.boxes"
local image = require "visage.image"

local proposals = {}

local STRIDE, CELL = 2, 12 -- P-Net's step and field of view, in pixels

--- The pyramid's scales, largest first.
-- @tparam integer width
-- @tparam integer height
-- @tparam table o options of a profile
-- @treturn {number,...}
function proposals.scales(width, height, o)
  local first = CELL / o.min_face_size
  local side = math.min(width, height) * first
  local scales, scale = {}, first
  while side >= CELL do
    if o.scales == "power" then scale = first * o.factor ^ #scales end
    scales[#scales + 1] = scale
    scale, side = scale * o.factor, side * o.factor
  end
  return scales
end

local scaled_size = {
  floor_plus_one = function(size, scale) return math.floor(size * scale + 1) end,
  ceil = function(size, scale) return math.ceil(size * scale) end,
}

local function f32(x)
  return (string.unpack("f", string.pack("f", x)))
end

-- First and last pixel of the cell's field of view on the image.
local function field(cell, scale, o)
  local first, last = STRIDE * cell + 1, STRIDE * cell + CELL
  if o.single_precision then
    scale = f32(scale)
    return math.floor(f32(first / scale)), math.floor(f32(last / scale))
  end
  return first // scale, last // scale
end

-- Calls visit(y, x, p) for the cells (from 0) at or above the threshold.
local function scan(rows, threshold, order, visit)
  local height, width = #rows, rows[1] and #rows[1] or 0
  if order == "rows" then
    for y = 1, height do
      local row = rows[y]
      for x = 1, width do
        if row[x] >= threshold then visit(y - 1, x - 1, row[x]) end
      end
    end
  else
    for x = 1, width do
      for y = 1, height do
        local p = rows[y][x]
        if p >= threshold then visit(y - 1, x - 1, p) end
      end
    end
  end
end

-- One scale's candidates {x1, y1, x2, y2, score, offset = {4}}.
local function candidates(probability, offset, scale, o)
  local list, width = {}, probability:size(4)
  local rows = probability:select(1, 1):select(1, 2):totable()
  scan(rows, o.thresholds[1], o.scan, function(y, x, p)
    local x1, x2 = field(x, scale, o)
    local y1, y2 = field(y, scale, o)
    list[#list + 1] = { x1, y1, x2, y2, p, y = y, x = x }
  end)
  local mirrored = o.lone_mirrored and #list == 1
  for _, b in ipairs(list) do
    local x = mirrored and width - 1 - b.x or b.x
    b.offset = {}
    for k = 1, 4 do b.offset[k] = offset:get(1, k, b.y + 1, x + 1) end
  end
  return list
end

--- Square candidate boxes of one image.
-- @tparam tensor img u8 (H, W, 3)
-- @tparam net pnet compiled
-- @tparam table o options of a profile, and preprocess
-- @treturn {table,...} boxes, descending in score
function proposals.find(img, pnet, o)
  local shape, all = img:shape(), {}
  local height, width = shape[1], shape[2]
  local size = scaled_size[o.scaled_size]
  for _, scale in ipairs(proposals.scales(width, height, o)) do
    local small = image.resize(img, size(width, scale), size(height, scale), o.resize)
    local p, offset = pnet:run(image.to_tensor(small, o.preprocess):unsqueeze(1))
    local list = boxes.suppress(candidates(p, offset, scale, o),
      { threshold = 0.5, kind = "union", plus = o.union_plus, ties = o.ties })
    table.move(list, 1, #list, #all + 1, all)
  end
  return boxes.refine(all, 0, o)
end

return proposals
