--- A loaded network with the rules of its variant: how an image becomes its
-- input, and what comes out. Made by visage.models.load.

local image = require "visage.image"
local labels = require "visage.models.labels"
local tensor = require "visage.tensor"

local model = {}
model.__index = model

local BATCH = 32

-- Numbers that the graph gives for one image, and the node they come from in
-- the network's own words.
local function output_of(graph, data, o)
  local shape, numbers = graph:node(graph:outputs()[1]).shape, 1
  for axis = 2, #shape do numbers = numbers * shape[axis] end
  if o.include_top then return numbers, "softmax" end
  if data.mirror == "join" then numbers = 2 * numbers end
  return numbers, data.head and o.pooling and data.pooled_feature or o.feature
end

--- Compiles. parts: name, variant, data (the variant's table), graph, built
-- (options of the builder), source (of the weights), compile (options).
-- @treturn model, or nil, text, code when the device or engine is not here
function model.new(parts)
  local c, data, o = parts.compile, parts.data, parts.built
  local batch = c.batch or BATCH
  local dimension, feature = output_of(parts.graph, data, o)
  local net, text, code = parts.graph:compile {
    device = c.device, engine = c.engine, threads = c.threads, batch = batch, taps = c.taps,
  }
  if not net then return nil, text, code end
  return setmetatable({
    name = parts.name, variant = parts.variant, graph = parts.graph, net = net,
    input = { width = o.width, height = o.height, channels = data.input.channels },
    preprocess = data.preprocess, resize = data.resize, short = o.short, align = data.align,
    mirror = data.mirror or false, distance = data.distance, threshold = data.threshold,
    dimension = dimension, include_top = o.include_top,
    pooling = o.pooling or "none", feature = feature,
    synthetic = data.synthetic or false, label_version = data.labels,
    weights = {
      path = parts.source.path, sha256 = parts.source.sha256,
      known = parts.source.known, name = parts.source.name,
      trained_on = parts.source.entry and parts.source.entry.trained_on,
    },
    batch = batch, taps = c.taps,
  }, model)
end

-- The middle of an image whose shorter side was made `short` pixels and whose
-- longer one was rounded up.
local function middle(img, input, short, filter)
  local height, width = table.unpack(img:shape())
  local ratio = short / math.min(height, width)
  height, width = math.ceil(height * ratio), math.ceil(width * ratio)
  img = image.resize(img, width, height, filter)
  return image.crop(img, (width - input.width) // 2, (height - input.height) // 2,
    input.width, input.height)
end

--- The network's input for one face image: resized by the variant's filter
-- (without keeping the aspect, or where the variant has `short` with it, and the
-- middle), then its channel order, mean and scale.
-- @tparam tensor img u8 (H, W, 3), RGB
-- @treturn tensor f32 (3, height, width)
function model:prepare(img)
  local shape, input = img:shape(), self.input
  if self.short then
    img = middle(img, input, self.short, self.resize)
  elseif shape[1] ~= input.height or shape[2] ~= input.width then
    img = image.resize(img, input.width, input.height, self.resize)
  end
  return image.to_tensor(img, self.preprocess)
end

local function chunks(n, size)
  local first = 1 - size
  return function()
    first = first + size
    if first <= n then return first, math.min(size, n - first + 1) end
  end
end

--- Runs the network on prepared input, in chunks of the compiled batch.
-- @tparam tensor batch f32 (N, 3, height, width)
-- @treturn tensor (N, ...): features (of the plain image alone, where the variant
-- mirrors), or class probabilities with top
-- @treturn ?table taps by node name, when they were asked for
function model:run(batch)
  local n = batch:size(1)
  if n <= self.batch then return self.net:run(batch) end
  local outputs, taps = {}, {}
  for first, count in chunks(n, self.batch) do
    local y, tapped = self.net:run(batch:narrow(1, first, count))
    outputs[#outputs + 1] = y
    for name, t in pairs(tapped or {}) do
      taps[name] = taps[name] or {}
      table.insert(taps[name], t)
    end
  end
  for name, list in pairs(taps) do taps[name] = tensor.cat(list, 1) end
  return tensor.cat(outputs, 1), self.taps and taps or nil
end

local function stacked(self, faces, first, count, change)
  local inputs = {}
  for i = 1, count do
    local face = faces[first + i - 1]
    inputs[i] = self:prepare(change and change(face) or face)
  end
  return tensor.stack(inputs, 1)
end

local function flat(y)
  return y:reshape { y:size(1), -1 }
end

-- What is made of f(x) and f(mirrored x), by the variant's `mirror`.
local both = {
  join = function(y, mirrored) return tensor.cat({ y, mirrored }, 2) end,
  sum = function(y, mirrored) return y + mirrored end,
}

--- Embeddings of face images, a batch at a time; with f(x) joined or added to
-- f(mirrored x) where the variant says so. With top: class probabilities.
-- @tparam {tensor,...} faces u8 images of any size
-- @treturn tensor (N, dimension)
function model:embed(faces)
  if #faces == 0 then return tensor.zeros { 0, self.dimension } end
  local rows = {}
  for first, count in chunks(#faces, self.batch) do
    local y = flat((self:run(stacked(self, faces, first, count))))
    if self.mirror and not self.include_top then
      local x = stacked(self, faces, first, count, image.flip)
      y = both[self.mirror](y, flat((self:run(x))))
    end
    rows[#rows + 1] = y
  end
  return #rows == 1 and rows[1] or tensor.cat(rows, 1)
end

--- Sets what is made of a face and its mirror image, instead of the variant's rule.
-- @tparam string|boolean mirror "join", "sum" or false
function model:set_mirror(mirror)
  if mirror and not both[mirror] then
    error(("set_mirror: join, sum or false, got %s"):format(tostring(mirror)), 2)
  end
  if self.mirror == "join" then self.dimension = self.dimension // 2 end
  if mirror == "join" then self.dimension = self.dimension * 2 end
  self.mirror = mirror
end

--- The names of the classes (visage.models.labels.load).
-- @tparam[opt] table options file, identity_meta
-- @treturn table labels, or nil, text, code
function model:labels(options)
  if not self.label_version then
    return nil, ("model %s: it has no classes"):format(self.name), "VALUE"
  end
  return labels.load(self.label_version, options)
end

--- What a result records about the network.
-- @treturn table plain data
function model:describe()
  return {
    name = self.name, variant = self.variant, weights = self.weights.name or self.weights.path,
    weights_sha256 = self.weights.sha256, known = self.weights.known,
    trained_on = self.weights.trained_on,
    preprocess = self.preprocess, resize = self.resize, short = self.short, pooling = self.pooling,
    feature = self.feature, align = self.align, mirror = self.mirror,
    input = self.input, dimension = self.dimension, distance = self.distance,
    synthetic = self.synthetic,
  }
end

--- Gives the compiled network's memory back.
function model:close()
  self.net:close()
end

return model
