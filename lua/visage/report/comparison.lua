--- Several runs side by side: numbers, what differs in their settings, pictures of
-- one name next to each other.
local grid = require "visage.report.grid"
local html = require "visage.report.html"
local numbers = require "visage.report.numbers"
local parts = require "visage.report.parts"
local results = require "visage.report.results"
local values = require "visage.report.values"

local e = html.element

local comparison = {}

-- What is no setting: it differs in every run.
local FLEETING = { started = true, seconds = true, peak_rss_bytes = true, files = true,
  pictures = true, command = true, metric_rules = true, cache = true }

-- Settings of a run: name -> text.
local function settings_of(found)
  local models, run = {}, {}
  for i, model in ipairs(found.models) do
    local name = ("%s:%s"):format(tostring(model.name), tostring(model.variant))
    models[models[name] and name .. " " .. i or name] = model
  end
  for key, value in pairs(found.run) do
    if not FLEETING[key] then run[key] = value end
  end
  local lines = values.flat {
    experiment = found.experiment, model = models, rule = found.run.metric_rules, run = run,
    data = { name = found.data.name, path = found.data.path },
    reference = found.reference.source,
  }
  local set = {}
  for _, line in ipairs(lines) do set[line[1]] = line[2] end
  return set
end

-- Rows {name, value of each run} of all names, those that differ first.
local function rows_of(sets)
  local all, differing, equal = {}, {}, {}
  for _, set in ipairs(sets) do
    for key in pairs(set) do all[key] = true end
  end
  for _, key in ipairs(values.keys(all)) do
    local row, same = { key }, true
    for i, set in ipairs(sets) do
      row[i + 1] = set[key]
      same = same and set[key] == sets[1][key]
    end
    row.class = not same and "differs" or nil
    table.insert(same and equal or differing, row)
  end
  return differing, equal
end

local function columns_of(names)
  return table.move(names, 1, #names, 2, { "" })
end

local function metrics(list, names)
  local all, rows, numeric = {}, {}, {}
  for _, found in ipairs(list) do
    for key in pairs(found.metrics) do all[key] = true end
  end
  for _, key in ipairs(numbers.rows_of(all)) do
    local row, list_of, same = { html.breakable(key) }, {}, true
    for i, found in ipairs(list) do
      list_of[i] = found.metrics[key]
      same = same and list_of[i] == list_of[1]
    end
    local point = values.has_fraction(list_of, #list)
    for i, found in ipairs(list) do
      row[i + 1], numeric[i + 1] = numbers.one(found, key, point), true
    end
    row.class = not same and "differs" or nil
    rows[#rows + 1] = row
  end
  if not rows[1] then return nil end
  return e("section", nil, e("h2", nil, "Numbers"), grid(columns_of(names), rows, numeric))
end

local function settings(list, names)
  local sets = {}
  for i, found in ipairs(list) do sets[i] = settings_of(found) end
  local differing, equal = rows_of(sets)
  return e("section", nil, e("h2", nil, "What differs in the settings"),
    differing[1] and grid(columns_of(names), differing)
      or e("p", nil, "Nothing: all settings are equal."),
    equal[1] and e("details", nil,
      e("summary", nil, ("%d settings are equal"):format(#equal)),
      grid(columns_of(names), equal)))
end

-- The pictures of all runs by file name, in the order of the first that has it.
local function by_file(list, no_faces)
  local order, byname = {}, {}
  for i, found in ipairs(list) do
    for _, picture in ipairs((results.pictures(found, no_faces))) do
      if not byname[picture.file] then
        order[#order + 1], byname[picture.file] = picture.file, {}
      end
      byname[picture.file][i] = picture
    end
  end
  return order, byname
end

local function pictures(list, names, no_faces)
  local order, byname = by_file(list, no_faces)
  local groups = {}
  for g, file in ipairs(order) do
    local figures = {}
    for i, found in ipairs(list) do
      local picture = byname[file][i]
      local uri = picture and results.uri(found.folder, picture)
      if uri then
        figures[#figures + 1] = e("figure", nil, e("img", { src = uri, alt = file }),
          e("figcaption", nil, names[i], ": ", picture.title or file))
      end
    end
    groups[g] = figures[1] and { e("h3", nil, file), e("div", { class = "figures" }, figures) }
      or false
  end
  return order[1] and e("section", nil, e("h2", nil, "Pictures"), groups)
end

local function warnings(list, names)
  local nodes = {}
  for i, found in ipairs(list) do
    local some = parts.warnings(found)
    if some[1] then nodes[#nodes + 1] = { e("h3", nil, names[i]), some } end
  end
  return nodes
end

-- The folders' last names; all of each where two are the same.
local function names_of(list)
  local names, count = {}, {}
  for i, found in ipairs(list) do
    names[i] = found.folder:gsub("/+$", ""):match "[^/]*$"
    count[names[i]] = (count[names[i]] or 0) + 1
  end
  for i, found in ipairs(list) do
    if count[names[i]] > 1 then names[i] = found.folder end
  end
  return names
end

local function commands(list, names)
  local nodes = {}
  for i, found in ipairs(list) do
    nodes[i] = { e("h3", nil, names[i]), e("pre", nil, "./visage ",
      values.command(found.run.command)) }
  end
  return e("section", nil, e("h2", nil, "Run them again"), nodes)
end

--- The body of a comparison.
-- @tparam {table,...} list of results.load
-- @tparam table options no_faces
-- @treturn {table,...} nodes
function comparison.of(list, options)
  local names = names_of(list)
  local no_faces = options.no_faces
  for _, found in ipairs(list) do no_faces = no_faces or found.run.no_faces end
  return {
    e("header", nil, e("h1", nil, ("%d runs side by side"):format(#list)),
      e("p", { class = "question" }, "Rows that are not equal in all runs are marked.")),
    warnings(list, names), metrics(list, names) or false, settings(list, names),
    pictures(list, names, no_faces) or false, commands(list, names),
  }
end

return comparison
