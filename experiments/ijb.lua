--- IJB-B and IJB-C (NIST): do two templates, of many photos and video frames each,
-- show one person (1:1)? And which person of a gallery, in IJB-C 1,772 or 1,759 of them,
-- does a template show, if any (1:N)?
--
-- The frames of a video are pooled first, then a template's media (--pooling). 1:1: TAR
-- at FAR 1e-6 to 0.1 on 8,010,270 (IJB-B, 10,270 of one person) or 15,658,489 pairs
-- (IJB-C, 19,557). 1:N: the mixed probes, 19,593 in IJB-C, searched in each of the two
-- galleries, which are evaluated apart, then averaged: rank 1, 5 and 10, and TPIR at
-- FPIR 0.01 and 0.1, strangers to one gallery being the people of the other. A template
-- without a usable face has failed to enrol: its genuine comparisons are misses.
--
-- Data (NIST gives IJB-B and IJB-C to those who sign for them; InsightFace's package of
-- them, recognition/_evaluation_/ijb of deepinsight/insightface) in --data DIR, as
-- lua/visage/data/ijb.lua has it:
--
--     DIR/meta/ijbc_*, DIR/loose_crop/1.jpg ...        InsightFace's: five points a face
--     DIR/protocols/ijbc_*, DIR/images/img, .../frames   NIST's: boxes in whole photos
--
-- Aligned networks take the points, others the whole loose crop or the box; with
-- --detector the face is found, in NIST's photos the one that overlaps the box most.
--
-- Published, TAR at FAR 1e-3 and 1e-2: IJB-B, ResNet-50 trained on VGGFace2 0.878 and
-- 0.938, after MS1M 0.891 and 0.947, SE-ResNet-50 0.888 and 0.949, after MS1M 0.908 and
-- 0.956 (README of ox-vgg/vgg_face2). IJB-C, VGGFace2_ft, which in IJB-B is that last
-- network, 0.927 and 0.967 (paperswithcode.com). A ResNet-50 in Keras by one of the authors
-- (WeidiXie/Keras-VGGFace2-ResNet50), FAR 1e-5 to 1e-1: IJB-B 0.64 0.78 0.88 0.94 0.98,
-- IJB-C 0.72 0.82 0.90 0.95 0.98.
--
-- The networks look at 227,630 (IJB-B) or 469,375 faces (IJB-C): hours on a GPU. The
-- rest takes two minutes of a core for IJB-C, one for IJB-B, and 1.5 GB beside the file of
-- --embeddings.
--
--     ./visage experiments/ijb.lua --data IJBB --model senet50:pytorch --crop whole
--     ./visage experiments/ijb.lua --data IJBC --model iresnet50 \
--       --pooling insightface --flip add --rule nearest_corner --fpir-rule topk
--     ./visage experiments/ijb.lua --data IJBC --embeddings faces.npy
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local ijb = require "visage.data.ijb"
local ijb_results = require "visage.experiment.ijb.results"
local lfs = require "lfs"
local models = require "visage.models"
local pooling = require "visage.templates.pooling"
local synthetic = require "visage.data.synthetic"
local template_rows = require "visage.experiment.ijb.rows"

local FLIP = { none = false, add = "sum" }

-- Templates and pairs of the releases.
local RELEASED = { ["IJB-B"] = { 12115, 8010270 }, ["IJB-C"] = { 23124, 15658489 } }

local RULES = {
  "at_most", "bob", "nearest", "nearest_corner", "interpolate", "topk", "topk_ceil",
}

