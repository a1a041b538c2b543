--- The metrics of a run as a report shows them, a column a model: each with its
-- interval, its deviation over folds, the published value.
local grid = require "visage.report.grid"
local html = require "visage.report.html"
local values = require "visage.report.values"

local e = html.element

local numbers = {}

-- Figures that are shown beside the one that they are about: "accuracy.std" in
-- the row of "accuracy.mean", "tar.supported" in that of "tar".
local BESIDE = {
  { ".std", "deviation " }, { ".sd", "deviation " }, { ".standard_error", "std error " },
}

local function stem_of(key) return (key:gsub("%.mean$", "")) end

local SUPPORTED, TOO_FEW = ".supported", "too few"

-- Is there a metric, or one of its parts, that a "tar.supported" is about?
local function has_part(stem, set)
  if set[stem] then return true end
  for key in pairs(set) do
    if key:sub(1, #stem + 1) == stem .. "." and key ~= stem .. SUPPORTED then return true end
  end
  return false
end

-- Is a key shown in the row of another of the set?
local function is_beside(key, set)
  if key:sub(-#SUPPORTED) == SUPPORTED then return has_part(key:sub(1, -#SUPPORTED - 1), set) end
  for _, one in ipairs(BESIDE) do
    local stem = key:sub(-#one[1]) == one[1] and key:sub(1, -#one[1] - 1)
    if stem and set[stem .. ".mean"] then return true end
  end
  return false
end

-- Does "tar.supported" say of "tar" or "tar.part" that too few comparisons made it?
local function is_unsupported(found, key)
  local stem = key:sub(-#SUPPORTED) ~= SUPPORTED and key
  while stem do
    if found.metrics[stem .. SUPPORTED] == 0 then return true end
    stem = stem:match "^(.*)%.[^./]*$"
  end
  return false
end

--- Keys, or names, of metrics that have a row of their own; sorted.
-- @tparam table set key -> true
-- @treturn {string,...}
function numbers.rows_of(set)
  local list = {}
  for _, key in ipairs(values.keys(set)) do
    if not is_beside(key, set) then list[#list + 1] = key end
  end
  return list
end

-- Deviations of a mean, as texts.
local function deviations(found, key)
  local list, stem = {}, stem_of(key)
  for _, one in ipairs(BESIDE) do
    local value = stem ~= key and found.metrics[stem .. one[1]]
    if type(value) == "number" then list[#list + 1] = one[2] .. values.show(value, true) end
  end
  return list
end

-- What stands below a metric's value: deviations, and whether it is made of too few.
local function beside(found, key)
  local lines = deviations(found, key)
  for i, text in ipairs(lines) do lines[i] = e("span", { class = "interval" }, text) end
  return lines, is_unsupported(found, key) and e("span", { class = "interval" },
    e("span", { class = "chip warn" }, TOO_FEW))
end

--- A metric's value with what belongs to it: interval, deviation, published number.
-- @tparam table found
-- @tparam string key MODEL/metric
-- @tparam[opt=false] boolean point as of values.show
-- @treturn table node
function numbers.one(found, key, point)
  local interval, published = found.intervals[key], found.reference.values[key]
  local value = found.metrics[key]
  local spread, unsupported = beside(found, key)
  return e("span", { title = type(value) == "number" and ("%.17g"):format(value) },
    values.show(value, point or spread[1] ~= nil),
    type(interval) == "table" and e("span", { class = "interval" }, ("[%s, %s]"):format(
      values.show(interval.low, true), values.show(interval.high, true))),
    spread, unsupported,
    published and e("span", { class = "reference" }, "published " .. values.show(published)))
end

-- MODEL and metric of a key.
local function split(key)
  local model, name = key:match "^([^/]+)/(.+)$"
  return model or "", name or key
end

-- Models of metric keys in the order in which the run opened them, others behind.
local function in_order(found, set)
  local list, place = values.keys(set), {}
  for i, name in ipairs(list) do place[name] = #found.models + i end
  for i, model in ipairs(found.models) do
    for _, name in ipairs { model.name, ("%s:%s"):format(model.name, model.variant) } do
      if set[name] then place[name] = math.min(place[name], i) end
    end
  end
  table.sort(list, function(a, b) return place[a] < place[b] end)
  return list
end

-- The models and the names of metrics and published values.
local function by_model(found)
  local models, names = {}, {}
  for _, keyed in ipairs { found.metrics, found.intervals, found.reference.values } do
    for key in pairs(keyed) do
      local model, name = split(key)
      models[model], names[name] = true, true
    end
  end
  return in_order(found, models), numbers.rows_of(names)
end

-- How the intervals were made: each rule once, with what it was made of.
local function interval_notes(found)
  local seen, notes = {}, {}
  for _, key in ipairs(values.keys(found.intervals)) do
    local one = found.intervals[key]
    if type(one) == "table" then
      local rule = ("%s %% intervals by %s"):format(
        type(one.level) == "number" and ("%g"):format(100 * one.level) or "?",
        tostring(one.method or "a rule not given"))
      if not seen[rule] then
        seen[rule] = { rule = rule, least = math.huge, most = -math.huge }
        notes[#notes + 1] = seen[rule]
      end
      local n = type(one.n) == "number" and one.n
      seen[rule].least = math.min(seen[rule].least, n or math.huge)
      seen[rule].most = math.max(seen[rule].most, n or -math.huge)
    end
  end
  for i, note in ipairs(notes) do
    local least, most = note.least, note.most
    notes[i] = note.rule .. (least > most and "" or ", n = " .. values.show(least)
      .. (least < most and " to " .. values.show(most) or ""))
  end
  return notes
end

-- A metric as text: its value, its interval, the published value.
local function plain(found, key)
  local interval, published = found.intervals[key], found.reference.values[key]
  local parts = { values.show(found.metrics[key]) }
  if type(interval) == "table" then
    parts[2] = ("[%s, %s]"):format(values.show(interval.low, true),
      values.show(interval.high, true))
  end
  table.move(deviations(found, key), 1, #BESIDE, #parts + 1, parts)
  if is_unsupported(found, key) then parts[#parts + 1] = TOO_FEW end
  if published then parts[#parts + 1] = "published " .. values.show(published) end
  return table.concat(parts, " ")
end

--- All metrics as text, one column a model.
-- @tparam table found
-- @treturn {string,...} columns
-- @treturn {{string,...},...} rows
function numbers.plain(found)
  local models, names = by_model(found)
  local columns, rows = { "metric" }, {}
  for i, model in ipairs(models) do columns[i + 1] = model end
  for i, name in ipairs(names) do
    rows[i] = { name }
    for k, model in ipairs(models) do rows[i][k + 1] = plain(found, model .. "/" .. name) end
  end
  return columns, rows
end

-- More numbers than fit on a screen or two are folded: families such as
-- "fmr.sex.m" of more than a few behind their first word.
local OPEN, FEW = 30, 4

-- The point of "tpir_at_fpir_0.01.G1" is a number's.
local function head_of(name) return name:match "^(.-)%.%a" or name end

-- The names that are shown, and families of those that are folded.
local function folded(names)
  if #names <= OPEN then return names, {} end
  local count, shown, families = {}, {}, {}
  for _, name in ipairs(names) do
    count[head_of(name)] = (count[head_of(name)] or 0) + 1
  end
  for _, name in ipairs(names) do
    local head = head_of(name)
    local list = shown
    if count[head] > FEW and name ~= head and name ~= head .. ".all" then
      if not families[head] then
        families[head] = { head = head }
        families[#families + 1] = families[head]
      end
      list = families[head]
    end
    list[#list + 1] = name
  end
  return shown, families
end

local function table_of(found, models, names)
  local rows, numeric, columns = {}, {}, { "" }
  for i, model in ipairs(models) do columns[i + 1], numeric[i + 1] = model, true end
  for i, name in ipairs(names) do
    rows[i] = { html.breakable(name) }
    local list = {}
    for k, model in ipairs(models) do list[k] = found.metrics[model .. "/" .. name] end
    local point = values.has_fraction(list, #models)
    for k, model in ipairs(models) do
      rows[i][k + 1] = numbers.one(found, model .. "/" .. name, point)
    end
  end
  return grid(columns, rows, numeric)
end

-- What is to be known of how the numbers were made.
local function notes_of(found)
  local notes = interval_notes(found)
  for key in pairs(found.metrics) do
    if is_unsupported(found, key) then
      notes[#notes + 1] = TOO_FEW .. ": fewer errors than the rule of 30 asks, not to be quoted"
      break
    end
  end
  if found.reference.source then notes[#notes + 1] = "published: " .. found.reference.source end
  return notes[1] and e("p", { class = "note" }, table.concat(notes, "; ") .. ".")
end

--- All metrics, one column a model.
-- @tparam table found
-- @treturn ?table node
function numbers.all(found)
  local models, names = by_model(found)
  if not names[1] then return nil end
  local shown, families = folded(names)
  for i, family in ipairs(families) do
    families[i] = e("details", nil, e("summary", nil, ("%s (%d numbers)"):format(family.head,
      #family)), table_of(found, models, family))
  end
  return e("section", nil, e("h2", nil, "Numbers"),
    shown[1] and table_of(found, models, shown), families, notes_of(found))
end

return numbers
