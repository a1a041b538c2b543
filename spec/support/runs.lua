--- A run's folder as an experiment leaves it, for the specs of reports.
local image = require "visage.image"
local json = require "visage.json"
local system = require "visage.system"
local tensor = require "visage.tensor"

local runs = {}

--- What results.json holds, with text that must be escaped.
-- @treturn table
function runs.results()
  local rows = {}
  for i = 1, 35 do rows[i] = { "n" .. i, i / 100 } end
  return {
    experiment = "age_templates", question = "Is <b> & 'c' alike?", status = "ok",
    error = json.null,
    metrics = { ["tiny/rank10"] = 0.9, ["tiny/rank2"] = 0.62346, ["other/rank2"] = 0.5 },
    intervals = { ["tiny/rank2"] = {
      low = 0.6, high = 0.65, level = 0.95, method = "bootstrap by subject", n = 99,
    } },
    tables = { per_subject = { columns = { "subject", "value" }, rows = rows } },
    reference = { source = "A. Paper, 2018", values = { ["tiny/rank2"] = 0.61 } },
    models = { {
      name = "tiny", variant = "v", weights = "tiny.npz", weights_sha256 = ("ab"):rep(32),
      known = true, overlap = "none claimed", preprocess = { mean = { 1, 2, 3 } },
      crop = { rule = "margin" },
      resize = "bicubic", pooling = "mean",
    } },
    data = { name = "faces", path = "/data", subjects = 99, images = 1980,
      failures = { no_face = 3, unreadable = 0 },
      omitted = { { subject = "n009286", why = "a photo is missing" } } },
    run = { command = { "experiments/age_templates.lua", "--data", "a b" }, seed = 7,
      metric_rules = { pooling = "mean_of_images" }, device = "cpu", engine = "reference",
      precision = "fp32", versions = { lua = "5.4" }, commit = "0123456789abcdef",
      seconds = { decode = 0, detect = 0, embed = 1.5, score = 0 }, peak_rss_bytes = 52000000,
      started = "2018-05-15T00:00:00Z", synthetic = false, no_faces = false, cache = json.null,
      files = { "map.png", "faces.png", "per_subject.csv" },
      pictures = { { file = "map.png", title = "a map", faces = false },
        { file = "faces.png", title = "the faces", faces = true } } },
  }
end

--- Writes a run's folder with two pictures.
-- @tparam string folder
-- @tparam[opt] function change what is done to the results before
-- @treturn string folder
function runs.write(folder, change)
  local found = runs.results()
  if change then change(found) end
  assert(system.mkdir_p(folder))
  local img = tensor.zeros({ 4, 4, 3 }, "u8")
  assert(image.save(img, folder .. "/map.png"))
  assert(image.save(img + 255, folder .. "/faces.png"))
  assert(system.write_file(folder .. "/results.json", json.encode(found)))
  return folder
end

return runs
