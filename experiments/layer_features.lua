--- Features of any layer: what a network holds of photos before its last word.
--
-- Leaves for each layer OUT/LAYER.npy, a row a photo in their order, maps as
-- (N, C, H, W) or pooled to (N, C), NaN where there is no face, and OUT/LAYER.csv with
-- each row's path, status, box and points; in LAYER what no file name holds is "_".
-- (Keras keeps maps as N, H, W, C: numpy's transpose(0, 2, 3, 1).) Rows are of the
-- photo as it is, never of its mirror image, and are written batch by batch: memory
-- does not grow with the photos, but with --batch and the layer's size (vgg16's pool1:
-- 3.2 MB a photo). A picture shows the first face's liveliest channels.
--
-- The reproduction of VGGFace2 took vgg16's pool4 and pool1, and fc6/relu:
--
--     ./visage experiments/layer_features.lua --model vgg16 --part body --layer pool4,pool1 photos
--     ./visage experiments/layer_features.lua --model vgg16 --layer fc6/relu photos
--     ./visage experiments/layer_features.lua --model mobilefacenet --layer conv2.prelu \
--       --pool avg photos
--
-- finetune_head --embeddings OUT/LAYER.csv trains a new last layer on them. Layers are
-- listed by
--
--     ./visage -e 'print(require "visage.models".graphs "vgg16"[""])'
--
-- Data: any photos. No number of this script has a published counterpart. It takes as
-- long as the network and as writing the files.
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local extraction = require "visage.data.extraction"
local face = require "visage.face"
local image = require "visage.image"
local models = require "visage.models"
local tensor = require "visage.tensor"

-- What finds faces where nothing else is said.
local DETECTOR = "facenet-pytorch"
-- Channels of a layer on the picture, and the side of each.
local SHOWN, SIDE = 7, 128

-- How much of the network is built, as options of models.load.
local PARTS = {
  embedding = {}, top = { include_top = true }, body = { pooling = "none" },
}

local function options(parser)
  parser:argument("photos", "Photos, or folders, which are searched to the bottom."):args("+")
  parser:option("--layer", "Layers by name, several with commas.")
    :argname("NAME[,NAME...]"):count(1):convert(experiment.split)
  parser:option("--pool", "What is kept of a map's places: none: all; avg or max: one"
    .. " number a channel."):choices { "none", "avg", "max" }:default("none")
  parser:option("--part", "How much of the network is built: to its embedding; top: with"
    .. " its softmax head; body: without fully connected layers, so that files without"
    .. " top serve (resnet50, senet50, vgg16)."):choices { "embedding", "top", "body" }
    :default("embedding")
  embeddings.options(parser, {
    crop = "detector_box", choose = "largest", no_face = "skip", embeddings = false,
  })
end

-- A layer's file; two layers must not have one.
local function names_of(layers)
  local names, owner = {}, {}
  for i, layer in ipairs(layers) do
    local name = layer:gsub("[^%w._-]", "_")
    if owner[name] then
      error(("--layer: %s and %s would both be %s.npy"):format(owner[name], layer, name), 0)
    end
    owner[name], names[i] = layer, name
  end
  return names
end

local function part_of(run)
  local spec, part = run.options.model[1], run.options.part
  local _, variant = assert(models.find(spec))
  if part == "top" and not variant.classes then
    error(("--part top: %s has no softmax head"):format(spec), 0)
  elseif part == "body" and not (variant.pooling or variant.head) then
    error(("--part body: %s is built to its embedding alone"):format(spec), 0)
  end
  return PARTS[part]
end

local function prepare(run)
  local o = run.options
  if #o.model ~= 1 then error("--model: one network here", 0) end
  if not o.layer[1] then error("--layer names no layer", 0) end
  local items, names, load = embeddings.photos(run), names_of(o.layer), part_of(run)
  if o.crop ~= "whole" then o.detector = o.detector or DETECTOR end
  local detector = embeddings.detector(run)
  local model = embeddings.models(run, { detector = detector, load = load, mirror = false })[1]
  local ok, text = model:set_taps(o.layer)
  if not ok then error(text, 0) end
  run.data.path = o.photos[1]
  return { items = items, names = names, model = model, detector = detector }
end

-- The layer's sizes behind N, after pooling.
local function shape_of(model, layer, pool)
  local shape = table.move(model.graph:node(layer).shape, 2, 4, 1, {})
  return pool == "none" and shape or { shape[1] }
end

local POOLS = {
  none = function(maps) return maps end,
  avg = function(maps) return maps:reshape({ maps:size(1), maps:size(2), -1 }):mean(3) end,
  max = function(maps) return maps:reshape({ maps:size(1), maps:size(2), -1 }):max(3) end,
}

-- A layer's files, and what is summed up of its rows.
local function open_layer(run, tools, i)
  local layer, name = run.options.layer[i], tools.names[i]
  local shape = shape_of(tools.model, layer, run.options.pool)
  return {
    layer = layer, name = name, shape = shape, sum = 0, zeros = 0, count = 0,
    files = assert(extraction.create(run:file(name .. ".npy"), run:file(name .. ".csv"), {
      rows = #tools.items, shape = shape, synthetic = run.synthetic,
    })),
  }
