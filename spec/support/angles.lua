--- Three subjects in two dimensions whose templates are vectors of length one at whole
-- degrees: each similarity is the cosine of a known angle. Four photos a subject, one a
-- template.
local templates = require "visage.templates"
local tensor = require "visage.tensor"

local angles = {
  --- Degrees of each subject's young1, young2, mature1, mature2.
  degrees = {
    { young1 = 0, young2 = 10, mature1 = 20, mature2 = 30 },
    { young1 = 90, young2 = 95, mature1 = 100, mature2 = 105 },
    { young1 = 180, young2 = 170, mature1 = 190, mature2 = 200 },
  },
  names = { "young1", "young2", "mature1", "mature2" },
  sexes = { "f", "m", "f" },
}

function angles.cos(degrees) return math.cos(math.rad(degrees)) end

--- A vector of length one.
function angles.at(degrees)
  return tensor.from({ math.cos(math.rad(degrees)), math.sin(math.rad(degrees)) }, "f64")
end

--- The definition: the four photos in the order of `names`.
function angles.definition(changes)
  return assert(templates.check({
    name = "angles", templates = { young1 = { 1 }, young2 = { 2 }, mature1 = { 3 },
      mature2 = { 4 } },
    groups = { "young", "mature" },
  }, "angles", changes))
end

--- The subjects' pooled templates.
function angles.pooled()
  local list = {}
  for i, one in ipairs(angles.degrees) do
    list[i] = {}
    for name, degrees in pairs(one) do list[i][name] = angles.at(degrees) end
  end
  return list
end

--- The subjects as visage.templates.analysis takes them.
function angles.subjects(def)
  local list = {}
  for i, pooled in ipairs(angles.pooled()) do
    list[i] = { name = "s" .. i, sex = angles.sexes[i], pooled = pooled, images = 4,
      matrices = {} }
    for name in pairs(def.pairings) do
      list[i].matrices[name] = templates.matrix(def, pooled, name)
    end
  end
  return list
end

--- The subjects with photos, for visage.experiment.templates.study.
function angles.photos()
  local list = {}
  for s in ipairs(angles.degrees) do
    local images = {}
    for i = 1, 4 do
      images[i] = { file = ("s%d/%d.jpg"):format(s, i), key = ("s%d/%d"):format(s, i), at = i,
        subject = s, missing = false }
    end
    list[s] = { name = "s" .. s, sex = angles.sexes[s], images = images }
  end
  return list
end

--- A source that embeds those photos; failed: file -> why.
function angles.source(failed)
  failed = failed or {}
  return {
    name = "angles",
    embed = function(images)
      local rows, why = {}, {}
      for i, image in ipairs(images) do
        rows[i] = angles.at(angles.degrees[image.subject][angles.names[image.at]])
        why[i] = failed[image.file]
      end
      return tensor.stack(rows, 1), why
    end,
    picture = function() return tensor.zeros({ 8, 8, 3 }, "u8") end,
  }
end

return angles
