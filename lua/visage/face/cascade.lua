--- MTCNN's cascade (Zhang et al. 2016): boxes, probabilities and five points of
-- the faces in photos. The ports' differences are data in face/profiles.lua.

local boxes = require "visage.face.boxes"
local inputs = require "visage.face.inputs"
local mtcnn = require "visage.models.mtcnn"
local network = require "visage.face.network"
local proposals = require "visage.face.proposals"
local tensor = require "visage.tensor"

local cascade = {}
cascade.__index = cascade

local BATCH = 256 -- crops at a time through R-Net and O-Net

--- Opens a cascade; called by visage.face.detector.
-- @tparam table given weights {pnet=, rnet=, onet=}; device, engine, threads
-- @tparam table o a profile's options
-- @tparam string name of the profile
-- @treturn detector, or nil, text, code
function cascade.open(given, o, name)
  o.preprocess = mtcnn.variants[mtcnn.default].preprocess
  local self = setmetatable({
    profile = name, options = o, weights = {}, threads = given.threads,
  }, cascade)
  for _, part in ipairs(mtcnn.parts) do
    local net, from, code = network.open(mtcnn, part, given, part == "pnet" and 1 or BATCH)
    if not net then return nil, from, code end
    self[part], self.weights[part] = net, from
  end
  return self
end

