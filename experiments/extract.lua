--- Embeddings of many photos: find the face, align or cut it, embed it.
--
-- Leaves OUT/embeddings.npy, one row a photo (NaN where there is no embedding), and
-- OUT/embeddings.csv with each row's path, status, box and points, in the order of the
-- photos; they get these names when they are whole. Every other script takes them with
-- --embeddings OUT/embeddings.csv, or those of several shards with commas.
--
-- Data: photos, folders, which are searched to the bottom, or --list FILE: a CSV with a
-- column path and perhaps x1, y1, x2, y2, or one path a line. Its paths go on from --data
-- DIR (and --images SUBDIR in it), else from the list's own folder.
--
-- A run that was killed goes on where it stopped when it is begun again with --force:
-- what it had finished is in the cache. On many hosts or GPUs each takes its --shard of
-- one list; with one --cache on a shared disk, or each with its own. Some five photos a
-- second on two cores with MTCNN and a small network.
--
-- Which face, and which detector, are this script's to say: a script that reads the file
-- takes what is in it. To have lfw.lua's or verify.lua's own: --detector ipazc-0.1.1
-- --choose centre.
--
--     ./visage experiments/extract.lua --model resnet50 --out runs/1 --shard 1/4 photos
--     ./visage experiments/extract.lua --model mobilefacenet --list train_list.txt \
--       --data /data/vggface2 --images train --missing failure --save-crops faces
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local extraction = require "visage.data.extraction"
local face = require "visage.face"
local image = require "visage.image"
local lfs = require "lfs"
local photo_list = require "visage.data.photo_list"
local system = require "visage.system"

-- Faces are for their user alone.
local PRIVATE = 448 -- 0700
-- What finds faces where nothing else is said; a list may give boxes instead.
local DETECTOR = "facenet-pytorch"

-- "2/4" as the second of four.
local function shard(text)
  local i, n = text:match "^(%d+)/(%d+)$"
  i, n = math.tointeger(tonumber(i)), math.tointeger(tonumber(n))
  if i and i >= 1 and i <= n then return { i, n } end
  return nil, ("'%s' is no shard; wanted I/N with I from 1 to N"):format(text)
end

local function options(parser)
  parser:argument("photos", "Photos, or folders, which are searched to the bottom.")
    :args("*")
  parser:option("--list", "X.csv: photos by a column path and, where no detector is to look"
    .. " for the faces, x1, y1, x2, y2; any other file: one path a line. Paths go on from"
    .. " --data, else from the list's folder."):argname("FILE")
  parser:option("--missing", "Photos of the list that are not there: error, or failure:"
    .. " their rows are NaN."):choices { "error", "failure" }:default("error")
  parser:option("--shard", "Take only the I-th of N equal parts of the photos.")
    :argname("I/N"):convert(shard)
  parser:option("--save-crops", "Folder for the face images, as PNG."):argname("DIR")
  parser:flag("--quality", "Measure each found face: blur, size, yaw, pitch and roll become"
    .. " columns of the CSV (photos are decoded a second time).")
  embeddings.options(parser, {
    crop = "detector_box", choose = "largest", no_face = "skip", embeddings = false,
  })
end

-- An item's name below --save-crops: never outside of it.
local function crop_name(path)
  return (path:gsub("^/+", ""):gsub("%.%.%f[/\0]", "_")) .. ".png"
end

local function part(list, which)
  local i, n = table.unpack(which)
  local first, last = #list * (i - 1) // n + 1, #list * i // n
  return table.move(list, first, last, 1, {})
end

