--- The faces that each detector's own program finds in the photos of
-- ../shared/data (spec/golden/photos.py), and how far ours are from them.
local golden = require "spec.support.golden"

local detections = {}

--- The golden of each profile, and the program that made it, for tables.
detections.profiles = {
  { name = "facenet-pytorch", golden = "mtcnn_facenet", program = "facenet-pytorch 2.6.0" },
  { name = "ipazc-0.1.1", golden = "mtcnn_ipazc_photos", program = "mtcnn 0.1.1" },
  { name = "ipazc-1.0.0", golden = "mtcnn_ipazc1", program = "mtcnn 1.0.0" },
  { name = "matlab", golden = "mtcnn_matlab", program = "MTCNNv1's .m files in Octave" },
  { name = "retinaface", golden = "retinaface_photos", program = "PyTorch, detect.py's steps" },
}

--- The photos of a golden: sorted names, and name -> rows, each x1, y1, x2, y2,
-- score and the five points' x, y.
-- @tparam string name of the golden
-- @treturn {string,...}
-- @treturn table
function detections.photos(name)
  local photos, names = golden.load(name).photos, {}
  for photo in pairs(photos) do names[#names + 1] = photo end
  table.sort(names)
  return names, photos
end

--- The largest differences of a face from a row: of the box and of the points in
-- pixels, with their fractions, and of the score.
-- @tparam table found a face of face.detector
-- @tparam {number,...} row
-- @treturn number box
-- @treturn number points
-- @treturn number score
function detections.errors(found, row)
  local exact, box, points = found.exact or found, 0, 0
  for k = 1, 4 do box = math.max(box, math.abs(exact.box[k] - row[k])) end
  for k = 1, 10 do
    local ours = exact.points[(k + 1) // 2][(k - 1) % 2 + 1]
    points = math.max(points, math.abs(ours - row[5 + k]))
  end
  return box, points, math.abs(found.score - row[5])
end

return detections
