--- The work "job": from photo files to the mean matrix of age templates, as the Keras
-- reproduction of VGGFace2's experiment computes it: cut, resize, ResNet-50, means of five,
-- cosines. With the published boxes, and with MTCNN's first face.
local json = require "visage.json"
local models = require "visage.models"
local network = require "visage.bench.works.network"
local networks = require "visage.bench.networks"
local subjects = require "visage.experiment.subjects"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"

local job = {}

local LIST, BOXES = "test_agetemp_imglist.txt", "loose_bb_test.csv"
-- Photos of a subject, and how many subjects are drawn.
local PHOTOS, DRAWN = 20, 3

-- How far matrices may be apart, as a share of our largest distance, 1 - cosine: with
-- seeded weights all faces are alike, and a wrong filter changes cosines by 1e-4 only.
local MOST = { fp32 = 1e-3, bf16 = 0.1, int8 = 0.5 }

local CASES = {
  { name = "boxes", kind = "job", families = network.families },
  { name = "mtcnn", kind = "job:mtcnn", detector = "ipazc-0.1.1",
    families = { fp32 = { "reproduction" }, bf16 = {} } },
}

local function check(precision)
  return function(ours, theirs)
    local a, b = assert(tensor.load(ours)):to "f64", assert(tensor.load(theirs)):to "f64"
    if a:numel() ~= b:numel() then return nil, "its matrix has another size" end
    local x, y = a:reshape { -1 }, b:reshape { -1 }
    local far = (y - x):abs():max() / (1 - x):max()
    if far ~= far or far > MOST[precision] then return far, "its matrix is not ours" end
    return far
  end
end

-- The photos of a subject with their boxes, or nil where one is missing.
local function whole(one, folder)
  local list = {}
  for i, image in ipairs(one.images) do
    local path = folder .. "/" .. image.file
    if not image.box or not system.realpath(path) then return nil end
    list[i] = { path = path, box = image.box }
  end
  return #list == PHOTOS and list or nil
end

-- Up to so many subjects of a tree in VGGFace2's shape.
local function listed(root, most)
  local folder = assert(vggface2.images(root))
  local files = assert(vggface2.list(assert(vggface2.find(root, LIST))))
  local list, found = {}, {}
  for i, one in ipairs(vggface2.by_subject(files)) do
    list[i] = { name = one.name, images = {} }
    for k, file in ipairs(one.files) do
      list[i].images[k] = { file = file, key = file:gsub("%.%w+$", "") }
    end
  end
  assert(subjects.add_boxes(list, assert(vggface2.find(root, BOXES))))
  for _, one in ipairs(list) do
    local photos = #found < most and whole(one, folder)
    if photos then found[#found + 1] = { name = one.name, photos = photos } end
  end
  if not found[1] then error(root .. ": no subject of the list has all its photos", 0) end
  return found
end

local function photos_of(o, folder)
  local most = o.limit and math.max(1, o.limit // PHOTOS)
  if o.data then return listed(o.data, most or math.huge) end
  -- The last subject that is drawn lacks a photo.
  local drawn = most or DRAWN
  synthetic.draw(folder .. "/tree", drawn + 1, tensor.generator(o.seed))
  return listed(folder .. "/tree", drawn)
end

-- The network as each wants it, and the photos.
local function files(o, folder)
  local g = assert(networks.build("resnet50", o.seed))
  local _, variant = models.find "resnet50:keras"
  local paths = { model = folder .. "/job.onnx", weights = folder .. "/job.h5",
    photos = folder .. "/job.json" }
  assert(g:export(paths.model))
  assert(g:save(paths.weights, variant.names))
  local found = photos_of(o, folder)
  assert(system.write_file(paths.photos, json.encode(found)))
  return paths, found
end

--- Raises for what it cannot do.
function job.prepare(o)
  if o.precision == "int8" then error("--works job: in fp32 and bf16, not in int8", 0) end
end

--- The works that the options ask for.
-- @tparam table o data: a tree in VGGFace2's shape, or nil for a drawn one; limit: how
-- many photos; threads (a list), batch, precision, engine or nil, seed
-- @tparam string folder for what they need
-- @treturn function for a generic for: the next work, as in works/network.lua
function job.works(o, folder)
  return coroutine.wrap(function()
    local paths, found = files(o, folder)
    for _, case in ipairs(CASES) do
      for _, threads in ipairs(o.threads) do
        coroutine.yield {
          kind = case.kind, model = "resnet50", unit = "photos", units = #found * PHOTOS,
          families = case.families[o.precision], check = check(o.precision),
          case = ("job_%s_%s_%d_t%d"):format(case.name, o.precision, #found * PHOTOS, threads),
          job = {
            work = "job", model = paths.model, weights = paths.weights, photos = paths.photos,
            detector = case.detector, batch = o.batch, threads = threads, engine = o.engine,
            precision = o.precision,
          },
        }
      end
    end
    for _, path in pairs(paths) do os.remove(path) end
  end)
end

return job
