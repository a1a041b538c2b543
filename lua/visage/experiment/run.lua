--- What an experiment's code gets: its options, a seeded generator, and the
-- places for what it finds. visage.experiment makes one and writes it out.
local json = require "visage.json"
local lines = require "visage.data.lines"
local montage = require "visage.montage"
local plot = require "visage.plot"
local progress = require "visage.experiment.progress"
local store = require "visage.store"
local system = require "visage.system"
local tensor = require "visage.tensor"

local run = {}
run.__index = run

-- How many omitted subjects are named while the run goes on.
local SHOWN = 10

--- A run that has found nothing yet.
-- @tparam table definition of the experiment
-- @tparam table options as visage.experiment.options reads them
-- @tparam {string,...} command the words of the command line
-- @treturn table
function run.new(definition, options, command)
  return setmetatable({
    name = definition.name, question = definition.question or definition.summary,
    options = options, command = command,
    out = options.out, generator = tensor.generator(options.seed),
    metrics = json.object {}, intervals = json.object {}, tables = {},
    files = {}, pictures = {}, opened = {}, rules = json.object {}, synthetic = false,
    failures = json.object { no_face = 0, unreadable = 0 }, omitted = {},
    notes = {}, data = {}, source = nil, values = json.object {},
    seconds = json.object { decode = 0, detect = 0, embed = 0, score = 0 },
    started = os.date("!%Y-%m-%dT%H:%M:%SZ"),
  }, run)
end

--- Records a number under MODEL/metric.part; NaN becomes null.
-- @tparam string key
-- @tparam number value
function run:metric(key, value)
  if not key:find("^[^/]+/[^/]+$") then
    error(("metric '%s': a key is MODEL/metric.part"):format(key), 2)
  end
  self.metrics[key] = value ~= value and json.null or value
end

--- Records the interval of a metric that was recorded.
-- @tparam string key MODEL/metric.part
-- @tparam table interval low, high, level, method ("bootstrap by subject", ...), n:
-- of how many subjects or trials; NaN bounds become null
function run:interval(key, interval)
  if self.metrics[key] == nil then
    error(("interval '%s': there is no such metric"):format(key), 2)
  end
  local function bound(value) return value ~= value and json.null or value end
  self.intervals[key] = {
    low = bound(interval.low), high = bound(interval.high), level = interval.level,
    method = interval.method, n = interval.n,
  }
end

