--- Groups of comparisons by what is known of the photos: labels that files gave them
-- (visage.data.labels) and what is measured of their faces (visage.face.quality).
local comparisons = require "visage.experiment.groups.comparisons"
local face = require "visage.face"
local image = require "visage.image"

local photo_groups = {}

-- Degrees of yaw, to either side, where a face is no longer frontal, and where it is a
-- profile; estimates of profiles come out small (visage.face.quality).
local THREE_QUARTER, PROFILE = 20, 50

-- A category of more values than this is a name or a number, not a group.
local MOST_VALUES = 12

--- What the face of each photo is like; measured once, however often this is called.
-- @tparam {table,...} photos with `face` as visage.experiment.embeddings leaves it; their
-- `quality` is set: as of face.quality.of, and score, the detector's
-- @tparam[opt] table options blur: measure it too, for which photos are decoded, where the
-- face does not bring it along; exif
-- @treturn integer how many faces there are
function photo_groups.measure(photos, options)
  local faces, o = 0, options or {}
  for _, photo in ipairs(photos) do
    local found = photo.face
    if found and not photo.quality then
      local known = found.measured and found.measured.blur
      local img = o.blur and not known and image.load(photo.path, { exif = o.exif }) or nil
      photo.quality = face.quality.of(img, found)
      photo.quality.blur = photo.quality.blur or known
      photo.quality.score = found.score
    end
    faces = faces + (photo.quality and 1 or 0)
  end
  return faces
end

-- The values that each label has among the photos: label -> { n, value = true }.
local function values_of(photos)
  local values = {}
  for _, photo in ipairs(photos) do
    for name, value in pairs(photo.labels or {}) do
      values[name] = values[name] or { n = 0, is = {} }
      if not values[name].is[value] then
        values[name].n, values[name].is[value] = values[name].n + 1, true
      end
    end
  end
  return values
end

local function of_label(photos, name, values)
  local function value(photo) return photo.labels and photo.labels[name] end
  local known = (values.is.yes and 1 or 0) + (values.is.no and 1 or 0)
  if values.n == known then
    local grouping = comparisons.by_attribute(value)
    grouping.attribute = true
    return grouping
  end
  return values.n <= MOST_VALUES and comparisons.by_category(photos, value) or nil
end

--- True when some photo's age is an estimate.
-- @tparam {table,...} photos
-- @treturn boolean
function photo_groups.estimated(photos)
  for _, photo in ipairs(photos) do
    if photo.estimated then return true end
  end
  return false
end

local function yaw_of(photo) return photo.quality and photo.quality.yaw end

local function pose_of(photo)
  local yaw = yaw_of(photo) and math.abs(yaw_of(photo))
  if not yaw then return nil end
  return yaw < THREE_QUARTER and "front" or yaw < PROFILE and "three-quarter" or "profile"
end

--- Groupings by age gap and age group, pose gap and pose, sex and every label. With
-- estimated ages the first two are called age_gap_ESTIMATED and age_group_ESTIMATED.
-- @tparam {table,...} photos { age, sex, labels, quality }
-- @tparam table options age_bins, pose_bins: edges of visage.experiment.groups.comparisons.by_gap;
-- age_groups: where groups of age begin
-- @treturn {table,...} groupings of visage.experiment.groups.comparisons with name, title, and
-- attribute where it is one that a photo has or has not
-- @treturn {string,...} labels with too many values for groups
function photo_groups.groupings(photos, options)
  local list, many = {}, {}
  local function add(name, title, grouping)
    grouping.name, grouping.title = name, title
    list[#list + 1] = grouping
  end
  local function age_of(photo) return photo.age end
  local mark, remark = "", ""
  if photo_groups.estimated(photos) then mark, remark = "_ESTIMATED", " (ESTIMATED ages)" end
  add("age_gap" .. mark, "years between the photos" .. remark,
    comparisons.by_gap(options.age_bins, age_of))
  add("age_group" .. mark, "age" .. remark,
    comparisons.by_category(photos, comparisons.binned(options.age_groups, age_of)))
  add("pose_gap", "degrees of yaw between the photos",
    comparisons.by_gap(options.pose_bins, yaw_of))
  add("pose", "pose", comparisons.by_category(photos, pose_of))
  add("sex", "sex", comparisons.by_category(photos, function(p) return p.sex end))
  local values, names, taken = values_of(photos), {}, { all = true }
  for _, grouping in ipairs(list) do taken[grouping.name] = true end
  for name in pairs(values) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local grouping, shown = of_label(photos, name, values[name]), name
    -- A label called as a grouping of ours, such as pose.
    if taken[name] then shown = "label_" .. name end
    if grouping then add(shown, shown, grouping) else many[#many + 1] = name end
  end
  return list, many
end

return photo_groups
