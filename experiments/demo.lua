--- The demonstration: real photos with real weights as far as they can be had,
-- then experiment 1 on a tree that is drawn here, then what could not be shown.
--
--     make demo
--     ./visage experiments/demo.lua [FOLDER]
--
-- Its last line is `real n/m, synthetic k`: n of m steps on real photos done, k
-- on drawn ones. With no real step done it exits 1.
local argparse = require "argparse"
local csv = require "visage.data.csv"
local face = require "visage.face"
local image = require "visage.image"
local models = require "visage.models"
local similarity = require "visage.metrics.similarity"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local tensor = require "visage.tensor"
local weights = require "visage.weights"

local parser = argparse("demo", "Real photos with real weights, as far as they can"
  .. " be had, then experiment 1 on drawn ones.")
parser:argument("folder", "Folder for what it makes (default: runs/demo)."):args("?")
local parsed, options = parser:pparse()
if not parsed then
  io.stderr:write("demo: ", options, "; --help tells how\n")
  os.exit(2, true)
end
local OUT = options.folder or "runs/demo"

-- Photos of people and what is made of them are for their user alone.
local PRIVATE, PRIVATE_FILE = 448, 384 -- 0700, 0600

-- The photos of the source package face_recognition 1.3.0. `of`: what makes a
-- photo another one's copy, which proves nothing when compared with it.
local PHOTOS = {
  { file = "obama.jpg", person = "obama", gallery = true },
  { file = "biden.jpg", person = "biden", gallery = true },
  { file = "obama2.jpg", person = "obama" },
  { file = "obama3.jpg", person = "obama" },
  { file = "32bit.png", of = "obama2.jpg saved again as PNG" },
  { file = "obama_partial_face.jpg", of = "the right part of obama.jpg" },
  { file = "obama_partial_face2.jpg", of = "the left part of obama.jpg" },
}

local function heading(format, ...)
  print(("\n== " .. format .. " =="):format(...))
end

-- Runs another script of ours as its user would, and shows how.
local function run_script(script, ...)
  print(table.concat({ "$ ./visage", script, ... }, " "))
  io.stdout:flush()
  local command = { system.program(), system.root() .. "/" .. script, ... }
  command.each = function(piece) io.stdout:write(piece) end
  return system.run(command) == 0
end

-- Fetches what is not here; true, or says exactly what cannot be had.
local function fetch(name, what)
  local paths, text = weights.get(name, { quiet = not system.isatty(2) })
  if paths then
    print(("%s: %d file%s in %s"):format(what, #paths, #paths == 1 and "" or "s",
      paths[1]:match("^(.*)/")))
    return true
  end
  print(("%s cannot be had: %s"):format(what, text))
  return false
end

local function photo_path(file)
  local path = assert(weights.find("demo/" .. file))
  return path
end

-- Copies the gallery's photos to OUT/gallery/PERSON/.
local function make_gallery()
  for _, photo in ipairs(PHOTOS) do
    if photo.gallery then
      local folder = ("%s/gallery/%s"):format(OUT, photo.person)
      assert(system.mkdir_p(folder, PRIVATE))
      assert(system.write_file(folder .. "/" .. photo.file,
        assert(system.read_file(photo_path(photo.file)))))
    end
  end
  return OUT .. "/gallery"
end