end

-- Adds a batch to a layer's files.
local function take(one, batch, pool)
  local maps = batch.taps and batch.taps[one.layer]
  local rows = maps and POOLS[pool](maps)
    or tensor.full({ #batch.items, table.unpack(one.shape) }, 0 / 0)
  assert(one.files:add {
    items = batch.items, embeddings = rows, status = batch.status, faces = batch.faces,
  })
  for i = 1, maps and #batch.items or 0 do
    local sum = rows[i]:sum()
    -- A row of NaN has none.
    if sum == sum then
      one.sum, one.zeros = one.sum + sum, one.zeros + rows[i]:eq(0):sum()
      one.count = one.count + rows[i]:numel()
    end
  end
end

-- The channels of one photo's map that vary most, as cells of a montage.
local function liveliest(maps)
  local spread = maps:reshape({ maps:size(1), -1 }):var(2)
  local cells, _, channels = {}, spread:topk(math.min(SHOWN, #spread), 1)
  for k, channel in ipairs(channels:totable()) do
    local img = image.heat(maps[channel])
    cells[k] = {
      image = image.resize(img, SIDE * img:size(2) // math.max(img:size(1), img:size(2)),
        SIDE * img:size(1) // math.max(img:size(1), img:size(2)), "nearest"),
      text = ("channel %d"):format(channel),
    }
  end
  return cells
end

-- The picture's rows, of the first photo of a batch that has a face.
local function rows_of_picture(layers, batch, shown)
  for i = 1, #batch.items do
    if shown[i] then
      local rows = {}
      for _, one in ipairs(layers) do
        local maps = batch.taps[one.layer][i]
        if maps:dims() == 3 and maps:size(2) * maps:size(3) > 1 then
          local cells = liveliest(maps)
          table.insert(cells, 1, { image = shown[i], text = "the face" })
          rows[#rows + 1] = { title = one.layer, cells = cells }
        end
      end
      return rows
    end
  end
end

-- Goes through the photos; gives the last batch, for its counts, and the picture's rows.
local function extract(run, tools, layers)
  local how = embeddings.face_options(run, tools.model, tools.detector)
  -- Only embeddings are kept there.
  how.store = nil
  local waiting, picture, last = {}, nil, nil
  how.on_face = function(item, pixels)
    if not picture then waiting[item] = pixels end
  end
  local progress = run:progress(tools.model.key, #tools.items)
  for batch in face.batches(tools.items, how) do
    for _, one in ipairs(layers) do take(one, batch, run.options.pool) end
    if not picture then
      local shown = {}
      for i, item in ipairs(batch.items) do shown[i] = waiting[item] end
      picture, waiting = rows_of_picture(layers, batch, shown), {}
    end
    progress:step(#batch.items)
    last = batch
  end
  progress:done()
  return last, picture
end

local function record(run, tools, layers, last)
  local rows = run:table("layers", { "layer", "file", "shape", "mean", "zeros" }).rows
  for _, one in ipairs(layers) do
    assert(one.files:finish())
    rows[#rows + 1] = {
      one.layer, one.name .. ".npy", table.concat(one.shape, " x "),
      one.count > 0 and one.sum / one.count or nil,
      one.count > 0 and one.zeros / one.count or nil,
    }
    run:print("%s: (%d, %s) in %s/%s.npy", one.layer, #tools.items,
      table.concat(one.shape, ", "), run.out, one.name)
  end
  local without = 0
  for status, count in pairs(last.counts) do
    if status ~= "ok" then run:count(status, count) end
    if status == "no_face" or status == "unreadable" or status == "empty_crop" then
      without = without + count
    end
  end
  for what, seconds in pairs(last.seconds) do run:spent(what, seconds) end
  run.data.images = #tools.items
  run:metric(tools.model.key .. "/photos", #tools.items)
  run:metric(tools.model.key .. "/rows", #tools.items - without)
  run:rule("layers", run.options.layer)
  run:rule("pool", run.options.pool)
  run:rule("mirror", "none: of the photo as it is")
  if without == #tools.items then error("no photo has a face", 0) end
end

local function main(run, tools)
  local layers <close> = setmetatable({}, {
    __close = function(list)
      for _, one in ipairs(list) do one.files:__close() end
    end,
  })
  for i = 1, #run.options.layer do layers[i] = open_layer(run, tools, i) end
  local last, picture = extract(run, tools, layers)
  record(run, tools, layers, last)
  if picture and picture[1] then
    run:montage("maps.png", {
      title = "Channels that vary most on the first face", rows = picture,
      caption = "Each channel from its least (dark) to its greatest number (bright).",
      columns = SHOWN + 1,
    })
  end
end

os.exit(experiment.main({
  name = "layer_features", model = "resnet50", data = false,
  summary = "Features of any layer of a network for any photos: --layer pool4,fc6/relu leaves"
    .. " pool4.npy, pool4.csv, fc6_relu.npy, fc6_relu.csv, a row a photo, whole maps or pooled,"
    .. " written batch by batch. finetune_head --embeddings pool4.csv trains on them.",
  question = "What do a network's layers hold of these photos?",
  options = options, prepare = prepare, run = main,
}, arg), true)
