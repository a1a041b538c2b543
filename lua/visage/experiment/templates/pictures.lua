--- Pictures of the template experiments: heat maps of a matrix and of its impostors, the
-- scores behind them, and the faces of some templates.
local plot = require "visage.plot"
local templates = require "visage.templates"
local tensor = require "visage.tensor"

local pictures = {}

-- The montage shows so many subjects, a row of so many faces for each group.
local SUBJECTS, FACES, CELL = 3, 10, 96

local function each_cell(cells, f)
  for i, row in ipairs(cells) do
    for j, cell in ipairs(row) do f(cell, i, j) end
  end
end

-- The mean impostor similarities; nil where no two subjects were compared.
local function impostors_of(cells)
  local means = {}
  for i, row in ipairs(cells) do
    means[i] = {}
    for j, cell in ipairs(row) do
      if not cell.any then return nil end
      means[i][j] = cell.any.impostor
    end
  end
  return means
end

-- The extremes of matrices, so that their maps have one scale of colours.
local function scale_of(...)
  local low, high = math.huge, -math.huge
  for _, matrix in ipairs { ... } do
    each_cell(matrix, function(value)
      low, high = math.min(low, value), math.max(high, value)
    end)
  end
  if low < high then return low, high end
end

local function append(list, values) table.move(values, 1, #values, #list + 1, list) end

-- Scores of one person within a group and between two, and of two people.
local function histogram(run, source, found)
  local same, other, impostor = {}, {}, {}
  each_cell(found.cells, function(cell, i, j)
    append(i == j and same or other, cell.genuine)
    append(impostor, cell.any.sample)
  end)
  run:plot(("scores_%s.png"):format(source.name), plot.histogram, {
    series = { { name = "one person, one group", x = same },
      { name = "one person, two groups", x = other }, { name = "two people", x = impostor } },
    x_title = "similarity of two templates",
    title = ("%s, %s pairing: the scores of all cells"):format(source.name, found.name),
  })
end

--- Draws the matrix of the pairing that comes first, its impostor matrix and the scores.
-- @tparam table run
-- @tparam table measured of template_study.measure
-- @tparam table found of template_study.analyse
function pictures.charts(run, measured, found)
  local source, def = measured.source, measured.definition
  local first = found.pairings[def.pairing]
  local impostors = impostors_of(first.cells)
  local low, high = scale_of(first.mean, impostors)
  local function map(kind, matrix, what)
    run:plot(("%s_%s.png"):format(kind, source.name), plot.heat_map, {
      matrix = matrix, rows = def.groups, columns = def.groups, low = low, high = high,
      title = ("%s, %s pairing, %d subjects: %s"):format(source.name, first.name,
        #measured.subjects, what),
    })
  end
  map("similarity", first.mean, "one person")
  if not impostors then return end
  map("impostor", impostors, "two people")
  histogram(run, source, first)
end

-- The faces of a group's templates, as far as the source has pictures.
local function faces_of(source, made, group)
  local cells, any = {}, false
  for _, name in ipairs { group .. "1", group .. "2" } do
    for _, image in ipairs(made[name] or {}) do
      local face = source.picture(image) or nil
      any = any or face ~= nil
      cells[#cells + 1] = { image = face, text = name }
    end
  end
  return cells, any
end

--- Draws the templates of the first subjects, a row a group, where the source has
-- pictures of them.
-- @tparam table run
-- @tparam {table,...} list of template_study.whole
-- @tparam table source
-- @tparam table definition
function pictures.montage(run, list, source, definition)
  local rows, any = {}, false
  for s = 1, math.min(SUBJECTS, #list) do
    local made = templates.build(definition, list[s].name, list[s].images,
      tensor.generator(run.options.seed))
    for _, group in ipairs(made and definition.groups or {}) do
      local cells, some = faces_of(source, made, group)
      any = any or some
      rows[#rows + 1] = { title = ("%s, %s"):format(list[s].name, group), cells = cells }
    end
  end
  if not any then return end
  run:montage("templates.png", {
    title = "The templates of the first subjects", rows = rows, columns = FACES, cell = CELL,
  })
end

return pictures
