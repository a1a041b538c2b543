--- The subjects of a template experiment: which photos the definition means,
-- which of them are missing, and the published box of each.
local lfs = require "lfs"
local vggface2 = require "visage.data.vggface2"

local subjects = {}

local function key_of(file) return (file:gsub("%.%w+$", "")) end

local function set_of(list)
  local set = {}
  for _, value in ipairs(list) do set[value] = true end
  return set
end

-- Without a list: every folder's photos (or the files that stand for them), or
-- its first so many.
local function from_folders(definition, folder, files)
  if not folder and not files then
    return nil, ("%s names no list, so photos must be looked for"):format(
      definition.name), "ARGUMENT"
  end
  local list, text, code
  if files then list = vggface2.by_subject(files)
  else list, text, code = vggface2.subjects(folder) end
  if not list then return nil, text, code end
  local count = definition.images_per_subject
  for _, subject in ipairs(list) do
    subject.files = table.move(subject.files, 1,
      math.min(#subject.files, count or math.huge), 1, {})
  end
  return list
end

-- Subjects with their files, from the definition's list or from the folders.
local function named(definition, root, folder, standing)
  if not definition.list then
    return from_folders(definition, folder, standing)
  end
  local path, text, code = vggface2.find(root, definition.list)
  if not path then return nil, text, code end
  local files, repeated, kind = vggface2.list(path)
  if not files then return nil, repeated, kind end
  for i, line in ipairs(repeated) do
    repeated[i] = ("%s:%d: %s is listed again, first in line %d"):format(path, line.line,
      line.text, line.first)
  end
  local list = vggface2.by_subject(files)
  list.repeated = repeated
  return list
end

-- The set of all files of the release; nil when the definition names no
-- inventory or the file is not there.
local function inventory(definition, root)
  local path = definition.inventory and vggface2.find(root, definition.inventory)
  return path and set_of(assert(vggface2.list(path)))
end

--- Reads the subjects.
-- @tparam table definition as visage.templates checks it
-- @tparam table options root: the data; images: SUBDIR of the photos; photos:
-- false when no photo will be opened, then only the inventory tells what is
-- missing; files: stand for the folders' photos where there is no list
-- @treturn {table,...} {name, images = {{file, key, path, missing},...}}, with
-- `repeated`, a text for each line of the list that came before; or nil, text, code
function subjects.read(definition, options)
  local folder, text, code
  if options.photos ~= false then
    folder, text, code = vggface2.images(options.root, options.images)
    if not folder then return nil, text, code end
  end
  local list, why, kind = named(definition, options.root, folder, options.files)
  if not list then return nil, why, kind end
  if not list[1] then
    return nil, ("%s: no subject in %s"):format(definition.name,
      definition.list or folder), "FORMAT"
  end
  local there = inventory(definition, options.root)
  for i, subject in ipairs(list) do
    local images = {}
    for k, file in ipairs(subject.files) do
      local path = folder and folder .. "/" .. file
      images[k] = {
        file = file, key = key_of(file), path = path,
        missing = there and not there[file]
          or path and lfs.attributes(path, "mode") ~= "file" or false,
      }
    end
    list[i] = { name = subject.name, images = images }
  end
  list.repeated = list.repeated or {}
  return list
end

--- Gives the images their published boxes, as x1, y1, x2, y2.
-- @tparam {table,...} list of subjects
-- @tparam string path of a loose_bb_*.csv
-- @treturn boolean true, or nil, text, code
function subjects.add_boxes(list, path)
  local wanted = {}
  for _, subject in ipairs(list) do
    for _, image in ipairs(subject.images) do wanted[image.key] = true end
  end
  local boxes, text, code = vggface2.boxes(path, wanted)
  if not boxes then return nil, text, code end
  for _, subject in ipairs(list) do
    for _, image in ipairs(subject.images) do
      local b = boxes[image.key]
      image.box = b and { b[1], b[2], b[1] + b[3], b[2] + b[4] }
    end
  end
  return true
end

-- Images of all subjects, of those with none missing, and those that are there.
local function counted(list)
  local all, whole, present = 0, 0, 0
  for _, subject in ipairs(list) do
    local missing = 0
    for _, image in ipairs(subject.images) do
      if image.missing then missing = missing + 1 end
    end
    all = all + #subject.images
    present = present + #subject.images - missing
    if missing == 0 then whole = whole + #subject.images end
  end
  return all, whole, present
end

local function has_missing(subject)
  for _, image in ipairs(subject.images) do
    if image.missing then return true end
  end
  return false
end

--- Says which row of a matrix of embeddings belongs to which image. The matrix
-- may hold all listed images, those of the subjects with none missing (the
-- reproduction's 1,980), or all that are not missing.
-- @tparam {table,...} list of subjects, whose images' rows are set
-- @tparam integer rows of the matrix
-- @treturn boolean true, or nil, text, code
function subjects.number(list, rows)
  local all, whole, present = counted(list)
  if rows ~= all and rows ~= whole and rows ~= present then
    return nil, ("%d embeddings; the list has %d images, %d of them of subjects"
      .. " with none missing, %d not missing"):format(rows, all, whole, present),
      "SHAPE"
  end
  local row = 0
  for _, subject in ipairs(list) do
    local skip = rows == whole and rows ~= all and has_missing(subject)
    for _, image in ipairs(subject.images) do
      if rows == all or not skip and not image.missing then
        row = row + 1
        image.row = row
      else
        image.row = nil
      end
    end
  end
  return true
end

return subjects
