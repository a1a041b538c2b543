--- Identification in a closed set: whose photo is this, of all people enrolled?
--
-- Each subject's photos are split at random: some are searched with (probes), the
-- others enrolled. A probe goes to the nearest template, which pools a subject's
-- enrolled photos, and to a linear classifier (a softmax layer trained on the enrolled
-- photos' embeddings). The result is the top-1 error: the share of probes for which
-- somebody else comes first. A probe without an embedding is an error; so are the probes
-- of a subject of whom none could be enrolled.
--
-- Data: VGGFace2's test set, 500 subjects with 169,396 photos, or any folder with one
-- folder a person (LFW); with loose_bb_test.csv the faces are cut by the published boxes:
--
--     DIR/test/n000001/0001_01.jpg
--     DIR/bb_landmark/loose_bb_test.csv
--
-- Published: by notes on Cao et al. (FG 2018) 50 photos of each subject are searched with
-- and the others train a classifier; how is not published, so no number of theirs stands
-- beside these.
--
-- The test set takes some ten hours on two cores with a large network, half an hour on a
-- GPU, once: then its embeddings are in the cache. Templates are scored in a minute, with
-- 3 GB; the classifier takes an hour or more there (--methods nearest leaves it out).
--
--     ./visage experiments/identification.lua --data /data/vggface2
--     ./visage experiments/identification.lua --data lfw --probes 0.5 --model dlib-resnet
--     ./visage experiments/identification.lua --data lfw --probes 0.5 --embeddings faces.csv
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local gallery = require "visage.experiment.gallery"
local identification = require "visage.metrics.identification"
local intervals = require "visage.metrics.intervals"
local plot = require "visage.plot"
local softmax_head = require "visage.nn.softmax_head"
local templates = require "visage.templates"
local tensor = require "visage.tensor"

-- Ranks of the CMC that are written down, and of its chart with intervals; rows of the
-- tables of errors, and errors shown.
local RANKS, CHART, ROWS, SHOWN = 100, 20, 100, 8

local RULES = {
  nearest = "the template with the greatest similarity",
  linear = "the greatest output of a softmax layer on standardised embeddings, trained on the"
    .. " enrolled photos by L-BFGS",
}

local function method_of(text)
  if RULES[text] then return text end
  return nil, ("--methods: nearest, linear or both, not '%s'"):format(text)
end

local function options(parser)
  gallery.options(parser, { probes = "50" })
  parser:option("--methods", "Which of nearest (template) and linear (classifier).")
    :argname("NAME,..."):default("nearest,linear"):convert(experiment.list(method_of))
  parser:option("--steps", "The classifier's most steps of L-BFGS."):argname("N")
    :default("200"):convert(experiment.whole(1))
  parser:option("--decay", "The classifier's weight decay, on standardised embeddings.")
    :argname("X"):default("0.001"):convert(experiment.number(0))
  parser:option("--ties", "Where somebody else scores the same, the mate comes last or"
    .. " first."):choices { "pessimistic", "optimistic" }:default("pessimistic")
  parser:option("--rounds", "Draws of the bootstrap by subject."):argname("N")
    :default("1000"):convert(experiment.whole(2))
  embeddings.options(parser, { choose = "centre", no_face = "skip" })
end

-- name -> scores of all probes for all subjects: more is more alike; nil and why there
-- are none.
local METHODS = {}

function METHODS.nearest(run, study, source, rows, failed)
  local pooling = gallery.pooling(run, source)
  local made, without = gallery.enrol(pooling, rows, failed, study.subjects)
  run:metric(source.name .. "/subjects.not_enrolled", without)
  return templates.scores(pooling, gallery.pick(rows, study.places), made, source.score)
end

function METHODS.linear(run, study, source, rows, failed)
  local o, places, labels, classes, columns = run.options, {}, {}, {}, {}
  for column, person in ipairs(study.subjects) do
    local there = gallery.places(person.enrolled, failed)
    for _, place in ipairs(there) do
      places[#places + 1], labels[#labels + 1] = place, person.name
    end
    if there[1] then
      classes[#classes + 1], columns[#columns + 1] = person.name, column
    end
  end
  if #classes < 2 then
    return nil, ("%d subjects could be enrolled; a classifier wants 2 or more"):format(#classes)
  end
  local progress = run:progress(source.name .. ", classifier", o.steps)
  local head, report = softmax_head.train(gallery.pick(rows, places), labels, {
    classes = classes, decay = o.decay, steps = o.steps,
    on_step = function() progress:step() end,
  })
  progress:done()
  run:metric(source.name .. "/classifier.steps", report.steps)
  run:metric(source.name .. "/classifier.loss", report.losses[#report.losses])
  -- Not the probabilities, of which many are 1 or 0 alike.
  local probes = gallery.pick(rows, study.places):to "f64"
  local z = probes:matmul(head.weight:transpose(1, 2)) + head.bias
  local scores = tensor.full({ #probes, #study.subjects }, 0 / 0, "f64")
  for from, to in ipairs(columns) do scores:select(2, to):copy(z:select(2, from)) end
  return scores
end

local function prepare(run)
  local o = run.options
  for _, name in ipairs(o.methods) do run:rule("method." .. name, RULES[name]) end
  local all, everyone = gallery.read(run)
  local subjects = gallery.split(run, all)
  if #subjects < 2 then
    error(("%d subjects are left of %d; 2 or more are wanted%s; --probes 0.5 takes half of"
      .. " each one's photos"):format(#subjects, #all,
      run.omitted[1] and (" (%s: %s)"):format(run.omitted[1].subject, run.omitted[1].why) or ""),
      0)
  end
  gallery.find_faces(run, subjects)
  run:say("%d subjects: %d photos to search with, %d enrolled", #subjects,
    #gallery.probes(subjects), #gallery.used(subjects) - #gallery.probes(subjects))
  local images = gallery.used(subjects)
  run:rule("ties", o.ties)
  run:rule("decay", o.decay)
  run:rule("interval", "percentiles of a bootstrap by subject, the gallery staying as it is")
  run.data.name = "identification"
  local study = {
    subjects = subjects, images = images, methods = o.methods, names = gallery.names(subjects),
    sources = gallery.sources(run, images, everyone),
  }
  study.labels, study.probes = gallery.probes(subjects)
  study.places = gallery.places(study.probes)
  return study
end

-- Errors and probes of each subject, and who else came first how often.
local function by_subject(study, searches, wrong)
  local list, index = {}, {}
  for i, person in ipairs(study.subjects) do
    list[i] = { name = person.name, probes = 0, failed = 0, errors = 0, taken = {}, ranks = {} }
    index[person.name] = list[i]
  end
  for i, row in ipairs(searches.mated) do
    local one, mate = index[study.labels[row]], searches.mate[i]
    one.probes = one.probes + 1
    one.ranks[one.probes] = searches.rank[i]
    if mate ~= mate then one.failed = one.failed + 1 end
    if searches.rank[i] > 1 then one.errors = one.errors + 1 end
  end
  for _, miss in ipairs(wrong) do
    local taken, other = index[study.labels[miss.row]].taken, study.names[miss.column]
    taken[other] = (taken[other] or 0) + 1
  end
  return list
end

-- { name, other, count }, most often first.
local function confusions_of(list)
  local out = {}
  for _, one in ipairs(list) do
    for other, count in pairs(one.taken) do
      out[#out + 1] = { name = one.name, other = other, count = count, probes = one.probes }
    end
  end
  table.sort(out, function(a, b)
    if a.count ~= b.count then return a.count > b.count end
    if a.name ~= b.name then return a.name < b.name end
    return a.other < b.other
  end)
  return out
end

-- Intervals of the CMC at ranks 1 to `most`.
local function intervals_of(run, list, most, cmc, trials)
  local hits = {}
  for i, one in ipairs(list) do
    hits[i] = {}
    for rank = 1, most do hits[i][rank] = 0 end
    for _, found in ipairs(one.ranks) do
      for rank = found, most do hits[i][rank] = hits[i][rank] + 1 end
    end
  end
  local ends = intervals.bootstrap(#list, function(drawn)
    local probes, rates = 0, {}
    for _, at in ipairs(drawn) do probes = probes + list[at].probes end
    for rank = 1, most do
      local right = 0
      for _, at in ipairs(drawn) do right = right + hits[at][rank] end
      rates[rank] = right / probes
    end
    return rates
  end, { generator = tensor.generator(run.options.seed), rounds = run.options.rounds })
  for rank, one in ipairs(ends) do
    ends[rank] = intervals.share(one, cmc[rank], trials)
  end
  return ends
end

-- The CMC with its intervals as far as the chart goes.
local function record_cmc(study, source, method, cmc, ends)
  local series = { x = {}, y = {}, low = {}, high = {}, name = #study.methods > 1
    and ("%s, %s"):format(source.name, method) or source.name }
  for rank, rate in ipairs(cmc:totable()) do
    local one = ends[rank] or {}
    table.insert(study.tables.cmc.rows, { source.name, method, rank, rate, one.low, one.high })
    if ends[rank] then
      series.x[rank], series.y[rank] = rank, rate
      series.low[rank], series.high[rank] = one.low, one.high
    end
  end
  study.curves[#study.curves + 1] = series
end

local function record_tables(study, source, method, list, wrong)
  local tables = study.tables
  for i, one in ipairs(list) do
    local most
    for other, count in pairs(one.taken) do
      if not most or count > one.taken[most] or count == one.taken[most] and other < most then
        most = other
      end
    end
    table.insert(tables.per_subject.rows, { source.name, method, one.name,
      #study.subjects[i].enrolled, one.probes, one.failed, one.errors, one.errors / one.probes,
      most })
  end
  for i, c in ipairs(confusions_of(list)) do
    if i > ROWS then break end
    table.insert(tables.confusions.rows,
      { source.name, method, c.name, c.other, c.count, c.count / c.probes })
  end
  for i, miss in ipairs(wrong) do
    if i > ROWS then break end
    table.insert(tables.errors.rows, { source.name, method, study.probes[miss.row].file,
      study.labels[miss.row], study.names[miss.column], miss.rank, miss.mate, miss.score })
  end
end

-- The worst errors: the probe, enrolled photos of its own subject, and of the other.
local function show_errors(run, study, source, method, wrong)
  local rows = {}
  for i = 1, math.min(SHOWN, #wrong) do
    local miss = wrong[i]
    local own, other = study.labels[miss.row], study.names[miss.column]
    rows[i] = gallery.row(source,
      ("%.3f, own %.3f: %s taken for %s"):format(miss.score, miss.mate, own, other),
      study.probes[miss.row], {
        { images = study.by_name[own].enrolled, mark = "good" },
        { images = study.by_name[other].enrolled },
      }, 2)
  end
  gallery.montage(run, ("errors_%s_%s.png"):format(source.name, method),
    ("Worst errors: %s, %s"):format(source.name, method), rows)
end

local function judge(run, study, source, method, scores)
  local searches = identification.searches(scores, study.labels, study.names,
    { ties = run.options.ties })
  local wrong = identification.misidentified(searches, study.labels, study.names)
  local list = by_subject(study, searches, wrong)
  local cmc = identification.cmc(searches, math.min(RANKS, #study.names))
  local key = ("%s/top1_error.%s"):format(source.name, method)
  local ends = run:timed("intervals", intervals_of, run, list, math.min(CHART, #cmc), cmc,
    #study.labels)
  local found = ends[1]
  run:metric(key, 1 - cmc[1])
  run:interval(key, { low = 1 - found.high, high = 1 - found.low, level = found.level,
    method = found.method, n = found.n })
  run:metric(("%s/rank1.%s"):format(source.name, method), cmc[1])
  run:metric(("%s/rank5.%s"):format(source.name, method),
    identification.rank_rate(searches, 5))
  record_tables(study, source, method, list, wrong)
  record_cmc(study, source, method, cmc, ends)
  show_errors(run, study, source, method, wrong)
  run:print("%s, %s: top-1 error %.4f (95 %% %.4f to %.4f), rank 5 %.4f; %d subjects, %d probes",
    source.name, method, 1 - cmc[1], 1 - found.high, 1 - found.low,
    identification.rank_rate(searches, 5), #list, #study.labels)
  for i, c in ipairs(confusions_of(list)) do
    if i > 3 then break end
    run:print("  %s taken for %s: %d of %d", c.name, c.other, c.count, c.probes)
  end
end

local function measure(run, study, source)
  local rows, failed = gallery.embed(source, study.images)
  run:metric(source.name .. "/probes", #study.places)
  run:metric(source.name .. "/probes.failed", #study.places - #gallery.places(study.probes, failed))
  for _, method in ipairs(study.methods) do
    local scores, why = run:timed("score", METHODS[method], run, study, source, rows, failed)
    if scores then
      judge(run, study, source, method, scores)
    else
      run:say("%s, %s: %s", source.name, method, why)
      run:metric(("%s/top1_error.%s"):format(source.name, method), 0 / 0)
    end
  end
end

local function main(run, study)
  study.curves, study.by_name = {}, {}
  for _, person in ipairs(study.subjects) do study.by_name[person.name] = person end
  study.tables = {
    per_subject = run:table("per_subject", { "model", "method", "subject", "enrolled", "probes",
      "probes_failed", "errors", "top1_error", "taken_for" }),
    cmc = run:table("cmc", { "model", "method", "rank", "rate", "low", "high" }),
    confusions = run:table("confusions",
      { "model", "method", "subject", "taken_for", "count", "share" }),
    errors = run:table("errors", { "model", "method", "photo", "subject", "taken_for", "rank",
      "own_score", "score" }),
  }
  run.data.subjects, run.data.images = #study.subjects, #study.images
  for _, source in ipairs(study.sources) do measure(run, study, source) end
  if not study.curves[1] then error("no method could be tried", 0) end
  run:plot("cmc.png", plot.cmc, { series = study.curves, title = "CMC",
    x_high = math.min(CHART, #study.names) })
end

os.exit(experiment.main({
  name = "identification", model = "mobilefacenet",
  question = "Whose photo is it, of all people enrolled?",
  summary = "Closed-set identification: top-1 error and CMC of the nearest template and of a"
    .. " linear classifier. --data DIR holds VGGFace2's test/ (and bb_landmark/"
    .. "loose_bb_test.csv), or one folder a person. 50 photos of each subject are searched"
    .. " with, as in Cao et al. 2018; small sets want --probes 0.5. Hours on two cores for"
    .. " VGGFace2's test set, then minutes from the cache. --limit N: the first N subjects.",
  options = options, prepare = prepare, run = main,
}, arg), true)
