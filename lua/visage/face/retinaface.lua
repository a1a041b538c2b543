--- RetinaFace (Deng et al. 2020): boxes, probabilities and five points of the
-- faces in photos, by one network over priors. Priors, decoding and suppression
-- are those of detect.py in biubug6/Pytorch_Retinaface, whose checkpoints it runs.

local boxes = require "visage.face.boxes"
local image = require "visage.image"
local model = require "visage.models.retinaface"
local network = require "visage.face.network"

local retinaface = {}
retinaface.__index = retinaface

-- The maps' steps and the sides of the two priors in the middle of each cell.
local MAPS = { { 8, 16, 32 }, { 16, 64, 128 }, { 32, 256, 512 } }
-- Offsets of places and of sizes were divided by these in training.
local PLACE, SIZE = 0.1, 0.2

-- Every photo has other sizes, and the network is small: an engine that makes code
-- for each size spends ten times longer on that than it saves.
local function with_engine(given)
  local o = {}
  for k, v in pairs(given) do o[k] = v end
  o.engine = given.engine or given.device ~= "cuda" and "reference" or nil
  return o
end

--- Opens the network; called by visage.face.detector.
-- @tparam table given weights {retinaface=}; device, engine, threads
-- @tparam table o a profile's options
-- @tparam string name of the profile
-- @treturn detector, or nil, text, code
function retinaface.open(given, o, name)
  o.preprocess = model.variants[model.default].preprocess
  local net, from, code = network.open(model, "retinaface", with_engine(given), 1)
  if not net then return nil, from, code end
  return setmetatable({ profile = name, options = o, net = net, weights = { retinaface = from } },
    retinaface)
end

-- The face's share of a prior's two class scores, as f32 has it: next to 1 it
-- decides which box is surer.
local function share(other, face)
  local f32, low = boxes.f32, math.min(other, face) - math.max(other, face)
  local e = f32(math.exp(low))
  return f32((face >= other and 1 or e) / f32(1 + e))
end

--- The centre and side of prior i, counted from 0, of an image.
-- @tparam integer i
-- @tparam integer width of the image
-- @tparam integer height
-- @treturn number x
-- @treturn number y
-- @treturn integer side
function retinaface.prior(i, width, height)
  for _, map in ipairs(MAPS) do
    local step = map[1]
    local columns, rows = -(-width // step), -(-height // step)
    local count = 2 * columns * rows
    if i < count then
      local cell = i // 2
      return (cell % columns + 0.5) * step, (cell // columns + 0.5) * step, map[2 + i % 2]
    end
    i = i - count
  end
  error "retinaface.prior: no such prior"
end

-- Prior i's box {x1, y1, x2, y2}; offsets (P, 4).
local function box_of(i, offsets, width, height)
  local x, y, side = retinaface.prior(i, width, height)
  local function offset(k) return offsets:get(i + 1, k) end
  local w, h = side * math.exp(offset(3) * SIZE), side * math.exp(offset(4) * SIZE)
  local left, top = x + offset(1) * PLACE * side - w / 2, y + offset(2) * PLACE * side - h / 2
  return { left, top, left + w, top + h, place = i }
end

-- Prior i's five points; marks (P, 10): x, y of each.
local function points_of(i, marks, width, height)
  local x, y, side = retinaface.prior(i, width, height)
  local points = {}
  for k = 1, 5 do
    points[k] = {
      x + marks:get(i + 1, 2 * k - 1) * PLACE * side, y + marks:get(i + 1, 2 * k) * PLACE * side,
    }
  end
  return points
end

-- The boxes of the priors above the threshold, the surest `candidates` of them.
local function candidates(classes, offsets, width, height, o)
  local list = {}
  for i, pair in ipairs(classes:reshape({ -1, 2 }):totable()) do
    local score = share(pair[1], pair[2])
    if score >= o.threshold then
      local b = box_of(i - 1, offsets, width, height)
      b[5] = score
      list[#list + 1] = b
    end
  end
  table.sort(list, function(a, b)
    if a[5] ~= b[5] then return a[5] > b[5] end
    return a.place < b.place
  end)
  return table.move(list, 1, math.min(#list, o.candidates), 1, {})
end

--- The faces of one photo, the surest first.
-- @tparam tensor img u8 (H, W, 3), RGB
-- @treturn {table,...} faces {box = {x1, y1, x2, y2}, score, points}, as
-- visage.face.detector's
function retinaface:detect(img)
  local width, height, o = img:size(2), img:size(1), self.options
  local classes, offsets, marks = self.net:run(image.to_tensor(img, o.preprocess):unsqueeze(1))
  offsets, marks = offsets:reshape { -1, 4 }, marks:reshape { -1, 10 }
  local kept = boxes.suppress(candidates(classes, offsets, width, height, o),
    { threshold = o.overlap, kind = "union", plus = 1, ties = "first" })
  local faces = {}
  for i = 1, math.min(#kept, o.faces) do
    local b = kept[i]
    faces[i] = {
      box = { b[1], b[2], b[3], b[4] }, score = b[5],
      points = points_of(b.place, marks, width, height),
    }
  end
  return faces
end

--- The faces of several photos; equal to detect on each.
-- @tparam {tensor,...} images u8 (H, W, 3), of any sizes
-- @treturn {{table,...},...} per image, faces as in detect
function retinaface:detect_batch(images)
  local found = {}
  for i, img in ipairs(images) do found[i] = self:detect(img) end
  return found
end

--- What a result records about the detector.
-- @treturn table plain data
function retinaface:describe()
  return { name = "retinaface", profile = self.profile, options = self.options,
    weights = self.weights }
end

--- Gives the compiled network's memory back.
function retinaface:close()
  self.net:close()
end

return retinaface
