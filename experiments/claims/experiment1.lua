--- Which photos experiment 1 of the Keras reproduction takes
-- (florastack/ReproducingVGGFace2-TensorFlow). It prints the shape of its embeddings
-- and no similarity, so none is claimed.
local claims = require "visage.experiment.claims"
local subjects = require "visage.experiment.subjects"
local system = require "visage.system"
local templates = require "visage.templates"
local tensor = require "visage.tensor"

local SOURCE = "florastack/ReproducingVGGFace2-TensorFlow; the subject from the released files"
local DEFINITION = system.root() .. "/experiments/templates/vggface2_age.lua"

local AGE = claims.vggface2("test_agetemp_imglist.txt", "meta")
local TEST = claims.vggface2("test_list.txt", "meta")
local BOXES = claims.vggface2("loose_bb_test.csv", "bb_landmark")
local PHOTOS = claims.vggface2("test")

local TAKEN = { listed = 100, omitted = { "n009286" }, rows = 1980 }

-- What the definition takes of the list: of the files that were released, or of those
-- that are here.
local function taken(here, photos)
  local definition = assert(templates.load(DEFINITION))
  local list = assert(subjects.read(definition, {
    root = here.run.options.data, images = "test", photos = photos,
  }))
  local found = { listed = #list, omitted = {}, rows = 0 }
  for _, subject in ipairs(list) do
    if templates.build(definition, subject.name, subject.images, tensor.generator(1)) then
      found.rows = found.rows + #subject.images
    else
      table.insert(found.omitted, subject.name)
    end
  end
  return found
end

-- The experiment itself, on all photos.
local function by_network(network)
  return {
    key = "experiment1." .. network, source = SOURCE,
    says = network .. " makes 1,980 embeddings of 99 of 100 subjects, without n009286",
    needs = { claims.weights(network .. "-keras-notop"), PHOTOS, AGE, TEST, BOXES },
    expected = TAKEN,
    find = function(here)
      local found = claims.experiment(here, "age_templates", network, {
        "--model", network .. ":keras", "--data", here.run.options.data, "--images", "test",
      })
      local omitted = {}
      for i, one in ipairs(found.data.omitted) do omitted[i] = one.subject end
      return {
        listed = found.data.subjects + #omitted, omitted = omitted, rows = found.data.images,
      }
    end,
  }
end

return {
  {
    key = "experiment1.list", source = SOURCE, needs = { AGE, TEST }, expected = TAKEN,
    says = "the list leaves 1,980 photos of 99 of 100 subjects, without n009286",
    find = function(here) return taken(here, false) end,
  },
  {
    key = "experiment1.photos", source = SOURCE, needs = { PHOTOS, AGE, TEST },
    expected = TAKEN, says = "these 1,980 photos are here",
    find = function(here) return taken(here, true) end,
  },
  by_network "resnet50", by_network "senet50",
}
