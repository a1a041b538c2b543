--- Open-set identification: a gallery is searched, and some who are looked for are not
-- in it. How many of those enrolled are found, and how many strangers raise an alarm?
--
-- Part of the people are enrolled, with one template each; the others are strangers.
-- Searched with are the enrolled people's other photos (mated searches) and all photos of
-- strangers (non-mated). At a threshold T a mated search is a hit where its mate is
-- among the first R and accepted (TPIR; FNIR = 1 - TPIR), a non-mated one a false alarm
-- where anybody is accepted (FPIR). A photo without an embedding is a miss, of a stranger
-- a correct reject. Several galleries are searched one by one and their figures averaged,
-- as IJB's two are; who is enrolled in one is a stranger to the others.
--
-- Data: VGGFace2's test set or any folder with one folder a person (LFW), or two folders:
--
--     DIR/test/n000001/0001_01.jpg          one set: --strangers says how many are strangers
--     GALLERY/NAME/1.jpg  OTHERS/NAME/1.jpg two sets: --gallery GALLERY --strangers OTHERS
--
-- Published: TPIR at FPIR 0.01 and 0.1 is what IJB-B and IJB-C report for two galleries
-- (experiments/ijb.lua); for this split of VGGFace2 there are no published values.
--
-- VGGFace2's test set takes some ten hours on two cores with a large network, half an hour
-- on a GPU, once: then its embeddings are in the cache, and scoring takes minutes.
--
--     ./visage experiments/openset.lua --data lfw --strangers 0.5 --fpir 0.01,0.1
--     ./visage experiments/openset.lua --gallery staff --strangers visitors --ranks 1,all
--     ./visage experiments/openset.lua --data other --threshold-from runs/openset
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local gallery = require "visage.experiment.gallery"
local identification = require "visage.metrics.identification"
local intervals = require "visage.metrics.intervals"
local plot = require "visage.plot"
local templates = require "visage.templates"
local tensor = require "visage.tensor"
local thresholds = require "visage.experiment.gallery.thresholds"

-- Alarms that are written down, and shown.
local ROWS, SHOWN = 100, 8

-- FPIRs of the chart: even steps of their logarithm, the least first.
local LOWEST, STEPS = 1e-3, {}
for k = 0, 30 do STEPS[k + 1] = LOWEST ^ (1 - k / 30) end

local function rank_of(text)
  if text == "all" then return math.huge end
  return experiment.whole(1)(text)
end

local function rank_name(rank) return rank == math.huge and "all" or ("%d"):format(rank) end

local function options(parser)
  gallery.options(parser, { probes = "0.5" })
  parser:option("--strangers", "Who is not enrolled: a number of people or a share of them,"
    .. " drawn by --seed; with --gallery a folder with one folder a person.")
    :argname("N|SHARE|DIR"):default("0.5")
  parser:option("--gallery", "Who is enrolled, one folder a person; instead of --data.")
    :argname("DIR")
  parser:option("--galleries", "Divide the enrolled people at random among N galleries.")
    :argname("N"):default("1"):convert(experiment.whole(1))
  parser:option("--fpir", "FPIRs to find thresholds for."):argname("X,...")
    :default("0.01,0.1"):convert(experiment.list(experiment.number(0, 1)))
  parser:option("--ranks", "Ranks R of FNIR(N,R,T), the first for the curve; all ignores the"
    .. " rank."):argname("R,..."):default("1,all")
    :convert(experiment.list(rank_of))
  parser:option("--rule", "How a threshold is found: at_most, bob, nearest, topk"
    .. " (InsightFace's for IJB) or topk_ceil (lua/visage/doc/metrics.md).")
    :choices { "at_most", "bob", "nearest", "topk", "topk_ceil" }
    :default("at_most")
  parser:option("--accept", "What is accepted: a score at_least the threshold (NIST), or"
    .. " above it (ISO/IEC 19795-1).")
    :choices { "at_least", "above" }:default("at_least")
  parser:option("--threshold", "Also the figures at this threshold, a similarity (of networks"
    .. " made for distances: the distance)."):argname("T"):convert(experiment.number())
  parser:option("--threshold-from", "Take the thresholds for each FPIR from another run of this"
    .. " experiment instead."):argname("OUT")
  parser:option("--ties", "Where somebody else scores the same, the mate comes last or"
    .. " first."):choices { "pessimistic", "optimistic" }:default("pessimistic")
  parser:option("--sizes", "Also TPIR at smaller galleries, so many people drawn 10 times.")
    :argname("N,..."):convert(experiment.list(experiment.whole(1)))
  parser:option("--rounds", "Draws of the bootstrap by subject."):argname("N")
    :default("1000"):convert(experiment.whole(2))
  embeddings.options(parser, { choose = "centre", no_face = "skip" })
