--- Sharpness, size and pose of faces: heads turned by hand, then real photos.
local face = require "visage.face"
local image = require "visage.image"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local shared = require "spec.support.shared"

local quality = face.quality

-- Least squares in f64.
local ROUNDING = 1e-6

-- The head of the module, from its source: eyes as means of their corners.
local HEAD = {
  { -(4.445859 + 1.856432) / 2, (2.663991 + 2.585245) / 2, (3.173422 + 3.757904) / 2 },
  { (4.445859 + 1.856432) / 2, (2.663991 + 2.585245) / 2, (3.173422 + 3.757904) / 2 },
  { 0, -1.126865, 7.475604 }, { -2.456206, -4.342621, 4.283884 },
  { 2.456206, -4.342621, 4.283884 },
}

-- That head on a photo, turned to the right by yaw, then nodded up by pitch, then the
-- photo turned clockwise by roll, 10 pixels a centimetre about (200, 150).
local function photo(yaw, pitch, roll)
  local y, p, r = math.rad(yaw), math.rad(pitch), math.rad(roll)
  local points = {}
  for i, a in ipairs(HEAD) do
    local x1, z1 = a[1] * math.cos(y) + a[3] * math.sin(y), a[3] * math.cos(y) - a[1] * math.sin(y)
    local y1 = a[2] * math.cos(p) + z1 * math.sin(p)
    -- On the photo y points down, so a positive angle turns clockwise.
    local u, v = 10 * x1, -10 * y1
    points[i] = { 200 + u * math.cos(r) - v * math.sin(r), 150 + u * math.sin(r) + v * math.cos(r) }
  end
  return points
end

local function near(wanted, found, tolerance)
  for i, name in ipairs { "yaw", "pitch", "roll" } do
    assert.near(wanted[i], found[name], tolerance, name)
  end
end

describe("pose", function()
  it("is what a head was turned by", function()
    for _, angles in ipairs {
      { 0, 0, 0 }, { 30, 0, 0 }, { -75, 0, 0 }, { 0, 20, 0 }, { 0, -35, 0 }, { 0, 0, 50 },
      { 0, 0, -170 }, { 40, 15, 10 }, { -25, -30, 80 }, { 90, 0, 0 },
    } do
      near(angles, quality.pose(photo(table.unpack(angles))), ROUNDING)
    end
  end)

  it("does not depend on where the face is and how large", function()
    local points = photo(33, -12, 5)
    for i, p in ipairs(points) do points[i] = { 3 * p[1] - 1000, 3 * p[2] + 70 } end
    near({ 33, -12, 5 }, quality.pose(points), ROUNDING)
  end)

  it("calls the mean faces of alignment frontal, but for a few degrees of pitch", function()
    for _, template in pairs(face.templates) do
      near({ 0, 0, 0 }, quality.pose(template.points), 5.5)
    end
  end)

  it("is unknown where points coincide or are none", function()
    local p = { 3, 4 }
    assert.is_nil(quality.pose { p, p, p, p, p })
    local nan = { 0 / 0, 1 }
    assert.is_nil(quality.pose { nan, p, { 5, 5 }, p, p })
  end)
end)

describe("size", function()
  it("is the shorter side and the eyes' distance", function()
    assert.same({ box_side = 30, eye_distance = 5 }, quality.size {
      box = { 10, 20, 40, 60 }, points = { { 1, 1 }, { 4, 5 }, { 0, 0 }, { 0, 0 }, { 0, 0 } },
    })
    assert.same({ box_side = 30 }, quality.size { box = { 10, 20, 40, 60 } })
  end)
end)

describe("blur", function()
  local template = face.templates["arcface-112x112"]
  local img = pixels.noise(7, 112, 112)
  local found = { box = { 0, 0, 112, 112 }, points = template.points }

  it("is the sharpness of the aligned face", function()
    -- The points are the template's already, so nothing moves.
    assert.near(image.sharpness(img), quality.blur(img, found), 1e-6)
    local soft = image.resize(image.resize(img, 28, 28, "area"), 112, 112, "bilinear")
    assert.is_true(quality.blur(soft, found) < quality.blur(img, found) / 10)
  end)

  it("is that of the box where there are no points", function()
    assert.equal(image.sharpness(image.resize(image.crop(img, 20, 10, 60, 80), 112, 112, "area")),
      quality.blur(img, { box = { 20, 10, 80, 90 } }))
    assert.is_nil(quality.blur(img, { box = { 500, 500, 600, 600 } }))
  end)

  it("is left out without the photo", function()
    local all = quality.of(img, found)
    local names = {}
    for _, name in ipairs(quality.columns) do names[name] = true end
    for name, value in pairs(all) do
      assert.is_true(names[name])
      assert.is_number(value)
    end
    for _, name in ipairs(quality.columns) do assert.is_number(all[name], name) end
    assert.is_nil(quality.of(nil, found).blur)
    assert.same({ box_side = 112 }, quality.of(nil, { box = found.box }))
  end)
end)

describe("quality of real photos", function()
  local folder, weights = shared.data "vggface2/samples/loose", networks.mtcnn()
  if not (folder and weights) then
    it("has yaw of either sign", function() pending "no VGGFace2 samples or MTCNN here" end)
    return
  end

  it("turns its sign with the photo", function()
    local folders = require "visage.data.folders"
    local detector = assert(face.detector { profile = "facenet-pytorch", weights = weights })
    local files, seen = folders.photos_below(folder), 0
    for i = 1, #files, 4 do
      local img = assert(image.load(folder .. "/" .. files[i]))
      local a = face.choose(detector:detect(img), "largest", img)
      local b = face.choose(detector:detect(image.flip(img)), "largest", img)
      if a and b then
        local p, q = quality.of(img, a), quality.of(image.flip(img), b)
        -- A detector's points move by a pixel or two in the mirror.
        assert.near(p.yaw, -q.yaw, 6, files[i])
        assert.near(p.roll, -q.roll, 6, files[i])
        assert.near(p.pitch, q.pitch, 6, files[i])
        assert.near(p.blur, q.blur, 0.25 * p.blur, files[i])
        seen = seen + 1
      end
    end
    assert.is_true(seen >= 6)
  end)
end)
