--- Verification: do two photos show the same person?
--
-- Two photos give their similarity and, by a named threshold, match or no match. A
-- list of pairs gives how often the threshold is right, ROC, EER and TAR at fixed FAR
-- with intervals by subject, what other thresholds would do, the pairs that went most
-- wrong as a picture, error rates by group with the field's fairness figures, and what
-- rejecting poor photos gains. A photo without a face makes its pairs failures to
-- acquire: no match, and counted.
--
-- Data: two photos, or a CSV of pairs, the paths from --data DIR on, else from its own
-- folder:
--
--     photo1,photo2,same                    1 or 0: one person, or two
--     subject1,subject2                     if you have them; else who is who is told by
--                                           the folders, or by the pairs of one person
--     group, group_sex, group_...           any labels of the pair: errors by each
--     quality1,quality2                     more is better: error versus reject, or by
--                                           what --quality measures of the faces
--
-- Which face: of two photos the first that the detector gives, as Brownlee's recipe; in
-- a list the one nearest the middle, for photos of data sets are cut about their person.
-- It matters: of 100 photos of LFW (ten people, 450 pairs of one person and as many of
-- two) MobileFaceNet has an AUC of 0.977 by the first face, 0.9998 by the middle one or
-- the largest, and dlib's ResNet 0.980 and 0.9994.
--
-- Reference: Brownlee's tutorial (2019) takes a cosine distance up to 0.5 for a match, and
-- prints 0.418 and 0.295 for two pairs of one person and 0.709 for one of two people. Such
-- a threshold is a habit, not a law: the table of thresholds says what yours should be.
--
-- A second or two for two photos on two cores; a list looks at each photo once, some five
-- a second there with a small network, and the second run takes them from the cache.
--
--     ./visage experiments/verify.lua a.jpg b.jpg
--     ./visage experiments/verify.lua --pairs pairs.csv --model mobilefacenet,dlib-resnet
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local metric_scores = require "visage.metrics.scores"
local pair_groups = require "visage.experiment.pairs.groups"
local pair_quality = require "visage.experiment.pairs.quality"
local pair_results = require "visage.experiment.pairs.results"
local pair_scores = require "visage.experiment.pairs.scores"
local photo_pairs = require "visage.data.photo_pairs"
local verification = require "visage.metrics.verification"

local FARS = { 0.1, 0.01, 0.001 }

-- Doddington's rule of 30 (2000): of fewer errors nothing is said of a threshold.
local LEAST_ERRORS = 30

local function options(parser)
  parser:argument("photos", "Two photos."):args("*")
  parser:option("--pairs", "CSV of pairs: photo1,photo2,same and perhaps subject1,subject2,"
    .. " quality1,quality2, group, group_NAME."):argname("FILE")
  parser:option("--threshold", "What is a match: brownlee: cosine distance up to 0.5;"
    .. " model: the network's own rule; eer or far=F: chosen on the list itself; or a"
    .. " number, the least similarity, or the greatest distance of a network that is made"
    .. " for distances (by default the network's own rule, where it has none brownlee's).")
    :argname("NAME|NUMBER")
  parser:option("--missing", "Photos of the list that are not there: error, or failure:"
    .. " their pairs are no matches."):choices { "error", "failure" }:default("error")
  pair_results.options(parser)
  pair_quality.options(parser)
  embeddings.options(parser, {
    crop = "detector_box", choose = true, no_face = "skip", detector = "ipazc-0.1.1",
  })
end

