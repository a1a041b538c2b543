--- Verification: do two photos show the same person?
--
-- Two photos give their similarity and, by a named threshold, match or no match. A
-- list of pairs gives how often the threshold is right, and ROC, EER and TAR at fixed
-- FAR with the thresholds that belong to them. A photo without a face makes its pairs
-- failures to acquire: no match, and counted.
--
-- Data: two photos, or a CSV with the header photo1,photo2,same[,group], paths from
-- its own folder on. Reference: Brownlee's tutorial (2019) takes a cosine distance up
-- to 0.5 for a match, and prints 0.418 and 0.295 for two pairs of one person and 0.709
-- for one of two people. A second or two for two photos on two cores.
--
--     ./visage experiments/verify.lua a.jpg b.jpg
--     ./visage experiments/verify.lua --pairs pairs.csv --model dlib-resnet
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local groups = require "visage.metrics.groups"
local metric_scores = require "visage.metrics.scores"
local pair_scores = require "visage.experiment.pair_scores"
local photo_pairs = require "visage.data.photo_pairs"
local plot = require "visage.plot"
local verification = require "visage.metrics.verification"

local FARS = { 0.1, 0.01, 0.001 }

local function options(parser)
  parser:argument("photos", "Two photos."):args("*")
  parser:option("--pairs", "CSV of pairs: photo1,photo2,same and perhaps group.")
    :argname("FILE")
  parser:option("--threshold", "What is a match: brownlee: cosine distance up to 0.5;"
    .. " model: the network's own rule; or a number, the least similarity, or the"
    .. " greatest distance of a network that is made for distances (by default the"
    .. " network's own rule, where it has none brownlee's)."):argname("NAME|NUMBER")
  embeddings.options(parser, {
    crop = "detector_box", choose = "first", no_face = "skip", detector = "ipazc-0.1.1",
  })
end

