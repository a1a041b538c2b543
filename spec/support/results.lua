--- The schema of results.json, which every experiment's spec runs on what its
-- script leaves: results.load(OUT) gives what is in it, or raises with every fault
-- by its place. spec/experiments/schema_spec.lua looks that each script has such a
-- spec. A key that the harness begins to write is added here.
local csv = require "visage.data.csv"
local dkjson = require "dkjson"
local json = require "visage.json"
local lfs = require "lfs"
local system = require "visage.system"

local results = {}

-- Metrics that are shares, by the words of their names: "tar_at_far_0.001",
-- "rank5", "accuracy.mean". Never per cent.
local SHARES = {
  accuracy = true, auc = true, eer = true, error = true, far = true, frr = true, fmr = true,
  fnmr = true, fnir = true, fpir = true, tar = true, tpir = true, dir = true, val = true,
  rank = true, top = true, hter = true, fta = true, share = true, map = true, recall = true,
  precision = true,
}
-- Metrics that are whole numbers from 0 on.
local COUNTS = { photos = true, faces = true, pairs = true, embeddings = true, failed = true,
  subjects = true, probes = true, templates = true }

local function is_list(value) return getmetatable(value).__jsontype == "array" end

local function kind(value)
  if value == json.null then return "null" end
  if type(value) ~= "table" then return math.type(value) or type(value) end
  return (is_list(value) or next(value) == nil) and "list" or "object"
end

local function is_text(value) return type(value) == "string" and value ~= "" end

local function matches(pattern)
  return function(value) return type(value) == "string" and value:find(pattern) ~= nil end
end

local is_known = matches "^known %d+$"

-- What a value may be, by name. An object without keys reads as a list does.
local TYPES = {
  text = is_text, string = function(v) return type(v) == "string" end,
  number = function(v) return type(v) == "number" end,
  boolean = function(v) return type(v) == "boolean" end,
  count = function(v) return math.type(v) == "integer" and v >= 0 end,
  seconds = function(v) return type(v) == "number" and v >= 0 end,
  share = function(v) return type(v) == "number" and v >= 0 and v <= 1 end,
  object = function(v) return type(v) == "table" and (not is_list(v) or next(v) == nil) end,
  list = function(v) return type(v) == "table" and (is_list(v) or next(v) == nil) end,
  any = function() return true end,
  status = function(v) return v == "ok" or v == "failed" or v == "interrupted" end,
  name = matches "^[%w_]+$", sha256 = matches(("^%s$"):format(("%x"):rep(64))),
  overlap = function(v)
    return v == "none claimed" or v == "unknown" or v == "known all" or is_known(v)
  end,
  commit = matches "^%x+[%w+-]*$", time = matches "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$",
}

-- Key -> type, or the keys inside. "?" after a type: null is allowed; "-": the key
-- may be missing. ["*"]: of all keys that are not named; without it there are no
-- others.
local SHAPE = {
  experiment = "name", question = "text?", notes = "list-", status = "status", error = "text?",
  metrics = { ["*"] = "number?" },
  intervals = { ["*"] = {
    low = "number?", high = "number?", level = "share", method = "text", n = "count?-",
  } },
  tables = { ["*"] = { columns = "list", rows = "list" } },
  reference = { source = "text?", values = { ["*"] = "number" } },
  models = "list",
  data = {
    name = "text?", path = "text?", people = "text?-", subjects = "count", images = "count",
    failures = { no_face = "count", unreadable = "count", ["*"] = "count" }, omitted = "list",
    ["*"] = "any",
  },
  run = {
    command = "list", seed = "count", metric_rules = "object", device = "text?", engine = "text?",
    precision = "text", versions = { ["*"] = "text" }, commit = "commit?",
    seconds = { decode = "seconds", detect = "seconds", embed = "seconds", score = "seconds",
      ["*"] = "seconds" },
    started = "time", peak_rss_bytes = "count", synthetic = "boolean", files = "list",
    cache = "any", pictures = "list", no_faces = "boolean", ["*"] = "any",
  },
}

local MODEL = {
  name = "text", variant = "text", weights = "text?-", weights_sha256 = "sha256?",
  known = "boolean-", preprocess = "object", crop = "object", resize = "text",
  pooling = "any", overlap = "overlap", ["*"] = "any",
}

-- What a run with a cache says of it.
local CACHE = { path = "text", kept = "count", computed = "count", fault = "text?" }

