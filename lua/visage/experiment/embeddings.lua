--- Where an experiment's embeddings come from: networks that look at photos, or
-- rows of a file. A source is { name, score, check, embed, picture, model }: score is
-- "cosine" or "euclidean", as the network wants it; check(images) raises what can be
-- known before any is opened; embed(images) gives (N, D) and, for the images that
-- have no embedding, why; their rows are not to be used; it leaves in an image's `face`
-- what a detector found, { box, points, score }; picture(image) is the face as a montage
-- shows it; made_by is the record of the network that made a file's rows, if there is
-- one. An image is { key = its name in messages, path, box, points }.
local extraction = require "visage.data.extraction"
local face = require "visage.face"
local image = require "visage.image"
local json = require "visage.json"
local models = require "visage.models"
local options_of = require "visage.experiment.options"
local photo_list = require "visage.data.photo_list"
local tensor = require "visage.tensor"

local embeddings = {
  --- What --filter takes: the resize filters of visage.image that give u8, Pillow's,
  -- then OpenCV's.
  filters = { "nearest", "bilinear", "bicubic", "lanczos", "area", "linear" },

  --- What --choose takes.
  choices = { "first", "largest", "centre" },
}

-- What face.embed says of an image without an embedding.
local NONE = { no_face = true, unreadable = true, empty_crop = true }

local function names_of(t, ...)
  local names = { ... }
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- What --crop takes: the rules of face.crops, and the whole photo.
-- @treturn {string,...}
function embeddings.crops()
  return names_of(face.crops, "whole")
end

--- Adds the options that say how a face is cut from its photo.
-- @tparam table parser argparse's
-- @tparam table defaults crop, detector; choose (true: none) and no_face, unless the
-- script takes faces from a detector itself: then --choose, --no-face and --crop
-- whole, which it would not follow, are not offered; embeddings = false: neither is
-- --embeddings
function embeddings.options(parser, defaults)
  if defaults.embeddings ~= false then
    parser:option("--embeddings", "Take embeddings from a file; no photo or network is"
      .. " opened. X.csv, or several with commas: what extract.lua left, rows by their"
      .. " paths. X.npy: rows in the order in which the photos are listed.")
      :argname("X.csv|X.npy")
  end
  local whole = defaults.no_face or defaults.whole
  parser:option("--crop", "Crop rule of the face (lua/visage/face/crops.lua)"
    .. (whole and ", or whole: the whole photo." or "."))
    :choices(whole and embeddings.crops() or names_of(face.crops)):default(defaults.crop)
  parser:option("--detector", "Profile of the face detector"
    .. (defaults.no_face and "; without one the published box is the face." or "."))
    :choices(names_of(face.profiles)):default(defaults.detector)
  if defaults.choose then
    parser:option("--choose", "Which of several faces.")
      :choices { "first", "largest", "centre" }
      :default(defaults.choose ~= true and defaults.choose or nil)
  end
  if defaults.no_face then
    parser:option("--no-face", "What to do where none is found.")
      :choices(names_of(face.policies))
      :default(defaults.no_face)
  end
  parser:option("--filter", "Resize filter, instead of the network's own.")
    :choices(embeddings.filters)
  parser:flag("--exif", "Turn photos as their EXIF orientation says.")
end

--- The photos, and those in the folders, that the command line names; as many as
-- --limit says, at least one.
-- @tparam table run with the option `photos`
-- @treturn {table,...} items as visage.data.photo_list gives them
function embeddings.photos(run)
  local items, drawn = photo_list.named(run.options.photos)
  if not items then error(drawn, 0) end
  run.synthetic = run.synthetic or drawn
  for i = #items, (run.options.limit or #items) + 1, -1 do items[i] = nil end
  if not items[1] then error("no photo to look at", 0) end
  return items
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

-- The face of an image for a montage: with some room about it, as VGGFace2's crops
-- have it; the whole photo where no box is known.
local function picture(run, one)
  local img = image.load(one.path, { exif = run.options.exif })
  local box = one.found or one.box
  return img and (box and face.crop(img, box, "paper") or img)
end

-- What ran it: said once, since `auto` leaves it open.
local function record_device(run, model)
  local info = model.net:info()
  if run.device ~= info.device then
    run:say("device %s, engine %s, %s", info.device, info.engine, info.precision)
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
      threads = o.threads, precision = o.precision,
      calibration = o.calibration and o.calibration[i],
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
  for _, one in ipairs(images) do
    if not one.box and not (one.points and model.align) then
      error(("no box of %s in the data's CSV; --boxes names the file, or find"
        .. " faces with --detector, or take photos as they are with --crop whole")
        :format(one.key), 0)
    end
  end
end

-- A photo counts once, however many networks look at it.
local function tally(run, images, report)
  for i, one in ipairs(images) do
    local status = report.status[i]
    if status ~= "ok" and not one.counted then
      run:count(status)
      one.counted = true
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

