--- VGGFace2 as it is released (Cao et al., FG 2018): ROOT/test/n000001/*.jpg
-- (or train/), ROOT/meta/*.csv and *.txt, ROOT/bb_landmark/*.csv.
-- An image's key is "n000001/0001_01", its file that plus ".jpg".
local csv = require "visage.data.csv"
local folders = require "visage.data.folders"
local lfs = require "lfs"
local lines = require "visage.data.lines"
local system = require "visage.system"

local vggface2 = {}

--- Where a list or CSV of the release lies: in ROOT, meta/ or bb_landmark/.
-- @tparam string root
-- @tparam string name
-- @treturn string path, or nil, text, code
function vggface2.find(root, name)
  for _, folder in ipairs { "", "meta/", "bb_landmark/" } do
    local path = ("%s/%s%s"):format(root, folder, name)
    if lfs.attributes(path, "mode") == "file" then return path end
  end
  return nil, ("%s: no %s in it, in its meta/ or in its bb_landmark/")
    :format(root, name), "IO"
end

--- The folder that holds the subjects' folders.
-- @tparam string root
-- @tparam[opt] string images SUBDIR of root; by default test/, then train/,
-- then root itself, whichever holds folders called nXXXXXX
-- @treturn string path, or nil, text, code
function vggface2.images(root, images)
  local places = { "/test", "/train", "" }
  if images then places = { "/" .. images } end
  for _, place in ipairs(places) do
    for _, name in ipairs(folders.list(root .. place, "directory") or {}) do
      if images or name:find("^n%d+$") then return root .. place end
    end
  end
  return nil, ("%s: no photos in %s; say where they are with --images SUBDIR")
    :format(root, images or "test/, train/ or itself"), "IO"
end

--- Whose photos a folder of images holds, for the record.
-- @tparam string folder as vggface2.images gives it
-- @treturn ?string "VGGFace2 test", "VGGFace2 train", or nil when its name tells neither
function vggface2.people(folder)
  local part = folder:match "([^/]+)/*$"
  return (part == "test" or part == "train") and "VGGFace2 " .. part or nil
end

--- The lines of a list file, such as "n000654/0045_01.jpg".
-- @tparam string path
-- @treturn {string,...} or nil, text, code
-- @treturn {table,...} lines that came before, as visage.data.lines tells them
function vggface2.list(path)
  local list, why, code = lines.read(path)
  if not list then return nil, why, code end
  local files = {}
  for i, line in ipairs(list) do
    if line.text:find "^/" then
      return nil, ("%s:%d: '%s' begins with a /; wanted FOLDER/FILE"):format(path, line.line,
        line.text), "FORMAT"
    end
    files[i] = line.text
  end
  return files, lines.repeated(list)
end

--- Groups a list's files by subject, both in the order of the list.
-- @tparam {string,...} files
-- @treturn {table,...} {name = "n000654", files = {string,...}}
function vggface2.by_subject(files)
  local subjects, index = {}, {}
  for _, file in ipairs(files) do
    local name = file:match("^[^/]+")
    if not index[name] then
      index[name] = { name = name, files = {} }
      subjects[#subjects + 1] = index[name]
    end
    table.insert(index[name].files, file)
  end
  return subjects
end

--- The subjects that lie in a folder of photos, with all their files.
-- @tparam string folder as vggface2.images gives it
-- @treturn {table,...} {name, files = {"n000002/0001_01.jpg",...}}, or nil, text, code
function vggface2.subjects(folder)
  local names, text, code = folders.list(folder, "directory")
  if not names then return nil, text, code end
  local subjects = {}
  for _, name in ipairs(names) do
    local files = folders.photos(folder .. "/" .. name)
    for i, file in ipairs(files) do files[i] = name .. "/" .. file end
    if files[1] then subjects[#subjects + 1] = { name = name, files = files } end
  end
  return subjects
end

--- identity_meta.csv: who is who. Names may hold commas and are quoted.
-- @tparam string path
-- @treturn {table,...} {id, name, samples, train, gender} in the file's order,
-- or nil, text, code
function vggface2.identities(path)
  local records, columns, code = csv.read(path)
  if not records then return nil, columns, code end
  for i, record in ipairs(records) do
    if not (record.Class_ID and record.Name and record.Flag) then
      return nil, ("%s: the columns are %s; wanted Class_ID, Name and Flag"):format(
        path, table.concat(columns, ", ")), "FORMAT"
    end
    records[i] = {
      id = record.Class_ID, name = record.Name,
      samples = tonumber(record.Sample_Num), train = record.Flag == "1",
      gender = record.Gender,
    }
  end
  return records
end

--- loose_bb_*.csv: the authors' boxes, as published (X and Y may be negative).
-- @tparam string path
-- @tparam[opt] table wanted set of keys; by default all
-- @treturn table key -> {x, y, width, height}, or nil, text, code
function vggface2.boxes(path, wanted)
  local text, why, code = system.read_file(path)
  if not text then return nil, why, code end
  local rows, starts, kind = csv.parse(text, { name = path })
  if not rows then return nil, starts, kind end
  local found = {}
  for i = 2, #rows do
    local row = rows[i]
    if not wanted or wanted[row[1]] then
      local values = {}
      for c = 1, 4 do values[#values + 1] = tonumber(row[c + 1]) end
      if #values ~= 4 then
        return nil, ("%s:%d: %s has %d numbers, wanted 4"):format(path, starts[i], row[1],
          #values), "FORMAT"
      end
      found[row[1]] = values
    end
  end
  return found
end

return vggface2
