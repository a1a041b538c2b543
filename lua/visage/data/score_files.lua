--- Scores that other programs wrote, one comparison a line, as bob.bio.base has them:
--
--     four columns    claimed_id real_id test_label score
--     five columns    claimed_id model_label real_id test_label score
--     CSV (.csv)      bio_ref_subject_id, probe_subject_id, score, and keys and metadata
--
-- and as pyeer has them, in a file for each kind of comparison: the last column of each
-- line; or in the k-th line, counted from 0, how many scores are k.
--
-- Columns are separated by blanks; nan is a comparison that could not be made. All is
-- held in memory: for more than some million lines see visage.metrics.stream.
local csv = require "visage.data.csv"
local lines = require "visage.data.lines"
local tensor = require "visage.tensor"

local score_files = {}

-- Python's names of numbers that Lua does not read.
local NAMED = { nan = 0 / 0, ["-nan"] = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

local function number(text) return NAMED[text:lower()] or tonumber(text) end

-- Where each column lies, by how many there are.
local COLUMNS = {
  [4] = { reference = 1, reference_key = 1, probe = 2, probe_key = 3, score = 4 },
  [5] = { reference = 1, reference_key = 2, probe = 3, probe_key = 4, score = 5 },
}

local FIELDS = { "reference", "reference_key", "probe", "probe_key" }

-- The keys of a CSV, the first that is there: bob's versions differ.
local REFERENCE_KEYS = { "bio_ref_template_id", "bio_ref_reference_id", "bio_ref_key" }
local PROBE_KEYS = { "probe_template_id", "probe_reference_id", "probe_key", "key" }

local function new_list() return {
  reference = {}, reference_key = {}, probe = {}, probe_key = {}, score = {}, line = {},
  metadata = {},
} end

local function from_columns(path)
  local text, why, code = lines.read(path)
  if not text then return nil, why, code end
  local out, width = new_list(), nil
  for i, one in ipairs(text) do
    local parts = {}
    for part in one.text:gmatch "%S+" do parts[#parts + 1] = part end
    width = width or #parts
    local at = COLUMNS[width]
    if not at or #parts ~= width then
      return nil, ("%s:%d: %d columns, wanted %s"):format(path, one.line, #parts,
        at and ("%d as before"):format(width) or "4 or 5"), "FORMAT"
    end
    out.score[i] = number(parts[width])
    if not out.score[i] then
      return nil, ("%s:%d: the score is '%s'"):format(path, one.line, parts[width]), "FORMAT"
    end
    for _, field in ipairs(FIELDS) do out[field][i] = parts[at[field]] end
    out.line[i] = one.line
  end
  return out
end

local function first_of(names, columns)
  for _, name in ipairs(names) do
    if columns[name] then return name end
  end
end

-- Where a CSV's columns go; the rest is metadata.
local function header_of(path, columns)
  local there, metadata = {}, {}
  for _, name in ipairs(columns) do there[name] = true end
  for _, name in ipairs { "bio_ref_subject_id", "probe_subject_id", "score" } do
    if not there[name] then
      return nil, ("%s: no column %s; there are %s"):format(path, name,
        table.concat(columns, ", "))
    end
  end
  local at = {
    reference = "bio_ref_subject_id", probe = "probe_subject_id",
    reference_key = first_of(REFERENCE_KEYS, there) or "bio_ref_subject_id",
    probe_key = first_of(PROBE_KEYS, there),
  }
  local taken = { score = true }
  for _, name in pairs(at) do taken[name] = true end
  for _, name in ipairs(columns) do
    if not taken[name] then metadata[#metadata + 1] = name end
  end
  return at, metadata
end

local function from_csv(path)
  local records, columns, starts = csv.read(path)
  if not records then return nil, columns, starts end
  local at, metadata = header_of(path, columns)
  if not at then return nil, metadata, "FORMAT" end
  local out = new_list()
  for _, name in ipairs(metadata) do out.metadata[name] = {} end
  for i, record in ipairs(records) do
    out.score[i], out.line[i] = number(record.score), starts[i]
    if not out.score[i] then
      return nil, ("%s:%d: the score is '%s'"):format(path, starts[i], record.score), "FORMAT"
    end
    for field, name in pairs(at) do out[field][i] = record[name] end
    for _, name in ipairs(metadata) do out.metadata[name][i] = record[name] end
  end
  if not at.probe_key then out.probe_key = nil end
  return out
end

--- Reads a file of scores.
-- @tparam string path ending in .csv, or else of four or five columns
-- @treturn table lists with an entry for each comparison: score, reference and probe
-- (the subjects), reference_key and probe_key (the template and the photo; probe_key
-- is nil where a CSV has none), line, and metadata by column; path. nil, text, code
function score_files.read(path)
  local out, text, code
  if path:lower():find "%.csv$" then
    out, text, code = from_csv(path)
  else
    out, text, code = from_columns(path)
  end
  if not out then return nil, text, code end
  if #out.score == 0 then return nil, path .. ": no scores in it", "FORMAT" end
  out.path = path
  return out
end

--- The comparisons as a score set (visage.metrics.scores), genuine where both subjects
-- are one.
-- @tparam table list of read
-- @treturn table { genuine, impostor }, f64
-- @treturn table { genuine, impostor }: of each comparison { reference, probe }, as
-- intervals.bootstrap_scores wants
-- @treturn table { genuine, impostor }: of each comparison its place in the list, for
-- groups.split by metadata
function score_files.set(list)
  local set, subjects = { genuine = {}, impostor = {} }, { genuine = {}, impostor = {} }
  local places = { genuine = {}, impostor = {} }
  for i, score in ipairs(list.score) do
    local kind = list.reference[i] == list.probe[i] and "genuine" or "impostor"
    local n = #set[kind] + 1
    set[kind][n], places[kind][n] = score, i
    subjects[kind][n] = { list.reference[i], list.probe[i] }
  end
  for kind, values in pairs(set) do set[kind] = tensor.from(values, "f64") end
  return set, subjects, places
end

-- The different keys in order, their positions, and whose each is.
local function keys_of(list, keys, owners)
  local order, places, labels = {}, {}, {}
  for i, key in ipairs(list[keys]) do
    local owner = list[owners][i]
    if not places[key] then
      order[#order + 1] = key
      places[key], labels[#order] = #order, owner
    elseif labels[places[key]] ~= owner then
      return nil, ("%s:%d: '%s' is of %s here and of %s before"):format(list.path, list.line[i],
        key, owner, labels[places[key]])
    end
  end
  return order, places, labels
end

--- The comparisons as a matrix for identification.searches; NaN where there is none.
-- @tparam table list of read, with probe_key
-- @treturn core.tensor (P, N) f64
-- @treturn {string,...} P subjects of the probes
-- @treturn {string,...} N subjects of the gallery
-- @treturn table { probes, gallery }: their keys
-- @return or nil, text, code
function score_files.matrix(list)
  if not list.probe_key then
    return nil, list.path .. ": no column tells the probes apart (probe_template_id, probe_key)",
      "FORMAT"
  end
  local probes, rows, probe_labels = keys_of(list, "probe_key", "probe")
  if not probes then return nil, rows, "FORMAT" end
  local gallery, columns, gallery_labels = keys_of(list, "reference_key", "reference")
  if not gallery then return nil, columns, "FORMAT" end
  local out = tensor.full({ #probes, #gallery }, 0 / 0, "f64")
  local seen = {}
  for i, score in ipairs(list.score) do
    local row, column = rows[list.probe_key[i]], columns[list.reference_key[i]]
    local cell = (row - 1) * #gallery + column
    if seen[cell] then
      return nil, ("%s:%d: '%s' and '%s' are compared in line %d"):format(list.path,
        list.line[i], list.reference_key[i], list.probe_key[i], seen[cell]), "FORMAT"
    end
    seen[cell] = list.line[i]
    out:set(score, row, column)
  end
  return out, probe_labels, gallery_labels, { probes = probes, gallery = gallery }
end

-- The last column of each line, converted; and the lines.
local function last_column(path, convert, wanted)
  local text, why, code = lines.read(path)
  if not text then return nil, why, code end
  local list = {}
  for i, one in ipairs(text) do
    local last = one.text:match "(%S+)$"
    list[i] = convert(last)
    if not list[i] then
      return nil, ("%s:%d: '%s' is no %s"):format(path, one.line, last, wanted), "FORMAT"
    end
  end
  if not list[1] then return nil, path .. ": no scores in it", "FORMAT" end
  return list, text
end

--- The scores of one kind of comparison, in the last column of each line.
-- @tparam string path
-- @treturn core.tensor (N) f64, or nil, text, code
function score_files.column(path)
  local list, why, code = last_column(path, number, "score")
  if not list then return nil, why, code end
  return tensor.from(list, "f64")
end

local function count(text)
  return text:find "^%d+$" and math.tointeger(tonumber(text))
end

--- How many scores are 0, 1, 2, ...: a number in each line.
-- @tparam string path
-- @treturn {int,...} for stream.of_histogram, or nil, text, code
function score_files.histogram(path)
  local list, text, code = last_column(path, count, "whole number")
  if not list then return nil, text, code end
  -- A line left out would shift all that follow.
  for i, one in ipairs(text) do
    if one.line ~= i then
      return nil, ("%s:%d: an empty line; each line is a score's"):format(path, i), "FORMAT"
    end
  end
  return list
end

return score_files
