--- make parity: runs the real frameworks beside visage and writes PARITY.md;
-- `run.lua [SEEDS [NAME ...]]`, of networks.lua and detectors.lua, measures some
-- and keeps the table's other rows; with fewer seeds than an entry wants the
-- table is only printed. Wants ../shared/data or $VISAGE_DATA, and makes the
-- environments that are missing.
package.path = "./?.lua;" .. package.path
local compare = require "spec.parity.compare"
local detectors = require "spec.parity.detectors"
local dkjson = require "dkjson"
local environments = require "spec.support.environments"
local files = require "spec.support.networks"
local lfs = require "lfs"
local loader = require "visage.loader"
local networks = require "spec.parity.networks"
local steps = require "spec.support.steps"
local system = require "visage.system"
local tensor = require "visage.tensor"

local TABLE = "spec/parity/PARITY.md"

local most_seeds = tonumber(arg[1])
local asked = {}
for i = 2, #arg do asked[arg[i]] = true end

-- The embeddings of all inputs, a few at a time.
local function embed(g, feature, inputs)
  local net <close> = g:compile { batch = 8, engine = "reference", taps = { feature } }
  local rows = {}
  for i = 1, inputs:size(1), 8 do
    local n = math.min(8, inputs:size(1) - i + 1)
    local results = table.pack(net:run(inputs:narrow(1, i, n)))
    local taps = results[results.n]
    rows[#rows + 1] = taps[feature]:reshape { n, -1 }
  end
  return tensor.cat(rows, 1)
end

-- Takes the larger of each into the row of the table.
local function note(row, layers, plain, centred, share)
  for _, layer in ipairs(layers) do
    if layer.error > row.layer then row.layer, row.worst = layer.error, layer.name end
  end
  row.layers = #layers
  row.plain = math.max(row.plain, plain)
  row.centred = math.max(row.centred, centred)
  row.share = math.max(row.share, share)
end

-- How far a reference that makes a mistake is from ours, the least over the
-- seeds: what would be seen if visage made it.
local function note_controls(row, controls, y, people)
  for name, wrong in pairs(controls) do
    local plain = compare.embeddings(y, wrong, people)
    row.controls[name] = math.min(row.controls[name] or math.huge, plain)
  end
end

local function one_seed(entry, row, python, seed)
  local folder <close> = setmetatable({ path = assert(system.temp_dir()) },
    { __close = function(self) assert(system.remove_tree(self.path)) end })
  local command = { python, "spec/parity/" .. entry.script }
  for _, argument in ipairs(entry.arguments) do command[#command + 1] = argument end
  table.move({ tostring(seed), folder.path }, 1, 2, #command + 1, command)
  if entry.weights then
    assert(lfs.link(files.weight(entry.weights), folder.path .. "/weights.dat", true))
  end
  assert(system.run(command) == 0, entry.script .. " failed")
  local function read(name) return assert(loader.read(folder.path .. "/" .. name)) end
  local about = dkjson.decode(assert(system.read_file(folder.path .. "/people.json")))
  row.framework = about.framework
  local g = entry.build(folder.path)
  local _, wanted = next(read("embeddings.npy").tensors)
  local _, inputs = next(read("inputs.npy").tensors)
  local layers = compare.layers(g, read("layers.npz").tensors)
  assert((#layers > 0) == (entry.layers ~= false), entry.name .. ": no layer to compare")
  local y = embed(g, entry.feature or g:outputs()[1], inputs)
  note(row, layers, compare.embeddings(y, wanted, about.people))
  local controls = loader.read(folder.path .. "/controls.npz")
  note_controls(row, controls and controls.tensors or {}, y, about.people)
  row.photos = inputs:size(1)
end

-- A row of the table, or nil and why not.
local function measured(entry, seeds)
  if entry.weights and not files.weight(entry.weights) then
    return nil, entry.weights .. " is not here: ./visage weights get " .. entry.weights
  end
  local python, why = environments.python(entry.environment)
  if not python then return nil, why end
  local row = { layer = 0, plain = 0, centred = 0, share = 0, seeds = seeds, entry = entry,
    controls = {} }
  for seed = 1, seeds do
    one_seed(entry, row, python, seed)
    print(("%s, seed %d: layer %.1e (%s), embedding %.1e"):format(entry.name, seed, row.layer,
      row.worst or "none", row.plain))
  end
  return row
end

local function line(row)
  local e = row.entry
  local worst = row.worst and ("%.1e (`%s`)"):format(row.layer, row.worst) or "-"
  return ("| %s | %s (%s) | %d | %s | %.1e | %.1e | %.1e | %d x %d |"):format(e.name,
    e.reference, row.framework, row.layers, worst, row.plain, row.centred, row.share, row.seeds,
    row.photos)
end

-- Sorted lines of the table of controls, and whether all are seen.
local function control_lines(row)
  local list, seen = {}, true
  for name, error in pairs(row.controls) do
    list[#list + 1] = ("| %s | %s | %.1e |"):format(row.entry.name, name, error)
    seen = seen and error > 10 * row.entry.embedding
  end
  table.sort(list)
  return list, seen
end

local HEAD = [[
# Parity

Made by `make parity`: the real framework runs beside visage's reference engine, in fp32.
A layer's error is ||ours - theirs|| / ||theirs|| when both are given what the reference computed
before it; the embedding's is that of the worst photo, end to end, plain and after subtracting the
mean embedding of the photos; the share is the distance between ours and theirs over the median
distance between two people. All are the worst over the seeds. Weights are seeded, batch-norm
statistics measured on the photos: real ones where a row says so.

| network | reference | layers | worst layer | embedding | centred | share | seeds x photos |
|---|---|---|---|---|---|---|---|
]]

local CONTROLS = [[

Negative controls: the embedding's error, plain, when the reference makes the mistake, the least
over the seeds. Each must be over ten times what is allowed.

| network | mistake | embedding |
|---|---|---|
]]

-- The table is three, each a head and rows that begin with a name. What is not
-- measured now keeps the rows that it has.
local SECTIONS = { HEAD, CONTROLS, detectors.head }

-- Per section: name -> its rows as they stand in the file.
local function kept()
  local book, section = { {}, {}, {} }, 0
  for text in (system.read_file(TABLE) or ""):gmatch "[^\n]+" do
    local name = text:match "^| ([^|]-) |"
    if text:find "^|%-%-%-" then
      section = section + 1
    elseif section > 0 and name and name ~= "network" and name ~= "profile" then
      book[section][name] = book[section][name] or {}
      table.insert(book[section][name], text)
    end
  end
  return book
end

local function written(book)
  local out = {}
  for i, head in ipairs(SECTIONS) do
    out[#out + 1] = head:gsub("\n$", "")
    for _, entry in ipairs(i == 3 and detectors.profiles or networks) do
      for _, row in ipairs(book[i][entry.name] or {}) do out[#out + 1] = row end
    end
  end
  return table.concat(out, "\n") .. "\n"
end

local function wanted(name)
  return not next(asked) or asked[name]
end

local parity, book = steps.new(), kept()

-- Into the file at once, for the whole takes long; unless seeds were left out.
local function keep(full)
  if full then assert(system.write_file(TABLE, written(book))) end
end

local function measure(entry)
  local seeds = math.min(most_seeds or entry.seeds, entry.seeds)
  local row, why = measured(entry, seeds)
  if not row then return parity:skip(entry.name, why) end
  local controls, seen = control_lines(row)
  book[1][entry.name], book[2][entry.name] = { line(row) }, controls
  keep(seeds == entry.seeds)
  local good = row.layer <= entry.per_layer and row.plain <= entry.embedding and seen
  parity:count(good and 1 or 0, good and 0 or 1, 0)
end

local function detect(profile)
  local row, good, why = detectors.line(profile)
  if not row then return parity:skip(profile.name, why) end
  book[3][profile.name] = { row }
  keep(true)
  parity:count(good and 1 or 0, good and 0 or 1, 0)
end

for _, entry in ipairs(networks) do
  if wanted(entry.name) then measure(entry) end
end
for _, profile in ipairs(detectors.profiles) do
  if wanted(profile.name) then detect(profile) end
end
io.write(written(book))
parity:finish()
