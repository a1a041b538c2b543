--- Embeddings of a store (visage.store) instead of the network's: which settings
-- make two embeddings the same, and the entries of a batch.
local align = require "visage.face.align"
local crops = require "visage.face.crops"
local system = require "visage.system"

local kept = {}

local class = {}
class.__index = class

-- Libraries whose version may change a pixel or a number.
local LIBRARIES = { "libjpeg-turbo", "libpng", "openblas", "zlib" }

-- Plain data as text, keys in order: equal data give equal text, and no other.
local function text_of(value)
  if type(value) ~= "table" then
    return type(value) == "number" and ("%.17g"):format(value) or ("%q"):format(value)
  end
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do
    keys[i] = ("%s=%s"):format(text_of(key), text_of(value[key]))
  end
  return "{" .. table.concat(keys, ",") .. "}"
end

-- Functions have no text; the few rules that hold some cannot be kept.
local function is_plain(value)
  if type(value) == "function" or type(value) == "userdata" then return false end
  if type(value) ~= "table" then return true end
  for _, item in pairs(value) do
    if not is_plain(item) then return false end
  end
  return true
end

-- The layers themselves: the same weights may be built into another network.
local function graph_hash(graph)
  local nodes = {}
  for i, node in ipairs(graph:nodes()) do
    nodes[i] = {
      name = node.name, layer = node.layer, inputs = node.inputs,
      parameters = node.parameters, shape = node.shape,
    }
  end
  return system.sha256(text_of { nodes, graph:outputs() })
end

local function model_settings(model)
  local about, info = model:describe(), model.net:info()
  -- The file's name is nothing to go by, unless there is no file.
  if about.weights_sha256 then about.weights = nil end
  about.known, about.distance, about.threshold = nil, nil, nil
  -- Nor is a calibration's.
  about.calibration = about.calibration and about.calibration.sha256
  about.include_top = model.include_top or false
  about.graph = graph_hash(model.graph)
  about.device, about.engine, about.precision = info.device, info.engine, info.precision
  return about
end

local function detector_settings(detector)
  local about = detector:describe()
  local hashes = {}
  for part, file in pairs(about.weights) do hashes[part] = file.sha256 or false end
  return { name = about.name, options = about.options, weights = hashes }
end

-- Everything but the photo and its box that makes an embedding what it is.
local function settings_of(o)
  local versions = { visage = system.version }
  for _, name in ipairs(LIBRARIES) do versions[name] = system.versions[name] end
  return {
    model = model_settings(o.model),
    detector = o.detector and detector_settings(o.detector),
    choose = o.detector and o.choose, no_face = o.detector and o.no_face,
    crop = type(o.crop) == "table" and o.crop or crops.rules[o.crop] or o.crop,
    align = o.align and (align.templates[o.align] or o.align),
    exif = o.exif, versions = versions,
  }
end

local function has_hashes(o, settings)
  if not o.model.weights.sha256 and not o.model.weights.known then return false end
  for _, hash in pairs(settings.detector and settings.detector.weights or {}) do
    if not hash then return false end
  end
  return true
end

--- Opens what a store keeps by these settings.
-- @tparam store store of visage.store
-- @tparam table o of face.batches: model, detector, choose, no_face, crop, align,
-- exif
-- @treturn table; or nil and why nothing made so can be kept
function kept.open(store, o)
  local settings = settings_of(o)
  if not has_hashes(o, settings) then
    return nil, "weights that are no file have no hash to be known by"
  elseif not is_plain(settings) then
    return nil, "a rule that is a function cannot be told from another"
  end
  return setmetatable({
    store = store, settings = store:settings(text_of(settings)),
    dimension = o.model.dimension,
    -- A box that nobody looks at does not tell embeddings apart.
    boxes = not o.detector or o.no_face == "published_box" or o.choose == "box",
    points = not o.detector,
  }, class)
end

-- The numbers that say where on the photo the face is; a detector finds its own points.
local function region_of(item, by_points)
  if not (item.points and by_points) then return item.box end
  local region = { item.points.side or 0 }
  for _, p in ipairs(item.points) do
    region[#region + 1], region[#region + 2] = p[1], p[2]
  end
  return region
end

--- Looks an item up.
-- @tparam table item of face.batches
-- @treturn ?table what is kept: {status, text, vector, face}
-- @treturn ?table place for `add`; nil when the item cannot be kept: no file. Where its
-- photo is `unread`, `read` goes before all else
function class:find(item)
  if type(item.image) ~= "string" or not self.settings then return nil end
  local photo = self.store:photo(item.image)
  if not photo then return nil end
  local region = self.boxes and region_of(item, self.points) or nil
  local place = { photo = photo, region = region, settings = self.settings }
  if photo.unread then return nil, place end
  return self:at(place), place
end

--- Completes a place whose photo was unread.
-- @tparam table place of find
-- @tparam string sha256 of the file's bytes
-- @tparam integer size bytes
function class:read(place, sha256, size)
  self.store:named(place.photo, sha256, size)
end

--- Looks a place up.
-- @tparam table place of find
-- @treturn ?table what is kept there, as in find
function class:at(place)
  local found = self.store:find(place.photo.image, place.settings, place.region)
  if found and found.vector and #found.vector ~= self.dimension then return nil end
  return found
end

--- Keeps what a batch has made, in one transaction.
-- @tparam table batch keep (places of find, by item), status, texts, faces, rows
-- (embeddings, by item)
function class:add(batch)
  local entries = {}
  for i, place in pairs(batch.keep) do
    place.status, place.text, place.face = batch.status[i], batch.texts[i], batch.faces[i]
    place.vector = batch.rows[i]
    entries[#entries + 1] = place
  end
  if entries[1] then self.store:add(entries) end
end

return kept
