--- How far each choice that nobody published moves the matrix of a template experiment:
-- the command line's choices are the baseline, and each alternative of each setting that
-- --sweep names is measured beside it, all else equal.
--
--     sweep.option(parser)                                     -- --sweep crop=paper,box
--     local plan = sweep.plan(run, definition, list, sources)  -- nil without --sweep
--     plan:record(run, measured, "age_effect")                 -- for each source
--
-- Settings of the photos (crop, filter, profile, choose) make embeddings of their own;
-- those of the templates (pooling, pairing) take the baseline's, so that no network runs
-- for them.
local alternatives = require "visage.experiment.templates.sweep.alternatives"
local intervals = require "visage.metrics.intervals"
local plot = require "visage.plot"
local study = require "visage.experiment.templates.study"
local templates = require "visage.templates"
local tensor = require "visage.tensor"

local sweep = {}
sweep.__index = sweep

-- Columns of the table before those of the cells, and after that of the effect.
local FIRST = { "model", "setting", "value", "subjects", "images" }
local LAST = { "difference", "low", "high", "largest_move", "counts" }

-- Pixels of the chart: its margins, with room for labels that are turned, and a cell.
local MARGIN, CELL = { width = 360, height = 220 }, { width = 140, height = 40 }

--- Adds --sweep.
-- @tparam table parser argparse's
function sweep.option(parser)
  parser:option("--sweep", "How far a choice moves the matrix: beside what the other"
    .. " options say, each of these values alone. Settings: crop, filter, profile (of the"
    .. " detector; none: the published box), choose, pooling, pairing. Give it again for"
    .. " another setting."):argname("SETTING=VALUE,..."):count("*")
    :convert(alternatives.parse)
end

local function copy(t, changes)
  local out = {}
  for key, value in pairs(t) do out[key] = value end
  for key, value in pairs(changes) do out[key] = value end
  return out
end

