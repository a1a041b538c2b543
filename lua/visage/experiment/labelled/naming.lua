--- Photos whose people are known, named by a network's classes or by a gallery of
-- people: what identify.lua does with --labelled. The photos and what the answers are
-- worth are visage.experiment.labelled.people's.
local embeddings = require "visage.experiment.embeddings"
local gallery = require "visage.experiment.gallery"
local identification = require "visage.metrics.identification"
local labelled = require "visage.experiment.labelled.people"
local people = require "visage.experiment.gallery.people"
local similarity = require "visage.metrics.similarity"
local softmax_head = require "visage.nn.softmax_head"
local system = require "visage.system"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"

local naming = {}

local NAN = 0 / 0

-- Scores that are held at a time, for memory not to grow with photos times photos.
local TILE = 5000000

--- Names of the softmax head's classes; nil, and a remark, where there are none and
-- none were asked for.
-- @tparam table run options labels and identity_meta
-- @tparam table model
-- @treturn ?{string,...} as published, with a leading blank where they have one
function naming.labels(run, model)
  local o = run.options
  local found, text = model:labels {
    file = o.labels, identity_meta = o.identity_meta,
  }
  if not found then
    if o.labels or o.identity_meta then error(text, 0) end
    run:say("no names of the classes here, so they keep their numbers, from 0;"
      .. " ./visage weights get labels-%s --accept-terms, or --identity-meta FILE",
      model.label_version)
    run:rule("labels", "none: indices from 0")
    return nil
  end
  if found.rebuilt then run:say("names rebuilt from %s", found.path) end
  run:rule("labels", ("%s%s"):format(found.version, found.rebuilt and ", rebuilt" or ""))
  return found.names
end

--- Whose embeddings a network gives, in words that fit no other.
-- @tparam table model of visage.models
-- @treturn string
function naming.features(model)
  return ("%s:%s, weights %s"):format(model.name, model.variant,
    model.weights.sha256 and "sha256 " .. model.weights.sha256 or "of no file")
end

--- The layer of --head, which must be made for the network's embeddings.
-- @tparam table run
-- @tparam table model
-- @treturn ?table of visage.nn.softmax_head; nil where none is asked for
function naming.head(run, model)
  local path = run.options.head
  if not path then return nil end
  local head = assert(softmax_head.load(path))
  if head.weight:size(2) ~= model.dimension then
    error(("%s: a layer for %d numbers; %s's embeddings have %d"):format(path,
      head.weight:size(2), model.key, model.dimension), 0)
  end
  local features = naming.features(model)
  if head.features and head.features ~= features then
    error(("%s: trained on embeddings of %s; here they are of %s"):format(path, head.features,
      features), 0)
  end
  run:rule("head", ("%s, sha256 %s"):format(path, system.sha256_file(path)))
  return head
end

--- What gives the names, in words.
-- @tparam table o options gallery, head
-- @treturn string
function naming.rule(o)
  return o.gallery and "each person is as near as the best of their photos"
    or o.head and "the classes of --head" or "the classes of the network's softmax head"
end

-- ---- whose names the folders have ----

-- A name whatever stands for its blanks.
local function plain(name) return (name:gsub("^%s+", ""):gsub("%s", "_"):lower()) end

