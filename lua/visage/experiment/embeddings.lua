--- Where an experiment's embeddings come from: networks that look at photos, or
-- rows of a file. A source is { name, check, embed }: check(images) raises what can
-- be known before any is opened; embed(images) gives (N, D) and, for the images
-- that have no embedding, why; their rows are not to be used.
local face = require "visage.face"
local models = require "visage.models"
local tensor = require "visage.tensor"

local embeddings = {}

-- What face.embed says of an image without an embedding.
local NONE = { no_face = true, unreadable = true, empty_crop = true }

-- The resize filters of visage.image that give u8: Pillow's, then OpenCV's.
local FILTERS = { "nearest", "bilinear", "bicubic", "lanczos", "area", "linear" }

local function names_of(t, ...)
  local names = { ... }
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Adds the options that say how a face is cut from its photo.
-- @tparam table parser argparse's
-- @tparam table defaults crop, detector; choose and no_face, unless the script
-- takes faces from a detector itself: then --choose, --no-face and --crop whole,
-- which it would not follow, are not offered
function embeddings.options(parser, defaults)
  local whole = defaults.no_face and { "whole" } or {}
  parser:option("--crop", "Crop rule of the face (lua/visage/face/crops.lua)"
    .. (whole[1] and ", or whole: the whole photo." or "."))
    :choices(names_of(face.crops, table.unpack(whole))):default(defaults.crop)
  parser:option("--detector", "Profile of the face detector"
    .. (whole[1] and "; without one the published box is the face." or "."))
    :choices(names_of(face.profiles)):default(defaults.detector)
  if defaults.choose then
    parser:option("--choose", "Which of several faces.")
      :choices { "first", "largest", "centre" }:default(defaults.choose)
  end
  if defaults.no_face then
    parser:option("--no-face", "What to do where none is found.")
      :choices(names_of(face.policies))
      :default(defaults.no_face)
  end
  parser:option("--filter", "Resize filter, instead of the network's own.")
    :choices(FILTERS)
  parser:flag("--exif", "Turn photos as their EXIF orientation says.")
end

--- Opens the detector that --detector names, if any.
-- @tparam table run
-- @treturn ?table
function embeddings.detector(run)
  local o = run.options
  if not o.detector then return nil end
  if o.crop == "whole" then
    error("--crop whole takes photos as they are; leave --detector out or name"
      .. " another rule", 0)
  end
  local detector = assert(face.detector {
    profile = o.detector, engine = o.engine, threads = o.threads,
    device = o.device ~= "auto" and o.device or nil,
  })
  run:rule("detector", o.detector)
  return detector
end

-- How the face gets from the photo to the network, for the record.
local function crop_record(o, model, extra)
  local detector = extra.detector
  local record = { rule = o.crop, detector = o.detector, exif = o.exif }
  if detector then
    record.choose, record.no_face = o.choose, o.no_face
    if model.align then
      record.rule, record.align = nil, model.align
      -- A published box has no points to align by.
      if o.no_face == "published_box" then record.no_face_rule = o.crop end
    end
  end
  if extra.points and model.align then
    record.rule, record.align, record.points = nil, model.align, extra.points
  end
  for key, value in pairs(face.crops[record.rule] or {}) do record[key] = value end
  return record
end

-- What ran it: said once, since `auto` leaves it open.
local function record_device(run, model)
  local info = model.net:info()
  if run.device ~= info.device then
    run:say("device %s, engine %s", info.device, info.engine)
  end
  run.device, run.engine = info.device, info.engine
end

--- Opens the networks that --model and --weights name, and records them.
-- @tparam table run
-- @tparam[opt] table extra load: options for models.load; detector: the one that
-- will find the faces; points: the file that has the faces' points; pooling: the
-- templates' rule, for the record; mirror: of model:set_mirror
-- @treturn {table,...} models, each with `key`, its name in metric keys
function embeddings.models(run, extra)
  extra = extra or {}
  local o, list = run.options, {}
  for i, spec in ipairs(o.model) do
    local options = {
      weights = o.weights and o.weights[i], engine = o.engine,
      device = o.device ~= "auto" and o.device or nil, batch = o.batch,
      threads = o.threads,
    }
    for key, value in pairs(extra.load or {}) do options[key] = value end
    local model = assert(models.load(spec, options))
    model.resize = o.filter or model.resize
    model.key = spec
    if extra.mirror ~= nil then model:set_mirror(extra.mirror) end
    record_device(run, model)
    local about = model:describe()
    about.crop = crop_record(o, model, extra)
    about.pooling = extra.pooling or about.pooling
    run:model(about)
    list[i] = model
  end
  return list
end

-- Photos without a published box cannot be cut by it, nor aligned without points.
local function check_boxes(images, model)
  for _, image in ipairs(images) do
    if not image.box and not (image.points and model.align) then
      error(("no box of %s in the data's CSV; --boxes names the file, or find"
        .. " faces with --detector, or take photos as they are with --crop whole")
        :format(image.key), 0)
    end
  end
end

-- A photo counts once, however many networks look at it.
local function tally(run, images, report)
  for i, image in ipairs(images) do
    local status = report.status[i]
    if status ~= "ok" and not image.counted then
      run:count(status)
      image.counted = true
    end
  end
  for part, seconds in pairs(report.seconds) do run:spent(part, seconds) end
  run:used(report.uses)
end

--- What the command line says of faces, for face.embed.
-- @tparam table run
-- @tparam table model of embeddings.models
-- @tparam ?table detector
-- @treturn table options
function embeddings.face_options(run, model, detector)
  local o = run.options
  return {
    model = model, detector = detector, choose = o.choose, exif = o.exif,
    crop = o.crop ~= "whole" and o.crop or nil, no_face = o.no_face, batch = o.batch,
    store = run:store(),
  }
end

--- A source that runs a network on photos.
-- @tparam table run
-- @tparam table model of embeddings.models
-- @tparam ?table detector
-- @treturn table source
function embeddings.from_network(run, model, detector)
  local whole = run.options.crop == "whole"
  local options = embeddings.face_options(run, model, detector)
  return {
    name = model.key,
    check = function(images)
      if not detector and not whole then check_boxes(images, model) end
    end,
    embed = function(images)
      local items = {}
      for i, image in ipairs(images) do
        items[i] = {
          image = image.path, key = image.key, box = not whole and image.box or nil,
          points = not whole and image.points or nil,
        }
      end
      local rows, report = face.embed(items, options)
      tally(run, images, report)
      local failed = {}
      for i, status in ipairs(report.status) do
        failed[i] = NONE[status] and status or nil
      end
      return rows, failed
    end,
  }
end

--- A source that takes rows of a .npy file, by the images' `row`.
-- @tparam string name for metric keys
-- @tparam core.tensor rows (N, D)
-- @treturn table source
function embeddings.from_rows(name, rows)
  return {
    name = name,
    check = function() end,
    embed = function(images)
      local picked = {}
      for i, image in ipairs(images) do picked[i] = rows[image.row] end
      return tensor.stack(picked, 1), {}
    end,
  }
end

return embeddings