end

-- Enrolled people, strangers, and all images in their order.
local function people_of(run)
  local o = run.options
  if not o.gallery then
    local amount, why = gallery.amount(o.strangers)
    if not amount then error(("--strangers: %s (a folder goes with --gallery)"):format(why), 0) end
    local list, everyone = gallery.read(run)
    local n = gallery.count(amount, #list)
    if n >= #list then
      error(("%d people, %d of them strangers: nobody is left to enrol"):format(#list, n), 0)
    end
    local strangers, enrolled = gallery.draw(list, n, run.generator)
    run:rule("strangers", ("%d of %d subjects, drawn"):format(n, #list))
    return enrolled, strangers, everyone
  end
  if o.data or o.images or gallery.amount(o.strangers) then
    error("--gallery DIR --strangers DIR are two folders, instead of --data and --images", 0)
  end
  return gallery.read_two(run, o.gallery, o.strangers)
end

local function record_rules(run)
  local o = run.options
  run:rule("ties", o.ties)
  run:rule("accept", thresholds.ACCEPT[o.accept])
  run:rule("threshold", o.rule .. ", in each gallery by its own searches")
  run:rule("failures", "mated: a miss; non-mated: a correct reject")
  run:rule("interval", "percentiles of a bootstrap by subject; a threshold that is found is"
    .. " found again in each draw")
end

local function prepare(run)
  local o = run.options
  local study = { fpir = o.fpir, ranks = o.ranks, sizes = o.sizes }
  if o.threshold_from then
    study.other = assert(thresholds.read(o.threshold_from, "openset", o.accept))
    run:rule("thresholds_from", study.other.path)
  end
  local enrolled, strangers, everyone = people_of(run)
  enrolled = gallery.split(run, enrolled)
  if not enrolled[1] or not strangers[1] then
    error(("%d people can be enrolled and %d are strangers; 1 or more of each are wanted"):format(
      #enrolled, #strangers), 0)
  end
  study.enrolled, study.strangers = enrolled, strangers
  study.galleries = gallery.divide(run, enrolled, o.galleries)
  for _, person in ipairs(strangers) do person.probes = person.images end
  local all = table.move(strangers, 1, #strangers, #enrolled + 1,
    table.move(enrolled, 1, #enrolled, 1, {}))
  gallery.find_faces(run, all)
  study.images = gallery.used(all)
  record_rules(run)
  run.data.name = "open-set identification"
  study.sources = gallery.sources(run, study.images, everyone)
  study.labels, study.probes = gallery.probes(all)
  run:say("%d people enrolled, %d strangers; %d searches, %d of them of strangers", #enrolled,
    #strangers, #study.probes, #gallery.images(strangers))
  study.places = gallery.places(study.probes)
  return study
end

-- Distances are shown as such.
local function shown(source, score)
  return source.score == "euclidean" and -score or score
end

-- What the bootstrap draws.
local function draws(run, what)
  what.generator, what.rounds = tensor.generator(run.options.seed), run.options.rounds
  return what
end

-- The searches of each gallery.
local function searches_of(run, study, source, rows, failed)
  local pooling, list, without = gallery.pooling(run, source), {}, 0
  local probes = gallery.pick(rows, study.places)
  for i, people in ipairs(study.galleries) do
    local made, none = gallery.enrol(pooling, rows, failed, people)
    if none == #people then
      error(("%s: no photo enrolled in gallery %d has an embedding"):format(source.name, i), 0)
    end
    local matrix = templates.scores(pooling, probes, made, source.score)
    list[i] = identification.searches(matrix, study.labels, gallery.names(people),
      { ties = run.options.ties })
    list[i].names, without = gallery.names(people), without + none
  end
  run:metric(source.name .. "/subjects.not_enrolled", without)
  return list
end

-- One operating point of all galleries: their thresholds and what follows.
local function point(run, study, source, list, found, about)
  local strict = run.options.accept == "above"
  local at, rows = {}, study.tables.open_set.rows
  for i, s in ipairs(list) do at[s] = found[i] or found[1] end
  local function mean(measure) return (identification.mean(list, measure)) end
  local fpir = mean(function(s) return identification.fpir(s, at[s], strict) end)
  local sel = mean(function(s) return identification.sel(s, at[s], strict) end)
  local t, sizes = mean(function(s) return at[s] end), {}
  for i, s in ipairs(list) do sizes[i] = s.entries end
  for _, rank in ipairs(study.ranks) do
    local tpir = mean(function(s) return identification.dir(s, rank, at[s], strict) end)
    local key = ("%s/tpir_at_%s.rank_%s"):format(source.name, about.key, rank_name(rank))
    run:metric(key, tpir)
    if about.supported ~= nil then run:metric(key .. ".supported", about.supported and 1 or 0) end
    local ends = identification.tpir_interval(list, study.labels, draws(run, {
      fpir = about.refound and about.fpir or nil, rule = run.options.rule, rank = rank,
      threshold = not about.refound and found[1] or nil, strict = strict }))
    ends = intervals.share(ends, tpir, #gallery.probes(study.enrolled))
    run:interval(key, ends)
    rows[#rows + 1] = { source.name, about.fpir, rank_name(rank), shown(source, t), fpir, tpir,
      1 - tpir, ends.low, ends.high, sel, about.supported }
    run:print("%s, %s: T %.4f, FPIR %.4f, FNIR(%s,%s,T) %.4f, TPIR %.4f (95 %% %.4f to %.4f)%s",
      source.name, about.name, shown(source, t), fpir, table.concat(sizes, "+"),
      rank_name(rank), 1 - tpir, tpir, ends.low, ends.high,
      about.supported == false and ", too few strangers to support it" or "")
  end
  run:metric(("%s/fpir_at_%s"):format(source.name, about.key), fpir)
  run:metric(("%s/sel_at_%s"):format(source.name, about.key), sel)
  run:metric(("%s/threshold_at_%s"):format(source.name, about.key), shown(source, t))
end

-- The thresholds that the galleries' own searches have for an FPIR, whatever the rank:
-- the lowest that mates and strangers leave open.
local function found_thresholds(run, list, fpir)
  local list_of, supported = {}, true
  for i, s in ipairs(list) do
    local at = identification.threshold_at_fpir(s, fpir,
      { rank = math.huge, rule = run.options.rule })
    list_of[i] = thresholds.convert(at.threshold, at.strict, run.options.accept)
    supported = supported and at.supported
  end
  return list_of, supported
end

local function points(run, study, source, list)
  for _, fpir in ipairs(study.fpir) do
    local about = { key = ("fpir_%g"):format(fpir), name = ("FPIR %g"):format(fpir), fpir = fpir }
    local found
    if study.other then
      found = { shown(source, thresholds.get(study.other,
        ("%s/threshold_at_%s"):format(source.name, about.key))) }
    else
      found, about.supported = found_thresholds(run, list, fpir)
      about.refound = true
    end
    point(run, study, source, list, found, about)
  end
  local t = run.options.threshold
  if t then
    point(run, study, source, list, { shown(source, t) },
      { key = "given", name = ("threshold %g"):format(t) })
  end
end

-- TPIR over FPIR: each gallery's corners, and the mean of the galleries at even steps of
-- log FPIR with its interval.
local function record_curve(run, study, source, list)
  local rank, rows = study.ranks[1], study.tables.curve.rows
  for i, s in ipairs(list) do
    local c = identification.curve(s, { rank = rank, points = "corners" })
    for p = 1, #c.fpir do
      rows[#rows + 1] = { source.name, i, shown(source, c.thresholds[p]), c.fpir[p], c.tpir[p] }
    end
  end
  local series = { name = source.name, x = STEPS, y = {}, low = {}, high = {} }
  local ends = identification.tpir_interval(list, study.labels, draws(run, {
    fpirs = STEPS, rank = rank, rule = run.options.rule }))
  for k, fpir in ipairs(STEPS) do
    series.y[k] = identification.mean(list, function(s)
      return identification.threshold_at_fpir(s, fpir,
        { rank = rank, rule = run.options.rule }).tpir
    end)
    series.low[k], series.high[k] = ends[k].low, ends[k].high
    table.insert(study.tables.band.rows,
      { source.name, fpir, series.y[k], series.low[k], series.high[k] })
  end
  study.curves[#study.curves + 1] = series
end

local function record_sizes(run, study, source, list)
  local rows, series = run:timed("score", gallery.by_size, run, list, study.labels, {
    sizes = study.sizes, fpirs = study.fpir, rank = study.ranks[1], rule = run.options.rule,
  })
  for _, row in ipairs(rows) do
    study.tables.sizes.rows[#study.tables.sizes.rows + 1] = { source.name,
      table.unpack(row, 1, 6) }
  end
  if not series[1] then return end
  run:plot(("sizes_%s.png"):format(source.name), plot.lines, {
    series = series, title = "TPIR by the size of the gallery: " .. source.name, y_low = 0,
    y_high = 1.02, x_title = "people enrolled", y_title = "TPIR",
    caption = "The mean of ten galleries drawn of each size; the band is their deviation.",
  })
end

-- The strangers who are most like somebody enrolled.
local function record_alarms(run, study, source, list)
  local rows, shown_rows = study.tables.alarms.rows, {}
  for i, s in ipairs(list) do
    for k, alarm in ipairs(identification.alarms(s, ROWS)) do
      local probe, person = study.probes[alarm.row], study.galleries[i][alarm.column]
      rows[#rows + 1] = { source.name, i, probe.file, probe.subject, person.name,
        shown(source, alarm.score) }
      if k <= math.max(1, SHOWN // #list) then
        table.insert(shown_rows, gallery.row(source,
          ("%.3f: %s taken for %s"):format(shown(source, alarm.score), probe.subject,
            person.name), probe, { { images = person.enrolled } }, 4))
      end
    end
  end
  gallery.montage(run, ("alarms_%s.png"):format(source.name),
    "Strangers most like somebody enrolled: " .. source.name, shown_rows)
end

-- Probes of each kind, and those that failed.
local function record_failures(run, study, source, failed)
  for kind, people in pairs { mated = study.enrolled, strangers = study.strangers } do
    local _, images = gallery.probes(people)
    local there = #gallery.places(images, failed)
    run:metric(("%s/probes_%s"):format(source.name, kind), #images)
    run:metric(("%s/failed_%s"):format(source.name, kind), #images - there)
    if kind == "strangers" and there == 0 then
      error(source.name .. ": no photo of a stranger has an embedding, so there is no FPIR", 0)
    end
  end
end

local function measure(run, study, source)
  local rows, failed = gallery.embed(source, study.images)
  record_failures(run, study, source, failed)
  local list = run:timed("score", searches_of, run, study, source, rows, failed)
  points(run, study, source, list)
  record_curve(run, study, source, list)
  if study.sizes then record_sizes(run, study, source, list) end
  record_alarms(run, study, source, list)
end

local function main(run, study)
  study.tables = {
    open_set = run:table("open_set", { "model", "wanted_fpir", "rank", "threshold", "fpir",
      "tpir", "fnir", "tpir_low", "tpir_high", "sel", "supported" }),
    curve = run:table("curve", { "model", "gallery", "threshold", "fpir", "tpir" }),
    band = run:table("band", { "model", "fpir", "tpir", "low", "high" }),
    alarms = run:table("alarms", { "model", "gallery", "photo", "stranger", "taken_for", "score" }),
    sizes = study.sizes and run:table("sizes",
      { "model", "gallery", "fpir", "people", "tpir", "sd", "draws" }),
  }
  study.curves = {}
  run.data.subjects, run.data.images = #study.enrolled + #study.strangers, #study.images
  for _, source in ipairs(study.sources) do measure(run, study, source) end
  run:plot("dir_fpir.png", plot.search, { series = study.curves, x_low = LOWEST,
    y_title = ("TPIR, rank %s"):format(rank_name(study.ranks[1])), title = "Open-set search" })
end

os.exit(experiment.main({
  name = "openset", model = "mobilefacenet",
  question = "Who of those enrolled is found, and how many strangers raise an alarm?",
  summary = "Open-set search: TPIR (1 - FNIR) at FPIR, with strangers. --data DIR holds"
    .. " VGGFace2's test/, or one folder a person; or --gallery DIR --strangers DIR. Hours on"
    .. " two cores for VGGFace2's test set, then minutes from the cache. --limit N: the first"
    .. " N subjects.",
  options = options, prepare = prepare, run = main,
}, arg), true)
