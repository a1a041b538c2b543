--- Whose photos there are: in a folder with one folder a person, in two of them, or in
-- the CSV of an extraction. A person is { name, images }; an image { file =
-- "NAME/1.jpg", key, path, subject }.
local experiment_options = require "visage.experiment.options"
local extraction = require "visage.data.extraction"
local folders = require "visage.data.people"
local synthetic = require "visage.data.synthetic"
local vggface2 = require "visage.data.vggface2"

local people = {}

local function person_of(name, files, folder)
  local images = {}
  for i, file in ipairs(files) do
    local below = ("%s/%s"):format(name, file)
    images[i] = {
      file = below, key = (below:gsub("%.%w+$", "")), subject = name,
      path = folder and ("%s/%s"):format(folder, below) or below,
    }
  end
  return { name = name, images = images }
end

-- The people of an extraction's CSV files: the folder of a photo is its person. A photo
-- that is there again counts once, or it could be enrolled and searched with.
local function from_extraction(run, paths)
  local files, text, code = extraction.files(experiment_options.split(paths))
  if not files then return nil, text, code end
  local seen, once = {}, {}
  for _, file in ipairs(files) do
    if not seen[file] then once[#once + 1] = file end
    seen[file] = true
  end
  if #once < #files then
    run:say("%s: %d photos are there again; each counts once", paths, #files - #once)
    run:count("repeated_photos", #files - #once)
  end
  table.sort(once)
  local list = vggface2.by_subject(once)
  for i, one in ipairs(list) do
    for k, file in ipairs(one.files) do one.files[k] = file:match "[^/]+$" end
    list[i] = person_of(one.name, one.files)
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- The people of a folder with one folder a person.
-- @tparam string folder
-- @treturn {table,...} { name, images = { { file = "NAME/1.jpg", key, path, subject } } }
-- in byte order, or nil, text, code
function people.of_folder(folder)
  local found, text, code = folders.read(folder)
  if not found then return nil, text, code end
  local list = {}
  for i, person in ipairs(found) do
    local files = {}
    for k, path in ipairs(person.photos) do files[k] = path:match "[^/]+$" end
    list[i] = person_of(person.name, files, folder)
  end
  return list
end

--- Whose photos a folder holds, for run.data.people, which the harness holds against a
-- network's training data: known where it is named and looks as VGGFace2's.
-- @tparam string folder
-- @tparam {table,...} list of of_folder
-- @treturn ?string "VGGFace2 test" or "VGGFace2 train"
function people.set_of(folder, list)
  return ({ test = "VGGFace2 test", train = "VGGFace2 train" })[
    list[1].name:find "^n%d%d%d%d%d%d$" and folder:match "([^/]*)/*$"]
end

local function images_of(list)
  local images = {}
  for _, person in ipairs(list) do
    table.move(person.images, 1, #person.images, #images + 1, images)
  end
  return images
end

-- Those whom --exclude leaves, the first --limit of them.
local function some(run, list)
  list = run:keep(list)
  for i = #list, (run.options.limit or #list) + 1, -1 do list[i] = nil end
  return list
end

--- The people that --data and --images mean: VGGFace2's test/ or train/, or any folder
-- with one folder a person; those of --embeddings X.csv where there is no --data.
-- --limit takes the first so many, after --exclude.
-- @tparam table run
-- @treturn {table,...} as of_folder's
-- @treturn {table,...} images of everyone there, also of those left out
function people.read(run)
  local o = run.options
  local list
  if o.data then
    local folder = o.images and ("%s/%s"):format(o.data, o.images)
      or vggface2.images(o.data) or o.data
    list = assert(people.of_folder(folder))
    run.data.path, run.data.photos = o.data, folder
    run.data.people = people.set_of(folder, list)
    run.synthetic = run.synthetic or synthetic.is_marked(o.data)
  elseif o.embeddings and o.embeddings:find "%.csv$" then
    list = assert(from_extraction(run, o.embeddings))
    run.data.path = o.embeddings
  else
    error("--data DIR says where the photos are, one folder a person", 0)
  end
  local everyone = images_of(list)
  return some(run, list), everyone
end

--- The people of two folders, --gallery's and the strangers'. --limit takes the first so
-- many of each.
-- @tparam table run
-- @tparam string enrolled folder with one folder a person
-- @tparam string strangers the same
-- @treturn {table,...} as of_folder's
-- @treturn {table,...}
-- @treturn {table,...} images of everyone, also of those left out
function people.read_two(run, enrolled, strangers)
  local lists, everyone, folder_of = {}, {}, {}
  for i, folder in ipairs { enrolled, strangers } do
    local list = assert(people.of_folder(folder))
    local images = images_of(list)
    table.move(images, 1, #images, #everyone + 1, everyone)
    for _, person in ipairs(list) do
      if folder_of[person.name] then
        error(("%s is in %s and in %s; who is enrolled is no stranger"):format(person.name,
          folder_of[person.name], folder), 0)
      end
      folder_of[person.name] = folder
    end
    lists[i] = some(run, list)
    run.synthetic = run.synthetic or synthetic.is_marked(folder)
  end
  run.data.path = enrolled
  return lists[1], lists[2], everyone
end

return people