-- The pairs of the list, or the two photos of the command line.
local function read_pairs(run)
  local o = run.options
  if (o.pairs ~= nil) == (#o.photos > 0) or not o.pairs and #o.photos ~= 2 then
    error("give two photos, or a list with --pairs FILE", 0)
  end
  if not o.pairs then
    return { { files = o.photos, paths = o.photos } }
  end
  local list = assert(photo_pairs.read(o.pairs))
  local again = list.repeated[1]
  if again then
    run:say("%s:%d: the pair of line %d again; both count (%d such lines)", o.pairs,
      again.line, again.first, #list.repeated)
    run:count("repeated_pairs", #list.repeated)
  end
  for i = #list, (o.limit or #list) + 1, -1 do list[i] = nil end
  return list
end

-- The threshold as the least similarity of a match, and its rule.
local function threshold_of(given, source)
  local distance, model = source.score == "euclidean", source.model or {}
  local number = tonumber(given)
  if number then
    return { at = distance and -number or number,
      rule = distance and ("distance up to %g"):format(number)
        or ("similarity from %g on"):format(number) }
  end
  if given and given ~= "model" and given ~= "brownlee" then
    error(("--threshold: brownlee, model or a number, not '%s'"):format(given), 0)
  end
  if given ~= "brownlee" and model.threshold then
    return { at = metric_scores.after(-model.threshold),
      rule = ("%s: distance below %g"):format(model.name, model.threshold) }
  end
  if given == "model" then
    error(("--threshold: %s has no threshold of its own"):format(source.name), 0)
  end
  if distance then
    error(("--threshold brownlee is a cosine distance; %s is made for Euclidean ones"):format(
      source.name), 0)
  end
  return { at = 0.5, rule = "brownlee: cosine distance up to 0.5" }
end

local function prepare(run)
  local o = run.options
  local list = read_pairs(run)
  local photos, missing = photo_pairs.photos(list)
  if missing[1] then
    error(("%s: %d of %d photos are not there: %s%s"):format(o.pairs or "photos", #missing,
      #photos, table.concat(missing, ", ", 1, math.min(5, #missing)),
      #missing > 5 and ", ..." or ""), 0)
  end
  if o.crop == "whole" then o.detector = nil end
  local sources, rules = embeddings.sources(run, photos), {}
  for _, source in ipairs(sources) do
    source.threshold = threshold_of(o.threshold, source)
    rules[source.name] = source.threshold.rule
  end
  run:rule("threshold", rules)
  run:rule("eer", "bob")
  run:rule("tar_at_far", "at_most")
  run.data.name, run.data.path = o.pairs and "pairs" or "two photos", o.pairs or o.photos[1]
  return { pairs = list, photos = photos, sources = sources }
end

-- What is shown of a score: a distance where the network is made for it.
local function shown(source, score)
  return source.score == "euclidean" and -score or score
end

-- Writes the pairs down; the score set of those whose truth is known, its groups, and
-- how many were called rightly.
local function judge(study, source, scores)
  local set, labels = { genuine = {}, impostor = {} }, { genuine = {}, impostor = {} }
  local right = 0
  for i, pair in ipairs(study.pairs) do
    local failed, match = scores[i] ~= scores[i], scores[i] >= source.threshold.at
    table.insert(study.rows, {
      source.name, pair.files[1], pair.files[2], pair.same, pair.group,
      not failed and shown(source, scores[i]) or nil, match, failed and "failed" or "ok",
    })
    if pair.same ~= nil then
      local kind = pair.same and "genuine" or "impostor"
      table.insert(set[kind], scores[i])
      table.insert(labels[kind], pair.group or false)
      if match == pair.same then right = right + 1 end
    end
  end
  return set, labels, right
end

local function print_pair(run, study, source, score)
  local a, b = table.unpack(study.pairs[1].files)
  if score ~= score then
    return run:print("%s: %s and %s cannot be compared: no face", source.name, a, b)
  end
  run:print("%s: %s and %s: %s %.4f, %s (%s)", source.name, a, b,
    source.score == "euclidean" and "distance" or "similarity", shown(source, score),
    score >= source.threshold.at and "match" or "no match", source.threshold.rule)
end

-- What a list says of thresholds.
local function record_advice(run, study, source, set)
  local key, rows = source.name, study.advice
  local eer, best = verification.eer(set), verification.youden(set)
  run:metric(key .. "/auc", verification.auc(set))
  run:metric(key .. "/eer", eer.eer)
  rows[#rows + 1] = { key, "eer", shown(source, eer.threshold), nil, nil, true }
  rows[#rows + 1] = { key, "youden", shown(source, best.threshold), best.far, best.tar, true }
  for _, far in ipairs(FARS) do
    local at = verification.tar_at_far(set, far)
    run:metric(("%s/tar_at_far_%g"):format(key, far), at.tar)
    rows[#rows + 1] = { key, ("far %g"):format(far), shown(source, at.threshold), at.far, at.tar,
      at.supported }
  end
  run:print("%s: AUC %.5f, EER %.4f at %.4f; TAR %.4f at FAR 0.01", key,
    run.metrics[key .. "/auc"], eer.eer, shown(source, eer.threshold),
    run.metrics[key .. "/tar_at_far_0.01"])
  local roc = verification.roc(set, { points = "corners" })
  table.insert(study.curves, { name = key, x = roc.far, y = roc.tar })
end

local function record_groups(study, source, set, labels)
  local parts, rows = groups.split(set, labels), study.groups
  for _, one in ipairs(groups.rates(parts, source.threshold.at)) do
    rows[#rows + 1] = { source.name, one.group, one.fmr, one.fnmr, one.genuine, one.impostor,
      one.failures.genuine + one.failures.impostor }
  end
end

local function measure(run, study, source)
  local rows, failed = source.embed(study.photos)
  local scores = run:timed("score", pair_scores.of, pair_scores.faces(rows, failed),
    study.pairs, { score = source.score })
  local set, labels, right = judge(study, source, scores)
  if not run.options.pairs then
    run:metric(source.name .. "/similarity", scores[1])
    return print_pair(run, study, source, scores[1])
  end
  run:metric(source.name .. "/accuracy", right / #study.pairs)
  run:print("%s: right for %d of %d pairs (%s)", source.name, right, #study.pairs,
    source.threshold.rule)
  local counted = { genuine = 0, impostor = 0 }
  for kind, list in pairs(set) do
    for _, score in ipairs(list) do
      if score == score then counted[kind] = counted[kind] + 1 end
    end
  end
  if counted.genuine > 0 and counted.impostor > 0 then
    record_advice(run, study, source, set)
  else
    run:say("no ROC: %d pairs of one person and %d of two could be compared", counted.genuine,
      counted.impostor)
  end
  record_groups(study, source, set, labels)
end

local function main(run, study)
  study.rows = run:table("pairs", { "model", "photo1", "photo2", "same", "group", "score",
    "match", "status" }).rows
  study.curves = {}
  if run.options.pairs then
    study.advice = run:table("thresholds", { "model", "rule", "threshold", "far", "tar",
      "supported" }).rows
    study.groups = run:table("groups", { "model", "group", "fmr", "fnmr", "genuine",
      "impostor", "failures" }).rows
  end
  run.data.images = #study.photos
  for _, source in ipairs(study.sources) do measure(run, study, source) end
  if study.curves[1] then
    run:plot("roc.png", plot.roc, { series = study.curves, title = "ROC", x_low = 1e-3 })
  end
end

os.exit(experiment.main({
  name = "verify", model = "mobilefacenet",
  summary = "Do two photos show the same person? Or a CSV of pairs: accuracy, ROC, EER,"
    .. " TAR at FAR, thresholds. Published: Brownlee's cosine distance up to 0.5.",
  options = options, prepare = prepare, run = main,
}, arg), true)
