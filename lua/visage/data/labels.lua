--- Labels of photos or of people, from the files that carry them.
--
--     a CSV           path,age,sex,anything   one row a photo, by its path; or
--                     subject,race            one row a person
--     identity_meta.csv                       VGGFace2's: Class_ID, ..., Gender
--     MAAD_Face.csv                           Filename,Identity,Male,...: 1 yes, -1 no,
--                                             0 not known (Terhörst et al. 2020)
--     a folder        01-Male.txt ... 11-Mouth_Open.txt, VGGFace2's eleven attributes
--                     of 30,000 photos: "n000002/0032_01.jpg", a tab, 0 or 1
--
-- The column of the key is called path, photo, file or filename, of a person
-- subject, identity, class_id or label, in any case. `age` and `estimated_age` are
-- numbers, `sex` or `gender` m or f; a column of only 1, 0, yes, no, true and false is
-- a binary attribute; any other is a category. An empty field is not known.
-- Photos are found by the last folder and the name of their path, without the
-- extension; by the name alone where the file gives no folder.
local csv = require "visage.data.csv"
local folders = require "visage.data.folders"
local lfs = require "lfs"
local lines = require "visage.data.lines"

local labels = {}

local PATH = { path = true, photo = true, file = true, filename = true }
local SUBJECT = { subject = true, identity = true, class_id = true, label = true }

-- Columns of the known files that are no labels.
local NONE = {
  [""] = true, name = true, sample_num = true, flag = true, status = true, x1 = true, y1 = true,
  x2 = true, y2 = true, score = true,
}

local SPECIAL = { age = "age", estimated_age = "estimated_age", sex = "sex", gender = "sex" }

local BINARY = {
  ["1"] = "yes", yes = "yes", ["true"] = "yes", ["0"] = "no", no = "no", ["false"] = "no",
}
local MAAD = { ["1"] = "yes", ["-1"] = "no", ["0"] = "" }
local SEX = { m = "m", male = "m", f = "f", female = "f" }

--- A photo's key: the last folder and the name of a path, without the extension.
-- @tparam string path
-- @treturn string
-- @usage labels.key("a/n000002/0032_01.jpg") --> "n000002/0032_01"
function labels.key(path)
  local last = path:match "[^/\\]+[/\\][^/\\]+$" or path
  return (last:gsub("\\", "/"):gsub("%.%w+$", ""))
end

local function trimmed(text) return text:match "^%s*(.-)%s*$" end

-- Where the key, a photo's subject and the labels are among the columns.
local function header_of(columns)
  local at = { labels = {} }
  for _, column in ipairs(columns) do
    local name = column:lower()
    if PATH[name] and not at.path then at.path = column
    elseif SUBJECT[name] and not at.subject then at.subject = column
    elseif not NONE[name] then
      local special = SPECIAL[name]
      if special and at[special] then return nil, ("two columns of %s"):format(special) end
      if special then at[special] = true end
      table.insert(at.labels, { column = column, name = special or column, kind = special })
    end
  end
  if not (at.path or at.subject) then
    return nil, ("no column path or subject; the columns are %s"):format(
      table.concat(columns, ", "))
  end
  at.maad = at.path == "Filename" and at.subject == "Identity"
  return at
end

-- Is a column without a known name binary? All its values must be; in MAAD-Face all
-- columns are.
local function kind_of(label, rows, maad)
  if label.kind then return label.kind end
  local binary, some = true, false
  for _, row in ipairs(rows) do
    local value = trimmed(row[label.column]):lower()
    if value ~= "" and not (maad and MAAD[value] or not maad and BINARY[value]) then
      binary = false
    end
    some = some or value ~= ""
  end
  return (binary and some) and "binary" or "category"
end

-- The value of a field, "" when it is not known; nil and what is wrong with it.
local function value_of(kind, text, maad)
  text = trimmed(text)
  if text == "" or kind == "category" then return text end
  if kind == "binary" then return (maad and MAAD or BINARY)[text:lower()] end
  if kind == "sex" then
    return SEX[text:lower()], ("sex is '%s', wants m or f"):format(text)
  end
  local age = tonumber(text)
  if age and age >= 0 and age < math.huge then return age end
  return nil, ("%s is '%s', wants years"):format(kind, text)