-- What cannot be compared is a failure, too: no direction can be told of it. It counts
-- once, however many sources meet it.
local function without_faults(run, images, rows, failed)
  local lengths = #images > 0 and rows:norm(2, 2):totable() or {}
  for i, length in ipairs(lengths) do
    if not (failed[i] or length > 0 and length < math.huge) then
      failed[i] = length == 0 and "zero_length" or "not_finite"
    end
    if failed[i] and not images[i].counted then
      run:count(failed[i])
      images[i].counted = true
    end
  end
  return rows, failed
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
    name = model.key, score = model.distance, model = model,
    check = function(images)
      if not detector and not whole then check_boxes(images, model) end
    end,
    embed = function(images)
      local items = {}
      for i, one in ipairs(images) do
        items[i] = {
          image = one.path, key = one.key, box = not whole and one.box or nil,
          points = not whole and one.points or nil,
        }
      end
      local rows, report = face.embed(items, options)
      tally(run, images, report)
      local failed = {}
      for i, status in ipairs(report.status) do
        failed[i] = NONE[status] and status or nil
        images[i].face = report.faces[i]
        images[i].found = (report.faces[i] or {}).box
      end
      return without_faults(run, images, rows, failed)
    end,
    picture = function(one) return picture(run, one) end,
  }
end

--- A source that takes rows of a .npy file, by the images' `row`. An image without
-- one, or with a row that is not finite or all zeros, has no embedding.
-- @tparam table run
-- @tparam string name for metric keys
-- @tparam core.tensor rows (N, D)
-- @tparam[opt="cosine"] string score
-- @treturn table source
function embeddings.from_rows(run, name, rows, score)
  local none = tensor.full({ rows:size(2) }, 0 / 0)
  return {
    name = name, score = score or "cosine",
    check = function() end,
    embed = function(images)
      local picked, failed = {}, {}
      for i, one in ipairs(images) do
        picked[i] = one.row and rows[one.row] or none
        failed[i] = type(one.missing) == "string" and one.missing
          or not one.row and "no_embedding" or nil
      end
      return without_faults(run, images,
        picked[1] and tensor.stack(picked, 1) or rows:narrow(1, 1, 0), failed)
    end,
    picture = function(one) return one.path and picture(run, one) end,
  }
end

-- What made the files, which must be one network in one way; nil where nothing says.
local function maker_of(paths)
  local first = extraction.made_by(paths[1])
  for i = 2, #paths do
    if json.encode(extraction.made_by(paths[i]) or {}) ~= json.encode(first or {}) then
      error(("--embeddings: another network made %s than %s, or in another way"):format(paths[i],
        paths[1]), 0)
    end
  end
  return first
end

-- An extraction's rows, by the photos' paths.
local function rows_by_path(run, images, paths)
  local rows, lines, drawn = assert(extraction.read(paths))
  local found, some = assert(extraction.number(images, rows, lines)), not images[1]
  for _, one in ipairs(images) do some = some or one.missing ~= true end
  if not some then
    error(("%s: none of the %d photos is in it; its first is %s, ours %s"):format(paths[1],
      #images, lines[1] and lines[1].path or "none", images[1].path or images[1].file), 0)
  end
  run:say("%d of %d photos have an embedding in the file", found, #images)
  run.synthetic = run.synthetic or drawn
  return rows
end

-- A matrix, its rows in the images' order or as `number` says.
local function rows_in_order(images, path, number)
  local rows = assert(tensor.load(path))
  if rows:dims() ~= 2 then
    error(("%s: %d axes; wanted 2, photos and numbers"):format(path, rows:dims()), 0)
  end
  if number then
    assert(number(rows))
  elseif #rows ~= #images then
    error(("%s: %d rows; there are %d photos"):format(path, #rows, #images), 0)
  else
    for i, one in ipairs(images) do one.row = i end
  end
  return rows
end

-- The rows of --embeddings, each of which belongs to one of the images.
local function from_file(run, images, number)
  local path = run.options.embeddings
  local paths = options_of.split(path)
  local made_by = maker_of(paths)
  local rows = path:find "%.csv$" and rows_by_path(run, images, paths)
    or rows_in_order(images, path, number)
  if made_by then run:model(made_by) end
  run:rule("embeddings", path)
  local source = embeddings.from_rows(run, "embeddings", rows, made_by and made_by.distance)
  source.made_by = made_by
  return source
end

--- The sources that the command line names: the file of --embeddings, or a network for
-- each of --model, with the detector of --detector.
-- @tparam table run
-- @tparam {table,...} images all of the run, in order; those with `missing` are not
-- looked at
-- @tparam[opt] table extra as for embeddings.models; number: a function of a .npy's rows
-- that gives images their `row` where they are not in the file's order (true, or nil,
-- text)
-- @treturn {table,...}
function embeddings.sources(run, images, extra)
  if run.options.embeddings then
    return { from_file(run, images, extra and extra.number) }
  end
  local how, list = {}, {}
  for key, value in pairs(extra or {}) do how[key] = value end
  how.detector, how.number = embeddings.detector(run), nil
  local there = {}
  for _, one in ipairs(images) do
    if not one.missing then there[#there + 1] = one end
  end
  for i, model in ipairs(embeddings.models(run, how)) do
    list[i] = embeddings.from_network(run, model, how.detector)
    list[i].check(there)
  end
  return list
end

return embeddings
