--- The parts of a report of one run, each a function from what results.json holds
-- to a node or nil.
local html = require "visage.report.html"
local results = require "visage.report.results"
local values = require "visage.report.values"

local e = html.element

local parts = {}

-- More rows of a table are in its CSV only.
local MOST_ROWS = 30

local function section(title, ...)
  return e("section", nil, e("h2", nil, title), ...)
end

local function chip(text, class)
  return e("span", { class = "chip " .. (class or "") }, text)
end

--- Rows under column titles. Columns of numbers only are set to the right.
-- @tparam {string,...} columns
-- @tparam {table,...} rows lists of values, text or nodes; `class` of the row
-- @tparam[opt] {boolean,...} numeric which columns hold numbers
-- @treturn table node
function parts.grid(columns, rows, numeric)
  numeric = numeric or {}
  local function class(c) return numeric[c] and "number" end
  local head, body = {}, {}
  for c, name in ipairs(columns) do head[c] = e("th", { class = class(c), scope = "col" }, name) end
  for i, row in ipairs(rows) do
    local cells = {}
    for c = 1, #columns do
      local value = row[c]
      if type(value) ~= "table" then value = values.show(value) end
      cells[c] = e(c == 1 and "th" or "td", { class = class(c), scope = c == 1 and "row" }, value)
    end
    body[i] = e("tr", { class = row.class }, cells)
  end
  return e("div", { class = "scroll" },
    e("table", nil, e("thead", nil, e("tr", nil, head)), e("tbody", nil, body)))
end

