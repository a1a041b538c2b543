--- What results.json holds, as a check that specs share.
local json = require "visage.experiment.json"
local system = require "visage.system"

local results = {}

local STATUS = { ok = true, failed = true, interrupted = true }

-- Key -> type; "?" after a type: null is allowed. A table is an object.
local SHAPE = {
  experiment = "string", question = "string?", status = "string", error = "string?",
  metrics = "table", intervals = "table", tables = "table",
  reference = { source = "string?", values = "table" },
  models = "table",
  data = {
    name = "string?", path = "string?", subjects = "number", images = "number",
    failures = { no_face = "number", unreadable = "number" }, omitted = "table",
  },
  run = {
    command = "table", seed = "number", metric_rules = "table",
    device = "string?", engine = "string?", precision = "string",
    versions = "table", commit = "string?",
    seconds = { decode = "number", detect = "number", embed = "number", score = "number" },
    started = "string", peak_rss_bytes = "number", synthetic = "boolean",
    pictures = "table", no_faces = "boolean",
  },
}

local MODEL = {
  name = "string", variant = "string", weights = "string?", weights_sha256 = "string?",
  known = "boolean", preprocess = "table", crop = "table", resize = "string", pooling = "string",
}

-- What a run with a cache says of it.
local CACHE = { path = "string", kept = "number", computed = "number", fault = "string?" }

local function check(shape, value, place)
  for key, wanted in pairs(shape) do
    local path, found = place .. key, value[key]
    if type(wanted) == "table" then
      assert(type(found) == "table", path .. " is missing")
      check(wanted, found, path .. ".")
    else
      local optional = wanted:sub(-1) == "?"
      assert(found == nil and optional or type(found) == wanted:gsub("%?", ""),
        ("%s is %s, wanted %s"):format(path, type(found), wanted))
    end
  end
end

local function check_tables(tables)
  for name, one in pairs(tables) do
    assert(type(one.columns) == "table" and type(one.rows) == "table", name)
    for i, row in ipairs(one.rows) do
      for c in pairs(row) do
        assert(c <= #one.columns, ("table %s, row %d is too long"):format(name, i))
      end
    end
  end
end

--- Raises when a results.json has another shape.
-- @tparam string folder that holds it
-- @treturn table what is in it; null is nil
function results.load(folder)
  local text = assert(system.read_file(folder .. "/results.json"))
  local found = assert(json.decode(text))
  check(SHAPE, found, "")
  if found.run.cache then check(CACHE, found.run.cache, "run.cache.") end
  assert(STATUS[found.status], found.status)
  assert((found.status == "ok") == (found.error == nil), "error without a reason")
  for key, value in pairs(found.metrics) do
    assert(key:find("^[^/]+/[^/]+$"), "metric " .. key)
    assert(type(value) == "number", key)
  end
  for i, model in ipairs(found.models) do check(MODEL, model, ("models[%d]."):format(i)) end
  for i, one in ipairs(found.data.omitted) do
    check({ subject = "string", why = "string" }, one, ("omitted[%d]."):format(i))
  end
  check_tables(found.tables)
  return found
end

return results
