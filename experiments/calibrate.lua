--- Calibrates a network for --precision int8: runs it in fp32 on a folder of faces and
-- notes the range of each layer's numbers.
--
-- Leaves WEIGHTS.int8.json beside the weights, or --to FILE, which --precision int8 then
-- finds (or is told by --calibration), and the ranges as OUT/ranges.csv. Faces are cut as
-- for every other experiment: give the options of detector and crop that the photos to be
-- recognised will have. A few hundred faces of different people are plenty. Never calibrate
-- on photos that are scored: results record the sha256 of the calibration's photos.
--
-- How numbers of 8 bits are got: weights per channel of the result, the largest 127;
-- layers' numbers by their range here, in u8 where nothing is negative. Convolutions of
-- maps and dense layers compute so, the first one included; convolutions of single places
-- (squeeze-excite) and what no kernel of 8 bits takes compute with f32, and every result
-- is f32 as it comes, unrounded. Batch norms are folded into weights before.
--
--     ./visage experiments/calibrate.lua --model mobilefacenet faces/
--     ./visage experiments/lfw.lua --model mobilefacenet --precision int8 --data lfw
local calibration = require "visage.models.calibration"
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local face = require "visage.face"
local image = require "visage.image"
local nn = require "visage.nn"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- Faces that are looked at at once: every layer's numbers are kept meanwhile.
local TOGETHER = 4

local function options(parser)
  parser:argument("photos", "Photos, or folders, which are searched to the bottom."):args("+")
  parser:option("--rule", "How a layer's range is found. max: every number has a place;"
    .. " percentile: the outermost 1 of 10,000 are cut off, which is finer for most photos"
    .. " and wrong for the odd one.")
    :choices { "max", "percentile" }:default("max")
  parser:option("--to", "File of the calibration (by default WEIGHTS.int8.json beside the"
    .. " weights)."):argname("FILE")
  embeddings.options(parser, {
    crop = "detector_box", choose = "largest", no_face = "skip", embeddings = false,
  })
end

local function prepare(run)
  local o = run.options
  if #o.model ~= 1 then error("--model: one network here", 0) end
  if o.precision ~= "fp32" then error("--precision: ranges are those of fp32", 0) end
  local items, detector = embeddings.photos(run), embeddings.detector(run)
  local model = embeddings.models(run, { detector = detector })[1]
  local path = o.to or calibration.path(model.weights)
  if not path then error("the weights are no file; --to says where ranges go", 0) end
  run.data.path = o.photos[1]
  return { items = items, model = model, detector = detector, path = path }
end

-- The network's inputs for the faces of all photos, mirrored ones too where the network
-- sees them; and the sha256 of the photos in which one was found.
local function inputs_of(run, tools)
  local list, hashes, report = {}, {}, nil
  local how = embeddings.face_options(run, tools.model, tools.detector)
  how.store = nil
  function how.on_face(item, img)
    list[#list + 1] = tools.model:prepare(img)
    if tools.model.mirror then list[#list + 1] = tools.model:prepare(image.flip(img)) end
    hashes[#hashes + 1] = assert(system.sha256_file(item.image))
  end
  for batch in face.batches(tools.items, how) do report = batch end
  for status, n in pairs(report.counts) do
    if status ~= "ok" then run:count(status, n) end
  end
  table.sort(hashes)
  return list, hashes
end

local function batches_of(list)
  local first = 1
  return function()
    if first > #list then return nil end
    local x = tensor.stack({ table.unpack(list, first, math.min(first + TOGETHER - 1, #list)) }, 1)
    first = first + TOGETHER
    return x
  end
end

local function work(run, tools)
  local model, o = tools.model, run.options
  local list, hashes = inputs_of(run, tools)
  if not list[1] then error("no face in any of the photos", 0) end
  local ranges = nn.calibrate(assert(model:weighted()), batches_of(list), o.rule)
  local rows, nodes = run:table("ranges", { "node", "layer", "low", "high" }).rows, 0
  for i, node in ipairs(model.graph:nodes()) do
    rows[i] = { node.name, node.layer, ranges[node.name][1], ranges[node.name][2] }
    nodes = i
  end
  assert(calibration.write(tools.path, model, {
    rule = o.rule, photos = #hashes, ranges = ranges,
    photos_sha256 = system.sha256(table.concat(hashes, "\n")),
  }))
  run.data.images = #hashes
  run:metric(model.key .. "/nodes", nodes)
  run:rule("calibration", o.rule)
  run:print("%s: ranges of %d nodes from %d faces", tools.path, nodes, #hashes)
end

os.exit(experiment.main({
  name = "calibrate", model = "mobilefacenet", data = false,
  summary = "Finds the ranges of a network's numbers on photos, for --precision int8.",
  question = "What range do a network's numbers have on these photos?",
  options = options, prepare = prepare, run = work,
}, arg), true)
