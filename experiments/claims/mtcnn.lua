--- What the Python package mtcnn (ipazc) says that it finds.
local claims = require "visage.experiment.claims"
local image = require "visage.image"
local tensor = require "visage.tensor"

local WEIGHTS = claims.weights "mtcnn"
local IVAN = claims.photo("ivan.jpg", { entry = "reference/ivan.jpg" })
local NOBODY = claims.photo("no-faces.jpg", { entry = "reference/no-faces.jpg" })

-- As cv2.imread gives it, whom the README before 2019 and the tests took it from.
local function blue_first(path)
  local rgb = assert(image.load(path))
  return tensor.cat({ rgb:narrow(3, 3, 1), rgb:narrow(3, 2, 1), rgb:narrow(3, 1, 1) }, 3)
end

local function detect(here, profile, img, options)
  local detector = claims.detector(here, profile, options)
  local found = detector:detect(img)
  detector:close()
  return found
end

local function whole(box)
  local x, y = math.floor(box[1]), math.floor(box[2])
  return { x, y, math.floor(box[3] - box[1]), math.floor(box[4] - box[2]) }
end

return {
  {
    key = "mtcnn.documentation", says = "mtcnn 1.0.0 on ivan.jpg: its box, score and points",
    source = "docs/notebooks-docs/onet_ablation.ipynb of ipazc/mtcnn",
    needs = { WEIGHTS, IVAN },
    expected = {
      box = { 276, 92, 50, 63 }, score = 0.9999972581863403,
      points = { { 290, 116 }, { 315, 114 }, { 304, 131 }, { 297, 143 }, { 314, 141 } },
    },
    within = { score = 1e-6 },
    find = function(here)
      -- TensorFlow decodes JPEG by a faster, less exact transform.
      local img = assert(image.load(here["ivan.jpg"], { fast_dct = true }))
      local one = assert(detect(here, "ipazc-1.0.0", img)[1], "no face")
      return { box = whole(one.box), score = one.score, points = one.points }
    end,
  },
  {
    key = "mtcnn.readme", says = "mtcnn 0.x on ivan.jpg, blue before red: box, score and points",
    source = "README of ipazc/mtcnn at 3208d44", needs = { WEIGHTS, IVAN },
    expected = {
      box = { 277, 90, 48, 63 }, score = 0.99851983785629272,
      points = { { 291, 117 }, { 314, 114 }, { 303, 131 }, { 296, 143 }, { 313, 141 } },
    },
    within = { score = 1e-6 },
    find = function(here)
      local one = assert(detect(here, "ipazc-0.1.1", blue_first(here["ivan.jpg"]))[1], "no face")
      -- The README's box is older than 0.1.1, which cuts its corners otherwise.
      return { box = whole(one.exact.box), score = one.score, points = one.points }
    end,
  },
  {
    key = "mtcnn.tests", source = "tests/test_mtcnn.py of ipazc/mtcnn at 3208d44",
    says = "one face in ivan.jpg, also when P-Net accepts at 0.2; more when all accept at 0.1;"
      .. " none in no-faces.jpg",
    needs = { WEIGHTS, IVAN, NOBODY },
    expected = { ["default"] = 1, ["0.2 0.7 0.7"] = 1, ["0.1 0.1 0.1"] = "more", nobody = 0 },
    find = function(here)
      local img = blue_first(here["ivan.jpg"])
      local many = #detect(here, "ipazc-0.1.1", img, { thresholds = { 0.1, 0.1, 0.1 } })
      return {
        default = #detect(here, "ipazc-0.1.1", img), ["0.1 0.1 0.1"] = many > 1 and "more" or many,
        ["0.2 0.7 0.7"] = #detect(here, "ipazc-0.1.1", img, { thresholds = { 0.2, 0.7, 0.7 } }),
        nobody = #detect(here, "ipazc-0.1.1", blue_first(here["no-faces.jpg"])),
      }
    end,
  },
}
