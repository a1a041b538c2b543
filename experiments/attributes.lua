--- Who is recognised less well: similarity and error by age gap and age group, pose gap and
-- pose (front below 20 degrees of yaw, profile from 50 on), sex, the eleven attributes of
-- VGGFace2 and any other label.
--
-- Photos of one person (genuine) and of two (impostor) are compared, all pairs or as many
-- as --pairs draws. One threshold, where FMR over all impostors is --fmr, then judges each
-- group: FNMR, FMR, mean similarity with 95 % intervals by drawing subjects anew, d', EER,
-- and how far the groups lie apart (spread, ratio of worst to best); for gaps also how
-- similarity changes within people. What is measured of a face (size, pose, detector's
-- score, with --quality blur) makes error-versus-reject curves. Photos without an embedding
-- make failures to acquire, which are counted. Each photo's nearest other is looked for.
--
-- What it can show: how robust a network is to age, pose and the rest on these photos.
-- What it cannot: the reproduction states that variation of age in training improves
-- results (claim 1) and that a focus on telling people apart harms matching over pose and
-- age (claim 2). Both are about training; a network's robustness is no test of either, and
-- two networks trained on different data differ in people, size, loss and network too.
-- Groups differ in more than their label: bins hold different people and photos.
--
-- Data, in --data DIR, told apart by the names of folders and photos:
--
--     n000001/0001_01.jpg         VGGFace2; sex from DIR/meta/identity_meta.csv, attributes
--                                 from DIR/attributes/01-Male.txt ... 11-Mouth_Open.txt
--     001A02.JPG                  FG-NET, 1,002 photos (yanweifu.github.io/FG_NET_data)
--     0_MariaCallas_35_f.jpg      AgeDB (ibug.doc.ic.ac.uk/resources/agedb, by request)
--     53_Robin_Williams_0001.jpg  CACD (bcsiriuschen.github.io/CARC)
--     NAME/any.jpg                one folder a person; ages and all else by --labels
--
-- or --list FILE, a CSV with the columns path,subject and any labels. More labels from
-- --labels, CSVs by path or by subject: such as the races of VGGFace2_1200_Train_Subjects_
-- Metadata.csv (github.com/seymayucer/VGG1200-Races) or MAAD_Face.csv
-- (github.com/pterhoer/MAAD-Face). VGGFace2 has no ages of its own: those of
-- --estimated-ages, a CSV path,age, are called ESTIMATED wherever they appear.
--
-- Published: FG-NET, each photo's nearest other by cosine, SENet-50 on whole photos: 85 %
-- (a notebook by goncaloneto13). By race, InsightFace's model zoo, IResNet-50 trained on
-- VGGFace2, TAR at FAR 1e-6: African 35.3 %, Caucasian 54.3 %, South Asian 44.1 %, East
-- Asian 24.1 %, on a test of its own.
--
-- 160 photos take half a minute with MobileFaceNet and MTCNN on one core, most of it for
-- finding the faces; a second run takes the embeddings from the cache, a few seconds.
--
--     ./visage experiments/attributes.lua --data FGNET/images --model senet50 --crop whole
--     ./visage experiments/attributes.lua --data /data/vggface2 --labels MAAD_Face.csv
--     ./visage experiments/attributes.lua --list photos.csv --embeddings runs/1/embeddings.csv
local comparison_results = require "visage.experiment.groups.results"
local comparisons = require "visage.experiment.groups.comparisons"
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local group_figures = require "visage.experiment.groups.figures"
local group_plots = require "visage.experiment.groups.plots"
local labelled_photos = require "visage.experiment.labelled.photos"
local nearest = require "visage.experiment.groups.nearest"
local pair_groups = require "visage.experiment.pairs.groups"
local pair_results = require "visage.experiment.pairs.results"
local pair_scores = require "visage.experiment.pairs.scores"
local photo_groups = require "visage.experiment.groups.photos"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local LIMITS = "These figures say how robust a network is on these photos. Claims 1 and 2 of the"
  .. " reproduction (variation of age in training improves results; a focus on telling people"
  .. " apart harms matching over pose and age) are about training data: no network's robustness"
  .. " tests them, and networks trained on different data are confounded unless all else is"
  .. " equal. Groups hold different people and photos, so they differ in more than their label."

