--- visage itself, measured by bench.lua as its peers are: a program that is told by lines
-- of JSON what to do (lua/visage/bench/peer.lua). Not to be run by hand.
local face = require "visage.face"
local image = require "visage.image"
local json = require "visage.json"
local loader = require "visage.loader"
local metrics_search = require "visage.metrics.search"
local models = require "visage.models"
local nn = require "visage.nn"
local server = require "visage.bench.server"
local system = require "visage.system"
local templates = require "visage.templates"
local tensor = require "visage.tensor"

local works = {}

-- What int8 needs to know: the inputs of the calibration one by one.
local function ranges_of(g, job)
  if not job.calibration then return nil end
  local x, i = assert(tensor.load(job.calibration)), 0
  return nn.calibrate(g, function()
    i = i + 1
    return i <= x:size(1) and x:narrow(1, i, 1) or nil
  end)
end

-- A network that visage itself exported; without a pass that the command line names.
function works.network(job)
  local x, g = assert(tensor.load(job.input)), assert(nn.import(job.model))
  local net = assert(g:compile {
    batch = x:size(1), threads = job.threads, engine = job.engine, precision = job.precision,
    ranges = ranges_of(g, job), fuse = arg[1] and { [arg[1]] = false },
  })
  local y
  return {
    run = function() y = assert(net:run(x)) end,
    save = function(path) assert(loader.write(path, y)) end,
    about = ("visage %s, engine %s%s"):format(system.version, net:info().engine,
      arg[1] and " without " .. arg[1] or ""),
  }
end

-- Faces in decoded photos, all of them in one call.
function works.detect(job)
  local detector = assert(face.detector {
    profile = job.profile, min_face_size = job.min_face, threads = job.threads,
    engine = job.engine,
  })
  local list, found = {}, nil
  for i, path in ipairs(job.photos) do list[i] = assert(image.load(path)) end
  local function rows()
    local out = {}
    for i, faces in ipairs(found) do
      for _, one in ipairs(faces) do out[#out + 1] = { i, table.unpack(one.box) } end
    end
    return out[1] and tensor.from(out, "f64") or tensor.zeros({ 0, 5 }, "f64")
  end
  return {
    run = function() found = detector:detect_batch(list) end,
    save = function(path) assert(loader.write(path, rows())) end,
    about = ("visage %s, profile %s"):format(system.version, job.profile),
  }
end

-- All probes with all of the gallery, which is read from its file each time.
function works.search(job)
  local probes, gallery = assert(tensor.load(job.probes)), assert(loader.rows(job.gallery))
  local best
  return {
    run = function()
      best = metrics_search.best(probes, gallery:blocks(),
        { k = job.best, threads = job.threads })
    end,
    save = function(path) assert(loader.write(path, best)) end,
    about = "visage " .. system.version,
  }
end

-- What is started, as -e has it.
local STARTS = {
  print = "print(1)",
  resnet50 = [[
    local load = require "visage.system".clock()
    local model = assert(require "visage.models".load("resnet50:keras",
      { weights = WEIGHTS, threads = THREADS, engine = ENGINE, batch = 1 }))
    assert(#model.weights.sha256 == 64)
    load = require "visage.system".clock() - load]],
}

-- Asks the program that ran STARTS.resnet50 what took how long.
local PARTS = [[
    local hash = require "visage.system".clock()
    assert(require "visage.system".sha256_file(WEIGHTS))
    print(load, require "visage.system".clock() - hash)]]

-- Programs started one after another.
function works.start(job)
  local values = { WEIGHTS = ("%q"):format(job.weights), THREADS = job.threads,
    ENGINE = job.engine and ("%q"):format(job.engine) or "nil" }
  local function started(code)
    local status, text = system.run { system.program(), "-e", (code:gsub("%u%u+", values)) }
    assert(status == 0, "it does not start")
    return text
  end
  return {
    run = function() started(STARTS[job.case]) end, starts = true,
    parts = job.case == "resnet50" and function()
      local load, hash = started(STARTS.resnet50 .. PARTS):match "^(%S+)%s+(%S+)"
      return { ["load, with its hash"] = tonumber(load), ["of it the hash"] = tonumber(hash) }
    end or nil,
    about = "visage " .. system.version,
  }
end

-- The mean matrix of the subjects' templates.
local function matrix_of(definition, list, rows)
  local matrices, place = {}, 0
  for i, subject in ipairs(list) do
    local images, pooled = {}, {}
    for k, photo in ipairs(subject.photos) do
      images[k] = { file = photo.path, row = place + k }
    end
    for name, chosen in pairs(assert(templates.build(definition, subject.name, images))) do
      local vectors = {}
      for k, one in ipairs(chosen) do vectors[k] = rows[one.row] end
      pooled[name] = templates.pool(definition.pooling, tensor.stack(vectors, 1))
    end
    matrices[i] = templates.matrix(definition, pooled)
    place = place + #subject.photos
  end
  return tensor.from(templates.mean(matrices), "f64")
end

-- From photos to the matrix.
function works.job(job)
  local model = assert(models.load("resnet50:keras", {
    weights = job.weights, batch = job.batch, threads = job.threads, engine = job.engine,
    precision = job.precision,
  }))
  local detector = job.detector and assert(face.detector {
    profile = job.detector, threads = job.threads, engine = job.engine,
  })
  local definition = assert(templates.load(system.root()
    .. "/experiments/templates/vggface2_age.lua"))
  local list, items = assert(json.decode(assert(system.read_file(job.photos)))), {}
  for _, subject in ipairs(list) do
    for _, photo in ipairs(subject.photos) do
      items[#items + 1] = { image = photo.path, box = photo.box }
    end
  end
  local matrix, seconds
  return {
    run = function()
      local rows, report = face.embed(items, { model = model, detector = detector,
        no_face = "published_box" })
      matrix, seconds = matrix_of(definition, list, rows), report.seconds
    end,
    parts = function() return seconds end,
    save = function(path) assert(loader.write(path, matrix)) end,
    about = ("visage %s, engine %s"):format(system.version, model.net:info().engine),
  }
end

server.serve(works)
