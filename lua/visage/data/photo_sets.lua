--- A folder of photos of people, whichever of the known layouts it has:
--
--     vggface2   n000001/0001_01.jpg in test/, train/ or the folder itself
--     fgnet, agedb, cacd   ages in the names (visage.data.ages)
--     folders    one folder a person, any names in it
local ages = require "visage.data.ages"
local people = require "visage.data.people"
local vggface2 = require "visage.data.vggface2"

local photo_sets = {}

local function from_vggface2(root, images)
  local folder, text, code = vggface2.images(root, images)
  if not folder then return nil, text, code end
  local subjects, why, kind = vggface2.subjects(folder)
  if not subjects then return nil, why, kind end
  local list = {}
  for _, subject in ipairs(subjects) do
    for _, file in ipairs(subject.files) do
      list[#list + 1] = { key = file, path = folder .. "/" .. file, subject = subject.name }
    end
  end
  local part = folder:match "/(t%a+)/*$"
  list.people = (part == "test" or part == "train") and "VGGFace2 " .. part or nil
  if list[1] then return list end
  return nil, folder .. ": no photos in its folders", "FORMAT"
end

local function from_folders(root)
  local subjects, text, code = people.read(root)
  if not subjects then return nil, text, code end
  local list = {}
  for _, subject in ipairs(subjects) do
    for _, path in ipairs(subject.photos) do
      list[#list + 1] = { key = path:sub(#root + 2), path = path, subject = subject.name }
    end
  end
  return list
end

--- The names of the layouts.
photo_sets.layouts = { "vggface2", "fgnet", "agedb", "cacd", "folders" }

-- The first layout that fits: its photos and name.
local function likeliest(root, images)
  local folder = images and root .. "/" .. images or root
  local list = from_vggface2(root, images)
  if list and list[1].subject:find "^n%d+$" then return list, "vggface2" end
  list = ages.read(folder)
  if list then return list, list.layout.name end
  local text, code
  list, text, code = from_folders(folder)
  if list then return list, "folders" end
  if code == "IO" then return nil, text, code end
  return nil, text .. "; nor are there VGGFace2's folders nXXXXXX, or photos named as in FG-NET,"
    .. " AgeDB or CACD", code
end

--- Reads a set.
-- @tparam string root
-- @tparam[opt] table options layout: one of photo_sets.layouts, by default the first that
-- fits; images: SUBDIR of root
-- @treturn {table,...} { path, key, subject, age, sex }, age and sex where names tell them;
-- its fields unfit: photos whose names do not fit; people: "VGGFace2 test" or "VGGFace2
-- train" where it is one of them; or nil, text, code
-- @treturn string the layout
function photo_sets.read(root, options)
  local layout, images = options and options.layout, options and options.images
  local list, name, code
  if not layout then
    list, name, code = likeliest(root, images)
  elseif layout == "vggface2" then
    list, name, code = from_vggface2(root, images)
  elseif layout == "folders" then
    list, name, code = from_folders(images and root .. "/" .. images or root)
  else
    list, name, code = ages.read(images and root .. "/" .. images or root, layout)
  end
  if not list then return nil, name, code end
  list.unfit = list.unfit or {}
  return list, layout or name
end

return photo_sets