-- Faults are gathered, so that one run of a spec shows all of them.
local function check(faults, shape, value, place)
  local function say(...) faults[#faults + 1] = (...):format(select(2, ...)) end
  if type(shape) == "string" then
    local name = shape:match "^%w+"
    if value == nil then
      if not shape:find("-", 1, true) then say("%s is missing", place) end
    elseif not (value == json.null and shape:find("?", 1, true)) and not TYPES[name](value) then
      say("%s is %s (%s), wanted %s", place, kind(value), value, shape)
    end
    return
  end
  if type(value) ~= "table" or (is_list(value) and next(value) ~= nil) then
    return say("%s is %s, wanted an object", place, value == nil and "missing" or kind(value))
  end
  for key, wanted in pairs(shape) do
    if key ~= "*" then check(faults, wanted, value[key], place .. "." .. key) end
  end
  for key, inside in pairs(value) do
    if shape[key] == nil and not shape["*"] then
      say("%s.%s is no key of the schema", place, key)
    elseif shape[key] == nil then
      check(faults, shape["*"], inside, place .. "." .. key)
    end
  end
end

local function is_share(words, SET)
  local first = words:match "^(%a+)"
  local last = words:match "%.(%a+)$"
  return SET[first] or SET[last]
end

-- A metric's key and value. name: what stands after MODEL/.
local function check_metric(faults, key, value, place)
  local name = key:match "^[^/]+/([^/]+)$"
  if not name then
    faults[#faults + 1] = ("%s '%s': a key is MODEL/metric.part"):format(place, key)
  elseif type(value) == "number" and is_share(name, COUNTS) and not TYPES.count(value) then
    faults[#faults + 1] = ("%s %s is %s, wanted a count"):format(place, key, value)
  elseif type(value) == "number" and not is_share(name, COUNTS) and is_share(name, SHARES)
    and not TYPES.share(value) then
    faults[#faults + 1] = ("%s %s is %s, wanted 0 to 1"):format(place, key, value)
  end
end

-- Rounding of a mean against the same mean of a bootstrap's rounds.
local ROUNDING = 1e-9

local function check_intervals(faults, found)
  for key, one in pairs(found.intervals) do
    local value = found.metrics[key]
    if type(value) ~= "number" then
      faults[#faults + 1] = ("intervals %s: no such metric"):format(key)
    elseif type(one.low) == "number" and type(one.high) == "number"
      and not (one.low <= value + ROUNDING and value <= one.high + ROUNDING) then
      faults[#faults + 1] = ("intervals %s: %s is not within %s and %s"):format(key, value,
        one.low, one.high)
    end
  end
end

local CELLS = { string = true, integer = true, float = true, boolean = true, null = true }

local function check_table(faults, name, one)
  local function say(...) faults[#faults + 1] = ("table %s "):format(name) .. (...):format(
    select(2, ...)) end
  local seen = {}
  for c, column in ipairs(one.columns) do
    if not is_text(column) or seen[column] then say("has column %d '%s' again", c, column) end
    seen[column] = true
  end
  if #one.columns == 0 then say "has no columns" end
  for r, row in ipairs(one.rows) do
    if #row ~= #one.columns then
      say("row %d has %d cells, wanted %d", r, #row, #one.columns)
    end
    for c, cell in ipairs(row) do
      if not CELLS[kind(cell)] then say("row %d, %s is a %s", r, one.columns[c], kind(cell)) end
    end
  end
end

local function check_lists(faults, found)
  for i, model in ipairs(found.models) do
    check(faults, MODEL, model, ("models[%d]"):format(i))
    if model.synthetic == true and found.run.synthetic ~= true then
      faults[#faults + 1] = ("models[%d] is synthetic, the run is not"):format(i)
    end
  end
  for i, one in ipairs(found.data.omitted) do
    check(faults, { subject = "text", why = "text" }, one, ("data.omitted[%d]"):format(i))
  end
  for i, one in ipairs(found.run.pictures) do
    check(faults, { file = "text", title = "text", faces = "boolean", ["*"] = "any" }, one,
      ("run.pictures[%d]"):format(i))
  end
  for i, word in ipairs(found.run.command) do
    check(faults, "string", word, ("run.command[%d]"):format(i))
  end
  for key, value in pairs(found.metrics) do check_metric(faults, key, value, "metric") end
  for key, value in pairs(found.reference.values) do
    check_metric(faults, key, value, "reference")
  end
  check_intervals(faults, found)
  for name, one in pairs(found.tables) do check_table(faults, name, one) end
end

--- The faults of what a results.json holds.
-- @tparam table found decoded with json.null for null
-- @treturn {string,...} one for each fault, sorted
function results.faults(found)
  local faults = {}
  check(faults, SHAPE, found, "results")
  if #faults == 0 then
    check_lists(faults, found)
    if (found.status == "ok") ~= (found.error == json.null) then
      faults[#faults + 1] = ("status is %s, error %s"):format(found.status, found.error)
    end
    if found.run.cache ~= json.null then check(faults, CACHE, found.run.cache, "run.cache") end
  end
  table.sort(faults)
  return faults
end

-- Every table has its CSV with as many rows, every file that is named is there.
local function check_files(faults, found, folder)
  local listed = {}
  for _, name in ipairs(found.run.files) do
    listed[name] = true
    if found.status == "ok" and not lfs.attributes(folder .. "/" .. name) then
      faults[#faults + 1] = ("run.files: %s is not there"):format(name)
    end
  end
  for i, one in ipairs(found.run.pictures) do
    if not listed[one.file] then
      faults[#faults + 1] = ("run.pictures[%d]: %s is not in run.files"):format(i, one.file)
    end
  end
  for name, one in pairs(found.tables) do
    local text = listed[name .. ".csv"] and system.read_file(("%s/%s.csv"):format(folder, name))
    local lines = text and #csv.parse(text) - 1 or -1
    if lines ~= #one.rows then
      faults[#faults + 1] = ("table %s has %d rows, its CSV %d"):format(name, #one.rows, lines)
    end
  end
end

--- Raises with every fault of a run's folder.
-- @tparam string folder OUT
-- @treturn table what results.json holds; null is nil
function results.load(folder)
  local text = assert(system.read_file(folder .. "/results.json"))
  local found, _, why = dkjson.decode(text, 1, json.null)
  assert(type(found) == "table", why)
  local faults = results.faults(found)
  if #faults == 0 then check_files(faults, found, folder) end
  if #faults > 0 then
    error(("%s/results.json:\n  %s"):format(folder, table.concat(faults, "\n  ")), 2)
  end
  return json.decode(text)
end

return results