--- What must be known before any number is read: synthetic data, unknown weights,
-- a run that did not end well, people that a network was trained on.
-- @tparam table found
-- @treturn {table,...} nodes
function parts.warnings(found)
  local list = {}
  local function banner(class, strong, text)
    list[#list + 1] = e("p", { class = "banner " .. class }, e("strong", nil, strong), " ", text)
  end
  if found.status ~= "ok" then
    banner("failed", "The run " .. (found.status == "failed" and "failed." or "was interrupted."),
      (found.error or "") .. ". What it had found by then is below.")
  end
  if found.run.synthetic then
    banner("warn", "SYNTHETIC.", "The data or the weights are made up: no number here says"
      .. " anything about faces or networks.")
  end
  for _, model in ipairs(found.models) do
    if model.known == false then
      banner("warn", "Unknown weights.", ("%s ran with a file whose sha256 the manifest does not"
        .. " know (%s)."):format(model.name or "?", model.weights or "no file"))
    end
    if type(model.overlap) == "string" and model.overlap ~= "none claimed" then
      banner("warn", "Overlap.", ("%s: people both in the training data and tested: %s."):format(
        model.name or "?", model.overlap))
    end
  end
  return list
end

--- Title, question, state.
-- @tparam table found
-- @treturn table node
function parts.head(found)
  local run = found.run
  return e("header", nil,
    e("h1", nil, ((found.experiment):gsub("_", " "))),
    found.question and e("p", { class = "question" }, found.question),
    e("div", { class = "chips" },
      chip(found.status, found.status == "ok" and "ok" or "failed"),
      run.synthetic and chip("SYNTHETIC", "warn"), run.started and chip(run.started),
      chip(("%s subjects"):format(values.show(found.data.subjects))),
      chip(("%s images"):format(values.show(found.data.images))),
      run.engine and chip(("%s on %s"):format(run.engine, run.device or "?")),
      run.commit and chip("commit " .. tostring(run.commit):sub(1, 10))),
    parts.warnings(found))
end

--- A metric's value with its interval and the published number beside it.
-- @tparam table found
-- @tparam string key MODEL/metric
-- @treturn table node
function parts.metric(found, key)
  local interval, published = found.intervals[key], found.reference.values[key]
  local value = found.metrics[key]
  return e("span", { title = type(value) == "number" and ("%.17g"):format(value) },
    values.show(value),
    type(interval) == "table" and e("span", { class = "interval" }, ("[%s, %s]"):format(
      values.show(interval.low), values.show(interval.high))),
    published and e("span", { class = "reference" }, "published " .. values.show(published)))
end

-- MODEL and metric of a key.
local function split(key)
  local model, name = key:match "^([^/]+)/(.+)$"
  return model or "", name or key
end

-- The keys of metrics and published values by metric and model.
local function by_model(found)
  local models, names, known = {}, {}, {}
  local all = {}
  for key in pairs(found.metrics) do all[key] = true end
  for key in pairs(found.intervals) do all[key] = true end
  for key in pairs(found.reference.values) do all[key] = true end
  for _, key in ipairs(values.keys(all)) do
    local model, name = split(key)
    if not known["m" .. model] then models[#models + 1] = model end
    if not known["n" .. name] then names[#names + 1] = name end
    known["m" .. model], known["n" .. name] = true, true
  end
  return models, names
end

-- How the intervals were made: each rule once.
local function interval_notes(found)
  local seen, notes = {}, {}
  for _, key in ipairs(values.keys(found.intervals)) do
    local one = found.intervals[key]
    if type(one) == "table" then
      local note = ("%s %% intervals by %s%s"):format(
        type(one.level) == "number" and ("%g"):format(100 * one.level) or "?",
        tostring(one.method or "a rule not given"),
        one.n and (", n = " .. values.show(one.n)) or "")
      if not seen[note] then notes[#notes + 1] = note end
      seen[note] = true
    end
  end
  return notes
end

--- All metrics, one column a model.
-- @tparam table found
-- @treturn ?table node
function parts.metrics(found)
  local models, names = by_model(found)
  if not names[1] then return nil end
  local rows, numeric, columns = {}, {}, { "" }
  for i, model in ipairs(models) do columns[i + 1], numeric[i + 1] = model, true end
  for i, name in ipairs(names) do
    rows[i] = { name }
    for k, model in ipairs(models) do rows[i][k + 1] = parts.metric(found, model .. "/" .. name) end
  end
  local notes = interval_notes(found)
  if found.reference.source then notes[#notes + 1] = "published: " .. found.reference.source end
  return section("Numbers", parts.grid(columns, rows, numeric),
    notes[1] and e("p", { class = "note" }, table.concat(notes, "; ") .. "."))
end

local function figure(found, picture)
  local title = picture.title or picture.file
  local uri = results.uri(found.folder, picture)
  return e("figure", { class = picture.faces and "wide" }, uri
    and e("img", { src = uri, alt = title })
    or e("p", { class = "note" }, picture.file .. " is not there any more"),
    e("figcaption", nil, title))
end

--- Charts, then what shows faces.
-- @tparam table found
-- @tparam boolean no_faces
-- @treturn {table,...} nodes, false for a part that is not there
function parts.pictures(found, no_faces)
  local list, hidden = results.pictures(found, no_faces)
  local charts, faces = {}, {}
  for _, picture in ipairs(list) do
    table.insert(picture.faces and faces or charts, figure(found, picture))
  end
  return {
    charts[1] and section("Plots", e("div", { class = "figures" }, charts)) or false,
    faces[1] and section("Faces", e("div", { class = "figures" }, faces)) or false,
    hidden > 0 and e("p", { class = "note" },
      ("%d pictures that may show faces are left out."):format(hidden)),
  }
end

-- Columns that hold numbers or nothing, and some number.
local function numeric_columns(one)
  local numeric = {}
  for c = 1, #one.columns do
    local some, other = false, false
    for _, row in ipairs(one.rows) do
      if type(row[c]) == "number" then some = true elseif row[c] ~= nil then other = true end
    end
    numeric[c] = some and not other
  end
  return numeric
end

-- Tables in the order of their CSVs, others by name.
local function table_names(found)
  local names, listed = {}, {}
  for _, file in ipairs(type(found.run.files) == "table" and found.run.files or {}) do
    local name = type(file) == "string" and file:match "^(.*)%.csv$"
    if name and found.tables[name] and not listed[name] then
      names[#names + 1], listed[name] = name, true
    end
  end
  for _, name in ipairs(values.keys(found.tables)) do
    if not listed[name] then names[#names + 1] = name end
  end
  return names
end

local function one_table(found, name)
  local one = found.tables[name]
  local rows = table.move(one.rows, 1, math.min(#one.rows, MOST_ROWS), 1, {})
  return {
    e("h3", nil, (name:gsub("_", " "))),
    parts.grid(one.columns, rows, numeric_columns(one)),
    #one.rows > MOST_ROWS and e("p", { class = "note" },
      ("The first %d of %d rows; %s.csv has all."):format(MOST_ROWS, #one.rows, name)),
  }
end

--- The run's tables.
-- @tparam table found
-- @treturn ?table node
function parts.tables(found)
  local list = {}
  for _, name in ipairs(table_names(found)) do
    if found.tables[name].rows[1] then list[#list + 1] = one_table(found, name) end
  end
  return list[1] and section("Tables", list)
end

-- Names and values as a list of definitions.
local function definitions(lines)
  local list = {}
  for _, line in ipairs(lines) do
    local long = #line[2] == 64 and line[2]:find "^%x+$"
    list[#list + 1] = e("dt", nil, line[1])
    list[#list + 1] = e("dd", nil, long and e("code", nil, line[2]) or line[2])
  end
  return e("dl", nil, list)
end

--- What was looked at, what failed, who was left out.
-- @tparam table found
-- @treturn table node
function parts.data(found)
  local data = found.data
  local lines = values.flat {
    name = data.name, folder = data.path, subjects = data.subjects, images = data.images,
    failures = data.failures,
  }
  local rows = {}
  for i, one in ipairs(data.omitted) do rows[i] = { one.subject, one.why } end
  return section("Data", definitions(lines), rows[1] and e("details", { open = #rows <= 10 },
    e("summary", nil, ("%d left out"):format(#rows)), parts.grid({ "subject", "why" }, rows)))
end

--- Each network: its file, its hash, what is done to a photo before it.
-- @tparam table found
-- @treturn ?table node
function parts.models(found)
  local cards = {}
  for i, model in ipairs(found.models) do
    local rest = {}
    for key, value in pairs(model) do
      if key ~= "name" and key ~= "variant" and key ~= "known" then rest[key] = value end
    end
    cards[i] = e("div", { class = "card" }, e("h3", nil, ("%s:%s"):format(
      tostring(model.name), tostring(model.variant)), chip(model.known and "known weights"
      or "UNKNOWN WEIGHTS", model.known and "ok" or "warn")), definitions(values.flat(rest)))
  end
  return cards[1] and section("Networks", e("div", { class = "cards" }, cards))
end

--- Every rule that made the numbers.
-- @tparam table found
-- @treturn ?table node
function parts.rules(found)
  local lines = values.flat(found.run.metric_rules)
  if #lines == 0 or lines[1][1] == "" then return nil end
  return section("Rules", definitions(lines))
end

--- Where and how it ran, and how to run it again.
-- @tparam table found
-- @treturn {table,...} nodes
function parts.run(found)
  local run = found.run
  local lines = values.flat {
    device = run.device, engine = run.engine, precision = run.precision, seed = run.seed,
    commit = run.commit, started = run.started, versions = run.versions,
    ["peak memory"] = type(run.peak_rss_bytes) == "number" and values.bytes(run.peak_rss_bytes)
      or nil,
  }
  for _, part in ipairs(values.keys(run.seconds)) do
    if type(run.seconds[part]) == "number" then
      lines[#lines + 1] = { "seconds, " .. part, ("%.2f"):format(run.seconds[part]) }
    end
  end
  return {
    section("Run it again", e("pre", nil, "./visage " .. values.command(run.command)),
      e("p", { class = "note" }, run.commit and ("At commit " .. run.commit .. "; ") or "",
        "add --force or another --out, for this folder is taken.")),
    section("Run", definitions(lines)),
  }
end

return parts
