--- A small tree in VGGFace2's shape with faces that it draws itself, for trying
-- pipelines without photos of people. Nothing measured on it says anything about
-- faces: a file SYNTHETIC marks the tree, and experiments mark their results.
local image = require "visage.image"
local lfs = require "lfs"
local system = require "visage.system"
local tensor = require "visage.tensor"

local synthetic = {}

local MARK = "SYNTHETIC"
local WIDTH, HEIGHT, PHOTOS = 120, 140, 20
local DARK, WHITE = { 30, 25, 25 }, { 245, 245, 245 }

local function between(random, low, high)
  return low + (high - low) * random:uniform()
end

local function colour(random, low, high)
  return { between(random, low, high) // 1, between(random, low, high) // 1,
    between(random, low, high) // 1 }
end

-- What stays the same in all photos of a subject.
local function subject_of(random)
  return {
    skin = { between(random, 120, 240) // 1, between(random, 90, 200) // 1,
      between(random, 70, 170) // 1 },
    hair = colour(random, 10, 120), eyes = between(random, 14, 22),
    eye_height = between(random, 0.35, 0.5), mouth = between(random, 8, 20),
    head = between(random, 36, 44), nose = between(random, 4, 8),
  }
end

local function grey(hair, share)
  local out = {}
  for i = 1, 3 do out[i] = (hair[i] * (1 - share) + 200 * share) // 1 end
  return out
end

-- One photo: hair, head, eyes, nose and mouth as discs. Mature photos have grey
-- hair and shifted features. Returns the image and the head's box x, y, w, h.
local function draw(subject, mature, random)
  local img = tensor.zeros({ HEIGHT, WIDTH, 3 }, "u8")
  local background = colour(random, 60, 220)
  for c = 1, 3 do img:select(3, c):fill(background[c]) end
  local x, y = between(random, 54, 66), between(random, 66, 76)
  local r = subject.head * between(random, 0.92, 1.04)
  local function disc(dx, dy, radius, paint)
    image.draw_point(img, x + dx, y + dy, { color = paint, radius = radius // 1 })
  end
  local hair = mature and grey(subject.hair, 0.7) or subject.hair
  disc(0, -0.25 * r, r, hair)
  disc(0, 0.12 * r, 0.9 * r, subject.skin)
  local eye_y = -r * subject.eye_height + (mature and 5 or 0)
  for _, side in ipairs { -1, 1 } do
    disc(side * subject.eyes, eye_y, 5, WHITE)
    disc(side * subject.eyes, eye_y, 3, DARK)
  end
  disc(0, 0.1 * r, subject.nose, grey(subject.skin, 0.3))
  for dx = -subject.mouth, subject.mouth, 2 do
    disc(dx, 0.5 * r + (mature and 2 or 6) * (1 - (dx / subject.mouth) ^ 2), 2, DARK)
  end
  return img, { (x - r) // 1, (y - 1.25 * r) // 1, (2 * r) // 1, (2.3 * r) // 1 }
end

local function write(path, lines)
  assert(system.write_file(path, table.concat(lines, "\n") .. "\n"))
end

-- Draws one subject's photos; the lists get a line for each.
local function add_subject(root, name, skipped, random, lists)
  local subject = subject_of(random)
  assert(system.mkdir_p(("%s/test/%s"):format(root, name)))
  for i = 1, PHOTOS do
    local key = ("%s/%04d_01"):format(name, i)
    local img, box = draw(subject, i > PHOTOS // 2, random)
    table.insert(lists.age, key .. ".jpg")
    if i ~= skipped then
      assert(image.save(img, ("%s/test/%s.jpg"):format(root, key)))
      table.insert(lists.all, key .. ".jpg")
      table.insert(lists.boxes, ('"%s",%d,%d,%d,%d'):format(key, table.unpack(box)))
    end
  end
end

--- Draws a tree: test/, meta/ with the age list and the list of all photos,
-- bb_landmark/ with the boxes. The last subject lacks one photo that is listed.
-- @tparam string root a folder, made if it is not there
-- @tparam integer subjects how many, 20 photos each
-- @tparam core.generator random
-- @treturn string the name of the subject that lacks a photo
function synthetic.draw(root, subjects, random)
  local lists = { age = {}, all = {}, boxes = { "NAME_ID,X,Y,W,H" } }
  for _, folder in ipairs { "test", "meta", "bb_landmark" } do
    assert(system.mkdir_p(root .. "/" .. folder))
  end
  write(root .. "/" .. MARK, { "Drawn by visage.data.synthetic; no person is shown." })
  local name
  for s = 1, subjects do
    name = ("n9%05d"):format(s)
    add_subject(root, name, s == subjects and 7 or nil, random, lists)
  end
  write(root .. "/meta/test_agetemp_imglist.txt", lists.age)
  write(root .. "/meta/test_list.txt", lists.all)
  write(root .. "/bb_landmark/loose_bb_test.csv", lists.boxes)
  return name
end

--- True when a tree is marked as drawn.
-- @tparam string root
-- @treturn boolean
function synthetic.is_marked(root)
  return lfs.attributes(root .. "/" .. MARK, "mode") == "file"
end

return synthetic
