--- Groups by labels and by what is measured of the faces.
local face = require "visage.face"
local image = require "visage.image"
local photo_groups = require "visage.experiment.photo_groups"
local pixels = require "spec.support.pixels"
local system = require "visage.system"

local OPTIONS = { age_bins = { 0, 10 }, pose_bins = { 0, 30 } }

local function names(list)
  local out = {}
  for i, grouping in ipairs(list) do out[i] = grouping.name end
  return out
end

describe("photo_groups.groupings", function()
  it("are of age, pose, sex and each label, attributes told from categories", function()
    local photos = {
      { age = 3, sex = "m", labels = { hat = "yes", race = "A", id = "1" } },
      { age = 30, sex = "f", labels = { hat = "no", race = "B", id = "2" },
        quality = { yaw = -20 } },
      { labels = { race = "C" }, quality = { yaw = 15 } },
    }
    for i = 3, 15 do photos[#photos + 1] = { labels = { id = tostring(i) } } end
    local list, many = photo_groups.groupings(photos, OPTIONS)
    assert.same({ "age_gap", "pose_gap", "sex", "hat", "race" }, names(list))
    assert.same({ "id" }, many)
    assert.same({ "10+", false, "f / m", "differ", "A / B" }, {
      list[1].group(photos[1], photos[2]), list[2].group(photos[1], photos[2]),
      list[3].group(photos[1], photos[2]), list[4].group(photos[1], photos[2]),
      list[5].group(photos[1], photos[2]),
    })
    assert.equal("30+", list[2].group(photos[2], photos[3]))
    assert.same({ nil, true, nil }, { list[3].attribute, list[4].attribute, list[5].attribute })
  end)

  it("say that ages are estimates", function()
    local list = photo_groups.groupings({ { age = 3, estimated = true }, { age = 5 } }, OPTIONS)
    assert.equal("age_gap_ESTIMATED", list[1].name)
    assert.truthy(list[1].title:find("ESTIMATED", 1, true))
    assert.is_false(photo_groups.estimated { { age = 5 } })
  end)
end)

describe("photo_groups.measure", function()
  it("tells size and pose of faces, and blur when it is asked for or known", function()
    local points = face.templates["arcface-112x112"].points
    local path = system.temp_name "/tmp/visage-face" .. ".png"
    assert(image.save(pixels.noise(7, 112, 112), path))
    finally(function() os.remove(path) end)
    local function photos()
      return {
        { path = path, face = { box = { 0, 0, 50, 80 }, points = points, score = 0.9 } },
        { path = path, face = { box = { 0, 0, 5, 8 }, measured = { blur = 12 } } },
        { path = "absent" },
      }
    end
    local list = photos()
    assert.equal(2, photo_groups.measure(list))
    assert.near(0, list[1].quality.yaw, 0.01)
    assert.same({ 50, 0.9 }, { list[1].quality.box_side, list[1].quality.score })
    assert.is_nil(list[1].quality.blur)
    assert.same({ box_side = 5, blur = 12 }, list[2].quality)
    assert.is_nil(list[3].quality)
    list = photos()
    photo_groups.measure(list, { blur = true })
    assert.is_true(list[1].quality.blur > 1000)
    assert.equal(12, list[2].quality.blur)
  end)
end)
