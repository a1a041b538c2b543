--- The harness of the experiments: options, the run's folder, results.json.
--
--     os.exit(experiment.main({
--       name = "mine", summary = "What it asks.", model = "resnet50",
--       options = function(parser) parser:flag("--twice") end,
--       prepare = function(run) return open_what_it_needs(run) end,
--       run = function(run, opened) run:metric("resnet50/answer", 42) end,
--     }, arg), true)
--
-- `prepare` looks at data and weights (all that --check does); `run` works.
-- Whatever happens then, OUT/results.json says how it ended, and OUT/report.html
-- shows it. This file alone writes results.json.
local csv = require "visage.data.csv"
local errors = require "visage.repl.errors"
local json = require "visage.json"
local lfs = require "lfs"
local options_of = require "visage.experiment.options"
local overlap = require "visage.data.overlap"
local report = require "visage.report"
local run_class = require "visage.experiment.run"
local system = require "visage.system"

local experiment = {
  --- Splits an option's list at its commas.
  -- @function split
  split = options_of.split,

  --- Converts an option's text: whole numbers from `least` on.
  -- @function whole
  whole = options_of.whole,

  --- Converts an option's text: numbers from `low` to `high`.
  -- @function number
  number = options_of.number,

  --- Converts an option's list, each part by a converter.
  -- @function list
  list = options_of.list,
}

local DONE, FAILED, WRONG = 0, 1, 2

-- What a run leaves may show faces and names: for its user alone.
local PRIVATE = 448 -- 0700

-- results.json keeps this order; other keys follow sorted.
local ORDER = {
  "experiment", "question", "notes", "status", "error", "metrics", "intervals", "tables",
  "reference", "models", "data", "run", "name", "variant", "weights",
  "weights_sha256", "known", "preprocess", "crop", "resize", "pooling",
  "columns", "rows", "source", "values", "path", "subjects", "images",
  "failures", "omitted", "subject", "why", "command", "seed", "metric_rules",
  "device", "engine", "precision", "versions", "commit", "seconds", "decode",
  "detect", "embed", "score", "started", "peak_rss_bytes", "synthetic", "files",
}

local function say(name, text)
  io.stderr:write(name, ": ", text, "\n")
end

-- Rows with JSON nulls where a value is missing.
local function table_record(one)
  local rows = {}
  for i, row in ipairs(one.rows) do
    rows[i] = {}
    for c = 1, #one.columns do
      rows[i][c] = row[c] == nil and json.null or row[c]
    end
  end
  return { columns = one.columns, rows = rows }
end

local function or_null(value)
  return value == nil and json.null or value
end

-- What is known of people both in the training data and tested.
local function with_overlap(models, people)
  for _, model in ipairs(models) do
    if model.synthetic then
      model.overlap, model.overlap_source = "none claimed", "the weights are drawn"
    else
      model.overlap, model.overlap_source = overlap.of(model.trained_on, people)
    end
  end
  return models
end

local function run_record(run)
  local o = run.options
  return {
    command = run.command, seed = o.seed, metric_rules = run.rules,
    device = or_null(run.device), engine = or_null(run.engine),
    precision = o.precision,
    versions = system.versions,
    commit = or_null(system.commit()), seconds = run.seconds,
    started = run.started, peak_rss_bytes = system.peak_rss(),
    synthetic = run.synthetic, files = run.files, cache = or_null(run.cache),
    pictures = run.pictures, no_faces = run.options.no_faces or false,
  }
end

local function record(run, status, why)
  local tables = json.object {}
  for _, one in ipairs(run.tables) do tables[one.name] = table_record(one) end
  return {
    experiment = run.name, question = or_null(run.question), notes = run.notes,
    status = status, error = or_null(why),
    metrics = run.metrics, intervals = run.intervals, tables = tables,
    reference = { source = or_null(run.source), values = run.values },
    models = with_overlap(run.opened, run.data.people),
    data = {
      name = or_null(run.data.name), path = or_null(run.data.path),
      people = or_null(run.data.people),
      subjects = run.data.subjects or 0, images = run.data.images or 0,
      failures = run.failures, omitted = run.omitted,
    },
    run = run_record(run),
  }
end

