--- Embeddings of many photos: find the face, align or cut it, embed it.
--
-- Leaves OUT/embeddings.npy, one row a photo (NaN where there is no embedding),
-- and OUT/embeddings.csv with each row's path, status, box and points. A run that
-- was killed goes on where it stopped when it is begun again with --force: what
-- it had finished is in the cache. On many hosts or GPUs each takes its --shard;
-- age_templates --embeddings 1/embeddings.csv,2/embeddings.csv reads them.
--
--     ./visage experiments/extract.lua --model resnet50 --out runs/1 --shard 1/4 photos
local csv = require "visage.data.csv"
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local extraction = require "visage.data.extraction"
local face = require "visage.face"
local folders = require "visage.data.folders"
local image = require "visage.image"
local lfs = require "lfs"
local synthetic = require "visage.data.synthetic"
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
  parser:option("--list", "CSV of photos with a column path and, where no detector is"
    .. " to look for the faces, x1, y1, x2, y2."):argname("FILE")
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

local function from_folder(list, root)
  for _, name in ipairs(assert(folders.photos_below(root))) do
    list[#list + 1] = { image = root .. "/" .. name, crop = crop_name(name) }
  end
end

local function from_list(list, path)
  local lines, columns, starts = assert(csv.read(path, { keep_space = true }))
  local has = {}
  for _, name in ipairs(columns) do has[name] = true end
  if not has.path then error(path .. ": no column path", 0) end
  for i, line in ipairs(lines) do
    local item = { image = line.path, crop = crop_name(line.path) }
    if has.x1 then
      item.box = {}
      for c, name in ipairs { "x1", "y1", "x2", "y2" } do
        item.box[c] = tonumber(line[name])
          or error(("%s:%d: %s is no number"):format(path, starts[i], name), 0)
      end
    end
    list[#list + 1] = item
  end
end

local function part(list, which)
  local i, n = table.unpack(which)
  local first, last = #list * (i - 1) // n + 1, #list * i // n
  return table.move(list, first, last, 1, {})
end

-- The photos in the order of the rows.
local function items_of(run)
  local o, list = run.options, {}
  for _, path in ipairs(o.photos) do
    local mode = lfs.attributes(path, "mode")
    if not mode then error(path .. ": no such photo or folder", 0) end
    if mode == "directory" then
      from_folder(list, path)
      run.synthetic = run.synthetic or synthetic.is_marked(path)
    else
      list[#list + 1] = { image = path, crop = crop_name(path:match "[^/]*$") }
    end
  end
  if o.list then from_list(list, o.list) end
  list = o.limit and table.move(list, 1, math.min(o.limit, #list), 1, {}) or list
  if o.shard then list = part(list, o.shard) end
  if not list[1] then error("no photo to look at; name photos, folders or --list", 0) end
  return list
end

-- Face images of two photos must not have one name; one that is not there yet is
-- cut again, whatever the cache holds.
local function plan_crops(folder, items)
  local owner = {}
  for _, item in ipairs(items) do
    local other = owner[item.crop]
    if other then
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
  summary = "Embeddings of photos: find, align, embed; as .npy and CSV.",
  options = options, prepare = prepare, run = main,
}, arg), true)
