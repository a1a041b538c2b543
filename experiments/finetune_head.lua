--- A new last layer on a frozen network: how well do its features tell these people
-- apart?
--
-- Each person's photos are split at random into those that train and those that are held
-- out. A softmax layer (multinomial logistic regression: mean cross-entropy and weight
-- decay) is trained on the features of the first and names the others. The result is the
-- accuracy on the photos held out; one without a face is an error, as are those of a
-- person of whom no training photo has a face. The same file twice counts once, so that
-- no photo is on both sides.
--
-- Features are a network's embeddings, or those of any of its layers as
-- layer_features.lua leaves them. The reproduction of VGGFace2 put such a layer for two
-- people on vgg16's pool4; it prints no accuracy, so no number stands beside these:
--
--     ./visage experiments/layer_features.lua --model vgg16 --part body --layer pool4 \
--       --out pool4 two_people
--     ./visage experiments/finetune_head.lua --data two_people --embeddings pool4/pool4.csv
--
-- Data: a folder with one folder a person, two photos a person or more:
--
--     DIR/Tony_Blair/1.jpg  DIR/Tony_Blair/2.jpg  DIR/Hugo_Chavez/1.jpg ...
--
-- The layer is left as OUT/head_MODEL.safetensors, classifier.weight (people, features) and
-- classifier.bias (people), for features as they are, with the people's names in
-- head_MODEL.csv; identify.lua --head names faces by it (of the same network), and
-- visage.nn.softmax_head loads it.
-- Training takes seconds for a hundred people; the network's part is kept in the cache.
--
--     ./visage experiments/finetune_head.lua --data lfw --limit 10 --model mobilefacenet
--     ./visage experiments/finetune_head.lua --data lfw --method sgd --epochs 100 --rate 0.05
--     ./visage experiments/identify.lua --model mobilefacenet --faces largest \
--       --head runs/finetune_head/head_mobilefacenet.safetensors photo.jpg
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local gallery = require "visage.experiment.gallery"
local labelled = require "visage.experiment.labelled.people"
local naming = require "visage.experiment.labelled.naming"
local plot = require "visage.plot"
local softmax_head = require "visage.nn.softmax_head"
local tensor = require "visage.tensor"

-- Names in the table of photos; the least loss that is drawn.
local TOP, LEAST = 5, 1e-12

local function options(parser)
  parser:option("--held-out", "Photos of a person that are not trained on, drawn by --seed:"
    .. " a number or a share."):argname("N|SHARE"):default("0.3"):convert(gallery.amount)
  parser:option("--method", "lbfgs: L-BFGS on all photos, to the minimum; sgd: stochastic"
    .. " gradient descent with momentum."):choices { "lbfgs", "sgd" }:default("lbfgs")
  parser:option("--decay", "Weight decay: this times the weights' squares, halved, is added"
    .. " to the loss."):argname("X"):default("0.001"):convert(experiment.number(0))
  parser:flag("--raw", "Train on features as they are, not on standardised ones.")
  parser:option("--steps", "L-BFGS: the most steps."):argname("N"):default("200")
    :convert(experiment.whole(1))
  parser:option("--epochs", "SGD: passes over the photos."):argname("N"):default("50")
    :convert(experiment.whole(1))
  parser:option("--rate", "SGD: length of a step."):argname("X"):default("0.1")
    :convert(experiment.number(0))
  parser:option("--momentum", "SGD: share of the last step in the next."):argname("X")
    :default("0.9"):convert(experiment.number(0, 1))
  parser:option("--rows", "SGD: photos in a step."):argname("N"):default("32")
    :convert(experiment.whole(1))
  parser:option("--boxes", "CSV of published boxes, of which --crop cuts the faces (by default"
    .. " those of VGGFace2 where they are in --data); else faces are found by --detector.")
    :argname("NAME")
  embeddings.options(parser, { choose = "largest", no_face = "skip" })
end

