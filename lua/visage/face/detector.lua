--- MTCNN's cascade (Zhang et al. 2016): boxes, probabilities and five points of
-- the faces in photos. The ports' differences are data in face/profiles.lua.

local boxes = require "visage.face.boxes"
local image = require "visage.image"
local mtcnn = require "visage.models.mtcnn"
local named = require "visage.options"
local profiles = require "visage.face.profiles"
local proposals = require "visage.face.proposals"
local source = require "visage.models.source"
local tensor = require "visage.tensor"

local detector = {}
detector.__index = detector

local BATCH = 256 -- crops at a time through R-Net and O-Net

local function compiled(part, name, variant, options)
  local given = options.weights and options.weights[part]
  local from, text, code = source.resolve({ name }, given)
  if not from then return nil, text, code end
  local tensors, g, net
  tensors, text, code = source.tensors(from, variant)
  if not tensors then return nil, text, code end
  g, text, code = mtcnn.build { part = part }:load(tensors, variant.names)
  if not g then return nil, ("mtcnn %s: %s"):format(part, text), code end
  net, text, code = g:compile {
    device = options.device, engine = options.engine, threads = options.threads,
    batch = part == "pnet" and 1 or BATCH,
  }
  if not net then return nil, text, code end
  return net, from
end

-- The profile's options with the caller's over them.
local function options_of(given)
  local name = given.profile or "facenet-pytorch"
  local profile = type(name) == "table" and name or profiles[name]
  if not profile then
    error(("face.detector: no profile %s; there are %s"):format(tostring(name),
      named.names(profiles)), 3)
  end
  local o = {}
  for k, v in pairs(profile) do
    o[k] = given[k]
    if o[k] == nil then o[k] = v end
  end
  return o, type(name) == "table" and (name.name or "own") or name
end

--- Opens a detector.
-- @tparam[opt] table given profile: a name of face/profiles.lua or such a
-- table; any of its fields over it; weights {pnet=, rnet=, onet=}: paths, names
-- of the manifest or tables of tensors; device, engine, threads
-- @treturn detector, or nil, text, code
function detector.open(given)
  given = given or {}
  local o, name = options_of(given)
  local known = { profile = true, weights = true, device = true, engine = true, threads = true }
  for field in pairs(o) do known[field] = true end
  named.check("face.detector", given, known)
  local variant = mtcnn.variants[mtcnn.default]
  o.preprocess = variant.preprocess
  local self = setmetatable({ profile = name, options = o, weights = {} }, detector)
  for i, part in ipairs(mtcnn.parts) do
    local net, from, code = compiled(part, variant.weights[i], variant, given)
    if not net then return nil, from, code end
    self[part] = net
    self.weights[part] = { path = from.path, sha256 = from.sha256, known = from.known }
  end
  return self
end

-- The box's pixels, or nil when there are none. Boxes count pixels from 1 and
-- hold both edges.
local function crop(img, b, o)
  local x1, y1 = boxes.truncate(b[1]), boxes.truncate(b[2])
  local x2, y2 = boxes.truncate(b[3]), boxes.truncate(b[4])
  if o.crop == "clip" then
    local shape = img:shape()
    x1, y1 = math.max(x1, 1), math.max(y1, 1)
    x2, y2 = math.min(x2, shape[2]), math.min(y2, shape[1])
  end
  if x2 < x1 or y2 < y1 then return nil end
  return image.crop(img, x1 - 1, y1 - 1, x2 - x1 + 1, y2 - y1 + 1)
end

