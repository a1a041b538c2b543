--- What the template experiments leave: tables, metrics, charts and printed lines, all
-- from what visage.experiment.templates.study found. A results object belongs to one run:
--
--     local out = results.new(run, { effect = "age_effect", definition = definition,
--       sources = sources })
--     out:record(measured, found)      -- for each source
--     out:show()                       -- all of them side by side
local pictures = require "visage.experiment.templates.pictures"
local templates = require "visage.templates"

local results = {}
results.__index = results

-- A column of what is printed: "+0.1531 [+0.1515, +0.1548]".
local WIDTH = 26

-- Where no test of so few subjects can give a p as small, a note says so.
local LEVEL = 0.05

local FIGURES = { "impostor", "d_prime", "eer", "tar", "supported", "impostors" }

-- Infinite where all scores of a kind are equal.
local function finite(x) return x and x - x == 0 and x or nil end

local function each_cell(groups, f)
  for i, row in ipairs(groups) do
    for j, column in ipairs(groups) do f(i, j, row, column) end
  end
end

local function cell_columns()
  local columns = { "model", "pairing", "row", "column", "similarity", "low", "high" }
  for _, kind in ipairs { "", "_same_sex" } do
    for _, name in ipairs(FIGURES) do columns[#columns + 1] = name .. kind end
  end
  return columns
end

local function subject_columns(groups, effect)
  local columns = { "model", "pairing", "subject", "images" }
  each_cell(groups, function(_, _, row, column)
    columns[#columns + 1] = row .. "." .. column
  end)
  columns[#columns + 1] = effect
  return columns
end

-- One row a cell and one for the effect, one column a source.
local function side_by_side(self)
  local columns = { "pairing", "row", "column" }
  for _, source in ipairs(self.sources) do columns[#columns + 1] = source.name end
  local rows, places = self.run:table("similarity", columns).rows, {}
  for _, pairing in ipairs(self.pairings) do
    places[pairing] = {}
    each_cell(self.groups, function(i, j, row, column)
      rows[#rows + 1] = { pairing, row, column }
      places[pairing][i .. " " .. j] = rows[#rows]
    end)
    rows[#rows + 1] = { pairing, self.effect }
    places[pairing].effect = rows[#rows]
  end
  return places
end

--- The results of a run, empty.
-- @tparam table run
-- @tparam table options definition; sources; effect: the name of the groups' effect in
-- tables and metrics
-- @treturn table
function results.new(run, options)
  local def = options.definition
  local self = setmetatable({
    run = run, definition = def, sources = options.sources, effect = options.effect,
    groups = def.groups, pairings = templates.pairing_names(def), recorded = {}, omitted = {},
  }, results)
  self.places = side_by_side(self)
  self.effects = run:table("effect", { "model", "pairing", "subjects", "images",
    options.effect, "low", "high", "p", "deals" }).rows
  self.cells = run:table("cells", cell_columns()).rows
  self.subjects = run:table("per_subject", subject_columns(def.groups, options.effect)).rows
  self.all = run:table("templates", { "model", "first", "second", "similarity", "impostor" }).rows
  run.data.subjects, run.data.images = 0, 0
  run:note("Similarities of two networks cannot be compared as they are, for each has its own"
    .. " baseline: see each cell beside its impostors.")
  run:rule(options.effect, "mean of the diagonal less that of the other cells, by subject")
  run:rule("test", "permutation.paired: the two sides of a subject swapped or not, two-sided")
  run:rule("tar", ("at_most, FAR %g"):format(run.options.far))
  return self
end

--- The name of a metric: that of the pairing that comes first is plain, the others'
-- bear the pairing's.
-- @tparam string what similarity, impostor, ...
-- @tparam string pairing
-- @treturn string
function results:name(what, pairing)
  return pairing == self.definition.pairing and what or what .. "_" .. pairing
end

-- A metric, and its interval where it has one.
local function metric(self, source, name, value, interval)
  local key = source.name .. "/" .. name
  self.run:metric(key, value)
  if interval then self.run:interval(key, interval) end
end

local function record_cell(self, source, pairing, row, column, cell)
  local interval = cell.interval or {}
  local line = { source.name, pairing, row, column, cell.mean, interval.low, interval.high }
  for k, kind in ipairs { cell.any or {}, cell.same_sex or {} } do
    for c, name in ipairs(FIGURES) do
      local value = kind[name]
      if name == "d_prime" then value = finite(value) end
      line[7 + (k - 1) * #FIGURES + c] = value
    end
  end
  self.cells[#self.cells + 1] = line
  local place = ("%s.%s"):format(row, column)
  metric(self, source, self:name("similarity", pairing) .. "." .. place, cell.mean, cell.interval)
  if pairing ~= self.definition.pairing or not cell.any then return end
  metric(self, source, "impostor." .. place, cell.any.impostor)
  if cell.same_sex then
    metric(self, source, "impostor_same_sex." .. place, cell.same_sex.impostor)
  end
  if finite(cell.any.d_prime) then metric(self, source, "d_prime." .. place, cell.any.d_prime) end
  metric(self, source, "eer." .. place, cell.any.eer)
  metric(self, source, ("tar_at_far_%g.%s"):format(self.run.options.far, place), cell.any.tar)
end

local function record_subjects(self, measured, pairing)
  for _, one in ipairs(measured.subjects) do
    local line = { measured.source.name, pairing, one.name, one.images }
    each_cell(self.groups, function(i, j) line[#line + 1] = one.matrices[pairing][i][j] end)
    line[#line + 1] = templates.effect(one.matrices[pairing])
    self.subjects[#self.subjects + 1] = line
  end
end

local function record_pairing(self, measured, found, column)
  local source, name, n = measured.source, found.name, #measured.subjects
  local places = self.places[name]
  each_cell(self.groups, function(i, j, row, col)
    local cell = found.cells[i][j]
    record_cell(self, source, name, row, col, cell)
    places[i .. " " .. j][column] = cell.mean
  end)
  local effect = found.effect
  local interval = effect.interval or {}
  places.effect[column] = effect.mean
  self.effects[#self.effects + 1] = { source.name, name, n, measured.images, effect.mean,
    interval.low, interval.high, effect.test.p, effect.test.deals }
  metric(self, source, self:name(self.effect, name), effect.mean, effect.interval)
  metric(self, source, self:name(self.effect .. "_p", name), effect.test.p)
  record_subjects(self, measured, name)
end

-- The subjects that are left by every source so far, and whom the next ones met too.
local function count(self, measured)
  for _, one in ipairs(measured.omitted) do
    local name, why = table.unpack(one)
    if not self.omitted[name] then self.run:omit(name, why) end
    self.omitted[name] = true
  end
  local data = self.run.data
  data.subjects, data.images = 0, 0
  for _, one in ipairs(measured.subjects) do
    if not self.omitted[one.name] then
      data.subjects, data.images = data.subjects + 1, data.images + one.images
    end
  end
end

-- The least p of an exact two-sided test: one deal of all lies as far out, on each side.
local function remark_few(self, subjects, test)
  if self.few or not test.exact or test.p ~= test.p or 2 / test.deals <= LEVEL then return end
  self.few = true
  self.run:note(("Of %d subjects no test can give a p below %g, and intervals by drawing them"
    .. " anew are too narrow."):format(subjects, math.min(1, 2 / test.deals)))
end

--- Records what a source's templates gave.
-- @tparam table measured of template_study.measure
-- @tparam table found of template_study.analyse
function results:record(measured, found)
  local source, column = measured.source, 0
  for i, one in ipairs(self.sources) do
    if one == source then column = 3 + i end
  end
  count(self, measured)
  for _, name in ipairs(self.pairings) do
    record_pairing(self, measured, found.pairings[name], column)
  end
  for _, one in ipairs(found.templates or {}) do
    self.all[#self.all + 1] = { source.name, one.first, one.second, one.genuine, one.impostor }
  end
  remark_few(self, #measured.subjects, found.pairings[self.definition.pairing].effect.test)
  self.run:rule("impostors", ("%d subjects with each other, any and of the same sex"):format(
    found.impostor_subjects))
  local any = found.pairings[self.definition.pairing].cells[1][1].any
  if any then
    metric(self, source, ("tar_at_far_%g.supported"):format(self.run.options.far),
      any.supported and 1 or 0)
  end
  pictures.charts(self.run, measured, found)
  self.recorded[#self.recorded + 1] = { measured = measured, pairings = found.pairings }
end

--- Puts a published matrix beside ours, in a column of its own, when the run's templates
-- are those that it was measured on.
-- @tparam table published list: the list of the templates; pairing; matrix; source and
-- column: what it is, long and short
function results:publish(published)
  local def = self.definition
  if def.list ~= published.list or not def.pairings[published.pairing]
    or #def.groups ~= #published.matrix or self.run.synthetic then
    return
  end
  local values, name = {}, self:name("similarity", published.pairing)
  each_cell(self.groups, function(i, j, row, column)
    values[("%s/%s.%s.%s"):format(published.column, name, row, column)] = published.matrix[i][j]
  end)
  self.run:reference(published.source, values)
end

-- A line with one column a source, of which f gets what was recorded.
local function line(self, label, f)
  local parts = { ("  %-28s"):format(label) }
  for i, one in ipairs(self.recorded) do
    parts[i + 1] = f(one) .. (" "):rep(one.width - #f(one))
  end
  self.run:print("%s", (table.concat(parts, "  "):gsub("%s+$", "")))
end

local function with_interval(format, one)
  local i = one.interval
  if not i then return format:format(one.mean) end
  return (format .. " [" .. format .. ", " .. format .. "]"):format(one.mean, i.low, i.high)
end

-- A network names the layer that it is read from.
local function heading(one)
  local source = one.measured.source
  local layer = source.model and source.model.feature
  return layer and ("%s (%s)"):format(source.name, layer) or source.name
end

local function show_pairing(self, pairing)
  self.run:print("%s pairing", pairing)
  each_cell(self.groups, function(i, j, row, column)
    line(self, row .. ", " .. column, function(one)
      return with_interval("%.4f", one.pairings[pairing].cells[i][j])
    end)
  end)
  line(self, (self.effect:gsub("_", " ")), function(one)
    return with_interval("%+.4f", one.pairings[pairing].effect)
  end)
  line(self, "  p, permutation test", function(one)
    return ("%.4g"):format(one.pairings[pairing].effect.test.p)
  end)
end

-- What the cells of the first pairing are to be seen beside.
local function show_impostors(self, pairing)
  self.run:print("impostors: mean, EER, TAR at FAR %g (*: too few for it)", self.run.options.far)
  each_cell(self.groups, function(i, j, row, column)
    line(self, row .. ", " .. column, function(one)
      local any = one.pairings[pairing].cells[i][j].any
      return any and ("%.4f, %.4f, %.4f%s"):format(any.impostor, any.eer, any.tar,
        any.supported and "" or "*") or "none"
    end)
  end)
end

--- Prints the matrices of all sources side by side, each with its effect.
function results:show()
  for _, one in ipairs(self.recorded) do one.width = math.max(WIDTH, #heading(one)) end
  line(self, "", heading)
  line(self, "subjects, photos", function(one)
    return ("%d, %d"):format(#one.measured.subjects, one.measured.images)
  end)
  for _, pairing in ipairs(self.pairings) do show_pairing(self, pairing) end
  show_impostors(self, self.definition.pairing)
end

return results
