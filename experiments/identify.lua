--- Experiment 2 of the VGGFace2 reproduction: who is on a photo?
--
-- A detector finds the faces; the first is cut, resized and shown to a network. Either
-- its softmax head gives names with probabilities, or its embedding is compared with
-- those of a folder of people, one folder a person, of whom each is as near as the best
-- of their photos.
--
--     ./visage experiments/identify.lua photo.jpg
--     ./visage experiments/identify.lua --gallery people --model dlib-resnet photo.jpg
--
-- How often is the name right? --labelled DIR is a folder of photos whose people are
-- known, one folder a person, as LFW's:
--
--     DIR/Tony_Blair/1.jpg  DIR/Tony_Blair/2.jpg  DIR/Hugo_Chavez/1.jpg ...
--
-- With --gallery the folders' names are those of the gallery. The gallery may be DIR
-- itself: then each photo is searched among all others (leave one out). A photo is never
-- compared with the same file, whatever it is called. Without --gallery a folder is
-- called as the network's class (or one of --head's), or n000002 and so on with
-- --identity-meta. Top-1 and
-- top-5 accuracy with Clopper and Pearson's interval, in which a photo without a face
-- counts as an error (.acquired leaves it out); tables of photos, people and confusions;
-- the worst errors as a picture. --limit N: the first N people.
--
-- Published: of A. J. Buckley's photo in keras-vggface's own tests the first name has the
-- probability 0.9790 (vgg16), 0.9182 (resnet50), 0.9994 (senet50). A hundred photos take
-- seconds with a small network, minutes with resnet50 on two cores.
--
--     ./visage experiments/identify.lua --labelled lfw --gallery lfw --model mobilefacenet
--     ./visage experiments/identify.lua --labelled train --identity-meta identity_meta.csv
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local face = require "visage.face"
local folders = require "visage.data.folders"
local gallery = require "visage.experiment.gallery"
local image = require "visage.image"
local lfs = require "lfs"
local models = require "visage.models"
local naming = require "visage.experiment.labelled.naming"
local people = require "visage.experiment.gallery.people"
local search = require "visage.metrics.search"
local softmax_head = require "visage.nn.softmax_head"
local tensor = require "visage.tensor"

-- Boxes and names on the annotated photos.
local GREEN, WHITE, DARK = { 0, 160, 60 }, { 255, 255, 255 }, { 0, 90, 30 }

local function options(parser)
  parser:argument("photos", "Photos, or folders of photos."):args("*")
  parser:option("--labelled", "Photos whose people are known, one folder a person:"
    .. " accuracy, confusions, worst errors."):argname("DIR")
  parser:option("--gallery", "People to compare with, one folder a person; without"
    .. " it the network's own classes."):argname("DIR")
  parser:option("--head", "A softmax layer of finetune_head.lua for the network's embeddings,"
    .. " instead of its own classes."):argname("FILE")
  parser:option("--faces", "Which faces of a photo.")
    :choices { "first", "largest", "centre", "all" }:default("first")
  parser:option("--top", "How many names."):argname("N"):default("5")
    :convert(experiment.whole(1))
  parser:option("--labels", "File of the classes' names (.npy), instead of the"
    .. " manifest's."):argname("FILE")
  parser:option("--identity-meta", "VGGFace2's identity_meta.csv, from which the"
    .. " names are rebuilt when no label file is here."):argname("FILE")
  embeddings.options(parser, {
    crop = "detector_box", detector = "ipazc-0.1.1", whole = true,
  })
end