-- A source that keeps what it embedded, for runs without a store.
local function remembering(source)
  local kept = {}
  return copy(source, { embed = function(images)
    local new, rows, failed = {}, {}, {}
    for _, one in ipairs(images) do
      if not kept[one.key] then new[#new + 1] = one end
    end
    if new[1] then
      local made, why = source.embed(new)
      for i, one in ipairs(new) do kept[one.key] = { row = made[i], why = why[i] } end
    end
    for i, one in ipairs(images) do
      rows[i], failed[i] = kept[one.key].row, kept[one.key].why
    end
    return rows[1] and tensor.stack(rows, 1) or source.embed {}, failed
  end })
end

local function images_of(list)
  local images = {}
  for _, subject in ipairs(list) do
    for _, one in ipairs(subject.images) do
      if not one.missing then images[#images + 1] = one end
    end
  end
  return images
end

-- An aligned face is not cut by a box, and has the network's size.
local function remark(run, rule, sources)
  for _, source in ipairs(run.options.detector and (rule.crop or rule.filter) and sources or {}) do
    if source.model and source.model.align then
      run:say("%s is shown faces aligned by their points: crop and filter move nothing where"
        .. " a face is found", source.name)
    end
  end
end

--- Opens what --sweep names, so that mistakes show before any photo is embedded.
-- @tparam table run
-- @tparam table definition of the baseline
-- @tparam {table,...} list the subjects of template_study.whole
-- @tparam {table,...} sources of the baseline; without a store each is replaced in the
-- list by one that keeps what it embedded, for alternatives that take the same
-- @treturn ?table plan, nil without --sweep
function sweep.plan(run, definition, list, sources)
  local given, rule = run.options.sweep, {}
  if #given == 0 then return nil end
  for _, one in ipairs(given) do rule[one.setting] = one.values end
  run:rule("sweep", rule)
  remark(run, rule, sources)
  local opened = alternatives.open(run, {
    definition = definition, sources = sources, images = images_of(list),
  })
  if not run:store() and not run.options.embeddings then
    for i, source in ipairs(sources) do sources[i] = remembering(source) end
  end
  return setmetatable({
    definition = definition, subjects = list, sources = sources, alternatives = opened,
  }, sweep)
end

-- Subjects whose photos no source has looked at.
local function fresh(list)
  local subjects = {}
  for i, subject in ipairs(list) do
    local images = {}
    for k, one in ipairs(subject.images) do
      images[k] = copy(one, {})
      images[k].counted, images[k].found, images[k].score = nil, nil, nil
    end
    subjects[i] = copy(subject, { images = images })
  end
  return subjects
end

-- What an alternative measures of the place-th source.
local function measure(self, run, one, place, baseline)
  -- All pairings are measured at once.
  if one.setting == "pairing" then return baseline end
  local source, subjects = self.sources[place], self.subjects
  if one.sources then
    source, subjects = one.sources[place], fresh(subjects)
    for kind in pairs(one.counts) do one.counts[kind] = nil end
  end
  -- The name is the progress bar's.
  source = copy(source, { name = ("%s, %s %s"):format(source.name, one.setting, one.value) })
  return study.measure(run, subjects, source, one.definition, { run.options.seed })
end

-- The mean matrix of the pairing that a definition puts first and its effect, if a
-- subject is left, and the effects by subject.
local function summary(measured, definition)
  local matrices, effects, sum = {}, {}, 0
  for i, subject in ipairs(measured.subjects) do
    matrices[i] = subject.matrices[definition.pairing]
    local effect = templates.effect(matrices[i])
    effects[subject.name], sum = effect, sum + effect
  end
  return {
    mean = matrices[1] and templates.mean(matrices), effect = sum / #matrices,
    effects = effects, subjects = #matrices, images = measured.images,
  }
end

-- The interval of the mean difference of the effects of subjects that both have, by
-- drawing subjects anew; nil of fewer than two.
local function interval_of(self, run, base, other)
  local list = {}
  for _, subject in ipairs(self.subjects) do
    local a, b = base.effects[subject.name], other.effects[subject.name]
    if a and b then list[#list + 1] = b - a end
  end
  if #list < 2 then return nil end
  return intervals.bootstrap(#list, function(drawn)
    local sum = 0
    for _, place in ipairs(drawn) do sum = sum + list[place] end
    return sum / #drawn
  end, { generator = tensor.generator(run.options.seed) })
end

local function flat(matrix)
  local list = {}
  for _, row in ipairs(matrix) do table.move(row, 1, #row, #list + 1, list) end
  return list
end

-- Names of the cells, row by row.
local function cell_names(groups, between)
  local list = {}
  for _, row in ipairs(groups) do
    for _, column in ipairs(groups) do list[#list + 1] = row .. between .. column end
  end
  return list
end

-- How far each cell and then the effect are from the baseline's, and the furthest cell.
local function moves_of(base, other)
  local usual, moves, largest = flat(base.mean), flat(other.mean), 0
  for i, value in ipairs(usual) do
    moves[i] = moves[i] - value
    largest = math.max(largest, math.abs(moves[i]))
  end
  moves[#moves + 1] = other.effect - base.effect
  return moves, largest
end

-- Counts as "no_face 2, published_box 3"; nil of none.
local function counts_text(counts)
  local parts = {}
  for kind, n in pairs(counts or {}) do parts[#parts + 1] = ("%s %d"):format(kind, n) end
  table.sort(parts)
  return parts[1] and table.concat(parts, ", ")
end

local function columns_of(groups, effect)
  local columns = table.move(FIRST, 1, #FIRST, 1, {})
  for _, list in ipairs { cell_names(groups, "."), { effect }, LAST } do
    table.move(list, 1, #list, #columns + 1, columns)
  end
  return columns
end

-- A row of the table; of an alternative that left no subject without numbers.
local function row_of(name, one, found, rest)
  local line = { name, one.setting, one.value, found.subjects, found.images }
  local cells = rest.cells
  if found.mean then
    table.move(flat(found.mean), 1, cells, #FIRST + 1, line)
    line[#FIRST + cells + 1] = found.effect
  end
  local at, interval = #FIRST + cells + 1, rest.interval or {}
  line[at + 1], line[at + 2], line[at + 3] = rest.difference, interval.low, interval.high
  line[at + 4], line[at + 5] = rest.largest, counts_text(one.counts)
  return line
end

-- Metrics and the printed line of an alternative.
local function tell(run, name, one, found, rest, effect)
  local key = ("%s/sweep.%s.%s."):format(name, one.setting, one.value)
  local interval = rest.interval
  run:metric(key .. effect, found.effect)
  run:metric(key .. "difference", rest.difference or 0 / 0)
  run:metric(key .. "largest_move", rest.largest or 0 / 0)
  if interval then run:interval(key .. "difference", interval) end
  local label = ("%s %s"):format(one.setting, one.value)
  if not found.mean then return run:print("  %-28s no subject is left", label) end
  run:print("  %-28s %+.4f%s  %.4f  %d subjects, %d photos", label, rest.difference,
    interval and (" [%+.4f, %+.4f]"):format(interval.low, interval.high) or "", rest.largest,
    found.subjects, found.images)
end

-- What the alternatives with a matrix add to each cell of the baseline's.
local function draw(self, run, name, effect, labels, moves)
  if not moves[1] then return end
  local columns = cell_names(self.definition.groups, ", ")
  columns[#columns + 1] = effect:gsub("_", " ")
  run:plot(("sweep_%s.png"):format(name), plot.heat_map, {
    matrix = moves, rows = labels, columns = columns, format = "%+.4f",
    width = MARGIN.width + CELL.width * #columns,
    height = MARGIN.height + CELL.height * #labels,
    title = name .. ": what each choice adds to the baseline", signed = true, wide = true,
    caption = "Blue is more than the baseline has, red is less; the scale is this chart's own.",
  })
end

--- Measures the alternatives of a source and records them beside it: table sweep, a
-- chart, and the metrics MODEL/sweep.SETTING.VALUE.EFFECT, .difference (of the effect
-- from the baseline's, its interval by subjects that both have) and .largest_move (of a
-- cell).
-- @tparam table run
-- @tparam table measured of template_study.measure, the baseline
-- @tparam string effect the name of the groups' effect
function sweep:record(run, measured, effect)
  local name, place = measured.source.name, nil
  for i, source in ipairs(self.sources) do
    if source == measured.source then place = i end
  end
  local groups = self.definition.groups
  local base, labels, moves, cells = summary(measured, self.definition), {}, {}, #groups * #groups
  self.rows = self.rows or run:table("sweep", columns_of(groups, effect)).rows
  table.insert(self.rows, row_of(name, { setting = "baseline" }, base, { cells = cells }))
  run:print("%s: how far each choice moves the %s [interval by subject], and a cell at most", name,
    (effect:gsub("_", " ")))
  for _, one in ipairs(self.alternatives) do
    local found, rest = summary(measure(self, run, one, place, measured), one.definition), {
      cells = cells,
    }
    if found.mean and base.mean then
      moves[#moves + 1], rest.largest = moves_of(base, found)
      labels[#moves] = ("%s %s"):format(one.setting, one.value)
      rest.difference = moves[#moves][cells + 1]
      rest.interval = interval_of(self, run, base, found)
    end
    table.insert(self.rows, row_of(name, one, found, rest))
    tell(run, name, one, found, rest, effect)
  end
  draw(self, run, name, effect, labels, moves)
end

return sweep
