--- The parts of a report of one run, each a function from what results.json holds
-- to a node or nil.
local grid = require "visage.report.grid"
local html = require "visage.report.html"
local results = require "visage.report.results"
local tables = require "visage.report.tables"
local values = require "visage.report.values"

local e = html.element

local parts = {}

-- More rows of a table are in its CSV only; of more than a few it is folded.
local MOST_ROWS, FEW_ROWS = 30, 16

-- More pictures of faces are in the run's folder only.
local MOST_FACES = 60

local function section(title, ...)
  return e("section", nil, e("h2", nil, title), ...)
end

local function chip(text, class)
  return e("span", { class = "chip " .. (class or "") }, text)
end

-- What is known of people both in a network's training data and tested: "unknown",
-- "none claimed", "known 53 (who says so)".
local function overlap_of(model)
  local claim = type(model.overlap) == "string" and model.overlap or "unknown"
  return type(model.overlap_source) == "string" and ("%s (%s)"):format(claim,
    model.overlap_source) or claim
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
    local overlap = overlap_of(model)
    if overlap:find "^known" then
      banner("warn", "Overlap.", ("%s: people both in its training data and tested: %s."):format(
        tostring(model.name), overlap))
    end
  end
  return list
end

-- Kinds of failures of which there are some.
local function failure_chips(failures)
  local list = {}
  for i, kind in ipairs(values.keys(failures)) do
    local count = failures[kind]
    list[i] = type(count) == "number" and count > 0
      and chip(("%s %s"):format(values.show(count), (kind:gsub("_", " "))), "warn")
  end
  return list
end

-- What the numbers can and cannot show.
local function caveats(found)
  local list = {}
  for i, text in ipairs(type(found.notes) == "table" and found.notes or {}) do
    list[i] = e("p", { class = "note" }, tostring(text))
  end
  return list
end

--- Title, question, what the numbers can and cannot show, state.
-- @tparam table found
-- @treturn table node
function parts.head(found)
  local run = found.run
  return e("header", nil,
    e("h1", nil, ((found.experiment):gsub("_", " "))),
    found.question and e("p", { class = "question" }, found.question),
    caveats(found),
    e("div", { class = "chips" },
      chip(found.status, found.status == "ok" and "ok" or "failed"),
      run.synthetic and chip("SYNTHETIC", "warn"), run.started and chip(run.started),
      found.data.subjects ~= 0 and chip(("%s subjects"):format(values.show(found.data.subjects))),
      chip(("%s images"):format(values.show(found.data.images))),
      failure_chips(found.data.failures),
      run.engine and chip(("%s on %s"):format(run.engine, run.device or "?")),
      run.commit and chip("commit " .. tostring(run.commit):sub(1, 10))),
    parts.warnings(found))
end

local function figure(found, picture)
  local title = picture.title or picture.file
  local uri = results.uri(found.folder, picture)
  return e("figure", { class = picture.wide and "wide" }, uri
    and e("img", { src = uri, alt = title })
    or e("p", { class = "note" }, picture.file .. " is not there any more"),
    e("figcaption", nil, title, picture.caption and e("span", { class = "note" },
      picture.caption)))
end

--- Charts, then what shows faces.
-- @tparam table found
-- @tparam boolean no_faces
-- @treturn {table,...} nodes, false for a part that is not there
function parts.pictures(found, no_faces)
  local list, hidden = results.pictures(found, no_faces)
  local charts, faces, more = {}, {}, 0
  for _, picture in ipairs(list) do
    if not picture.faces then
      charts[#charts + 1] = figure(found, picture)
    elseif #faces < MOST_FACES then
      faces[#faces + 1] = figure(found, picture)
    else
      more = more + 1
    end
  end
  return {
    charts[1] and section("Plots", e("div", { class = "figures" }, charts)) or false,
    faces[1] and section("Faces", e("div", { class = "figures faces" }, faces), more > 0
      and e("p", { class = "note" }, ("%d more are in the run's folder."):format(more))) or false,
    hidden > 0 and e("p", { class = "note" },
      ("%d pictures that may show faces are left out."):format(hidden)),
  }
end

--- Names of the tables in the order of their CSVs, others behind.
-- @tparam table found
-- @treturn {string,...}
function parts.table_names(found)
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

-- A table without the columns in which no row has a value; their names.
local function filled(one)
  local columns, rows, places, empty = {}, {}, {}, {}
  for c, name in ipairs(one.columns) do
    local some = false
    for _, row in ipairs(one.rows) do some = some or row[c] ~= nil end
    table.insert(some and places or empty, some and c or name)
  end
  for to, from in ipairs(places) do columns[to] = one.columns[from] end
  for i, row in ipairs(one.rows) do
    rows[i] = {}
    for to, from in ipairs(places) do rows[i][to] = row[from] end
  end
  return columns, rows, empty
end

local function one_table(found, name)
  local columns, rows, empty = filled(found.tables[name])
  local title, total = name:gsub("_", " "), #rows
  local numeric = tables.numeric(columns, rows)
  for i = total, MOST_ROWS + 1, -1 do rows[i] = nil end
  local cells = grid(columns, rows, numeric)
  local note = e("p", { class = "note" }, total > MOST_ROWS
    and ("The first %d of %d rows; %s.csv has all, with every digit."):format(MOST_ROWS, total,
      name) or ("%s.csv has every digit."):format(name),
    empty[1] and (" No row has a value of %s."):format(table.concat(empty, ", ")))
  if total <= FEW_ROWS then return { e("h3", nil, title), cells, note } end
  return e("details", nil, e("summary", nil, ("%s (%d rows)"):format(title, total)), cells, note)
end

--- The run's tables.
-- @tparam table found
-- @treturn ?table node
function parts.tables(found)
  local list = {}
  for _, name in ipairs(parts.table_names(found)) do
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
    name = data.name, folder = data.path, images = data.images, failures = data.failures,
    subjects = data.subjects ~= 0 and data.subjects or nil,
  }
  local rows = {}
  for i, one in ipairs(data.omitted) do rows[i] = { one.subject, one.why } end
  return section("Data", definitions(lines), rows[1] and e("details", { open = #rows <= 10 },
    e("summary", nil, ("%d left out"):format(#rows)), grid({ "subject", "why" }, rows)))
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
  local claims = {}
  for i, model in ipairs(found.models) do
    claims[i] = ("%s: %s"):format(tostring(model.name), overlap_of(model))
  end
  return cards[1] and section("Networks", e("p", nil,
    "People both in the training data and tested: " .. table.concat(claims, "; ") .. "."),
    e("div", { class = "cards" }, cards))
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
  local forced = false
  for _, word in ipairs(run.command) do forced = forced or word == "--force" end
  return {
    section("Run it again", e("pre", nil, "./visage " .. values.command(run.command)),
      e("p", { class = "note" }, run.commit and ("At commit " .. run.commit .. "; ") or "",
        forced and "--force replaces what is in this folder."
        or "add --force or another --out, for this folder is taken.")),
    section("Run", definitions(lines)),
  }
end

return parts
