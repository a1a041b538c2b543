--- RetinaFace's priors by hand, its faces against PyTorch and the published steps
-- (spec/golden/retinaface_photos.py); on more photos in photos_spec.lua.
local face = require "visage.face"
local golden = require "spec.support.golden"
local image = require "visage.image"
local networks = require "spec.support.networks"
local retinaface = require "visage.face.retinaface"
local shared = require "spec.support.shared"
local tensor = require "visage.tensor"

local weights = networks.retinaface()

local function missing()
  if not weights then return "mobilenet0.25_Final.pth is not here" end
  if not shared.data "photos" then return "the photos are not here" end
end

describe("retinaface.prior", function()
  -- 33 wide, 64 high: 5 x 8, 3 x 4 and 2 x 2 cells, two priors each.
  it("goes through the cells row by row, two sides each, map by map", function()
    assert.same({ 4, 4, 16 }, { retinaface.prior(0, 33, 64) })
    assert.same({ 4, 4, 32 }, { retinaface.prior(1, 33, 64) })
    assert.same({ 36, 4, 16 }, { retinaface.prior(8, 33, 64) })
    assert.same({ 4, 12, 16 }, { retinaface.prior(10, 33, 64) })
    assert.same({ 8, 8, 64 }, { retinaface.prior(80, 33, 64) })
    assert.same({ 48, 48, 512 }, { retinaface.prior(80 + 24 + 7, 33, 64) })
    assert.has_error(function() retinaface.prior(80 + 24 + 8, 33, 64) end)
  end)
end)

describe("face.detector, profile retinaface,", function()
  it("has also the unsure boxes of the published steps", function()
    local why = missing()
    if why then return pending(why) end
    local detector = assert(face.detector { profile = "retinaface", weights = weights,
      threshold = 0.02 })
    for name, wanted in pairs(golden.load("retinaface_photos").unsure) do
      local found, sum = detector:detect(assert(image.load(shared.data(name)))), 0
      assert.equal(wanted.count, #found, name)
      for _, f in ipairs(found) do sum = sum + f.score end
      assert.near(wanted.scores, sum, 1e-5)
      for i, row in ipairs(wanted.first) do
        for k = 1, 4 do assert.near(row[k], found[i].box[k], 0.01, name) end
      end
    end
    detector:close()
  end)

  it("keeps at most as many as asked for, the surest", function()
    local why = missing()
    if why then return pending(why) end
    local img = assert(image.load(shared.data "photos/multiface.jpg"))
    local detector = assert(face.detector { profile = "retinaface", weights = weights, faces = 2 })
    local found = detector:detect_batch({ img, img })[2]
    assert.equal(2, #found)
    assert.near(golden.load("retinaface_photos").photos["photos/multiface.jpg"][2][5],
      found[2].score, 1e-5)
    assert.equal("retinaface", detector:describe().name)
    detector:close()
  end)

  it("takes an image smaller than its steps", function()
    if not weights then return pending "mobilenet0.25_Final.pth is not here" end
    local detector = assert(face.detector { profile = "retinaface", weights = weights })
    assert.same({}, detector:detect(tensor.zeros({ 3, 5, 3 }, "u8")))
    detector:close()
  end)

  it("raises for an option of MTCNN", function()
    assert.error_matches(function() face.detector { profile = "retinaface", factor = 0.7 } end,
      "face.detector: no option 'factor'; there are about, candidates, device,")
  end)
end)
