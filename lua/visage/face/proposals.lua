--- MTCNN's first stage: P-Net over an image pyramid, one scale at a time.

local boxes = require "visage.face.boxes"
local core = require "visage.core.boxes"
local inputs = require "visage.face.inputs"

local proposals = {}

local f32 = boxes.f32
local STRIDE, CELL = 2, 12 -- P-Net's step and field of view, in pixels
local LEAST = 11 -- P-Net has no output for fewer pixels

-- As many scales as an image has for faces of 20 pixels, whatever the size of
-- the faces. An image with a scale that is too small for P-Net has no faces, as
-- in the package: with min_face_size above about 24 that is any image.
local function counted(side, first, factor)
  local scales = {}
  local count = -(math.log(side / CELL) / math.log(factor) + 1)
  for k = 1, math.floor(count + 0.5) do scales[k] = first * factor ^ (k - 1) end
  if #scales > 0 and side * scales[#scales] < LEAST then return {} end
  return scales
end

--- The pyramid's scales, largest first.
-- @tparam integer width
-- @tparam integer height
-- @tparam table o options of a profile
-- @treturn {number,...}
function proposals.scales(width, height, o)
  local first = CELL / o.min_face_size
  if o.scales == "count" then return counted(math.min(width, height), first, o.factor) end
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
  floor = function(size, scale) return math.floor(size * scale) end,
}

-- A coordinate of the scaled image on the image.
local unscaled = {
  floor = function(x, scale) return x // scale end,
  floor_single = function(x, scale) return math.floor(f32(x / f32(scale))) end,
  exact = function(x, scale) return x / scale end,
}

-- Calls visit(y, x, p) for the cells (from 0) of the map (H, W) that pass the
-- threshold.
local function scan(map, o, visit)
  local columns = o.scan == "columns"
  if columns then map = map:permute { 2, 1 } end
  map = map:contiguous()
  local width = map:size(2)
  for _, place in ipairs(core.above(map, o.thresholds[1], o.passes == "at")) do
    local row, column = (place - 1) // width, (place - 1) % width
    local p = map:get(row + 1, column + 1)
    if columns then visit(column, row, p) else visit(row, column, p) end
  end
end

-- The cell where a scale's only candidate, at y, x, finds its offsets.
local lone = {
  own = function(y, x) return y, x end,
  mirrored = function(y, x, _, width) return y, width - 1 - x end,
  -- Its place in the map read column by column, taken for one in the map
  -- read row by row.
  transposed = function(y, x, height, width)
    local place = x + y * width
    return place % height, place // height
  end,
}

-- One scale's candidates {x1, y1, x2, y2, score, offset = {4} unless moved}.
local function candidates(probability, offset, scale, o)
  local list, height, width = {}, probability:size(3), probability:size(4)
  scan(probability:select(1, 1):select(1, 2), o, function(y, x, p)
    local left, top = STRIDE * x + 1, STRIDE * y + 1
    list[#list + 1] = { left, top, left + CELL - 1, top + CELL - 1, p, y = y, x = x }
  end)
  for _, b in ipairs(list) do
    local y, x = b.y, b.x
    if #list == 1 then y, x = lone[o.lone](y, x, height, width) end
    b.offset = {}
    for k = 1, 4 do b.offset[k] = offset:get(1, k, y + 1, x + 1) end
    if o.regress_first then
      boxes.regress(b, b.offset, 0)
      b.offset = nil
    end
    for k = 1, 4 do b[k] = unscaled[o.cells](b[k], scale) end
  end
  return list
end

--- Square candidate boxes of one image.
-- @tparam tensor img from inputs.prepare
-- @tparam net pnet compiled
-- @tparam table o options of a profile, and preprocess
-- @tparam table work of inputs.whole
-- @treturn {table,...} boxes, descending in score
function proposals.find(img, pnet, o, work)
  local all, height, width = {}, img:size(1), img:size(2)
  local size = scaled_size[o.scaled_size]
  for _, scale in ipairs(proposals.scales(width, height, o)) do
    local p, offset = pnet:run(
      inputs.whole(img, size(width, scale), size(height, scale), o, work))
    local list = boxes.suppress(candidates(p, offset, scale, o), { threshold = 0.5,
      kind = "union", plus = o.union_plus, ties = o.ties, suppression = o.suppression })
    table.move(list, 1, #list, #all + 1, all)
  end
  return boxes.refine(all, 0, o)
end

return proposals