-- A table as CSV; numbers of synthetic data say so in each line, for lines are
-- copied from one file to another.
local function csv_text(one, synthetic)
  if not synthetic then return csv.format(one.columns, one.rows) end
  local columns = table.move(one.columns, 1, #one.columns, 2, { "data" })
  local rows = {}
  for i, row in ipairs(one.rows) do
    rows[i] = table.move(row, 1, #one.columns, 2, { "SYNTHETIC" })
  end
  return csv.format(columns, rows)
end

local function write(run, status, why)
  for _, one in ipairs(run.tables) do
    one.written = one.written or run:file(one.name .. ".csv")
    assert(system.write_file(one.written, csv_text(one, run.synthetic)))
  end
  assert(system.write_file(run.out .. "/results.json",
    json.encode(record(run, status, why), ORDER)))
end

-- With --force the files of the earlier run go, so that none of them can be
-- taken for this run's; nothing that it did not write is touched.
local function clear(out, earlier)
  local results = json.decode(earlier) or {}
  for _, name in ipairs((results.run or {}).files or {}) do
    if not name:find("/") then os.remove(out .. "/" .. name) end
  end
  os.remove(out .. "/results.json")
  os.remove(out .. "/report.html")
end

local function taken(options)
  return lfs.attributes(options.out .. "/results.json") and not options.force
    and ("%s holds another run's results; choose another --out, or replace them"
      .. " with --force"):format(options.out)
end

local function open_folder(options)
  local earlier = system.read_file(options.out .. "/results.json")
  if earlier then clear(options.out, earlier) end
  local ok, text = system.mkdir_p(options.out, PRIVATE)
  if not ok then return nil, "--out " .. text end
  return true
end

-- Level of the function that raised, seen from `handler`.
local RAISED = 2

-- Whether a function of our own library calls assert, seen from `handler`; a text cuts
-- the names of long paths, so it cannot be asked.
local function asserted_in_library()
  local caller = debug.getinfo(RAISED + 2, "S")
  return caller and caller.source:find("@" .. system.root() .. "/lua/", 1, true) == 1
end

-- A fault of the world comes through assert: its text is enough, and where it
-- passed through our own library helps nobody. Anything else that names its
-- place is a mistake in a script or in us, and the way to it helps.
local function handler(why)
  local text = tostring(why)
  if errors.interrupted(why) then
    return { text = "interrupted", trace = "interrupted", interrupted = true }
  end
  local place = text:match("^([^\n:]+):%d+: ")
  local raised = debug.getinfo(RAISED, "f")
  if raised and raised.func == assert then
    if place and asserted_in_library() then
      text = text:gsub("^[^\n:]+:%d+: ", "")
    end
    return { text = text, trace = text }
  end
  return { text = text, trace = place and debug.traceback(text, RAISED) or text }
end

local function ended(run, definition, opened)
  local started = system.clock()
  local ok, why = xpcall(definition.run, handler, run, opened)
  run:spent("total", system.clock() - started)
  if ok then return "ok" end
  return why.interrupted and "interrupted" or "failed", why
end

local function perform(run, definition, opened)
  local ok, text = open_folder(run.options)
  if not ok then
    say(run.name, text)
    return WRONG
  end
  -- What a killed run leaves.
  write(run, "interrupted", "killed or still running")
  local state, why = ended(run, definition, opened)
  write(run, state, why and why.text)
  local page, fault = report.write(run.out)
  if not page then say(run.name, fault) end
  if state ~= "ok" then
    say(run.name, why.trace)
    return FAILED
  end
  run:say("%s/results.json", run.out)
  if page then run:say("%s", page) end
  return page and DONE or FAILED
end

local function command_of(arguments)
  local words = { arguments[0] or "" }
  return table.move(arguments, 1, #arguments, 2, words)
end

--- Runs an experiment.
-- @tparam table definition name, summary, data and model (defaults), options,
-- prepare, run
-- @tparam {string,...} arguments as `arg` holds them
-- @treturn integer exit status: 0 done, 1 failed, 2 the command line is wrong
function experiment.main(definition, arguments)
  local options, text = options_of.parse(definition, arguments)
  local why = not options and text .. "; --help lists the options"
    or not options.check and taken(options)
  if why then
    say(definition.name, why)
    return WRONG
  end
  local run = run_class.new(definition, options, command_of(arguments))
  local ok, opened = true, nil
  if definition.prepare then
    ok, opened = xpcall(definition.prepare, handler, run)
  end
  if not ok then
    say(definition.name, opened.trace)
    return FAILED
  end
  if options.check then
    say(definition.name, "options, data and weights are as they should be")
    return DONE
  end
  return perform(run, definition, opened)
end

return experiment