-- Doddington's rule of 30: a rate of fewer errors is not to be trusted.
local LEAST_ERRORS = 30

-- With more photos each one's nearest is not looked for.
local MOST_NEAREST = 20000

-- InsightFace's model zoo (README.md), IResNet-50 by its training data: TAR at FAR 1e-6.
local BY_RACE = {
  CASIA = { African = 0.42550, Caucasian = 0.55825, ["South Asian"] = 0.49618,
    ["East Asian"] = 0.19611 },
  VGGFace2 = { African = 0.35259, Caucasian = 0.54304, ["South Asian"] = 0.44081,
    ["East Asian"] = 0.24095 },
  MS1MV2 = { African = 0.74596, Caucasian = 0.84126, ["South Asian"] = 0.82041,
    ["East Asian"] = 0.51105 },
}

-- "0,5,10" as edges.
local function edges(text)
  local list = {}
  for i, part in ipairs(experiment.split(text)) do
    list[i] = math.tointeger(tonumber(part)) or tonumber(part)
    if not list[i] or list[i] ~= list[i] or i > 1 and list[i] <= list[i - 1] then
      return nil, ("'%s' is no list of rising numbers"):format(text)
    end
  end
  return list[1] and list or nil, "no numbers"
end

local function options(parser)
  labelled_photos.options(parser)
  parser:option("--pairs", "Draw at random N pairs of each kind where there are more.")
    :argname("N"):default("500000"):convert(experiment.whole(1))
  parser:option("--fmr", "FMR over all impostors at the threshold."):argname("SHARE")
    :default("0.01"):convert(experiment.number(0, 1))
  parser:option("--age-bins", "Where bins of the age gap begin, in years."):argname("N,...")
    :default("0,5,10,15,20,30"):convert(edges)
  parser:option("--age-groups", "Where groups of age begin, in years."):argname("N,...")
    :default("0,18,30,45,60"):convert(edges)
  parser:option("--pose-bins", "Where bins of the difference of yaw begin, in degrees.")
    :argname("N,..."):default("0,15,30,45,60"):convert(edges)
  pair_results.options(parser)
  parser:flag("--quality", "Measure blur too, for which photos are decoded once more.")
  embeddings.options(parser, {
    crop = "detector_box", choose = "centre", no_face = "skip", detector = "ipazc-0.1.1",
  })
end

