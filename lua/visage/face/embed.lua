--- From images to embeddings in batches: decode, find the face or take the
-- given box, cut or align, run the model. Memory does not grow with the number
-- of images when `batches` is used. Photos of the next batch are decoded while
-- this one is worked on (visage.face.ahead).

local ahead = require "visage.face.ahead"
local align = require "visage.face.align"
local choose = require "visage.face.choose"
local crops = require "visage.face.crops"
local image = require "visage.image"
local kept = require "visage.face.kept"
local named = require "visage.options"
local system = require "visage.system"
local tensor = require "visage.tensor"

local embed = {}

local function key_of(item)
  return item.key or type(item.image) == "string" and item.image or "an image"
end

-- The largest square about the centre.
local function centre(img)
  local shape = img:shape()
  local side = math.min(shape[1], shape[2])
  return image.crop(img, (shape[2] - side) // 2, (shape[1] - side) // 2, side, side)
end

--- What happens to an image in which the detector finds no face: name ->
-- function (img, item, crop rule) -> face image or nil, status. `error` raises,
-- `skip` leaves the image out, `whole` takes all of it, `centre` its central
-- square, `published_box` the box that the data set gives (an image without one
-- is an error).
embed.policies = {
  error = function(_, item)
    error(("face.embed: no face in %s"):format(key_of(item)), 0)
  end,
  skip = function() return nil, "no_face" end,
  whole = function(img) return img, "whole" end,
  centre = function(img) return centre(img), "centre" end,
  published_box = function(img, item, rule)
    if not item.box then
      error(("face.embed: no face in %s and no published box of it"):format(key_of(item)), 0)
    end
    local face = crops.crop(img, item.box, rule)
    return face, face and "published_box" or "empty_crop"
  end,
}

local OPTIONS = {
  model = true, detector = true, choose = true, crop = true, align = true,
  no_face = true, exif = true, batch = true, on_batch = true, store = true,
  on_face = true,
}

local function options_of(given)
  local model = given.model or error("face.embed: no model", 3)
  local o = {
    model = model, detector = given.detector, choose = given.choose or "first",
    crop = given.crop or (given.detector and "detector_box" or "reproduction_csv"),
    align = given.align, no_face = given.no_face or "error",
    exif = given.exif or false, batch = given.batch or model.batch,
    on_face = given.on_face or function() end,
  }
  if o.align == nil then o.align = model.align end
  o.policy = embed.policies[o.no_face]
  if not o.policy then
    error(("face.embed: no policy %s; there are %s"):format(tostring(given.no_face),
      named.names(embed.policies)), 3)
  end
  if given.store then
    local why
    o.kept, why = kept.open(given.store, o)
    if why then error("face.embed: store: " .. why, 3) end
  end
  return o
end

local function timed(seconds, part, f, ...)
  local start = system.clock()
  local a, b = f(...)
  seconds[part] = seconds[part] + system.clock() - start
  return a, b
end

-- The face image of a detected face.
local function cut(img, found, o)
  if o.align then
    local points = found.exact and found.exact.points or found.points
    return (align.align(img, points, o.align)), "ok"
  end
  local face, text = crops.crop(img, found.box, o.crop)
  return face, face and "ok" or "empty_crop", text
end

-- Points of a data set, which may be given for photos of another size.
local function on_photo(points, img)
  if not points.side then return points end
  local shape, scaled = img:shape(), {}
  for i, p in ipairs(points) do
    scaled[i] = { p[1] * shape[2] / points.side, p[2] * shape[1] / points.side }
  end
  return scaled
end

-- The face image of an item of which no detector is asked, or nil; its status; a text.
local function given_face(item, img, o)
  if item.points and o.align then
    return (align.align(img, on_photo(item.points, img), o.align)), "ok"
  end
  if not item.box then return img, "ok" end
  local face, text = crops.crop(img, item.box, o.crop)
  return face, face and "ok" or "empty_crop", text
end

-- The same of a photo's faces; and the chosen one.
local function chosen_face(item, img, faces, o)
  local found = choose.choose(faces, o.choose, img, item.box)
  if not found then return o.policy(img, item, o.crop) end
  local face, status, text = cut(img, found, o)
  return face, status, text, found
end

local function set(batch, place, status, found, text)
  batch.status[place], batch.faces[place], batch.texts[place] = status, found, text
  batch.counts[status] = (batch.counts[status] or 0) + 1
end

-- The item as the store has it.
local function take_kept(batch, place, kept_one)
  set(batch, place, kept_one.status, kept_one.face, kept_one.text)
  batch.rows[place] = kept_one.vector
  batch.uses.kept = batch.uses.kept + 1
end

-- What the network will see of the item at the place, if anything.
local function take_face(batch, place, o, face, status, text, found)
  set(batch, place, status, found, text)
  if not face then return end
  o.on_face(batch.items[place], face)
  batch.inputs[#batch.inputs + 1] = face
  batch.places[#batch.inputs] = place
end

local function detect(detector, photos)
  if detector.detect_batch then return detector:detect_batch(photos) end
  local found = {}
  for i, img in ipairs(photos) do found[i] = detector:detect(img) end
  return found
end

-- The faces of the photos that wait for the detector.
local function take_waiting(batch, o)
  local photos, places = batch.photos, batch.waiting
  if not photos[1] then return end
  batch.photos, batch.waiting, batch.pixels = {}, {}, 0
  local found = timed(batch.seconds, "detect", detect, o.detector, photos)
  for i, place in ipairs(places) do
    take_face(batch, place, o, chosen_face(batch.items[place], photos[i], found[i], o))
  end
end

-- A detector is shown many photos at a time, but of few pixels more than these.
local PIXELS = 2 ^ 24

-- Fills the batch with one more item, an entry of face/ahead.lua.
local function take(batch, entry, o)
  local place, img = #batch.items + 1, entry.image
  batch.items[place] = entry.item
  if entry.found then return take_kept(batch, place, entry.found) end
  batch.keep[place] = entry.where
  if not img then return set(batch, place, "unreadable", nil, entry.text) end
  if not o.detector then
    return take_face(batch, place, o, given_face(entry.item, img, o))
  end
  batch.photos[#batch.photos + 1], batch.waiting[#batch.waiting + 1] = img, place
  batch.pixels = batch.pixels + img:numel() // 3
  if batch.pixels > PIXELS then take_waiting(batch, o) end
end

-- Embeds the batch's face images, and keeps what is new.
local function compute(batch, o)
  batch.uses.computed = batch.uses.computed + #batch.inputs
  local y, taps = timed(batch.seconds, "embed", o.model.embed, o.model, batch.inputs)
  for row, place in ipairs(batch.places) do batch.rows[place] = y[row] end
  if o.kept then o.kept:add(batch) end
  return y, taps
end

-- What the network gave for the batch's faces, a row for each item.
local function for_items(batch, y)
  local shape = y:shape()
  shape[1] = #batch.items
  local all = tensor.full(shape, 0 / 0)
  for row, place in ipairs(batch.places) do all[place] = y[row] end
  return all
end

-- The batch's embeddings; rows of items without one are NaN.
local function run(batch, o)
  local y, taps = compute(batch, o)
  batch.embeddings, batch.taps = y, taps
  if #batch.inputs < #batch.items then
    batch.embeddings = tensor.full({ #batch.items, o.model.dimension }, 0 / 0)
    for place, row in pairs(batch.rows) do batch.embeddings[place] = row end
    for name, t in pairs(taps or {}) do taps[name] = for_items(batch, t) end
  end
  batch.inputs, batch.places, batch.rows, batch.keep = nil, nil, nil, nil
  batch.photos, batch.waiting, batch.pixels = nil, nil, nil
  return batch
end

local function iterator(items)
  if type(items) == "function" then return items end
  local i = 0
  return function()
    i = i + 1
    return items[i]
  end
end

--- Iterates over batches of embeddings with flat memory.
-- @tparam {table,...}|function items {image = path or tensor, box = {x1, y1, x2,
-- y2} or nil, points = five {x, y} or nil, key = a name for messages}; or a function
-- that returns the next. Without a detector a network with a template is aligned by
-- the points; `points.side`: they are given for a square photo of that side
-- @tparam table options model; detector: without one the box, or the whole
-- image, is the face; choose "first", "largest", "centre" or "box"; crop: a rule
-- ("detector_box"; without a detector "reproduction_csv"); align: a template,
-- false for none (the model's); no_face: a policy ("error"); exif (false);
-- batch (the model's); store (visage.store): embeddings of files are looked up
-- in it (but those of items with `fresh`) and kept there, a batch at a time;
-- on_face: called with each item that the network will see and its face image
-- @treturn function for a generic for: batch {first, items, embeddings (n, D)
-- with NaN rows where there is none, taps (of a model that has some, name -> (n, ...);
-- not of items from the store, nor where no image of the batch has a face), status,
-- faces, texts; and so far counts,
-- seconds {decode: that threads read and decoded, summed over the threads, most of
-- them during the rest; detect, embed: on the clock} and uses {kept: items taken from
-- the store, computed: face images that the network saw}}; and what ends the threads
-- when the loop does
function embed.batches(items, options)
  named.check("face.batches", options, OPTIONS)
  local o = options_of(options)
  local photos = ahead.open(iterator(items), {
    count = o.batch, threads = o.model.how and o.model.how.threads, exif = o.exif, kept = o.kept,
  })
  local first, counts, seconds = 1, {}, { decode = 0, detect = 0, embed = 0 }
  local uses = { kept = 0, computed = 0 }
  local function next_batch()
    local batch = {
      first = first, items = {}, status = {}, faces = {}, texts = {}, inputs = {}, places = {},
      rows = {}, keep = {}, photos = {}, waiting = {}, pixels = 0, counts = counts,
      seconds = seconds, uses = uses,
    }
    while #batch.items < o.batch do
      local entry = photos:next()
      if not entry then break end
      take(batch, entry, o)
    end
    if #batch.items == 0 then return nil end
    take_waiting(batch, o)
    seconds.decode = photos:seconds()
    first = first + #batch.items
    return run(batch, o)
  end
  return next_batch, nil, nil, photos
end

--- Embeds all items.
-- @tparam {table,...}|function items as in batches
-- @tparam table options as in batches; and on_batch: called with each batch
-- @treturn tensor (N, D); the rows of items without an embedding are NaN
-- @treturn table report {status, faces, texts (by item), counts (by status:
-- ok, no_face, unreadable, empty_crop, whole, centre, published_box), seconds,
-- uses}
function embed.embed(items, options)
  named.check("face.embed", options, OPTIONS)
  local rows, report = {}, { status = {}, faces = {}, texts = {} }
  for batch in embed.batches(items, options) do
    rows[#rows + 1] = batch.embeddings
    for i = 1, #batch.items do
      local place = batch.first + i - 1
      report.status[place], report.faces[place] = batch.status[i], batch.faces[i]
      report.texts[place] = batch.texts[i]
    end
    report.counts, report.seconds, report.uses = batch.counts, batch.seconds, batch.uses
    if options.on_batch then options.on_batch(batch) end
  end
  if not rows[1] then
    report.counts, report.seconds = {}, { decode = 0, detect = 0, embed = 0 }
    report.uses = { kept = 0, computed = 0 }
    return tensor.zeros { 0, options.model.dimension }, report
  end
  return tensor.cat(rows, 1), report
end

return embed