--- Starts a table, which becomes a CSV of its name.
-- @tparam string name
-- @tparam {string,...} columns
-- @treturn table {columns, rows}; rows are lists of values, nil left empty
function run:table(name, columns)
  local made = { name = name, columns = columns, rows = {} }
  self.tables[#self.tables + 1] = made
  return made
end

--- The path of a file to be left in the run's folder.
-- @tparam string name
-- @treturn string
function run:file(name)
  self.files[#self.files + 1] = name
  return self.out .. "/" .. name
end

-- A picture's name without what a path, a shell or a link could misread: names of models
-- and of people are in it.
local function safe(name)
  local stem, extension = name:match "^(.*)(%.%a+)$"
  return (stem:gsub("[^%w\128-\255-]", "_")) .. extension
end

--- The path of a picture to be left in the run's folder and shown in its report.
-- @tparam string name ending in .png, .svg, .jpg or .jpeg; _ stands for what is no letter,
-- digit or hyphen before that
-- @tparam table options title; caption: how to read it; faces: false when no face
-- can be seen on it; wide: it takes the report's whole width
-- @treturn string
function run:picture(name, options)
  name = safe(name)
  self.pictures[#self.pictures + 1] = {
    file = name, title = options.title or name, caption = options.caption,
    faces = options.faces ~= false, wide = options.wide,
  }
  return self:file(name)
end

local function mark(self, options)
  if self.synthetic then
    options.title = "SYNTHETIC: " .. (options.title or "")
  end
end

--- Draws a chart into the run's folder.
-- @tparam string name of the PNG or SVG
-- @tparam function chart of visage.plot
-- @tparam table options of the chart; caption, or how to read such a chart; wide: it takes
-- the report's whole width; SYNTHETIC is put before its title when the run's data are
-- synthetic
function run:plot(name, chart, options)
  mark(self, options)
  local picture = { title = options.title, faces = false, wide = options.wide,
    caption = options.caption or plot.caption(chart) }
  assert(chart(self:picture(name, picture), options))
end

--- Draws rows of faces into the run's folder; with --no-faces the report leaves
-- them out.
-- @tparam string name of the PNG or JPEG
-- @tparam table options of visage.montage; SYNTHETIC is put before its title when
-- the run's data are synthetic
function run:montage(name, options)
  mark(self, options)
  local picture = { title = options.title, caption = options.caption, faces = true, wide = true }
  assert(montage.save(self:picture(name, picture), options))
end

--- Leaves a subject out of the results, with the reason.
-- @tparam string subject
-- @tparam string why
function run:omit(subject, why)
  self.omitted[#self.omitted + 1] = { subject = subject, why = why }
  if #self.omitted <= SHOWN then
    self:say("omitted %s: %s", subject, why)
  elseif #self.omitted == SHOWN + 1 then
    self:say("more are omitted; results.json names them all")
  end
end

-- The subjects that --exclude names: name -> line. A name may have blanks in it, or
-- be followed by other columns.
local function excluded(path)
  local listed, set = assert(lines.read(path)), {}
  for _, line in ipairs(listed) do
    local text = line.text:gsub("#.*", ""):match "^%s*(.-)%s*$"
    for _, name in ipairs { text, text:match "^%S*" } do set[name] = set[name] or line.line end
  end
  return set
end

--- A list without the subjects that --exclude names, each of which is omitted.
-- @tparam {table,...} list { name = subject }
-- @treturn {table,...} the same list, or a new one
function run:keep(list)
  local path = self.options.exclude
  if not path then return list end
  local set, rest = excluded(path), {}
  for _, one in ipairs(list) do
    local line = set[one.name]
    if line then
      self:omit(one.name, ("excluded by %s:%d"):format(path, line))
    else
      rest[#rest + 1] = one
    end
  end
  self:say("%s: %d of %d subjects are excluded", path, #list - #rest, #list)
  self:rule("exclude", ("%s, sha256 %s"):format(path, system.sha256_file(path)))
  return rest
end

--- Counts images of which something went wrong or was done instead.
-- @tparam string kind no_face, unreadable, published_box, ...
-- @tparam[opt=1] integer count
function run:count(kind, count)
  self.failures[kind] = (self.failures[kind] or 0) + (count or 1)
end

--- Records which rule made the numbers: run:rule("pooling", "mean").
-- @tparam string name
-- @tparam any value plain data
function run:rule(name, value)
  self.rules[name] = value
end

--- Records a published result beside ours. Only verified or computed values.
-- @tparam string source where it is printed
-- @tparam table values by metric key
function run:reference(source, values)
  self.source = source
  for key, value in pairs(values) do self.values[key] = value end
end

--- A sentence that the numbers are not to be read without: what they can and cannot
-- show. It stands in the report below the question.
-- @tparam string text
function run:note(text)
  self.notes[#self.notes + 1] = text
end

--- Records a network that was used; weights that no file holds have no hash.
-- @tparam table description plain data: name, variant, weights, ...
function run:model(description)
  if description.weights_sha256 == nil then description.weights_sha256 = json.null end
  self.opened[#self.opened + 1] = description
  if description.synthetic then self.synthetic = true end
end

--- Adds to the seconds spent in a part: decode, detect, embed, score.
-- @tparam string part
-- @tparam number seconds
function run:spent(part, seconds)
  self.seconds[part] = (self.seconds[part] or 0) + seconds
end

--- The store of embeddings that --cache names, opened at the first call. Without
-- --cache one that cannot be opened is done without.
-- @treturn ?store of visage.store
function run:store()
  local o = self.options
  local folder = o.cache or store.folder()
  if self.cache or o.no_cache or not folder then return self.kept end
  self.cache = { path = folder, kept = 0, computed = 0, fault = json.null }
  local function fault(text)
    self.cache.fault = text
    self:say("cache: %s", text)
  end
  local opened, text = store.open(folder, { on_fault = fault })
  if not opened and o.cache then error("--cache " .. text, 0) end
  if not opened then fault(text .. "; embeddings are not kept") end
  self.kept = opened
  return opened
end

--- Counts what a store saved, as face.embed reports it.
-- @tparam table uses kept, computed
function run:used(uses)
  if not self.cache then return end
  for key, count in pairs(uses) do self.cache[key] = self.cache[key] + count end
end

--- Calls a function and counts its time.
-- @tparam string part
-- @tparam function f
-- @return what f returns
function run:timed(part, f, ...)
  local started = system.clock()
  local results = table.pack(f(...))
  self:spent(part, system.clock() - started)
  return table.unpack(results, 1, results.n)
end

--- Progress of a loop; see visage.experiment.progress.
-- @tparam string label
-- @tparam integer total
-- @treturn table with step(n) and done()
function run:progress(label, total)
  return progress.new(label, total, { quiet = self.options.quiet })
end

--- A remark on standard error, unless --quiet.
-- @tparam string format as string.format's
function run:say(format, ...)
  if not self.options.quiet then
    io.stderr:write(self.name, ": ", format:format(...), "\n")
  end
end

--- A line of the result on standard output, marked SYNTHETIC when the run's
-- data are.
-- @tparam string format as string.format's
function run:print(format, ...)
  local text = format:format(...)
  print(self.synthetic and "SYNTHETIC  " .. text or text)
end

return run
