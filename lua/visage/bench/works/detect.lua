--- The work "detect": MTCNN on decoded photos of one size, beside the two packages whose
-- faces visage's profiles find: facenet-pytorch, and mtcnn 0.1.1.
local face = require "visage.face"
local photos = require "visage.bench.photos"
local tensor = require "visage.tensor"

local detect = {}

-- Profile, the peer's family, and how far a box may be from ours: facenet-pytorch gives
-- fractions of pixels, mtcnn whole ones, of which one may round to another.
local PROFILES = {
  { "facenet-pytorch", "facenet-pytorch", 0.1 },
  { "ipazc-0.1.1", "mtcnn", 1 },
}

local PHOTOS = 4

-- Rows (photo, x1, y1, x2, y2): the largest difference of any number.
local function check(most)
  return function(ours, theirs)
    local a, b = assert(tensor.load(ours)):to "f64", assert(tensor.load(theirs)):to "f64"
    if a:size(1) ~= b:size(1) then
      return nil, ("it finds %d faces, not %d"):format(b:size(1), a:size(1))
    end
    local far = a:size(1) > 0 and (a - b):abs():max() or 0
    if far ~= far or far > most then return far, "its faces are not ours" end
    return far
  end
end

--- Raises when a detector's weights are not here.
function detect.prepare()
  assert(face.detector { profile = PROFILES[1][1] }):close()
end

--- The works that the options ask for.
-- @tparam table o sizes {{width, height},...}, min_faces, threads (lists); photos: a
-- folder or nil; limit: how many photos; engine or nil; seed
-- @tparam string folder for the photos
-- @treturn function for a generic for: the next work, as in works/network.lua
function detect.works(o, folder)
  return coroutine.wrap(function()
    for _, size in ipairs(o.sizes) do
      local width, height = table.unpack(size)
      local paths = photos.write({
        from = o.photos, width = width, height = height, count = o.limit or PHOTOS,
        seed = o.seed,
      }, folder)
      for _, profile in ipairs(PROFILES) do
        for _, least in ipairs(o.min_faces) do
          for _, threads in ipairs(o.threads) do
            local name, family, most = table.unpack(profile)
            coroutine.yield {
              kind = "detect:" .. family, model = "mtcnn", about = name, unit = "photos",
              units = #paths, families = { family }, check = check(most),
              case = ("%s_%dx%d_min%d_t%d"):format(family, width, height, least, threads),
              job = {
                work = "detect", profile = name, photos = paths, min_face = least,
                threads = threads, engine = o.engine, precision = "fp32",
              },
            }
          end
        end
      end
    end
  end)
end

return detect
