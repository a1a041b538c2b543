--- What keras-vggface 0.6 and Brownlee's tutorial of it say that they find.
local claims = require "visage.experiment.claims"
local face = require "visage.face"
local image = require "visage.image"
local models = require "visage.models"
local similarity = require "visage.metrics.similarity"

local TEST = "test.py of rcmalli/keras-vggface, to 3 decimals"
local CODE = "keras_vggface/models.py of rcmalli/keras-vggface"
local TUTORIAL = "https://machinelearningmastery.com/"
  .. "how-to-perform-face-recognition-with-vggface2-convolutional-neural-network-in-keras/"
local BROWNLEE = "Brownlee 2019, " .. TUTORIAL
local AJB = claims.photo("ajb.jpg", { entry = "reference/ajb.jpg" })

-- assertAlmostEqual with places=3 rounds the difference.
local PLACES = 0.0005

-- The tutorial prints three decimals, of per cent and of distances.
local PRINTED = 0.001

-- The likeliest of a network's classes: {name, probability}.
local function best_classes(here, spec, pixels, top, options)
  options.include_top = true
  local model = claims.network(here, spec, options)
  local names = assert(model:labels())
  local found = models.labels.decode(model:embed { pixels }, names.names, top)[1]
  model:close()
  return found
end

-- keras-vggface's own test: the photo has the network's size, so nothing is cut.
local function ajb(network, labels, name, probability)
  return {
    key = "ajb." .. network, source = TEST,
    says = ("ajb.jpg is %s by %s, with probability %.3f"):format(name, network, probability),
    needs = { claims.weights(network .. "-keras"), claims.weights(labels), AJB },
    expected = { name = name, probability = probability }, within = { probability = PLACES },
    find = function(here)
      local img = assert(image.load(here["ajb.jpg"]))
      local best = best_classes(here, network .. ":keras", img, 1, { crop = { rule = "whole" } })[1]
      -- The test asks whether the label contains the name.
      local named = best.label:find(name, 1, true)
      return { name = named and name or best.name, probability = best.probability }
    end,
  }
end

-- How many numbers the package's network has.
local function count(network, top)
  local net, variant = assert(models.find(network .. ":keras"))
  local o = { name = network, include_top = top, pooling = "max", width = 224, height = 224,
    classes = variant.classes }
  for key, value in pairs(variant.build) do o[key] = value end
  local g, all = net.build(o), 0
  for _, t in ipairs(g:tensors()) do
    local size = 1
    for _, side in ipairs(t.shape) do size = size * side end
    all = all + size
  end
  g:close()
  return all
end

local function parameters(network, with, without)
  return {
    key = "parameters." .. network, says = network .. " has as many parameters as in Keras",
    source = CODE, expected = { ["with top"] = with, ["without"] = without },
    find = function()
      return { ["with top"] = count(network, true), ["without"] = count(network, false) }
    end,
  }
end

local function tutorial_photo(name)
  return claims.photo(name, { address = TUTORIAL })
end

-- The tutorial's recipe: the first face that mtcnn 0.1 finds, its box resized to the
-- network's size with Pillow's filter of 2019.
local CUT = { detector = "ipazc-0.1.1", rule = "detector_box", choose = "first" }

local function first_face(here, name)
  local detector = claims.detector(here, CUT.detector)
  local img = assert(image.load(here[name]))
  local found = assert(detector:detect(img)[1], name .. ": no face")
  detector:close()
  return assert(face.crop(img, found.box, CUT.rule))
end

-- Five names, in the order printed, with their per cents.
local function five(person, names)
  local photo = person .. ".jpg"
  return {
    key = "brownlee." .. person, source = BROWNLEE,
    says = photo .. ": five names in order, with per cents",
    needs = { claims.weights "resnet50-keras", claims.weights "labels-v2",
      claims.weights "mtcnn", tutorial_photo(photo) },
    expected = names, within = PRINTED,
    find = function(here)
      local list = {}
      local best = best_classes(here, "resnet50:keras", first_face(here, photo), 5,
        { resize = "nearest", crop = CUT })
      for i, one in ipairs(best) do list[i] = { one.name, 100 * one.probability } end
      return list
    end,
  }
end

local function distance(a, b, expected)
  return {
    key = ("brownlee.%s-%s"):format(a, b), source = BROWNLEE,
    says = ("%s.jpg and %s.jpg: cosine distance %.3f"):format(a, b, expected),
    needs = { claims.weights "resnet50-keras-notop", claims.weights "mtcnn",
      tutorial_photo(a .. ".jpg"), tutorial_photo(b .. ".jpg") },
    expected = expected, within = PRINTED,
    find = function(here)
      local model = claims.network(here, "resnet50:keras", { pooling = "avg",
        resize = "nearest", crop = CUT })
      local rows = model:embed { first_face(here, a .. ".jpg"), first_face(here, b .. ".jpg") }
      model:close()
      return 1 - similarity.cosine(rows[1], rows[2])
    end,
  }
end

return {
  parameters("vgg16", 145002878, 14714688),
  parameters("resnet50", 41246071, 23561152),
  parameters("senet50", 43777063, 26092144),
  ajb("vgg16", "labels-v1", "A.J._Buckley", 0.9790116),
  ajb("resnet50", "labels-v2", "A._J._Buckley", 0.91819614),
  ajb("senet50", "labels-v2", "A._J._Buckley", 0.9993529),
  five("sharon_stone1", { { "Sharon_Stone", 99.642 }, { "Noelle_Reno", 0.085 },
    { "Elisabeth_Röhm", 0.033 }, { "Anita_Lipnicka", 0.026 }, { "Tina_Maze", 0.019 } }),
  five("channing_tatum", { { "Channing_Tatum", 94.432 }, { "Eoghan_Quigg", 0.146 },
    { "Les_Miles", 0.113 }, { "Ibrahim_Afellay", 0.072 }, { "Tovah_Feldshuh", 0.070 } }),
  distance("sharon_stone1", "sharon_stone2", 0.418),
  distance("sharon_stone1", "sharon_stone3", 0.295),
  distance("sharon_stone1", "channing_tatum", 0.709),
}