-- The photos that the command line names, folders opened.
local function photos_of(run)
  local list = {}
  for _, path in ipairs(run.options.photos) do
    if lfs.attributes(path, "mode") == "directory" then
      for _, name in ipairs(assert(folders.photos(path))) do
        list[#list + 1] = path .. "/" .. name
      end
    else
      list[#list + 1] = path
    end
  end
  for i = #list, (run.options.limit or #list) + 1, -1 do list[i] = nil end
  return list
end

-- The face's pixels as the network wants them: aligned by the five points where
-- it was trained so, else the box.
local function cut(run, model, img, found)
  if model.align then
    local points = found.exact and found.exact.points or found.points
    return (face.align(img, points, model.align))
  end
  return face.crop(img, found.box, run.options.crop)
end

-- The faces of a photo that are wanted; none when it cannot be read.
local function faces_of(run, detector, path, rule)
  local img, text = run:timed("decode", image.load, path, { exif = run.options.exif })
  if not img then
    run:count("unreadable")
    run:say("%s", text)
    return nil, {}
  end
  local found = run:timed("detect", detector.detect, detector, img)
  if rule ~= "all" then found = { (face.choose(found, rule, img)) } end
  if not found[1] then
    run:count("no_face")
    run:say("%s: no face found", path)
  end
  return img, found
end

-- The gallery: one row of embeddings for each photo with a face, and whose it is.
local function gallery_of(run, model, detector)
  local o = run.options
  o.choose, o.no_face = o.faces == "all" and "largest" or o.faces, "skip"
  local images = gallery.images(assert(people.of_folder(o.gallery)))
  local all, failed = embeddings.from_network(run, model, detector).embed(images)
  local rows, names = {}, {}
  for i, one in ipairs(images) do
    if failed[i] then
      run:say("%s: %s", one.path, failed[i])
    else
      rows[#rows + 1], names[#names + 1] = all[i], one.subject
    end
  end
  if not rows[1] then error(o.gallery .. ": no face in it", 0) end
  run:metric(model.key .. "/gallery.photos", #images)
  return { rows = tensor.stack(rows, 1), names = names }
end

-- What only photos whose people are known can be asked with.
local function check(run)
  local o = run.options
  if o.labelled and (o.photos[1] or o.faces == "all") then
    error(o.photos[1] and "--labelled names the photos; leave out " .. o.photos[1]
      or "--faces all: of a labelled photo one face is its person's", 0)
  elseif not o.labelled and not o.photos[1] then
    error("no photo to look at; name photos, folders or --labelled DIR", 0)
  elseif not o.labelled and (o.embeddings or o.crop == "whole") then
    error(("%s goes with --labelled"):format(o.embeddings and "--embeddings"
      or "--crop whole"), 0)
  elseif o.embeddings and not o.gallery then
    error("--embeddings holds no classes; it goes with --gallery", 0)
  end
  if o.head and (o.gallery or #o.model > 1) then
    error("--head is for one network, and without --gallery", 0)
  end
  for _, spec in ipairs((o.embeddings or o.gallery or o.head) and {} or o.model) do
    local _, variant = assert(models.find(spec))
    if not variant.classes then
      error(("%s has no softmax head, so no names of its own; give it people with"
        .. " --gallery DIR"):format(spec), 0)
    end
  end
end

local function prepare_photos(run)
  local o = run.options
  if #o.model ~= 1 then error("--model: one network here", 0) end
  local detector = embeddings.detector(run)
  local model = embeddings.models(run, {
    detector = detector, load = { include_top = not (o.gallery or o.head) },
  })[1]
  local head = naming.head(run, model)
  run.data.path = o.photos[1]
  return {
    detector = detector, model = model, photos = photos_of(run), head = head,
    labels = head and head.classes or not o.gallery and naming.labels(run, model) or nil,
  }
end

-- The likeliest classes: {name, score}, with the head's probabilities.
local function by_head(run, tools, pixels)
  local p, best = run:timed("embed", tools.model.embed, tools.model, { pixels }), {}
  if tools.head then p = softmax_head.probabilities(tools.head, p) end
  for i, class in ipairs(models.labels.decode(p, tools.labels, run.options.top)[1]) do
    best[i] = { name = class.name or tostring(class.index), score = class.probability }
  end
  return best
end

-- The people of the best photos, each with the best score of theirs, falling; of equal
-- scores by name. And the score of the last photo.
local function people_of(names, scores, places)
  local list, seen = {}, {}
  for n, place in ipairs(places:totable()) do
    local name = names[place]
    if name and not seen[name] then
      seen[name] = true
      list[#list + 1] = { name = name, score = scores[n] }
    end
  end
  table.sort(list, function(a, b)
    if a.score == b.score then return a.name < b.name end
    return a.score > b.score
  end)
  return list, scores[#scores]
end

-- The likeliest people: each is as near as the best of their photos. Cosines, or
-- distances where the network is made for them; never probabilities.
local function by_gallery(run, tools, pixels)
  local model, there, top = tools.model, tools.gallery, run.options.top
  local euclidean = model.distance == "euclidean"
  local probe = run:timed("embed", model.embed, model, { pixels })
  local k, best, last = top
  -- More photos until nobody can be missing, for one person may have all the best.
  repeat
    k = math.min(8 * k, #there.names)
    local scores, places = search.best(probe, there.rows, {
      k = k, score = euclidean and "euclidean" or "cosine",
    })
    best, last = people_of(there.names, scores[1], places[1])
  until k == #there.names or best[top] and best[top].score > last
  if not best[1] then error("an embedding without a length is like nobody's", 0) end
  for i = #best, top + 1, -1 do best[i] = nil end
  for _, one in ipairs(best) do one.score = euclidean and -one.score or one.score end
  return best
end

-- What the network's own rule says of a distance.
local function verdict(tools, score)
  local limit = tools.gallery and tools.model.threshold
  if not limit or tools.model.distance ~= "euclidean" then return "" end
  return score < limit and ("  same person (below %.1f)"):format(limit)
    or ("  not below %.1f"):format(limit)
end

-- What is written beside a face: a name only where a rule gives one.
local function label(best, tools)
  local sure = not tools.gallery or verdict(tools, best.score):find("same person")
  return ("%s%s %.3f"):format(sure and "" or "nearest ", best.name, best.score)
end

local function annotate(img, found, best, tools)
  local size = math.max(14, img:size(1) // 45)
  image.draw_box(img, found.box, { color = GREEN, width = math.max(2, size // 7) })
  for _, point in ipairs(found.points) do
    image.draw_point(img, point[1], point[2], { color = GREEN, radius = size // 7 })
  end
  image.draw_text(img, found.box[1], math.max(0, found.box[2] - 1.4 * size // 1),
    label(best[1], tools), { color = WHITE, size = size, background = DARK })
end

-- Names one face: prints, records and draws it.
local function identify(run, tools, photo, number, img, found, drawn)
  local pixels = cut(run, tools.model, img, found)
  if not pixels then
    run:count("empty_crop")
    return run:say("%s: face %d leaves no pixels to cut", photo, number)
  end
  local best = (tools.gallery and by_gallery or by_head)(run, tools, pixels)
  local b = found.box
  run:print("%s, face %d at %.0f,%.0f, %.0f x %.0f, score %.4f", photo, number,
    b[1], b[2], b[3] - b[1], b[4] - b[2], found.score)
  for rank, one in ipairs(best) do
    run:print("  %d. %-28s %s %.4f%s", rank, one.name, tools.kind, one.score,
      verdict(tools, one.score))
    table.insert(tools.rows, {
      photo, number, b[1], b[2], b[3], b[4], found.score, rank, one.name, one.score,
    })
  end
  annotate(drawn, found, best, tools)
end

local function name_photos(run, tools)
  local model = tools.model
  tools.gallery = run.options.gallery and gallery_of(run, model, tools.detector)
  tools.kind = not tools.gallery and "probability"
    or model.distance == "euclidean" and "distance" or "similarity"
  tools.rows = run:table("faces", { "photo", "face", "x1", "y1", "x2", "y2",
    "detector_score", "rank", "name", tools.kind }).rows
  run:rule("score", tools.kind)
  run:rule("names", naming.rule(run.options))
  run:rule("faces", run.options.faces)
  local faces = 0
  for i, photo in ipairs(tools.photos) do
    local img, found = faces_of(run, tools.detector, photo, run.options.faces)
    local drawn = img and img:clone()
    for k, one in ipairs(found) do
      identify(run, tools, photo, k, img, one, drawn)
      faces = faces + 1
    end
    if found[1] then
      local name = photo:match("([^/]*)%.%w+$") or photo:match("[^/]*$")
      assert(image.save(drawn, run:picture(("%02d_%s.png"):format(i, name), {
        title = photo:match("[^/]*$"), faces = true,
      })))
    end
  end
  run.data.images = #tools.photos
  run:metric(model.key .. "/photos", #tools.photos)
  run:metric(model.key .. "/faces", faces)
  if faces == 0 then error("no face in any of the photos", 0) end
end

local function prepare(run)
  check(run)
  return run.options.labelled and naming.prepare(run) or prepare_photos(run)
end

local function main(run, opened)
  if run.options.labelled then return naming.run(run, opened) end
  return name_photos(run, opened)
end

os.exit(experiment.main({
  name = "identify", model = "resnet50", data = false,
  summary = "Experiment 2: names of the faces on photos, by a network's own classes or against"
    .. " --gallery DIR, one folder a person. --labelled DIR, one folder a person: top-1 and"
    .. " top-5 accuracy, confusions and worst errors; DIR may be the gallery itself (leave"
    .. " one out). Seconds for a hundred photos and a small network.",
  question = "Who is on the photos, and where that is known: how often is the name right?",
  options = options, prepare = prepare, run = main,
}, arg), true)