-- Gives the photos the name that each should get, which `by` has for their folder's; a
-- folder without one is an error.
local function name_truths(run, list, by, what)
  local unknown = {}
  for _, person in ipairs(list) do
    local name = by[person.name] or by[plain(person.name)]
    if not name then unknown[#unknown + 1] = person.name end
    for _, one in ipairs(person.images) do one.truth = name end
  end
  if unknown[1] then
    error(("%s: %d of %d people are not %s: %s"):format(run.options.labelled, #unknown, #list,
      what, table.concat(unknown, ", ")), 0)
  end
end

-- Those whom --exclude leaves, the first --limit of them.
local function some(run, list)
  list = run:keep(list)
  for i = #list, (run.options.limit or #list) + 1, -1 do list[i] = nil end
  if not list[1] then error(run.options.labelled .. ": nobody is left", 0) end
  return list
end

-- ---- by the network's own classes ----

-- Class names by what a folder may be called: the class's name, or its number in
-- identity_meta.csv.
local function classes_by_folder(run, names)
  local by, path = {}, run.options.identity_meta
  for _, name in ipairs(names) do by[plain(name)] = name end
  for _, one in ipairs(path and assert(vggface2.identities(path)) or {}) do
    by[one.id] = by[one.id] or by[plain(one.name)]
  end
  return by
end

local function name_by_classes(run, study, source)
  name_truths(run, study.people, classes_by_folder(run, source.names),
    "among the network's classes")
end

-- The names of each source's classes; folders that are none of them show at once.
local function prepare_classes(run, study)
  for _, source in ipairs(study.sources) do
    source.head = naming.head(run, source.model)
    local names = source.head and source.head.classes or naming.labels(run, source.model)
    if not names then
      error("labelled photos want the classes' names: --labels FILE or --identity-meta FILE", 0)
    end
    for c, name in ipairs(names) do names[c] = name:gsub("^%s+", "") end
    source.names = names
    name_by_classes(run, study, source)
  end
end

local function by_classes(run, study, source)
  name_by_classes(run, study, source)
  local scores, failed = source.embed(study.images)
  if source.head then scores = softmax_head.probabilities(source.head, scores) end
  local answers = labelled.answers(study.images, scores, source.names, failed, run.options.top)
  return answers, { kind = "probability", classes = #source.names }
end

-- ---- by a gallery ----

local function folder_of(path) return (path:gsub("(.)/+$", "%1")) end

-- The gallery's photos, those of the labelled folder as they stand there, and its
-- people's names; `everyone` gets the other files.
local function read_gallery(run, found, everyone)
  local o, by_path, entries, by = run.options, {}, {}, {}
  for _, one in ipairs(everyone) do by_path[one.path] = one end
  local list, files = found, {}
  if folder_of(o.gallery) ~= folder_of(o.labelled) then
    list, files = labelled.read(run, o.gallery)
  end
  for _, one in ipairs(files) do
    if not by_path[one.path] then everyone[#everyone + 1] = one end
  end
  for _, person in ipairs(list) do
    by[person.name], by[plain(person.name)] = person.name, person.name
    for _, one in ipairs(person.images) do entries[#entries + 1] = by_path[one.path] or one end
  end
  return entries, by
end

local function same_file(a, b)
  return a == b or a.hash ~= nil and a.hash == b.hash
end

-- People with photos of whom the gallery has another one than the photo itself.
local function with_others(run, list, entries)
  local of, rest = {}, {}
  for _, entry in ipairs(entries) do
    of[entry.subject] = of[entry.subject] or {}
    table.insert(of[entry.subject], entry)
  end
  for _, person in ipairs(list) do
    local kept = {}
    for _, one in ipairs(person.images) do
      local others = false
      for _, entry in ipairs(of[one.truth]) do others = others or not same_file(one, entry) end
      kept[#kept + 1] = others and one or nil
    end
    if kept[1] and #kept < #person.images then
      run:count("no_other_photo", #person.images - #kept)
    end
    person.images = kept
    rest[#rest + 1] = kept[1] and person
    if not kept[1] then run:omit(person.name, "no other photo of the person in the gallery") end
  end
  return rest
end

-- Which columns hold the file of each hash.
local function columns_by_hash(entries)
  local columns = {}
  for c, entry in ipairs(entries) do
    local key = entry.hash or entry
    columns[key] = columns[key] or {}
    table.insert(columns[key], c)
  end
  return columns
end

-- What photos are compared with.
local function searcher_of(study, source, rows)
  local euclidean, owners = source.score == "euclidean", {}
  for c, entry in ipairs(study.entries) do owners[c] = entry.subject end
  return {
    source = source, rows = rows, sign = euclidean and -1 or 1, entries = study.entries,
    compare = euclidean and similarity.euclidean_matrix or similarity.cosine_matrix,
    entry_rows = gallery.pick(rows, gallery.places(study.entries)), owners = owners,
    columns = columns_by_hash(study.entries),
  }
end

-- Similarities (n, N) of some photos and the gallery's; NaN of a photo with its own
-- file, and how many these are.
local function similarities(s, images)
  local probes = gallery.pick(s.rows, gallery.places(images))
  local matrix, left_out = s.compare(probes, s.entry_rows) * s.sign, 0
  for i, one in ipairs(images) do
    for _, c in ipairs(s.columns[one.hash or one] or {}) do
      matrix:set(NAN, i, c)
      left_out = left_out + 1
    end
  end
  return matrix, left_out
end

-- Similarities (P, S) of all photos and the people, some photos at a time; the people;
-- how often a photo was left out of its own search.
local function search(s, images)
  local step = math.max(1, TILE // #s.entries)
  local parts, names, all = {}, nil, 0
  for first = 1, #images, step do
    local some_images = table.move(images, first, math.min(first + step - 1, #images), 1, {})
    local matrix, left_out = similarities(s, some_images)
    parts[#parts + 1], names = identification.by_subject(matrix, s.owners)
    all = all + left_out
  end
  return tensor.cat(parts, 1), names, all
end

-- The best photo of the person that was named, and the best of the right one.
local function beside(s, answer)
  local best, row = {}, similarities(s, { answer.image })[1]
  for c, entry in ipairs(s.entries) do
    local score, other = row[c], best[entry.subject]
    if score == score and (not other or score > other.score) then
      best[entry.subject] = { score = score, entry = entry }
    end
  end
  local cells = {}
  for _, name in ipairs { answer.ranked[1].name, answer.truth } do
    local one = best[name]
    cells[#cells + 1] = one and {
      image = s.source.picture(one.entry), mark = name == answer.truth and "good" or nil,
      text = ("%s %.3f"):format(name, s.sign * one.score),
    }
  end
  return cells
end

local function by_gallery(run, study, source)
  local rows, failed = gallery.embed(source, study.all)
  local s, lost = searcher_of(study, source, rows), {}
  local scores, names, left_out = run:timed("score", search, s, study.images)
  for i, one in ipairs(study.images) do lost[i] = failed[one.place] end
  run:metric(source.name .. "/gallery.photos", #study.entries)
  run:metric(source.name .. "/gallery.same_file", left_out)
  return labelled.answers(study.images, scores, names, lost, run.options.top), {
    kind = s.sign < 0 and "distance" or "similarity", classes = #names,
    beside = function(answer) return beside(s, answer) end,
  }
end

-- ---- the experiment ----

-- Photos of both lists, each once, with their places.
local function union(images, entries)
  local all, there = {}, {}
  for _, list in ipairs { images, entries or {} } do
    for _, one in ipairs(list) do
      if not there[one] then
        all[#all + 1], there[one] = one, true
        one.place = #all
      end
    end
  end
  return all
end

-- The photos that are named, those of the gallery, all that are looked at, and those of
-- everyone in the folders: the labelled one's, then the others of the gallery.
local function read(run)
  local o = run.options
  local found, everyone = labelled.read(run, o.labelled)
  local study = { everyone = everyone }
  run.data.people = people.set_of(o.labelled, found)
  study.people = some(run, table.move(found, 1, #found, 1, {}))
  if o.gallery then
    local by
    study.entries, by = read_gallery(run, found, everyone)
    name_truths(run, study.people, by, "in the gallery " .. o.gallery)
    study.people = with_others(run, study.people, study.entries)
  end
  study.images = gallery.images(study.people)
  study.all = union(study.images, study.entries)
  if not study.images[1] then error(o.labelled .. ": nobody can be found", 0) end
  return study
end

--- Reads the photos and opens what names them.
-- @tparam table run options labelled, gallery, head, labels, identity_meta, faces, top and
-- those of embeddings.options
-- @treturn table study, for naming.run
function naming.prepare(run)
  local o = run.options
  local study = read(run)
  o.choose, o.no_face = o.faces, "skip"
  if o.crop == "whole" then o.detector = nil end
  study.sources = embeddings.sources(run, study.all, {
    load = { include_top = not (o.gallery or o.head) },
    number = gallery.number(run, study.everyone),
  })
  if not o.gallery then prepare_classes(run, study) end
  run.data.name, run.data.path = "labelled photos", o.labelled
  return study
end

--- Names the photos and records what the names are worth.
-- @tparam table run
-- @tparam table study
function naming.run(run, study)
  local o, scores = run.options, {}
  run.data.subjects, run.data.images = #study.people, #study.images
  for _, source in ipairs(study.sources) do
    local answers, how = (o.gallery and by_gallery or by_classes)(run, study, source)
    how.top, how.picture = o.top, source.picture
    scores[source.name] = how.kind
    labelled.judge(run, source.name, answers, how)
  end
  run:rule("score", scores)
  run:rule("names", naming.rule(o) .. (o.gallery and "; a photo is not compared with the same"
    .. " file" or ""))
  run:rule("faces", o.crop == "whole" and "the whole photo" or o.faces)
end

return naming