-- The pairs of the list, or the two photos of the command line.
local function read_pairs(run)
  local o = run.options
  if (o.pairs ~= nil) == (#o.photos > 0) or not o.pairs and #o.photos ~= 2 then
    error("give two photos, or a list with --pairs FILE", 0)
  end
  if not o.pairs then
    return { { files = o.photos, paths = o.photos, groups = {} }, labels = {} }
  end
  local list = assert(photo_pairs.read(o.pairs, o.data and o.data .. (o.images
    and "/" .. o.images or "")))
  local again = list.repeated[1]
  if again then
    run:say("%s:%d: the pair of line %d again; both count (%d such lines)", o.pairs,
      again.line, again.first, #list.repeated)
    run:count("repeated_pairs", #list.repeated)
  end
  for i = #list, (o.limit or #list) + 1, -1 do list[i] = nil end
  local rule, wrong = photo_pairs.name_subjects(list)
  run:rule("subjects", rule)
  pair_results.keep(run, list)
  if wrong[1] then
    run:say("%s:%d: two people, whom other pairs call one (%d such lines)", o.pairs,
      wrong[1].line, #wrong)
    run:count("contradictory_pairs", #wrong)
  end
  return list
end

-- A threshold that the list's own pairs give; nil for another name.
local function chosen(given)
  if given == "eer" then
    return { rule = "EER of these pairs, on which it was chosen",
      choose = function(set) return verification.eer(set).threshold end }
  end
  local far = tonumber((given or ""):match "^far=(.*)$")
  if not far then return nil end
  if not (far >= 0 and far <= 1) then
    error(("--threshold %s: a FAR is 0 to 1"):format(given), 0)
  end
  return { rule = ("FAR %g of these pairs, on which it was chosen"):format(far),
    choose = function(set) return verification.tar_at_far(set, far).threshold end }
end

-- The threshold as the least similarity of a match, or how to choose it; and its rule.
local function threshold_of(given, source)
  local of_pairs = chosen(given)
  if of_pairs then return of_pairs end
  local distance, model = source.score == "euclidean", source.model or source.made_by or {}
  local number = tonumber(given)
  if number then
    return { at = distance and -number or number,
      rule = distance and ("distance up to %g"):format(number)
        or ("similarity from %g on"):format(number) }
  end
  if given and given ~= "model" and given ~= "brownlee" then
    error(("--threshold: brownlee, model, eer, far=F or a number, not '%s'"):format(given), 0)
  end
  if given ~= "brownlee" and model.threshold then
    return { at = metric_scores.after(-model.threshold),
      rule = ("%s: distance below %g"):format(model.name, model.threshold) }
  end
  if given == "model" then
    error(("--threshold: %s has no threshold of its own"):format(source.name), 0)
  end
  if distance then
    error(("--threshold %s: %s is made for Euclidean distances, Brownlee's is of cosines"):format(
      given or "is wanted, a number", source.name), 0)
  end
  return { at = 0.5, rule = "brownlee: cosine distance up to 0.5" }
end

local function check_photos(run, photos, missing)
  local o = run.options
  if not missing[1] or o.embeddings or o.pairs and o.missing == "failure" then return end
  error(("%s: %d of %d photos are not there: %s%s%s"):format(o.pairs or "photos", #missing,
    #photos, table.concat(missing, ", ", 1, math.min(5, #missing)),
    #missing > 5 and ", ..." or "",
    o.pairs and "; --missing failure calls their pairs no match" or ""), 0)
end

local function prepare(run)
  local o = run.options
  local list = read_pairs(run)
  local photos, missing = photo_pairs.photos(list)
  check_photos(run, photos, missing)
  if o.crop == "whole" then o.detector = nil end
  o.choose = o.choose or (o.pairs and "centre" or "first")
  local sources, rules = embeddings.sources(run, photos, {}), {}
  for _, source in ipairs(sources) do
    source.threshold = threshold_of(o.threshold, source)
    if source.threshold.choose and not o.pairs then
      error(("--threshold %s is chosen on a list of pairs"):format(o.threshold), 0)
    end
    rules[source.name] = source.threshold.rule
  end
  run:rule("threshold", rules)
  run:rule("tar_at_far", "at_most")
  run.data.name, run.data.path = o.pairs and "pairs" or "two photos", o.pairs or o.photos[1]
  return { pairs = list, photos = photos, sources = sources }
end

-- What is shown of a score: a distance where the network is made for it.
local function shown(source, score)
  return source.score == "euclidean" and -score or score
end

local function kind_of(source) return source.score == "euclidean" and "distance" or "similarity" end

-- Writes the pairs down; how many of them were called rightly.
local function judge(study, source, scores)
  local right = 0
  for i, pair in ipairs(study.pairs) do
    local failed, match = scores[i] ~= scores[i], scores[i] >= source.threshold.at
    local row = { source.name, pair.files[1], pair.files[2], pair.same,
      not failed and shown(source, scores[i]) or nil, match, failed and "failed" or "ok" }
    for k, label in ipairs(study.pairs.labels) do row[7 + k] = pair.groups[label] end
    table.insert(study.rows, row)
    if match == pair.same then right = right + 1 end
  end
  return right
end

local function compared(list)
  local n = 0
  for _, score in ipairs(list) do n = n + (score == score and 1 or 0) end
  return n
end

-- Which of two photos has no embedding, and why.
local function fault_of(pair, failed)
  for k, place in ipairs(pair.places) do
    local why = failed[place]
    if why then return ("%s: %s"):format(pair.files[k], (why:gsub("_", " "))) end
  end
  return "an embedding of length zero"
end

-- What two photos give: a line, and the faces that were compared.
local function show_pair(run, study, source, score, failed)
  local a, b = table.unpack(study.pairs[1].files)
  local verdict, rule
  if score == score then
    verdict = ("%s %.4f, %s"):format(kind_of(source), shown(source, score),
      score >= source.threshold.at and "match" or "no match")
    rule = (" (%s)"):format(source.threshold.rule)
  else
    verdict, rule = "cannot be compared", (" (%s)"):format(fault_of(study.pairs[1], failed))
  end
  run:print("%s: %s and %s%s %s%s", source.name, a, b, score == score and ":" or "", verdict,
    rule)
  local cells = {}
  for k, place in ipairs(study.pairs[1].places) do
    local photo = study.photos[place]
    cells[k] = { image = source.picture(photo), text = photo.key:match "[^/]*$" }
  end
  run:montage(("faces_%s.png"):format(source.name), {
    title = ("%s: %s"):format(source.name, verdict), cell = 240,
    rows = { { title = source.threshold.rule, cells = cells } },
  })
end

-- Chooses the threshold on the pairs, where that is its rule.
local function settle(source, set)
  if not source.threshold.choose then return end
  for kind, list in pairs(set) do
    if compared(list) == 0 then
      error(("--threshold: no %s pair to choose it on"):format(kind), 0)
    end
  end
  source.threshold.at = source.threshold.choose(set)
end

-- A line of the table of thresholds; supported says whether the FAR rule did.
local function advise(study, source, set, rule, at, supported)
  local rates, counts = verification.rates(set, at), verification.counts(set, at)
  if supported == nil then supported = math.min(counts.fp, counts.fn) >= LEAST_ERRORS end
  table.insert(study.advice, { source.name, rule, shown(source, at), rates.far, rates.tar,
    counts.fp, counts.fn, supported })
  return ("%s %.4f%s"):format(rule, shown(source, at), supported and "" or " (too few errors)")
end

-- What other thresholds would do to these pairs.
local function record_advice(run, study, source, set, eer)
  local function line(...) return advise(study, source, set, ...) end
  line("used: " .. source.threshold.rule, source.threshold.at)
  local said = { line("EER", eer.threshold), line("Youden", verification.youden(set).threshold) }
  for _, far in ipairs(FARS) do
    local at = verification.tar_at_far(set, far)
    said[#said + 1] = line(("FAR %g"):format(far), at.threshold, at.supported)
  end
  run:print("%s: AUC %.5f, EER %.4f, TAR %.4f at FAR 0.01", source.name,
    run.metrics[source.name .. "/auc"], eer.eer, run.metrics[source.name .. "/tar_at_far_0.01"])
  run:print("%s: thresholds of these pairs: %s", source.name, table.concat(said, ", "))
end

-- All that a list says of one source.
local function measure_list(run, study, source, scores, failed, right)
  local results, margins = study.results, {}
  for i, score in ipairs(scores) do margins[i] = score - source.threshold.at end
  run:metric(source.name .. "/accuracy", right / #study.pairs)
  results:accuracy(source.name .. "/accuracy", study.pairs, margins)
  run:print("%s: right for %d of %d pairs (%s)", source.name, right, #study.pairs,
    source.threshold.rule)
  local set, subjects = pair_results.sides(study.pairs, scores)
  local genuine, impostor = compared(set.genuine), compared(set.impostor)
  if genuine > 0 and impostor > 0 then
    record_advice(run, study, source, set, results:curve(source.name, set, subjects, FARS))
  else
    run:say("no ROC: %d pairs of one person and %d of two could be compared", genuine, impostor)
  end
  results:histogram(source.name, pair_results.sides(study.pairs, study.shown), {
    x_title = kind_of(source), threshold = shown(source, source.threshold.at),
  })
  results:errors(source, study.pairs, margins, {
    shown = function(i) return study.shown[i] end, failed = failed,
  })
  for _, label in ipairs(study.pairs.labels) do
    pair_groups.record(run, study.groups, results, source.name, study.pairs, margins, label)
  end
  if study.reject then
    pair_quality.record(run, study.reject, source, study.photos, study.pairs, scores)
  end
end

local function measure(run, study, source)
  local faces = pair_scores.faces(source.embed(study.photos))
  local scores = run:timed("score", pair_scores.of, faces, study.pairs, { score = source.score })
  settle(source, (pair_results.sides(study.pairs, scores)))
  local right = judge(study, source, scores)
  if not run.options.pairs then
    run:metric(("%s/%s"):format(source.name, kind_of(source)), shown(source, scores[1]))
    return show_pair(run, study, source, scores[1], faces.failed)
  end
  study.shown = {}
  for i, score in ipairs(scores) do study.shown[i] = shown(source, score) end
  measure_list(run, study, source, scores, faces.failed, right)
end

local function main(run, study)
  local columns = { "model", "photo1", "photo2", "same", "score", "match", "status" }
  local labels = study.pairs.labels
  study.rows = run:table("pairs", table.move(labels, 1, #labels, #columns + 1, columns)).rows
  if run.options.pairs then
    study.advice = run:table("thresholds", { "model", "rule", "threshold", "far", "tar",
      "false_accepts", "false_rejects", "supported" }).rows
    study.results = pair_results.new(run, study.photos, {
      title = "pairs", x_low = 1e-3, eer = "bob",
    })
    study.groups = labels[1] and pair_groups.new(run)
    study.reject = pair_quality.new(run, study.pairs)
  end
  run.data.images = #study.photos
  for _, source in ipairs(study.sources) do measure(run, study, source) end
  if study.groups then pair_groups.finish(run, study.groups) end
  if study.results then study.results:finish() end
  if study.reject then pair_quality.finish(run, study.reject) end
end

os.exit(experiment.main({
  name = "verify", model = "mobilefacenet",
  question = "Do two photos show the same person, by which threshold, and who is mistaken?",
  summary = "Do two photos show the same person? Or a CSV of pairs: accuracy, ROC, EER,"
    .. " TAR at FAR, thresholds, errors by group. Of several faces on a photo the first is"
    .. " taken of two photos, as Brownlee's recipe does, and the one nearest the middle in a"
    .. " list. Published: Brownlee's cosine distance up to 0.5.",
  options = options, prepare = prepare, run = main,
}, arg), true)
