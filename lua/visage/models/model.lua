--- A loaded network with the rules of its variant: how an image becomes its
-- input, and what comes out. Made by visage.models.load.

local calibration = require "visage.models.calibration"
local image = require "visage.image"
local labels = require "visage.models.labels"
local named = require "visage.options"
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

-- What int8 is scaled by; nil for other precisions; or false, text, code.
local function calibration_of(parts)
  local c, from = parts.compile, parts.source
  if c.precision ~= "int8" then return nil end
  local found, text, code = calibration.read(c.calibration or calibration.path(from), {
    spec = parts.name .. ":" .. parts.variant, sha256 = from.sha256,
  })
  return found or false, text, code
end

--- Compiles. parts: name, variant, data (the variant's table), graph, load (gives such a
-- graph again), built (options of the builder), source (of the weights), compile (options).
-- The weights are then the compiled network's; model.graph has none.
-- @treturn model, or nil, text, code when the device or engine is not here
function model.new(parts)
  local c, data, o = parts.compile, parts.data, parts.built
  local how = {
    device = c.device, engine = c.engine, threads = c.threads, batch = c.batch or BATCH,
    precision = c.precision, taps = c.taps,
  }
  local made, why, kind = calibration_of(parts)
  if made == false then
    return nil, ("model %s: %s"):format(parts.name, why), kind
  elseif made then
    how.ranges = made.ranges
  end
  local dimension, feature = output_of(parts.graph, data, o)
  local net, text, code = parts.graph:compile(how)
  if not net then return nil, text, code end
  parts.graph:clear()
  return setmetatable({
    name = parts.name, variant = parts.variant, graph = parts.graph, net = net,
    load_graph = parts.load,
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
    calibration = made, batch = how.batch, taps = how.taps, how = how,
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

-- The network's inputs for face images, mirrored first if that is asked for.
local function inputs_of(self, faces, mirrored)
  local input, patches = self.input, {}
  for i, face in ipairs(faces) do
    if mirrored then face = image.flip(face) end
    if self.short then face = middle(face, input, self.short, self.resize) end
    patches[i] = { face, 0, 0, face:size(2), face:size(1) }
  end
  local how = { filter = self.resize, threads = self.how.threads }
  for key, value in pairs(self.preprocess) do how[key] = value end
  return image.patches(patches, input.width, input.height, how)
end

--- The network's input for one face image: resized by the variant's filter
-- (without keeping the aspect, or where the variant has `short` with it, and the
-- middle), then its channel order, mean and scale.
-- @tparam tensor img u8 (H, W, 3), RGB
-- @treturn tensor f32 (3, height, width)
function model:prepare(img)
  return inputs_of(self, { img })[1]
end

local function chunks(n, size)
  local first = 1 - size
  return function()
    first = first + size
    if first <= n then return first, math.min(size, n - first + 1) end
  end
end

-- Chunks of taps, by name, behind one another.
local function joined(chunks_of)
  local taps = {}
  for name, list in pairs(chunks_of) do
    taps[name] = #list == 1 and list[1] or tensor.cat(list, 1)
  end
  return taps
end

local function gather(chunks_of, taps)
  for name, t in pairs(taps or {}) do
    chunks_of[name] = chunks_of[name] or {}
    table.insert(chunks_of[name], t)
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
  local outputs, tapped = {}, {}
  for first, count in chunks(n, self.batch) do
    local y, taps = self.net:run(batch:narrow(1, first, count))
    outputs[#outputs + 1] = y
    gather(tapped, taps)
  end
  return tensor.cat(outputs, 1), self.taps and joined(tapped) or nil
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
-- @treturn ?table taps by node name, of the plain images, when they were asked for
function model:embed(faces)
  if #faces == 0 then return tensor.zeros { 0, self.dimension } end
  local rows, tapped = {}, {}
  for first, count in chunks(#faces, self.batch) do
    local part = table.move(faces, first, first + count - 1, 1, {})
    local y, taps = self:run(inputs_of(self, part))
    y = flat(y)
    gather(tapped, taps)
    if self.mirror and not self.include_top then
      y = both[self.mirror](y, flat((self:run(inputs_of(self, part, true)))))
    end
    rows[#rows + 1] = y
  end
  return #rows == 1 and rows[1] or tensor.cat(rows, 1), self.taps and joined(tapped) or nil
end

--- The graph with its weights, to compile it otherwise, to save or export it: read again,
-- for a model keeps them in its compiled network alone.
-- @treturn core.graph a new one; or nil, text, code when the file is not there any more, or
-- another one
function model:weighted()
  return self.load_graph()
end

-- How many of the names near an unknown one are told.
local NEAR = 8

--- Asks for other inner layers than those that the network was loaded with.
-- @tparam {string,...} names of nodes
-- @treturn boolean true; or nil, text, code, with the names near an unknown one, or as
-- model:weighted gives them
function model:set_taps(names)
  local there, list = {}, {}
  for i, node in ipairs(self.graph:nodes()) do
    there[node.name], list[i] = true, node.name
  end
  for _, name in ipairs(names) do
    if not there[name] then
      local near = named.nearest(name, list)
      return nil, ("model %s: no layer is called '%s'; near it are %s (of %d)"):format(self.name,
        name, table.concat(near, ", ", 1, math.min(NEAR, #near)), #near), "VALUE"
    end
  end
  local g <close>, text, code = self:weighted()
  if not g then return nil, text, code end
  self.how.taps = names
  local net = assert(g:compile(self.how))
  self.net:close()
  self.net, self.taps = net, names
  return true
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
    threshold = self.threshold,
    synthetic = self.synthetic, calibration = self.calibration and {
      file = self.calibration.path, sha256 = self.calibration.sha256,
      rule = self.calibration.rule, photos = self.calibration.photos,
      photos_sha256 = self.calibration.photos_sha256,
    },
  }
end

--- Gives the compiled network's memory back.
function model:close()
  self.net:close()
end

return model