local function name_faces()
  heading("Who is on these photos? One photo of each of two people is the gallery")
  local words = { "experiments/identify.lua", "--model", "dlib-resnet", "--gallery",
    make_gallery(), "--force", "--quiet", "--out", OUT .. "/identify" }
  for _, photo in ipairs(PHOTOS) do
    if photo.person and not photo.gallery then
      words[#words + 1] = photo_path(photo.file)
    end
  end
  local ok = run_script(table.unpack(words))
  if ok then
    print(("Joe Biden has one photo only, so none is left to ask about.\n"
      .. "annotated photos: %s/identify/*.png"):format(OUT))
  end
  return ok
end

-- Embeddings of the photos that are nobody's copy, and these photos.
local function embed_photos()
  local items, photos = {}, {}
  for _, photo in ipairs(PHOTOS) do
    if photo.person then
      items[#items + 1] = { image = photo_path(photo.file), key = photo.file }
      photos[#photos + 1] = photo
    else
      print(("excluded: %s is %s"):format(photo.file, photo.of))
    end
  end
  local model = assert(models.load("dlib-resnet"))
  local detector = assert(face.detector { profile = "ipazc-0.1.1" })
  return face.embed(items, { model = model, detector = detector }), photos, model
end

local function compare()
  heading("Distances of every independent pair, beside the published rule")
  local rows, photos, model = embed_photos()
  print(("alignment %s: made from MTCNN's five points, not dlib's own, so the\n"
    .. "published rule (same person below %.1f) is a comparison, not a claim about it"
    ):format(model.align, model.threshold))
  local distances = similarity.euclidean_matrix(rows, rows)
  local columns = { "photo1", "photo2", "same_person", "distance", "rule_says_same" }
  local lines, right = {}, 0
  for i = 1, #photos do
    for j = i + 1, #photos do
      local same = photos[i].person == photos[j].person
      local distance = distances:get(i, j)
      local said = distance < model.threshold
      right = right + (same == said and 1 or 0)
      lines[#lines + 1] = { photos[i].file, photos[j].file, same, distance, said }
      print(("  %-11s %-11s %-9s %.4f  rule: %-9s %s"):format(photos[i].file,
        photos[j].file, same and "same" or "different", distance,
        said and "same" or "different", same == said and "right" or "WRONG"))
    end
  end
  print(("the rule is right for %d of %d pairs; biden.jpg and obama3.jpg are cut from"
    .. " one photograph"):format(right, #lines))
  assert(system.write_file(OUT .. "/distances.csv", csv.format(columns, lines),
    PRIVATE_FILE))
  print(OUT .. "/distances.csv")
  return true
end

local function detect()
  heading("Where are the faces?")
  local detector = assert(face.detector { profile = "ipazc-0.1.1" })
  assert(system.mkdir_p(OUT .. "/faces", PRIVATE))
  for _, photo in ipairs(PHOTOS) do
    local img = assert(image.load(photo_path(photo.file)))
    local found = detector:detect(img)
    for _, one in ipairs(found) do
      image.draw_box(img, one.box, { color = { 0, 160, 60 }, width = 3 })
      for _, point in ipairs(one.points) do
        image.draw_point(img, point[1], point[2], { color = { 0, 160, 60 }, radius = 3 })
      end
    end
    local best = found[1]
    print(("  %-24s %d face%s%s"):format(photo.file, #found, #found == 1 and "" or "s",
      best and (", the first at %.0f,%.0f, %.0f x %.0f, score %.4f"):format(best.box[1],
        best.box[2], best.box[3] - best.box[1], best.box[4] - best.box[2], best.score)
        or ""))
    assert(image.save(img, ("%s/faces/%s.png"):format(OUT,
      photo.file:match("^(.*)%.%w+$"))))
  end
  print(("annotated photos: %s/faces/*.png"):format(OUT))
  return true
end

local function age_on_drawings(model)
  heading("SYNTHETIC: experiment 1 on faces that are drawn here; no number is real")
  local root = OUT .. "/drawn"
  system.remove_tree(root)
  local lacking = synthetic.draw(root, 6, tensor.generator(1))
  print(("SYNTHETIC  6 drawn subjects of 20 photos; %s lacks one and is left out")
    :format(lacking))
  local ok = run_script("experiments/age_templates.lua", "--data", root, "--model", model,
    "--force", "--quiet", "--no-cache", "--out", OUT .. "/age_templates")
  if ok then print(("SYNTHETIC  numbers and heat map: %s/age_templates"):format(OUT)) end
  return ok
end

local NOT_SHOWN = [[
ResNet-50 and SE-ResNet-50 (their files have no stated licence, so they are
fetched only when you accept the terms), five names with probabilities:
  ./visage weights get resnet50-keras labels-v2 --accept-terms
  ./visage experiments/identify.lua PHOTO.jpg
experiment 1 as published (the photos of VGGFace2 come from its authors):
  ./visage weights get resnet50-keras-notop senet50-keras-notop --accept-terms
  ./visage experiments/age_templates.lua --data /path/to/vggface2]]

-- A step that fails says why, and the demonstration goes on.
local function attempt(step, ...)
  local ok, result = pcall(step, ...)
  if not ok then print("failed: " .. tostring(result)) end
  return ok and result
end

local function main()
  assert(system.mkdir_p(OUT, PRIVATE))
  heading("Weights and photos")
  local mtcnn = fetch("mtcnn", "MTCNN")
  local dlib = fetch("dlib-resnet", "dlib's face ResNet")
  local photos = fetch("demo-photos", "photos of face_recognition 1.3.0")
  local steps = {
    { detect, mtcnn and photos }, { name_faces, mtcnn and dlib and photos },
    { compare, mtcnn and dlib and photos },
  }
  local real = 0
  for _, step in ipairs(steps) do
    if step[2] and attempt(step[1]) then real = real + 1 end
  end
  -- Without dlib's network the drawn tree still shows the experiment.
  local drawn = attempt(age_on_drawings, dlib and "dlib-resnet" or "tiny") and 1 or 0
  heading("What could not be shown here, and how to see it")
  print(NOT_SHOWN)
  print(("real %d/%d, synthetic %d"):format(real, #steps, drawn))
  return real > 0 and 0 or 1
end

os.exit(main(), true)