-- The photos of the list, if there is one, behind those that are named.
local function from_list(run, items)
  local o = run.options
  local root = o.data and o.data .. (o.images and "/" .. o.images or "")
  local listed = assert(photo_list.read(o.list, root))
  local missing = photo_list.missing(listed)
  if missing[1] and o.missing == "error" then
    error(("%s: %d of %d photos are not there: %s%s; --missing failure makes NaN of them")
      :format(o.list, #missing, #listed, table.concat(missing, ", ", 1, math.min(5, #missing)),
        #missing > 5 and ", ..." or ""), 0)
  end
  table.move(listed, 1, #listed, #items + 1, items)
end

-- Photos that come again have a row each time.
local function tell_repeated(run, items)
  local again = photo_list.repeated(items)
  if not again[1] then return end
  local one, first = again[1].item, again[1].first
  run:say("%s%s: again%s, and a row again (%d such photos)", one.line and ("%s:%d: "):format(
    run.options.list, one.line) or "", one.name, first.line and one.line
      and (", after line %d"):format(first.line) or "", #again)
  run:count("repeated_photos", #again)
end

-- Those whose folder --exclude does not name: a folder is a subject.
local function kept(run, items)
  if not run.options.exclude then return items end
  local function subject_of(item) return item.image:match "([^/]+)/[^/]*$" or "." end
  local subjects, left = {}, {}
  for _, item in ipairs(items) do
    local name = subject_of(item)
    if not left[name] then subjects[#subjects + 1] = { name = name } end
    left[name] = true
  end
  local rest, list = run:keep(subjects), {}
  left = {}
  for _, one in ipairs(rest) do left[one.name] = true end
  for _, item in ipairs(items) do
    if left[subject_of(item)] then list[#list + 1] = item end
  end
  return list
end

-- Where each item's face image goes. Of several boxes on one photo the name tells which.
local function name_crops(items)
  local boxes = {}
  for _, item in ipairs(items) do boxes[item.image] = (boxes[item.image] or 0) + 1 end
  for _, item in ipairs(items) do
    local box = boxes[item.image] > 1 and item.box
    item.crop = crop_name(item.name .. (box and "_" .. table.concat(box, "_") or ""))
  end
end

-- The photos in the order of the rows.
local function items_of(run)
  local o = run.options
  local list, drawn = photo_list.named(o.photos)
  if not list then error(drawn, 0) end
  run.synthetic = run.synthetic or drawn
  if o.list then from_list(run, list) end
  tell_repeated(run, list)
  list = kept(run, list)
  name_crops(list)
  list = o.limit and table.move(list, 1, math.min(o.limit, #list), 1, {}) or list
  if not list[1] then error("no photo to look at; name photos, folders or --list", 0) end
  local all = #list
  if o.shard then list = part(list, o.shard) end
  if not list[1] then
    error(("--shard %d/%d: no photo of %d is in it"):format(o.shard[1], o.shard[2], all), 0)
  end
  run:say("%d photos%s", #list, o.shard and (", shard %d of %d of %d photos"):format(o.shard[1],
    o.shard[2], all) or "")
  return list
end

-- Face images of two photos must not have one name; one that is not there yet is
-- cut again, whatever the cache holds.
local function plan_crops(folder, items)
  local owner = {}
  for _, item in ipairs(items) do
    local other = owner[item.crop]
    if other and other ~= item.image then
      error(("--save-crops: %s and %s would both be %s"):format(other, item.image,
        item.crop), 0)
    end
    owner[item.crop] = item.image
    item.fresh = lfs.attributes(folder .. "/" .. item.crop) == nil
  end
end

local function prepare(run)
  local o = run.options
  if #o.model ~= 1 then error("--model: one network here", 0) end
  local items = items_of(run)
  if o.crop ~= "whole" and not items[1].box then o.detector = o.detector or DETECTOR end
  local detector = embeddings.detector(run)
  local model = embeddings.models(run, { detector = detector })[1]
  run.data.path = o.photos[1] or o.list
  return { items = items, model = model, detector = detector }
end

local function save_crop(run, item, pixels)
  local path = run.options.save_crops .. "/" .. item.crop
  assert(system.mkdir_p(path:match "^(.*)/", PRIVATE))
  assert(system.write_file(path, assert(image.encode(pixels, "png"))))
end

-- What the last batch tells of all.
local function record(run, batch)
  for status, count in pairs(batch.counts) do
    if status ~= "ok" then run:count(status, count) end
  end
  for what, seconds in pairs(batch.seconds) do run:spent(what, seconds) end
  run:used(batch.uses)
end

-- Of each item of a batch what is measured of its face, if it has one.
local function measured(run, batch)
  local list = {}
  for i, item in ipairs(batch.items) do
    local found = batch.faces[i]
    if found then
      local img = run:timed("decode", image.load, item.image, { exif = run.options.exif })
      list[i] = run:timed("quality", face.quality.of, img, found)
    end
  end
  return list
end

local function main(run, tools)
  local o, items, model = run.options, tools.items, tools.model
  local how = embeddings.face_options(run, model, tools.detector)
  if o.save_crops then
    plan_crops(o.save_crops, items)
    how.on_face = function(item, pixels) save_crop(run, item, pixels) end
  end
  local files <close> = assert(extraction.create(run:file "embeddings.npy",
    run:file "embeddings.csv", {
      rows = #items, shape = { model.dimension }, synthetic = run.synthetic,
      measured = o.quality and face.quality.columns or nil,
    }))
  local progress, last = run:progress(model.key, #items), nil
  for batch in face.batches(items, how) do
    if o.quality then batch.measured = measured(run, batch) end
    assert(files:add(batch))
    progress:step(#batch.items)
    last = batch
  end
  progress:done()
  assert(files:finish())
  record(run, last)
  run.data.images = #items
  local without = run.failures.no_face + run.failures.unreadable
    + (run.failures.empty_crop or 0)
  run:metric(model.key .. "/photos", #items)
  run:metric(model.key .. "/embeddings", #items - without)
  run:print("%s: %d photos, %d embeddings: %s/embeddings.npy", model.key, #items,
    #items - without, run.out)
  if without == #items then error("no photo has an embedding", 0) end
end

os.exit(experiment.main({
  name = "extract", model = "resnet50",
  summary = "Embeddings of photos: find, align, embed; OUT/embeddings.npy and .csv, which"
    .. " the other scripts take with --embeddings. Photos, folders or --list FILE; a killed"
    .. " run goes on with --force. Some five photos a second on two cores with MTCNN and a"
    .. " small network.",
  question = "What does a network make of these photos?",
  options = options, prepare = prepare, run = main,
}, arg), true)