end

local function same(a, b)
  for name, value in pairs(a) do
    if b[name] ~= value then return false end
  end
  for name in pairs(b) do
    if a[name] == nil then return false end
  end
  return true
end

-- Puts a row's values under its key; a key that comes again must say the same.
local function put(set, key, values, line)
  local before = set.of[key]
  if not before then
    set.of[key], set.line[key] = values, line
    set.keys[#set.keys + 1] = key
    return true
  end
  if not same(before, values) then
    return nil, ("%s:%d: other labels of %s than in line %d"):format(set.path, line, key,
      set.line[key]), "FORMAT"
  end
  table.insert(set.repeated, { key = key, line = line, first = set.line[key] })
  return true
end

local function new_set(path, by)
  return { path = path, by = by, names = {}, kinds = {}, of = {}, line = {}, keys = {},
    subjects = {}, files = {}, repeated = {} }
end

-- A row's values by name, or nil, text.
local function values_of(set, at, row)
  local values = {}
  for _, label in ipairs(at.labels) do
    local value, wrong = value_of(set.kinds[label.name], row[label.column], at.maad)
    if value == nil then return nil, wrong end
    if value ~= "" then values[label.name] = value end
  end
  return values
end

local function from_rows(path, columns, rows, starts)
  local at, wrong = header_of(columns)
  if not at then return nil, ("%s: %s"):format(path, wrong), "FORMAT" end
  local set = new_set(path, at.path and "path" or "subject")
  for i, label in ipairs(at.labels) do
    set.names[i], set.kinds[label.name] = label.name, kind_of(label, rows, at.maad)
  end
  for i, row in ipairs(rows) do
    local field = row[at.path or at.subject]
    if field == "" then
      return nil, ("%s:%d: a row without a %s"):format(path, starts[i], set.by), "FORMAT"
    end
    local key = at.path and labels.key(field) or field
    local values, fault = values_of(set, at, row)
    if not values then return nil, ("%s:%d: %s"):format(path, starts[i], fault), "FORMAT" end
    local ok, text, code = put(set, key, values, starts[i])
    if not ok then return nil, text, code end
    set.files[key] = set.files[key] or field
    set.subjects[key] = at.path and at.subject and row[at.subject] or nil
  end
  return set
end

-- MAAD-Face has 3.3 million rows of 49 fields, none of them quoted: only those of
-- wanted photos are kept.
local function wanted_rows(path, wanted)
  local columns, rows, starts, number = nil, {}, {}, 0
  for line in io.lines(path) do
    number = number + 1
    local key = columns and labels.key(line:match "^[^,]*")
    if not columns or wanted[key] then
      local parsed, text, code = csv.parse(line, { name = path })
      if not parsed then return nil, text, code end
      if columns and #parsed[1] ~= #columns then
        return nil, ("%s:%d: %d fields, the header has %d"):format(path, number, #parsed[1],
          #columns), "FORMAT"
      end
      local record = {}
      for c, column in ipairs(columns or {}) do record[column] = parsed[1][c] end
      if columns then rows[#rows + 1], starts[#starts + 1] = record, number end
      columns = columns or parsed[1]
    end
  end
  return rows, columns, starts
end

local function is_maad(path)
  local file = io.open(path, "rb")
  if not file then return false end
  local start = file:read(18)
  file:close()
  return start == "Filename,Identity,"
end

-- One of the eleven files into the set.
local function read_attribute(set, file, name)
  local list, text, code = lines.read(set.path .. "/" .. file)
  if not list then return nil, text, code end
  for _, one in ipairs(list) do
    local path, value = one.text:match "^(.-)[\t ]+([01])$"
    if not path then
      return nil, ("%s/%s:%d: '%s', wants a photo, a tab and 0 or 1"):format(set.path, file,
        one.line, one.text), "FORMAT"
    end
    local key = labels.key(path)
    local values = set.of[key]
    if not values then
      values = {}
      set.of[key], set.files[key] = values, path
      set.keys[#set.keys + 1] = key
    end
    if values[name] and values[name] ~= BINARY[value] then
      return nil, ("%s/%s:%d: %s comes twice, with 0 and with 1"):format(set.path, file, one.line,
        path), "FORMAT"
    elseif values[name] then
      table.insert(set.repeated, { key = key, line = one.line })
    end
    values[name] = BINARY[value]
  end
  return true
end

local function read_folder(path)
  local set = new_set(path, "path")
  for _, file in ipairs(folders.list(path, "file")) do
    local name = file:match "^%d+%-(.+)%.txt$"
    if name then
      local ok, text, code = read_attribute(set, file, name)
      if not ok then return nil, text, code end
      set.names[#set.names + 1], set.kinds[name] = name, "binary"
    end
  end
  if set.names[1] then return set end
  return nil, path .. ": no attribute file in it; wanted such as 01-Male.txt", "FORMAT"
end

--- Reads a file, or the folder of VGGFace2's attributes.
-- @tparam string path
-- @tparam[opt] table wanted set of photos' keys; of MAAD-Face's file, which is large,
-- only these rows are read
-- @treturn table { path, by = "path" or "subject", names = {label,...}, kinds = label ->
-- "age", "estimated_age", "sex", "binary" or "category", of = key -> label -> value,
-- keys in the file's order, subjects and files by key (of a file with both columns),
-- repeated = {{ key, line, first },...} }. Values: years, "m" or "f", "yes" or "no", or
-- a text; or nil, text (with the line), code
function labels.read(path, wanted)
  if lfs.attributes(path, "mode") == "directory" then return read_folder(path) end
  local rows, columns, starts
  if wanted and is_maad(path) then rows, columns, starts = wanted_rows(path, wanted)
  else rows, columns, starts = csv.read(path) end
  if not rows then return nil, columns, starts end
  return from_rows(path, columns, rows, starts)
end

--- Gives photos the labels of a set.
-- @tparam {table,...} photos { key or path, subject }; age, sex and the field labels,
-- by name, are set, what they have already stays. An estimated age becomes the age and
-- sets `estimated`
-- @tparam table set of read
-- @treturn integer how many photos the set knows
function labels.add(photos, set)
  local known = 0
  for _, photo in ipairs(photos) do
    local key = labels.key(photo.key or photo.path)
    local values = set.by == "subject" and set.of[photo.subject]
      or set.by == "path" and (set.of[key] or set.of[key:match "[^/]+$"])
    photo.labels = photo.labels or {}
    for name, value in pairs(values or {}) do
      local kind = set.kinds[name]
      if kind == "sex" then photo.sex = photo.sex or value
      elseif kind == "age" then photo.age = photo.age or value
      elseif kind == "estimated_age" then
        photo.estimated = photo.estimated or photo.age == nil
        photo.age = photo.age or value
      elseif photo.labels[name] == nil then photo.labels[name] = value end
    end
    if values then known = known + 1 end
  end
  return known
end

--- The photos that a set names: of a CSV with the columns path and subject.
-- @tparam table set of read
-- @tparam[opt] string folder of relative paths; the file's own by default
-- @treturn {table,...} { path, key, subject }; or nil, text, code
function labels.photos(set, folder)
  folder = folder or set.path:match "^(.*)/[^/]*$" or "."
  local list = {}
  for i, key in ipairs(set.keys) do
    local file, subject = set.files[key], set.subjects[key]
    if not subject or subject == "" then
      return nil, ("%s: %s has no subject; wanted columns path and subject"):format(set.path,
        file or key), "FORMAT"
    end
    list[i] = {
      path = file:sub(1, 1) == "/" and file or folder .. "/" .. file, key = file,
      subject = subject,
    }
  end
  return list
end

return labels
