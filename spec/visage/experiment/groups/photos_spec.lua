--- Groups by labels and by what is measured of the faces.
local face = require "visage.face"
local image = require "visage.image"
local photo_groups = require "visage.experiment.groups.photos"
local pixels = require "spec.support.pixels"
local system = require "visage.system"

local OPTIONS = { age_bins = { 0, 10 }, pose_bins = { 0, 30 }, age_groups = { 0, 18 } }

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
    local by = {}
    for _, grouping in ipairs(list) do by[grouping.name] = grouping end
    assert.same({ "age_gap", "age_group", "pose_gap", "pose", "sex", "hat", "race" },
      names(list))
    assert.same({ "id" }, many)
    local function of(name) return by[name].group(photos[1], photos[2]) end
    assert.same({ "10+", "0-17 / 18+", false, false, "f / m", "differ", "A / B" }, { of "age_gap",
      of "age_group", of "pose_gap", of "pose", of "sex", of "hat", of "race" })
    assert.same({ "30+", "front / three-quarter" }, { by.pose_gap.group(photos[2], photos[3]),
      by.pose.group(photos[2], photos[3]) })
    assert.same({ "front", "three-quarter" }, by.pose.values)
    assert.same({ nil, true, nil }, { by.sex.attribute, by.hat.attribute, by.race.attribute })
  end)

  it("keep labels called as ours apart, and yes and perhaps as a category", function()
    local list = photo_groups.groupings({
      { labels = { pose = "front", all = "yes", sure = "yes" } },
      { labels = { pose = "back", all = "no", sure = "perhaps" } },
    }, OPTIONS)
    assert.same({ "age_gap", "age_group", "pose_gap", "pose", "sex", "label_all", "label_pose",
      "sure" }, names(list))
    assert.same({ "perhaps", "yes", "perhaps / yes" }, list[8].names)
  end)

  it("say that ages are estimates", function()
    local list = photo_groups.groupings({ { age = 3, estimated = true }, { age = 5 } }, OPTIONS)
    for i, name in ipairs { "age_gap_ESTIMATED", "age_group_ESTIMATED" } do
      assert.equal(name, list[i].name)
      assert.truthy(list[i].title:find("ESTIMATED", 1, true))
    end
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