local function record_rules(run, layout, drawn)
  local o = run.options
  run:rule("layout", layout)
  run:rule("pairs", ("%d of %d genuine, %d of %d impostor"):format(#drawn.genuine.first,
    drawn.genuine.total, #drawn.impostor.first, drawn.impostor.total))
  run:rule("threshold", ("FMR at most %g over all impostors of these comparisons; s >= t")
    :format(o.fmr))
  run:rule("intervals", o.rounds > 0 and ("%d draws of the subjects, the threshold kept")
    :format(o.rounds) or "none")
  run:rule("spread", "over all groups; of sex and categories over those within one value")
  run:rule("slope", "change of one person's similarity with a year or degree, least squares"
    .. " within people")
  run:rule("support", ("a rate of fewer than %d errors is not to be quoted"):format(LEAST_ERRORS))
  run:rule("failures", "comparisons without a score are left out of FMR, FNMR, similarity, d' and"
    .. " AUC and counted; in EER, reject curves and the nearest other they are errors")
  run:note(LIMITS)
end

local function prepare(run)
  local o = run.options
  local photos, layout = labelled_photos.read(run)
  local drawn = comparisons.draw(photos, o.pairs, tensor.generator(o.seed))
  for kind, pairs_ in pairs(drawn) do
    if #pairs_.first == 0 then
      error(("%d photos of %d people: no %s pair; wanted two people and two photos of one")
        :format(#photos, run.data.subjects, kind), 0)
    end
  end
  record_rules(run, layout, drawn)
  if o.crop == "whole" then o.detector = nil end
  local sources, scores = embeddings.sources(run, photos), {}
  for _, source in ipairs(sources) do
    scores[source.name] = source.score == "euclidean" and "Euclidean distance, negated" or "cosine"
  end
  run:rule("score", scores)
  return { photos = photos, layout = layout, drawn = drawn, collected = {}, sources = sources }
end

-- A part of a metric's key: no "/" in it.
local function part(name) return (name:gsub("%s*/%s*", "+")) end

-- All comparisons as one group, to read the others beside.
local ALL = { name = "all", names = { "all" }, group = function() return "all" end }

local function record_group(run, study, source, grouping, one)
  local g, i = one.similarity.genuine or {}, one.similarity.impostor or {}
  local fnmr, fmr = one.fnmr or {}, one.fmr or {}
  table.insert(study.groups, { source.name, grouping.name, one.group, one.genuine, one.impostor,
    one.failures, fnmr.value, fnmr.low, fnmr.high, one.errors.genuine, fmr.value, fmr.low,
    fmr.high, one.errors.impostor, g.value, g.low, g.high, i.value, i.low, i.high, one.d_prime,
    one.eer })
  for name, figure in pairs { fnmr = fnmr, fmr = fmr, similarity = g } do
    local key = grouping == ALL and ("%s/%s.all"):format(source.name, name)
      or ("%s/%s.%s.%s"):format(source.name, name, part(grouping.name), part(one.group))
    if figure.value then run:metric(key, figure.value) end
    if figure.low then run:interval(key, figure) end
    local errors = one.errors[({ fnmr = "genuine", fmr = "impostor" })[name]]
    if figure.value and errors then
      run:metric(key .. ".supported", errors >= LEAST_ERRORS and 1 or 0)
    end
  end
end

-- Each photo's nearest other.
local function record_nearest(run, study, source, faces)
  if #study.photos > MOST_NEAREST then
    return run:say("%d photos: no leave-one-out identification", #study.photos)
  end
  local rate, asked = nearest.rate(faces, study.photos, source.score)
  run:metric(source.name .. "/rank1.leave_one_out", rate)
  run:metric(source.name .. "/probes.leave_one_out", asked)
  if study.layout == "fgnet" and run.options.crop == "whole" and source.name == "senet50" then
    run:reference("goncaloneto13's notebook: FG-NET, keras-vggface SENet-50 on whole photos,"
      .. " leave one out, nearest by cosine", { ["senet50/rank1.leave_one_out"] = 0.85 })
  end
end

-- What InsightFace prints by race, for the reader to have beside a table by race.
local function record_races(run, groupings)
  for _, grouping in ipairs(groupings) do
    if grouping.name:lower() == "race" then
      local values = {}
      for set, races in pairs(BY_RACE) do
        for race, tar in pairs(races) do
          values[("IResNet-50/tar_at_far_1e-06.race.%s, trained on %s"):format(race, set)] = tar
        end
      end
      run:reference("InsightFace's model zoo: its own test by race, another set and threshold"
        .. " than here, so differences between races can be set side by side, not figures", values)
    end
  end
end

-- Some comparison of each kind must have been made.
local function check_made(run, source, scores)
  for kind, list in pairs(scores) do
    local made = 0
    for _, score in ipairs(list) do made = made + (score == score and 1 or 0) end
    run:metric(("%s/pairs.%s"):format(source.name, kind), #list)
    run:metric(("%s/pairs.%s_failed"):format(source.name, kind), #list - made)
    if made == 0 then
      error(("%s: none of %d %s comparisons could be made; the failures are counted in"
        .. " results.json"):format(source.name, #list, kind), 0)
    end
  end
end

local function record_overall(run, source, scores)
  local key, o = source.name .. "/", run.options
  check_made(run, source, scores)
  local at = verification.fnmr_at_fmr(scores, o.fmr)
  run:metric(key .. "threshold", at.threshold)
  run:metric(key .. "eer", verification.eer(scores).eer)
  run:metric(key .. "auc", verification.auc(scores))
  run:metric(key .. "d_prime", verification.d_prime(scores))
  run:print("%s: FNMR %.4f at FMR %.4f (score %.4f%s), EER %.4f; %d genuine, %d impostor pairs",
    source.name, at.fnmr, at.fmr, at.threshold, at.supported and ""
      or "; too few impostors to support it", run.metrics[key .. "eer"], #scores.genuine,
    #scores.impostor)
  return at.threshold
end

local function show(run, grouping, found)
  for _, one in ipairs(found.groups) do
    local fnmr, fmr, g = one.fnmr or {}, one.fmr or {}, one.similarity.genuine or {}
    local function text(format, value) return value and format:format(value) or "     -" end
    run:print("  %-20s %-12s similarity %s  FNMR %s  FMR %s  %d + %d", grouping.name, one.group,
      text("%.4f", g.value), text("%.4f", fnmr.value), text("%.4f", fmr.value), one.genuine,
      one.impostor)
  end
end

-- How fast one person's photos become less alike with the gap.
local function record_slope(run, source, compared, grouping)
  local o, key = run.options, ("%s/slope.%s"):format(source.name, grouping.name)
  local slope = group_figures.slope(grouping, compared.photos, compared.pairs.genuine,
    compared.scores.genuine, { rounds = o.rounds, generator = tensor.generator(o.seed) })
  if not slope then return end
  run:metric(key, slope.value)
  if slope.low then run:interval(key, slope) end
  run:print("  %-20s similarity of one person %+.5f a unit%s", grouping.name, slope.value,
    slope.low and (" [%+.5f, %+.5f]"):format(slope.low, slope.high) or "")
end

-- The figures of one grouping.
local function record_grouping(run, study, source, compared, grouping)
  local o = run.options
  local found = run:timed("score", group_figures.of, grouping, compared.photos, compared.pairs,
    compared.scores, { threshold = compared.threshold, rounds = o.rounds,
      generator = tensor.generator(o.seed) })
  for _, one in ipairs(found.groups) do record_group(run, study, source, grouping, one) end
  if grouping == ALL then return end
  if not found.groups[1] then return run:say("no labels for %s", grouping.name) end
  pair_groups.record_spread(run, study.spread, source.name, part(grouping.name), found.spread)
  show(run, grouping, found)
  local one = { source = source.name, grouping = grouping, found = found }
  table.insert(study.collected, one)
  if grouping.gap then record_slope(run, source, compared, grouping) end
  if grouping.gap then group_plots.over_gap(run, one) end
end

local function measure(run, study, source)
  local o, photos, scores = run.options, study.photos, {}
  local faces = pair_scores.faces(source.embed(photos))
  for kind, pairs_ in pairs(study.drawn) do
    scores[kind] = run:timed("score", comparisons.scores, faces, pairs_, source.score)
  end
  run:timed("quality", photo_groups.measure, photos, { blur = o.quality, exif = o.exif })
  local compared = { photos = photos, pairs = study.drawn, scores = scores,
    threshold = record_overall(run, source, scores) }
  record_nearest(run, study, source, faces)
  record_grouping(run, study, source, compared, ALL)
  local groupings, many = photo_groups.groupings(photos, o)
  for _, name in ipairs(many) do run:say("%s has too many values to make groups", name) end
  for _, grouping in ipairs(groupings) do
    record_grouping(run, study, source, compared, grouping)
  end
  record_races(run, groupings)
  comparison_results.rejects(run, study.rejects, source, compared)
  comparison_results.worst(run, source, compared)
end

local function main(run, study)
  study.groups = run:table("groups", { "model", "label", "group", "genuine", "impostor",
    "failures", "fnmr", "fnmr_low", "fnmr_high", "fnmr_errors", "fmr", "fmr_low", "fmr_high",
    "fmr_errors", "similarity_genuine", "genuine_low", "genuine_high", "similarity_impostor",
    "impostor_low", "impostor_high", "d_prime", "eer" }).rows
  study.spread = run:table("spread", pair_groups.spread_columns).rows
  study.rejects = run:table("rejects", comparison_results.reject_columns).rows
  for _, source in ipairs(study.sources) do measure(run, study, source) end
  group_plots.bars(run, study.collected)
  run:say("%s", LIMITS)
end

os.exit(experiment.main({
  name = "attributes", model = "mobilefacenet",
  question = "Who is recognised less well: across years, across poses, by sex, by attributes, on"
    .. " poor photos?",
  summary = "Similarity and error by age gap, pose gap, sex, VGGFace2's attributes and any label,"
    .. " with intervals and fairness figures; error versus reject by photo quality. --data DIR:"
    .. " VGGFace2, FG-NET, AgeDB, CACD or one folder a person, or --list CSV. Shows how robust a"
    .. " network is on these photos; claims about training data (1, 2) it cannot test.",
  options = options, prepare = prepare, run = main,
}, arg), true)
