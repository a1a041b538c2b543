--- Small protocols of IJB made in specs, in both layouts: two galleries of two people
-- each and five probes. The lists are what NIST and InsightFace write, much shorter.
local system = require "visage.system"

local ijb = {}

-- Template, subject, { frame, medium } of each face; frames of one medium are a video.
local GALLERIES = {
  G1 = { { 1, 101, { { "img/1.jpg", 11 }, { "img/2.jpg", 12 } } },
    { 2, 102, { { "img/3.jpg", 13 } } } },
  G2 = { { 3, 201, { { "img/4.jpg", 14 } } }, { 4, 202, { { "img/5.jpg", 15 } } } },
}
local PROBES = {
  { 10, 101, { { "frames/1.jpg", 21 }, { "frames/2.jpg", 21 }, { "img/6.jpg", 22 } } },
  { 11, 102, { { "img/7.jpg", 23 } } },
  { 12, 201, { { "img/8.jpg", 24 }, { "img/9.jpg", 25 } } },
  { 13, 202, { { "img/10.jpg", 26 } } },
  { 14, 101, { { "img/6.jpg", 22 } } },
}

--- Every template with every gallery's: first, second, whether they are one person.
ijb.PAIRS = {}
for _, name in ipairs { "G1", "G2" } do
  for _, entry in ipairs(GALLERIES[name]) do
    for _, probe in ipairs(PROBES) do
      table.insert(ijb.PAIRS, { entry[1], probe[1], entry[2] == probe[2] })
    end
  end
end

local function write(path, lines)
  assert(system.write_file(path, table.concat(lines, "\n") .. "\n"))
end

local HEADER = "TEMPLATE_ID,SUBJECT_ID,FILENAME,SIGHTING_ID,FACE_X,FACE_Y,FACE_WIDTH,"
  .. "FACE_HEIGHT,YAW"

-- Rows of NIST's list of some templates. Each photo shows its face at its own place,
-- so that a photo in two templates is one face.
local function rows_of(templates)
  local rows = { HEADER }
  for _, template in ipairs(templates) do
    for _, face in ipairs(template[3]) do
      rows[#rows + 1] = ("%d,%d,%s,%d,%d,20,40,50,"):format(template[1], template[2], face[1],
        face[2], tonumber(face[1]:match "%d+"))
    end
  end
  return rows
end

local function write_lists(folder, set)
  for name, templates in pairs(GALLERIES) do
    write(("%s/%s_1N_gallery_%s.csv"):format(folder, set, name), rows_of(templates))
  end
  write(("%s/%s_1N_probe_mixed.csv"):format(folder, set), rows_of(PROBES))
end

--- NIST's layout below a folder: 12 different faces in 9 templates.
-- @tparam string root
function ijb.write_nist(root)
  assert(system.mkdir_p(root .. "/protocols"))
  write_lists(root .. "/protocols", "ijbc")
  local lines = {}
  for i, pair in ipairs(ijb.PAIRS) do lines[i] = ("%d,%d"):format(pair[1], pair[2]) end
  write(root .. "/protocols/ijbc_11_G1_G2_matches.csv", lines)
end

--- InsightFace's layout below a folder: 13 faces, each a crop of its own.
-- @tparam string root
-- @tparam[opt] {number,...} scores of the detector, 13 of them (0.5 each)
function ijb.write_insightface(root, scores)
  local meta = root .. "/meta"
  assert(system.mkdir_p(meta))
  write_lists(meta, "ijbc")
  local faces, points, n = {}, {}, 0
  for _, list in ipairs { GALLERIES.G1, GALLERIES.G2, PROBES } do
    for _, template in ipairs(list) do
      for _, face in ipairs(template[3]) do
        n = n + 1
        faces[n] = ("%d.jpg %d %d"):format(n, template[1], face[2])
        points[n] = ("%d.jpg 30.5 40 70 40 50 60 35 80 65 80 %s"):format(n,
          scores and scores[n] or 0.5)
      end
    end
  end
  write(meta .. "/ijbc_face_tid_mid.txt", faces)
  write(meta .. "/ijbc_name_5pts_score.txt", points)
  local lines = {}
  for i, pair in ipairs(ijb.PAIRS) do
    lines[i] = ("%d %d %d"):format(pair[1], pair[2], pair[3] and 1 or 0)
  end
  write(meta .. "/ijbc_template_pair_label.txt", lines)
end

return ijb