-- Drops the boxes without pixels and lists the others' network inputs.
local function inputs_of(images, found, side, o)
  local inputs, owners = {}, {}
  for i, img in ipairs(images) do
    for _, b in ipairs(found[i]) do
      local pixels = crop(img, b, o)
      if pixels then
        -- Resampled as floats: the ports round nothing between here and the net.
        local small = image.resize(pixels:to "f32", side, side, o.resize)
        inputs[#inputs + 1] = image.to_tensor(small, o.preprocess)
        owners[#inputs] = { i, b }
      end
    end
  end
  return inputs, owners
end

-- Runs every box of every image through net; the boxes above the threshold
-- come back per image with score, offset and the third output's row.
local function rescore(net, images, found, side, threshold, o)
  local inputs, owners = inputs_of(images, found, side, o)
  local passed = {}
  for i = 1, #images do passed[i] = {} end
  for first = 1, #inputs, BATCH do
    local last = math.min(first + BATCH - 1, #inputs)
    local p, offset, marks = net:run(tensor.stack(table.move(inputs, first, last, 1, {}), 1))
    p, offset, marks = p:totable(), offset:totable(), marks and marks:totable()
    for k = 1, last - first + 1 do
      if p[k][2] > threshold then
        local i, b = table.unpack(owners[first + k - 1])
        table.insert(passed[i], {
          b[1], b[2], b[3], b[4], p[k][2], offset = offset[k], marks = marks and marks[k],
        })
      end
    end
  end
  return passed
end

local function refine(self, images, found)
  local o = self.options
  local passed = rescore(self.rnet, images, found, 24, o.thresholds[2], o)
  for i, list in ipairs(passed) do passed[i] = boxes.refine(list, 1, o) end
  return passed
end

-- O-Net gives five x, then five y, as fractions of the box it was shown.
local function points_of(b)
  local w, h, points = b[3] - b[1] + 1, b[4] - b[2] + 1, {}
  for k = 1, 5 do
    points[k] = { b.marks[k] * w + b[1] - 1, b.marks[k + 5] * h + b[2] - 1 }
  end
  return points
end

local function finish(self, images, found)
  local o = self.options
  local passed = rescore(self.onet, images, found, 48, o.thresholds[3], o)
  for i, list in ipairs(passed) do
    for _, b in ipairs(list) do
      b.points = points_of(b)
      boxes.regress(b, b.offset, 1)
    end
    -- Both ports use numpy's argsort here and take it from its end.
    passed[i] = boxes.suppress(list,
      { threshold = 0.7, kind = "min", plus = 1, ties = "last" })
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

local function face_of(b, o)
  local exact = { b[1], b[2], b[3], b[4] }
  if not o.integers then return { box = exact, score = b[5], points = b.points } end
  local cut = boxes.truncate
  local x, y, points = math.max(0, cut(b[1])), math.max(0, cut(b[2])), {}
  for k, point in ipairs(b.points) do points[k] = { cut(point[1]), cut(point[2]) } end
  return {
    box = { x, y, x + cut(b[3] - x), y + cut(b[4] - y) }, score = b[5], points = points,
    exact = { box = exact, points = b.points },
  }
end

--- The faces of several photos; equal to detect on each.
-- @tparam {tensor,...} images u8 (H, W, 3), of any sizes
-- @treturn {{table,...},...} per image, faces {box = {x1, y1, x2, y2}, score,
-- points = {{x, y}, ...}: left eye (as seen), right eye, nose, left and right
-- mouth corner}, in the profile's order; with integers also exact {box, points}
function detector:detect_batch(images)
  local found = {}
  for i, img in ipairs(images) do
    found[i] = proposals.find(img, self.pnet, self.options)
  end
  found = finish(self, images, refine(self, images, found))
  for i, list in ipairs(found) do
    if self.options.order == "area" then by_area(list) end
    for k, b in ipairs(list) do list[k] = face_of(b, self.options) end
    found[i] = list
  end
  return found
end

--- The faces of one photo.
-- @tparam tensor img u8 (H, W, 3), RGB
-- @treturn {table,...} faces, as in detect_batch
function detector:detect(img)
  return self:detect_batch { img }[1]
end

--- What a result records about the detector.
-- @treturn table plain data
function detector:describe()
  return { name = "mtcnn", profile = self.profile, options = self.options,
    weights = self.weights }
end

--- Gives the compiled networks' memory back.
function detector:close()
  for _, part in ipairs(mtcnn.parts) do self[part]:close() end
end

return detector
