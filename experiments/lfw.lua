--- LFW, view 2 (Huang et al. 2007): are two photos of the same person?
--
-- 6,000 pairs in ten folds, half of them of one person. In each fold the threshold
-- is the one that is most accurate on the other nine; the result is the mean of the
-- folds' accuracies, with their deviation (what facenet and InsightFace print after
-- the mean), the standard error of the mean (what LFW's own tables print) and an
-- interval by drawing people anew, the folds' thresholds held. A photo without an
-- embedding makes its pairs failures to acquire: they are called different, so they
-- cost accuracy. ROC with its band, VAL at FAR 0.001, marked where 2,700 impostors do
-- not support it, scores of both kinds, and the pairs that went most wrong as a picture.
--
-- Data: the photos as released, 250 x 250, and pairs.txt, 183 MB from
-- vis-www.cs.umass.edu/lfw, in --data DIR:
--
--     DIR/lfw/NAME/NAME_0001.jpg
--     DIR/pairs.txt
--     DIR/lfw_landmark.txt          five points a photo, if you have them, in pixels of
--                                   the released photos: scaled to the photo's size
--
-- Published: facenet's Inception-ResNet-v1 trained on VGGFace2 0.9965, on CASIA-WebFace
-- 0.9905 (davidsandberg/facenet's README), 0.99367 in the notebook of
-- timesler/facenet-pytorch; dlib's ResNet 0.9938 (davisking/dlib-models' README), each
-- with an alignment of its own.
--
-- 7,701 photos are looked at: a minute or two on a GPU, an hour on two cores with a
-- large network and MTCNN; a second run takes the embeddings from the cache and scores
-- the 6,000 pairs in half a second, and some seconds more for 1,000 draws of intervals.
--
--     ./visage experiments/lfw.lua --data /data --model mobilefacenet
--     ./visage experiments/lfw.lua --data /data --flip join --mean others
--     ./visage experiments/lfw.lua --data /data --embeddings runs/extract/embeddings.csv
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local folds = require "visage.metrics.folds"
local lfs = require "lfs"
local lfw = require "visage.data.lfw"
local models = require "visage.models"
local pair_results = require "visage.experiment.pairs.results"
local pair_scores = require "visage.experiment.pairs.scores"
local synthetic = require "visage.data.synthetic"

-- VAL@FAR of facenet's evaluation.
local FAR = 0.001

-- What the makers of checkpoints print.
local PUBLISHED = {
  source = "READMEs of davidsandberg/facenet and davisking/dlib-models, each by an alignment of"
    .. " its own",
  ["inception-resnet-v1:vggface2"] = 0.9965, ["inception-resnet-v1:casia-webface"] = 0.9905,
  ["dlib-resnet:dlib"] = 0.9938,
}

local FLIP = { none = false, join = "join", add = "sum" }

-- How thresholds are chosen, for accuracy and for VAL.
local RULES = {
  midway = {
    threshold = "midway between neighbouring scores, of equally good ones the highest; s >= t",
    val = "at_most",
  },
  facenet = {
    threshold = "facenet's grid of squared distances, 0 to 4 by 0.01, the first best; d < t",
    val = "FAR interpolated on facenet's grid, 0 to 4 by 0.001; d < t",
  },
}

local function options(parser)
  parser:option("--pairs", "Protocol file in --data."):argname("FILE"):default("pairs.txt")
  parser:option("--alignment", "How a face is found: file: by the points in"
    .. " lfw_landmark.txt; detect: by --detector; none: photos are faces already (by"
    .. " default file where it is there and the networks are aligned by points, else"
    .. " detect)."):choices { "file", "detect", "none" }
  parser:option("--flip", "The mirrored face's embedding: model: as the network's"
    .. " variant says; none; join: behind the other; add: to the other.")
    :choices { "model", "none", "join", "add" }:default("model")
  parser:option("--mean", "others: subtract, fold by fold, the mean embedding of the"
    .. " other folds' photos, each as often as it is in a pair.")
    :choices { "none", "others" }:default("none")
  parser:option("--score", "cosine; euclidean: the distance, negated; facenet: the"
    .. " squared distance of embeddings of length one, negated, and facenet's grid of"
    .. " thresholds (by default the network's own of the first two).")
    :choices { "cosine", "euclidean", "facenet" }
  parser:option("--missing", "Photos that are not there: error, or failure: their"
    .. " pairs are called different."):choices { "error", "failure" }:default("error")
  pair_results.options(parser)
  embeddings.options(parser, {
    crop = "detector_box", choose = "centre", no_face = "skip", detector = "ipazc-0.1.1",
  })
end

-- The first N pairs of a kind of each fold.
local function limited(list, limit)
  if not limit then return list end
  local taken, rest = {}, { folds = list.folds, repeated = list.repeated }
  for _, pair in ipairs(list) do
    local key = pair.fold .. tostring(pair.same)
    taken[key] = (taken[key] or 0) + 1
    if taken[key] <= limit then rest[#rest + 1] = pair end
  end
  return rest
end

-- The pairs and their photos; what is wrong with them shows before any work.
local function read_pairs(run)
  local o = run.options
  local list = limited(assert(lfw.pairs(o.data .. "/" .. o.pairs)), o.limit)
  if list.folds < 2 then
    error(("%s/%s: one fold; a threshold is chosen on other folds"):format(o.data, o.pairs), 0)
  end
  local again = list.repeated[1]
  if again then
    run:say("%s:%d: the pair of line %d again; both count (%d such lines)", o.pairs, again.line,
      again.first, #list.repeated)
    run:count("repeated_pairs", #list.repeated)
  end
  pair_results.keep(run, list)
  local photos, missing = lfw.photos(list, ("%s/%s"):format(o.data, o.images))
  if missing[1] and o.missing == "error" and not o.embeddings then
    error(("%d of %d photos of %s are not in %s/%s: %s%s; --missing failure calls their"
      .. " pairs different"):format(#missing, #photos, o.pairs, o.data, o.images,
      table.concat(missing, ", ", 1, math.min(5, #missing)), #missing > 5 and ", ..." or ""), 0)
  end
  return list, photos
end

-- The file of points: wanted, or there and of use to all networks.
local function landmarks_file(run)
  local path, alignment = run.options.data .. "/lfw_landmark.txt", run.options.alignment
  if alignment then return alignment == "file" and path or nil end
  for _, spec in ipairs(run.options.model) do
    local _, variant = assert(models.find(spec))
    if not variant.align then return nil end
  end
  return lfs.attributes(path, "mode") and path or nil
end

-- What a source's scores are, for the record.
local function with_scores(run, sources)
  local scores = {}
  for _, source in ipairs(sources) do
    source.score = run.options.score or source.score
    scores[source.name] = source.score
  end
  run:rule("score", scores)
  return sources
end

-- The networks, and how each gets its faces.
local function sources_of(run, photos)
  local o = run.options
  local whole = o.alignment == "none" or o.crop == "whole"
  if whole and o.alignment ~= "none" and o.alignment then
    error(("--crop whole takes photos as they are; leave --alignment %s out"):format(
      o.alignment), 0)
  end
  local path, mirror = not whole and landmarks_file(run) or nil, FLIP[o.flip]
  if whole or path then o.detector = nil end
  if whole then o.crop = "whole" end
  run:rule("alignment", path and "file" or whole and "none" or "detect")
  if path then assert(lfw.add_points(photos, path)) end
  local sources = embeddings.sources(run, photos, {
    points = path and "lfw_landmark.txt", mirror = mirror,
  })
  for _, source in ipairs(sources) do
    if path and not source.model.align then
      error(("%s is not aligned by points; use --alignment detect"):format(source.name), 0)
    end
  end
  return sources
end

local function record_rules(run)
  local o = run.options
  run:rule("flip", o.embeddings and "as in the file" or o.flip)
  run:rule("mean", o.mean == "none" and "none" or "of the other folds' photos, subtracted")
  for name, rule in pairs(RULES[o.score == "facenet" and "facenet" or "midway"]) do
    run:rule(name, rule)
  end
  run:rule("folds", "threshold of a fold from the other folds")
  run:rule("std", "over folds, divided by n")
  run:rule("standard_error", "deviation divided by n - 1, over the root of n")
end

local function prepare(run)
  local o = run.options
  run.data.name, run.data.path, run.data.people = "LFW view 2", o.data, "LFW"
  run.synthetic = run.synthetic or synthetic.is_marked(o.data)
  if o.embeddings and (o.flip ~= "model" or o.alignment) then
    error("--embeddings are what they are; leave --flip and --alignment out", 0)
  end
  local list, photos = read_pairs(run)
  record_rules(run)
  return {
    pairs = list, photos = photos,
    sources = with_scores(run, o.embeddings and embeddings.sources(run, photos)
      or sources_of(run, photos)),
  }
end

-- One number of each pair, as folds wants it.
local function column(list, field)
  local values = {}
  for i, pair in ipairs(list) do values[i] = pair[field] end
  return values
end

-- How often each photo is in a pair of another fold.
local function times_in_others(study, fold)
  local times = {}
  for i in ipairs(study.photos) do times[i] = 0 end
  for _, pair in ipairs(study.pairs) do
    for _, place in ipairs(pair.fold ~= fold and pair.places or {}) do
      times[place] = times[place] + 1
    end
  end
  return times
end

-- With a mean for each fold its pairs have other scores there than in the other
-- folds; without, one list serves all.
local function scores_of(study, source, faces, mean, fold)
  local times = mean == "others" and times_in_others(study, fold) or nil
  return pair_scores.of(faces, study.pairs, { score = source.score, times = times })
end

-- What folds finds for each fold k, by figure({ scores, same, fold }): a list of
-- { result, place of the fold in it }, and the scores of each fold's own pairs.
local function in_folds(study, source, faces, mean, figure)
  local same, fold_of = column(study.pairs, "same"), column(study.pairs, "fold")
  local own, parts, scores = {}, {}, nil
  for fold = 1, study.pairs.folds do
    if mean == "others" or not scores then
      scores = scores_of(study, source, faces, mean, fold)
    end
    local labels = {}
    for i, other in ipairs(fold_of) do
      labels[i] = other == fold
      if labels[i] then own[i] = scores[i] end
    end
    parts[fold] = figure { scores = scores, same = same, fold = labels }
  end
  return parts, own
end

-- The place of the fold under test among the two of a result.
local function tested(part)
  return part.folds[1] and 1 or 2
end

-- Accuracy and VAL of one fold and their thresholds.
local function figures(facenet)
  local accept = facenet and "above" or nil
  return function(pairs_)
    local a = folds.accuracy(pairs_, {
      thresholds = facenet and folds.facenet_grid() or nil, accept = accept,
    })
    local v = folds.val_at_far(pairs_, FAR, {
      thresholds = facenet and folds.facenet_fine_grid() or nil, accept = accept,
    })
    local k, m = tested(a), tested(v)
    return {
      accuracy = a.accuracy[k], threshold = a.thresholds[k], val = v.val[m], far = v.far[m],
      supported = v.supported,
    }
  end
end

local function record_folds(run, study, key, parts)
  local rows = study.tables.per_fold.rows
  for fold, part in ipairs(parts) do
    rows[#rows + 1] = { key, fold, part.accuracy, part.threshold, part.val, part.far }
  end
  for _, name in ipairs { "accuracy", "val" } do
    local summary = folds.summary(column(parts, name))
    local label = name == "val" and "val_at_far_0.001" or name
    run:metric(("%s/%s.mean"):format(key, label), summary.mean)
    run:metric(("%s/%s.std"):format(key, label), summary.std)
    run:metric(("%s/%s.standard_error"):format(key, label), summary.standard_error)
  end
  local supported = true
  for _, part in ipairs(parts) do supported = supported and part.supported end
  run:metric(key .. "/val_at_far_0.001.supported", supported and 1 or 0)
end

local function record_pairs(run, study, key, own)
  local rows, failed = study.tables.pairs.rows, 0
  for i, pair in ipairs(study.pairs) do
    if own[i] ~= own[i] then failed = failed + 1 end
    rows[#rows + 1] = { key, pair.fold, pair.files[1], pair.files[2], pair.same,
      own[i] == own[i] and own[i] or nil }
  end
  run:metric(key .. "/pairs", #study.pairs)
  run:metric(key .. "/pairs.failed", failed)
  return failed
end

-- How far each pair lies beyond the threshold of its own fold.
local function margins_of(list, own, parts)
  local margins = {}
  for i, pair in ipairs(list) do margins[i] = own[i] - parts[pair.fold].threshold end
  return margins
end

-- Curves, intervals and pictures of a source's scores.
local function show(study, source, faces, own, parts)
  local results, facenet = study.results, source.score == "facenet"
  local margins = margins_of(study.pairs, own, parts)
  local set, subjects = pair_results.sides(study.pairs, own)
  results:curve(source.name, set, subjects)
  results:accuracy(source.name .. "/accuracy.mean", study.pairs, margins, facenet)
  results:histogram(source.name, set, {
    x_title = source.score == "cosine" and "similarity" or "distance, negated",
    threshold = folds.summary(column(parts, "threshold")).mean,
  })
  results:errors(source, study.pairs, margins, {
    shown = function(i) return own[i] end, failed = faces.failed, strict = facenet,
  })
end

local function record_published(run, source)
  local model = source.model
  local value = model and PUBLISHED[("%s:%s"):format(model.name, model.variant)]
  if not value then return end
  run:reference(PUBLISHED.source, { [source.name .. "/accuracy.mean"] = value })
end

local function measure(run, study, source)
  local faces = pair_scores.faces(source.embed(study.photos))
  local parts, own = run:timed("score", in_folds, study, source, faces, run.options.mean,
    figures(source.score == "facenet"))
  record_folds(run, study, source.name, parts)
  local lost = record_pairs(run, study, source.name, own)
  show(study, source, faces, own, parts)
  record_published(run, source)
  local m, key = run.metrics, source.name .. "/"
  run:print("%s: accuracy %.4f, std %.4f, standard error %.4f (%d folds, %d pairs, %d failed)",
    source.name, m[key .. "accuracy.mean"], m[key .. "accuracy.std"],
    m[key .. "accuracy.standard_error"], study.pairs.folds, #study.pairs, lost)
  run:print("%s: VAL %.4f at FAR 0.001%s, AUC %.5f, EER %.4f", source.name,
    m[key .. "val_at_far_0.001.mean"], m[key .. "val_at_far_0.001.supported"] == 1 and ""
      or " (too few impostors to support it)", m[key .. "auc"], m[key .. "eer"])
end

local function main(run, study)
  study.tables = {
    per_fold = run:table("per_fold",
      { "model", "fold", "accuracy", "threshold", "val_at_far_0.001", "far" }),
    pairs = run:table("pairs", { "model", "fold", "photo1", "photo2", "same", "score" }),
  }
  study.results = pair_results.new(run, study.photos, {
    title = "LFW", x_low = 1e-4, eer = "linear",
  })
  run.data.images = #study.photos
  for _, source in ipairs(study.sources) do measure(run, study, source) end
  study.results:finish()
end

os.exit(experiment.main({
  name = "lfw", model = "mobilefacenet", images = "lfw", needs_data = true,
  question = "Are two photos of one person? LFW's view 2, in ten folds.",
  summary = "LFW view 2: accuracy in ten folds, VAL at FAR 0.001, ROC. --data DIR holds"
    .. " lfw/NAME/NAME_0001.jpg, pairs.txt and perhaps lfw_landmark.txt (photos and pairs:"
    .. " vis-www.cs.umass.edu/lfw). Published: 0.9965 (facenet trained on VGGFace2, its"
    .. " README), 0.9938 (dlib's ResNet, its author). Minutes on a GPU, an hour on two"
    .. " cores with a large network. --limit N: the first N pairs of a kind in each fold.",
  options = options, prepare = prepare, run = main,
}, arg), true)