-- The rules that give one vector.
local POOLINGS = {}
for name in pairs(pooling.rules) do
  if not name:find "_score$" then POOLINGS[#POOLINGS + 1] = name end
end
table.sort(POOLINGS)

local function options(parser)
  parser:option("--set", "Which one, where the folder holds both."):choices { "ijbb", "ijbc" }
  parser:option("--protocol", "By default both, where their files are there.")
    :choices { "1:1", "1:N" }
  parser:option("--pooling", "How faces become a template (lua/visage/templates/pooling.lua)."
    .. " Those with flip in their names add the mirrored face's embedding.")
    :choices(POOLINGS):default "vggface2"
  parser:flag("--no-detector-scores", "Weigh no face by its detector's score, which"
    .. " insightface and quality_weighted do where the list of faces has one.")
  parser:option("--flip", "The mirrored face's embedding: model: as the network's variant"
    .. " says; none; add: to the other."):choices { "model", "none", "add" }:default "model"
  parser:option("--rule", "How TAR at a FAR is read off (lua/visage/doc/metrics.md);"
    .. " nearest_corner is InsightFace's."):choices(RULES):default "at_most"
  parser:option("--fpir-rule", "The same of TPIR at an FPIR; topk is InsightFace's.")
    :choices(RULES):default "at_most"
  parser:option("--ties", "Of equal scores the mate comes last (pessimistic) or first.")
    :choices { "pessimistic", "optimistic" }:default "pessimistic"
  parser:option("--missing", "Photos that are not there: error, or failure: faces without"
    .. " an embedding."):choices { "error", "failure" }:default "error"
  ijb_results.options(parser)
  embeddings.options(parser, { choose = "centre", no_face = "skip" })
end

-- The folder of the photos: as --images says, else where NIST has them.
local function images_of(o, files)
  if files.layout == "nist" and o.images == "loose_crop" then
    local folder = o.data .. "/images"
    return lfs.attributes(folder, "mode") == "directory" and folder or o.data
  end
  return ("%s/%s"):format(o.data, o.images)
end

-- The subjects of all galleries, in the order of their templates.
local function subjects_of(p)
  local list, seen = {}, {}
  for _, gallery in ipairs(p.galleries) do
    for _, row in ipairs(gallery.rows) do
      local name = p.templates[row].subject
      if not seen[name] then list[#list + 1] = { name = name, gallery = gallery } end
      seen[name] = true
    end
  end
  return list
end

-- Omits the templates of subjects that --exclude names, then those of each gallery beyond
-- --limit.
local function narrow(run, p)
  local o, kept, counts = run.options, {}, {}
  if not p.probes and (o.limit or o.exclude) then
    error("--limit and --exclude choose subjects, whom only the galleries' files tell", 0)
  end
  for _, one in ipairs(run:keep(subjects_of(p))) do
    local n = (counts[one.gallery] or 0) + 1
    counts[one.gallery] = n
    if n <= (o.limit or n) then
      kept[one.name] = true
      run.data.subjects = (run.data.subjects or 0) + 1
    end
  end
  for _, template in ipairs(p.templates) do
    template.omitted = p.probes ~= nil and not kept[template.subject]
  end
end

-- The rows of a list that are not omitted.
local function left(p, list)
  local rows = {}
  for _, row in ipairs(list.rows) do
    if not p.templates[row].omitted then rows[#rows + 1] = row end
  end
  return rows
end

-- Which protocols can be followed; what is wrong shows now.
local function protocols(run, p)
  local wanted = run.options.protocol
  local one, many = wanted ~= "1:N" and p.pairs, wanted ~= "1:1" and p.probes
  if wanted == "1:1" and not one then error("--protocol 1:1: no list of pairs is there", 0) end
  if wanted == "1:N" and not many then
    error("--protocol 1:N: the galleries and the probes are not all there", 0)
  end
  if not (one or many) then error("neither pairs nor galleries are there", 0) end
  if not wanted and not (one and many) then
    run:say("%s alone: the files of %s are not all there", one and "1:1" or "1:N",
      one and "1:N" or "1:1")
  end
  local counts = one and assert(ijb.check_pairs(p))
  if counts and (counts.genuine == 0 or counts.impostor == 0) then
    error(("%s: %d pairs of one person and %d of two are left"):format(p.pairs, counts.genuine,
      counts.impostor), 0)
  end
  if counts and counts.repeated > 0 then
    run:say("%s: %d pairs come again, such as %s; all count", p.pairs, counts.repeated,
      counts.example)
    run:count("repeated_pairs", counts.repeated)
  end
  if p.repeated[1] then
    run:say("%s:%d: a face that its template has already; all count (%d such lines)",
      p.repeated[1].path, p.repeated[1].line, #p.repeated)
    run:count("repeated_faces", #p.repeated)
  end
  return counts, many
end

-- What is there, and whether it is all of the release.
local function take_stock(run, p, counts)
  local pairs_there = counts and counts.genuine + counts.impostor or 0
  run:say("%s, %s's layout: %d faces, %d templates, %d pairs, %d galleries", p.set,
    p.layout == "nist" and "NIST" or "InsightFace", #p.faces, #p.templates, pairs_there,
    #p.galleries)
  local templates, pairs_released = table.unpack(RELEASED[p.set])
  local whole = #p.templates == templates and (not counts or pairs_there == pairs_released)
  if not whole then
    run:say("not the whole release, which has %d templates and %d pairs", templates,
      pairs_released)
  end
  run:rule("whole_release", whole)
end

-- The faces of templates that are not omitted; those whose photo is not there.
local function faces_of(run, p)
  local used, missing, files, photos = {}, {}, {}, 0
  for _, template in ipairs(p.templates) do
    for _, at in ipairs(template.omitted and {} or template.faces) do used[at] = true end
  end
  for at, face in ipairs(p.faces) do
    if not used[at] then
      face.missing, face.skipped = "unused", true
    elseif files[face.path] == nil and not run.options.embeddings then
      files[face.path], photos = lfs.attributes(face.path, "mode") == "file", photos + 1
      if not files[face.path] then missing[#missing + 1] = face.path end
    end
  end
  if missing[1] and run.options.missing == "error" then
    error(("%d of %d photos are not there: %s%s; --missing failure goes on without them"):format(
      #missing, photos, table.concat(missing, ", ", 1, math.min(3, #missing)),
      #missing > 3 and ", ..." or ""), 0)
  end
  run.data.images = 0
  for _ in pairs(used) do run.data.images = run.data.images + 1 end
end

-- How each network gets its faces: --crop where nothing is said.
local function choose_crop(run, p)
  local o, aligned, others = run.options, 0, 0
  if o.embeddings then return end
  for _, spec in ipairs(o.model) do
    local _, variant = assert(models.find(spec))
    if variant.align then aligned = aligned + 1 else others = others + 1 end
  end
  if p.layout == "nist" then
    -- Whole photos show other people too; the protocol's box says who is meant.
    if o.detector then o.choose = "box" end
    o.crop = o.crop or "paper"
    if aligned > 0 and not o.detector and o.crop ~= "whole" then
      run:say("NIST's lists have boxes but no five points, so aligned networks get unaligned"
        .. " crops; --detector finds points")
    end
    for _, face in ipairs(p.faces) do
      if not face.box and not face.skipped and o.crop ~= "whole" then
        face.missing, face.skipped = "no_box", true
        run:count "no_box"
      end
    end
  elseif not o.detector and not o.crop then
    if aligned > 0 and others > 0 then
      error("loose crops have points for aligned networks but no boxes for others: run the two"
        .. " kinds apart, or find faces with --detector", 0)
    end
    o.crop = others > 0 and "whole" or "paper"
  end
  o.crop = o.crop or "detector_box"
end

local function sources_of(run, p)
  local o, rule = run.options, pooling.rules[run.options.pooling]
  local halves = o.pooling:find("flip", 1, true)
  if halves and o.flip ~= "model" then
    error(("--pooling %s adds mirrored faces itself; leave --flip out"):format(o.pooling), 0)
  end
  if o.embeddings and o.flip ~= "model" then
    error("--flip is for networks; joined halves in a file are added by --pooling"
      .. " insightface+flip", 0)
  end
  if o.embeddings and o.embeddings:find "%.csv$" and p.layout == "nist" then
    error("--embeddings: a photo of NIST's shows several faces, which a .csv by photos cannot"
      .. " tell apart; give a .npy, a row for each different face in the order of the lists"
      .. " (G1, G2, probes)", 0)
  end
  choose_crop(run, p)
  local mirror = halves and "join" or FLIP[o.flip]
  if o.detector or p.layout == "nist" then mirror = mirror or nil end
  local sources = embeddings.sources(run, p.faces, {
    pooling = rule.text, mirror = mirror,
    points = p.layout == "insightface" and not o.detector and "points of the list" or nil,
  })
  run:rule("alignment", o.embeddings and "as in the file" or o.detector and "detect"
    or p.layout == "insightface" and o.crop ~= "whole" and "points of the list" or o.crop)
  return sources
end

local function record_rules(run, p)
  local o = run.options
  local rule = pooling.rules[o.pooling]
  local weighed = p.scores and not o.no_detector_scores
    and (o.pooling:find "^insightface" or o.pooling == "quality_weighted")
  run:rule("pooling", { name = o.pooling, text = rule.text })
  run:rule("score", "cosine, f64")
  run:rule("detector_scores", weighed and "weigh the faces" or "not used")
  run:rule("flip", o.flip)
  run:rule("tar_at_far", o.rule)
  run:rule("tpir_at_fpir", o.fpir_rule .. ", rank 1")
  run:rule("ties", o.ties)
  run:rule("galleries", "searched apart; .mean: of the two, .pooled: all mated searches alike")
  run:rule("failures", "a template without an embedding: its comparisons are rejected, its"
    .. " searches misses")
  return weighed and p.scores or nil
end

local function prepare(run)
  local o = run.options
  local files = assert(ijb.find(o.data, o.set))
  local p = assert(ijb.read(files, images_of(o, files)))
  run.data.name, run.data.people, run.data.path = p.set, p.set, o.data
  run.synthetic = run.synthetic or synthetic.is_marked(o.data)
  run:rule("layout", p.layout)
  narrow(run, p)
  local counts, searched = protocols(run, p)
  take_stock(run, p, counts)
  faces_of(run, p)
  local scores = record_rules(run, p)
  if o.pooling == "quality_weighted" and not scores then
    error("--pooling quality_weighted: there are no detector scores to weigh by", 0)
  end
  return { p = p, counts = counts, searched = searched, scores = scores,
    sources = sources_of(run, p) }
end

local function main(run, study)
  local p, o = study.p, run.options
  local results = ijb_results.new(run, p)
  for _, source in ipairs(study.sources) do
    local found = template_rows.of(run, source, p, { pooling = o.pooling, scores = study.scores })
    results:templates(source.name, found)
    if study.counts then
      local set, owners = run:timed("score", template_rows.compare, p, study.counts, found.rows)
      results:verification(source.name, set, owners)
    end
    if study.searched then
      local probes, list = left(p, p.probes), {}
      for i, gallery in ipairs(p.galleries) do
        list[i] = run:timed("score", template_rows.search, p, found.rows, left(p, gallery), probes,
          { ties = o.ties })
      end
      results:identification(source.name, list, template_rows.labels(p, probes))
    end
    results:published(source)
  end
  results:plots()
end

os.exit(experiment.main({
  name = "ijb", model = "mobilefacenet", images = "loose_crop", needs_data = true,
  question = "Do two templates show one person, and whom of a gallery does one show?",
  summary = "IJB-B and IJB-C, 1:1 and 1:N, from InsightFace's package (meta/ijbc_*,"
    .. " loose_crop/) or NIST's lists (protocols/ijbc_*, images/) in --data DIR. Published TAR"
    .. " at FAR 1e-3: IJB-B 0.891 ResNet-50, 0.908 SE-ResNet-50 (VGGFace2's README, after"
    .. " MS1M); IJB-C 0.927 (SE-ResNet-50). Hours on a GPU for the faces, two minutes for the"
    .. " rest. --limit N: the first N subjects of each gallery.",
  options = options, prepare = prepare, run = main,
}, arg), true)
