--- The photos of an experiment with what is known of them: a folder in any of the layouts
-- of visage.data.photo_sets, or a list, and the labels of visage.data.labels.
local labels = require "visage.data.labels"
local lfs = require "lfs"
local options_of = require "visage.experiment.options"
local photo_groups = require "visage.experiment.groups.photos"
local photo_sets = require "visage.data.photo_sets"
local synthetic = require "visage.data.synthetic"
local vggface2 = require "visage.data.vggface2"

local labelled_photos = {}

--- Adds --layout, --list, --labels and --estimated-ages.
-- @tparam table parser argparse's
function labelled_photos.options(parser)
  parser:option("--layout", "How the folder is laid out (by default what its names fit).")
    :choices(photo_sets.layouts)
  parser:option("--list", "CSV of photos, path,subject and any labels, instead of a folder.")
    :argname("FILE")
  parser:option("--labels", "CSVs with a column path (or subject) and any labels, or a folder"
    .. " of VGGFace2's attribute files; several with commas."):argname("FILE,...")
  parser:option("--estimated-ages", "CSV path,age (or subject,age) of estimates: called"
    .. " ESTIMATED in all results."):argname("FILE")
end

-- A file of labels for the photos, which is noted in `files`. With `how` the file was
-- named by the user, so some photo must be in it.
local function add_labels(run, photos, path, files, how)
  local estimated = how and how.estimated
  local wanted = {}
  for _, photo in ipairs(photos) do wanted[labels.key(photo.key)] = true end
  local set = assert(labels.read(path, wanted))
  if estimated then
    if set.kinds.age then set.kinds.age = "estimated_age" end
    if not (set.kinds.age or set.kinds.estimated_age) then
      error(path .. ": no column age", 0)
    end
  end
  local again = set.repeated[1]
  if again then
    run:say("%s:%d: %s again; it counts once (%d such rows)", path, again.line, again.key,
      #set.repeated)
  end
  local known = labels.add(photos, set)
  if known == 0 and how and not run.options.limit then
    error(("%s: no photo here has labels in it; its first is %s, ours %s"):format(path,
      set.keys[1] or "none", set.by == "subject" and photos[1].subject
        or labels.key(photos[1].key)), 0)
  end
  run:say("%s: labels of %d of %d photos", path, known, #photos)
  files[#files + 1] = ("%s (%d of %d photos%s)"):format(path, known, #photos,
    estimated and "; ESTIMATED ages" or "")
end

-- Photos that are not there are failures to acquire.
local function say_missing(run, photos)
  local missing = {}
  for _, photo in ipairs(run.options.embeddings and {} or photos) do
    if lfs.attributes(photo.path, "mode") ~= "file" then missing[#missing + 1] = photo.key end
  end
  if missing[1] then
    run:say("%d of %d photos are not there and count as failures, such as %s", #missing, #photos,
      missing[1])
  end
end

-- The photos of the list or the folder.
local function photos_of(run)
  local o = run.options
  if (o.list ~= nil) == (o.data ~= nil) then
    error("give a folder with --data DIR, or a list with --list FILE", 0)
  end
  if o.list then
    local set = assert(labels.read(o.list))
    local photos = assert(labels.photos(set))
    labels.add(photos, set)
    if set.repeated[1] then run:count("repeated_photos", #set.repeated) end
    return photos, "list"
  end
  local photos, layout = photo_sets.read(o.data, { layout = o.layout, images = o.images })
  if not photos then error(layout, 0) end
  if photos.unfit[1] then
    run:say("%d photos have no age in their names and are left out, such as %s", #photos.unfit,
      photos.unfit[1])
    run:count("unfit_name", #photos.unfit)
  end
  run.data.people = photos.people
  run.synthetic = run.synthetic or synthetic.is_marked(o.data)
  return photos, layout
end

-- The photos of the first subjects that --exclude leaves.
local function kept(run, photos)
  local subjects, seen = {}, {}
  for _, photo in ipairs(photos) do
    if not seen[photo.subject] then
      seen[photo.subject] = true
      subjects[#subjects + 1] = { name = photo.subject }
    end
  end
  local wanted, rest = {}, {}
  for i, subject in ipairs(run:keep(subjects)) do
    if i <= (run.options.limit or math.huge) then wanted[subject.name] = true end
  end
  for _, photo in ipairs(photos) do
    if wanted[photo.subject] then rest[#rest + 1] = photo end
    photo.labels = photo.labels or {}
  end
  run.data.subjects = 0
  for _ in pairs(wanted) do run.data.subjects = run.data.subjects + 1 end
  return rest
end

-- The files that lie with the data, then those that are named.
local function label_photos(run, photos, layout)
  local o, files = run.options, {}
  if layout == "vggface2" then
    local meta = vggface2.find(o.data, "identity_meta.csv")
    if meta then add_labels(run, photos, meta, files) end
    for _, folder in ipairs { "attributes", "meta/attributes" } do
      local path = ("%s/%s"):format(o.data, folder)
      if lfs.attributes(path, "mode") == "directory" then
        add_labels(run, photos, path, files)
      end
    end
  end
  for _, path in ipairs(o.labels and options_of.split(o.labels) or {}) do
    add_labels(run, photos, path, files, {})
  end
  if o.estimated_ages then
    add_labels(run, photos, o.estimated_ages, files, { estimated = true })
  end
  if photo_groups.estimated(photos) then
    run:rule("ages", "ESTIMATED: no measured ages are published for these photos")
  end
  run:rule("labels", files[1] and table.concat(files, ", ") or "none")
end

-- Says of how many photos each label is known.
local function say_known(run, photos)
  local counts, names = {}, {}
  local function count(name)
    if not counts[name] then names[#names + 1] = name end
    counts[name] = (counts[name] or 0) + 1
  end
  for _, photo in ipairs(photos) do
    if photo.age then count "age" end
    if photo.sex then count "sex" end
    for name in pairs(photo.labels) do count(name) end
  end
  table.sort(names)
  for i, name in ipairs(names) do names[i] = ("%s of %d"):format(name, counts[name]) end
  run:say("%d photos of %d people; known: %s", #photos, run.data.subjects,
    names[1] and table.concat(names, ", ") or "nothing else")
end

--- Reads the photos of --data or --list, without the subjects that --exclude and --limit
-- leave out, with the labels that lie beside them or are named. Records name, path, people,
-- subjects and images of the run's data.
-- @tparam table run
-- @treturn {table,...} { path, key, subject, age, estimated, sex, labels = {} }
-- @treturn string the layout, or "list"
function labelled_photos.read(run)
  local o = run.options
  local photos, layout = photos_of(run)
  photos = kept(run, photos)
  say_missing(run, photos)
  label_photos(run, photos, layout)
  say_known(run, photos)
  run.data.name, run.data.path, run.data.images = layout, o.data or o.list, #photos
  return photos, layout
end

return labelled_photos