-- Splits each person's photos; one photo cannot be both learnt from and named.
local function split(run, list)
  local rest = {}
  for _, person in ipairs(list) do
    local n = #person.images
    local held = gallery.count(run.options.held_out, n)
    if held >= n then
      run:omit(person.name, ("too few photos: %d, of which %d would be held out"):format(n, held))
    else
      person.probes, person.enrolled = gallery.draw(person.images, held, run.generator)
      for _, one in ipairs(person.images) do one.truth = person.name end
      rest[#rest + 1] = person
    end
  end
  if #rest < 2 then
    error(("%d people with enough photos; two or more are wanted"):format(#rest), 0)
  end
  return rest
end

local function record_rules(run)
  local o = run.options
  run:rule("held_out", math.type(o.held_out) == "integer"
    and ("%d photos of each person, drawn"):format(o.held_out)
    or ("a share of %g of each person's photos, drawn"):format(o.held_out))
  run:rule("loss", ("mean cross-entropy + %g |weights|^2 / 2"):format(o.decay))
  run:rule("features", o.raw and "as they are"
    or "standardised by the training photos' means and deviations")
  run:rule("method", o.method == "lbfgs" and ("L-BFGS from zeros, at most %d steps"):format(o.steps)
    or ("SGD from zeros, %d epochs, rate %g, momentum %g, %d photos a step"):format(o.epochs,
      o.rate, o.momentum, o.rows))
end

local function prepare(run)
  local found, everyone = gallery.read(run)
  local list = split(run, labelled.unique(run, found))
  gallery.find_faces(run, list)
  local images = gallery.used(list)
  run.data.name = "photos of known people"
  record_rules(run)
  return {
    people = list, images = images, sources = gallery.sources(run, images, everyone),
  }
end

-- The features of one side's photos that have some, and whose they are; only of people
-- that are `known`, where that is given.
local function side(list, field, rows, failed, known)
  local places, names = {}, {}
  for _, person in ipairs(list) do
    local there = gallery.places(person[field], failed)
    for _, place in ipairs((not known or known[person.name]) and there or {}) do
      places[#places + 1], names[#names + 1] = place, person.name
    end
  end
  return { rows = gallery.pick(rows, places), names = names }
end

-- Both sides, and the people of whom there is something to learn.
local function sides_of(list, rows, failed)
  local training, classes, known = side(list, "enrolled", rows, failed), {}, {}
  for _, name in ipairs(training.names) do
    if not known[name] then classes[#classes + 1] = name end
    known[name] = true
  end
  return {
    training = training, classes = classes, seen = side(list, "probes", rows, failed, known),
  }
end

-- Losses fall over many orders.
local function log10(loss) return math.log(math.max(loss, LEAST), 10) end

-- Trains the layer and follows the loss on both sides.
local function train(run, study, source, sides)
  local o, curve = run.options, { steps = {}, training = {}, ["held out"] = {} }
  local rows = study.tables.loss.rows
  local progress = run:progress(source.name .. ", layer", o.method == "sgd" and o.epochs or o.steps)
  local head, report = softmax_head.train(sides.training.rows, sides.training.names, {
    classes = sides.classes, method = o.method, decay = o.decay, standardise = not o.raw,
    steps = o.steps, epochs = o.epochs, rate = o.rate, momentum = o.momentum, batch = o.rows,
    generator = run.generator,
    on_step = function(step, loss, layer)
      local now = #sides.seen.names > 0
        and softmax_head.loss(layer(), sides.seen.rows, sides.seen.names) or 0 / 0
      curve.steps[step], curve.training[step] = step, log10(loss)
      curve["held out"][step] = log10(now)
      rows[#rows + 1] = { source.name, step, loss, now == now and now or nil }
      progress:step()
    end,
  })
  progress:done()
  for _, one in ipairs { "training", "held out" } do
    table.insert(study.curves, { name = ("%s, %s"):format(source.name, one), x = curve.steps,
      y = curve[one] })
  end
  if report.converged == false then
    run:say("%s: after %d steps the loss may still fall; --steps N allows more", source.name,
      report.steps)
  end
  return head, report
end

-- Probabilities of all people for the photos held out: NaN for those of whom nothing
-- was learnt, and for photos without features.
local function probabilities(study, head, rows, images)
  local found = softmax_head.probabilities(head, gallery.pick(rows, gallery.places(images)))
  local out, column = tensor.full({ #images, #study.people }, 0 / 0, "f64"), {}
  for c, name in ipairs(head.classes) do column[name] = c end
  for p, person in ipairs(study.people) do
    local c = column[person.name]
    if c then out:select(2, p):copy(found:select(2, c)) end
  end
  return out
end

local function accuracy(head, one)
  local p, right = softmax_head.probabilities(head, one.rows), 0
  for i, name in ipairs(one.names) do
    if head.classes[math.tointeger(p[i]:argmax())] == name then right = right + 1 end
  end
  return right / #one.names
end

local function record(run, source, sides, head, report)
  local key, name = source.name .. "/", "head_" .. source.name:gsub("[^%w-]", "_")
  run:metric(key .. "accuracy.training", accuracy(head, sides.training))
  run:metric(key .. "loss.training", softmax_head.loss(head, sides.training.rows,
    sides.training.names))
  run:metric(key .. "loss.held_out", #sides.seen.names > 0
    and softmax_head.loss(head, sides.seen.rows, sides.seen.names) or 0 / 0)
  run:metric(key .. "features", head.weight:size(2))
  run:metric(key .. "photos.trained_on", #sides.training.names)
  run:metric(key .. "people.learnt", #head.classes)
  run:metric(key .. "steps", report.steps)
  if report.converged ~= nil then run:metric(key .. "converged", report.converged and 1 or 0) end
  run:file(name .. ".csv")
  head.features = source.model and naming.features(source.model)
  assert(softmax_head.save(head, run:file(name .. ".safetensors")))
end

local function measure(run, study, source)
  local rows, failed = gallery.embed(source, study.images)
  local sides = sides_of(study.people, rows, failed)
  if #sides.classes < 2 then
    error(("%s: %d of the people have a photo with a face to train on; two or more are wanted")
      :format(source.name, #sides.classes), 0)
  end
  local head, report = run:timed("score", train, run, study, source, sides)
  record(run, source, sides, head, report)
  local names, _, images = gallery.names(study.people), gallery.probes(study.people)
  local lost = {}
  for i, one in ipairs(images) do lost[i] = failed[one.place] end
  run:print("%s: %d photos of %d people trained on; loss %.3g there, %.3g held out", source.name,
    #sides.training.names, #head.classes, run.metrics[source.name .. "/loss.training"],
    tonumber(run.metrics[source.name .. "/loss.held_out"]) or 0 / 0)
  labelled.judge(run, source.name,
    labelled.answers(images, probabilities(study, head, rows, images), names, lost, TOP), {
      kind = "probability", classes = #names, top = TOP, picture = source.picture,
    })
end

local function main(run, study)
  run.data.subjects, run.data.images = #study.people, #study.images
  study.tables = { loss = run:table("loss", { "model", "step", "training", "held_out" }) }
  study.curves = {}
  for _, source in ipairs(study.sources) do measure(run, study, source) end
  run:plot("loss.png", plot.lines, {
    series = study.curves, title = "Loss: log10 of the mean cross-entropy",
    x_title = run.options.method == "sgd" and "epoch" or "step",
    caption = "Where the photos held out rise again the layer learns its own photos by heart.",
  })
end

os.exit(experiment.main({
  name = "finetune_head", model = "mobilefacenet",
  summary = "A new softmax layer on a frozen network's features: held-out accuracy, confusions,"
    .. " losses; the layer as a file. --data DIR holds one folder a person, two photos each or"
    .. " more; --embeddings LAYER.csv takes any layer's features from layer_features.lua."
    .. " Seconds beside the network's time. --limit N: the first N people.",
  question = "How well do a frozen network's features tell these people apart, by a softmax"
    .. " layer trained on some of their photos and tested on the others?",
  options = options, prepare = prepare, run = main,
}, arg), true)