-- Drops the boxes without pixels and lists what the others show of their images.
local function patches_of(images, found, o)
  local list, owners = {}, {}
  for i, img in ipairs(images) do
    for _, b in ipairs(found[i]) do
      local patch = inputs.patch(img, b, o)
      if patch then
        list[#list + 1] = patch
        owners[#list] = { i, b }
      end
    end
  end
  return list, owners
end

-- Runs every box of every image through net; the boxes above the threshold
-- come back per image with score, offset, the third output's row and the input.
local function rescore(self, part, images, found, side, threshold)
  local o = self.options
  local list, owners = patches_of(images, found, o)
  local passed = {}
  for i = 1, #images do passed[i] = {} end
  for first = 1, #list, BATCH do
    local last = math.min(first + BATCH - 1, #list)
    local batch = inputs.batch(table.move(list, first, last, 1, {}), side, o, self.threads)
    local p, offset, marks = self[part]:run(batch)
    for k, score in ipairs(p:select(2, 2):totable()) do
      if score > threshold then
        local i, b = table.unpack(owners[first + k - 1])
        table.insert(passed[i], {
          b[1], b[2], b[3], b[4], score, offset = offset:select(1, k):totable(),
          marks = marks and marks:select(1, k):totable(), input = batch:select(1, k),
        })
      end
    end
  end
  return passed
end

local function refine(self, images, found)
  local o = self.options
  local passed = rescore(self, "rnet", images, found, 24, o.thresholds[2])
  for i, list in ipairs(passed) do passed[i] = boxes.refine(list, 1, o) end
  return passed
end

-- The input mirrored left to right.
local function mirror(input)
  local columns, width = {}, input:size(3)
  for x = width, 1, -1 do columns[#columns + 1] = input:narrow(3, x, 1) end
  return tensor.cat(columns, 3)
end

-- What each point is in the mirror image: the eyes and the corners of the mouth
-- change places.
local MIRRORED = { 2, 1, 3, 5, 4 }

-- Takes for each box's marks the mean of them and of the mirror image's.
local function average_marks(onet, list)
  for first = 1, #list, BATCH do
    local inputs_mirrored = {}
    for k = first, math.min(first + BATCH - 1, #list) do
      inputs_mirrored[#inputs_mirrored + 1] = mirror(list[k].input)
    end
    local _, _, rows = onet:run(tensor.stack(inputs_mirrored, 1))
    for k, marks in ipairs(rows:totable()) do
      local b = list[first + k - 1]
      local own, mean = b.marks, {}
      for i, j in ipairs(MIRRORED) do
        mean[i] = (own[i] + 1 - marks[j]) / 2
        mean[i + 5] = (own[i + 5] + marks[j + 5]) / 2
      end
      b.marks = mean
    end
  end
end

-- O-Net gives five x, then five y, as fractions of the box it was shown.
local function points_of(shown, marks)
  local w, h, points = shown[3] - shown[1] + 1, shown[4] - shown[2] + 1, {}
  for k = 1, 5 do
    points[k] = { marks[k] * w + shown[1] - 1, marks[k + 5] * h + shown[2] - 1 }
  end
  return points
end

local function finish(self, images, found)
  local o = self.options
  local passed = rescore(self, "onet", images, found, 48, o.thresholds[3])
  for i, list in ipairs(passed) do
    for _, b in ipairs(list) do
      b.shown = table.move(b, 1, 4, 1, {})
      boxes.regress(b, b.offset, 1)
    end
    -- All ports sort ascending here and go from the end.
    passed[i] = boxes.suppress(list, { threshold = 0.7, kind = "min", plus = o.least_plus,
      ties = "last", suppression = o.suppression })
    if o.mirror_points then average_marks(self.onet, passed[i]) end
    for _, b in ipairs(passed[i]) do b.points = points_of(b.shown, b.marks) end
  end
  return passed
end

local function by_area(list)
  local place = {}
  for i, b in ipairs(list) do place[b] = i end
  table.sort(list, function(a, b)
    local p, q = (a[3] - a[1]) * (a[4] - a[2]), (b[3] - b[1]) * (b[4] - b[2])
    if p ~= q then return p > q end
    return place[a] > place[b]
  end)
end

-- A whole number; halves to the even one.
local function round(x)
  local whole = math.floor(x)
  local rest = x - whole
  return rest > 0.5 and whole + 1 or rest < 0.5 and whole or whole + whole % 2
end

local function whole(box, points, convert)
  local out = {}
  for k, point in ipairs(points) do out[k] = { convert(point[1]), convert(point[2]) } end
  return {
    box = { box[1], box[2], box[1] + convert(box[3]), box[2] + convert(box[4]) }, points = out,
    exact = { box = box.exact, points = points },
  }
end

-- The answer for a box of an image of that size, by the profile's `output`.
local outputs = {}

function outputs.exact(b)
  return { box = { b[1], b[2], b[3], b[4] }, points = b.points }
end

function outputs.cut(b)
  local x, y = math.max(0, boxes.truncate(b[1])), math.max(0, boxes.truncate(b[2]))
  return whole({ x, y, b[3] - x, b[4] - y, exact = { b[1], b[2], b[3], b[4] } }, b.points,
    boxes.truncate)
end

function outputs.rounded(b, width, height)
  local last, exact = { width - 1, height - 1 }, {}
  for k = 1, 4 do exact[k] = math.min(math.max(b[k], 0), last[(k - 1) % 2 + 1]) end
  local x, y = exact[1], exact[2]
  return whole({ round(x), round(y), exact[3] - x, exact[4] - y, exact = exact }, b.points,
    round)
end

--- The faces of several photos; equal to detect on each.
-- @tparam {tensor,...} images u8 (H, W, 3), of any sizes
-- @treturn {{table,...},...} per image, faces {box = {x1, y1, x2, y2}, score,
-- points = {{x, y}, ...}: left eye (as seen), right eye, nose, left and right
-- mouth corner}, in the profile's order; where it gives whole pixels also exact {box,
-- points}
function cascade:detect_batch(images)
  local prepared, found, o = {}, {}, self.options
  local work = { threads = self.threads }
  for i, img in ipairs(images) do
    prepared[i] = inputs.prepare(img, o)
    found[i] = proposals.find(prepared[i], self.pnet, o, work)
  end
  if work.buffer then work.buffer:close() end
  found = finish(self, prepared, refine(self, prepared, found))
  for i, list in ipairs(found) do
    if o.order == "area" then by_area(list) end
    for k, b in ipairs(list) do
      list[k] = outputs[o.output](b, images[i]:size(2), images[i]:size(1))
      list[k].score = b[5]
    end
  end
  return found
end

--- The faces of one photo.
-- @tparam tensor img u8 (H, W, 3), RGB
-- @treturn {table,...} faces, as in detect_batch
function cascade:detect(img)
  return self:detect_batch { img }[1]
end

--- What a result records about the detector.
-- @treturn table plain data
function cascade:describe()
  return { name = "mtcnn", profile = self.profile, options = self.options,
    weights = self.weights }
end

--- Gives the compiled networks' memory back.
function cascade:close()
  for _, part in ipairs(mtcnn.parts) do self[part]:close() end
end

return cascade
