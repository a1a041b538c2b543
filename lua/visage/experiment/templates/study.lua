--- What the template experiments share, from the definition to the matrices:
--
--     local definition = study.definition(run)              -- which photos form a template
--     local list = study.subjects(run, definition)          -- whose photos are there
--     local sources = study.sources(run, definition, list)  -- what embeds them
--     list = study.whole(run, definition, list)             -- without incomplete subjects
--     local measured = study.measure(run, list, source, definition)
--     local found = study.analyse(measured, study.settings(run))
--
-- measure and analyse take all that matters as arguments and leave nothing behind in
-- the subjects or the run but counted failures, so that the same subjects can be measured
-- again with another definition, pooling rule, source or seed:
--
--     local other = assert(templates.load(path, { pooling = "max_score" }))
--     study.analyse(study.measure(run, list, source, other), { seed = 1, impostors = 0 })
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local extraction = require "visage.data.extraction"
local subjects = require "visage.experiment.subjects"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local templates = require "visage.templates"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"

local study = {}

-- So many lines that are there again are named.
local REPEATED = 5

local function share(text)
  local x = tonumber(text)
  if x and x > 0 and x < 1 then return x end
  return nil, ("'%s' is not a share between 0 and 1"):format(text)
end

--- Adds the options of a template experiment.
-- @tparam table parser argparse's
-- @tparam string file of experiments/templates, the default definition
function study.options(parser, file)
  parser:option("--templates", "File of the template definition."):argname("FILE")
    :default(("%s/experiments/templates/%s"):format(system.root(), file))
  parser:option("--pairing", "Which templates fill which cell of the matrix that comes"
    .. " first: reproduction (of two groups), paper, all_cross (by default the"
    .. " definition's); the others are reported beside it."):argname("NAME")
  parser:option("--pooling", "How a template's embeddings become one vector: mean,"
    .. " mean_of_images, vggface2, insightface, max_score, mean_score (by default the"
    .. " definition's)."):argname("NAME")
  parser:option("--missing", "What a missing photo does to its subject (by default what"
    .. " the definition says)."):choices { "omit_subject", "use_rest" }
  parser:option("--boxes", "CSV of the published boxes."):argname("NAME")
    :default("loose_bb_test.csv")
  parser:option("--far", "The FAR at which TAR is stated."):argname("SHARE")
    :default("0.01"):convert(share)
  parser:option("--impostors", "At most N subjects, drawn, are compared with each other;"
    .. " 0: none."):argname("N"):default("1000"):convert(experiment.whole(0))
  embeddings.options(parser, {
    crop = "reproduction_csv", choose = "centre", no_face = "published_box",
  })
end

-- The pooling rule, for the record.
local function pooling_of(definition)
  local pooling = definition.pooling
  return type(pooling) == "string" and pooling or templates.rule(pooling).text
end

--- The definition, with what the command line puts over it; recorded in the rules.
-- @tparam table run
-- @treturn table as visage.templates checks it
function study.definition(run)
  local o = run.options
  local definition = assert(templates.load(o.templates, {
    pairing = o.pairing, pooling = o.pooling, missing = o.missing,
  }))
  local rule = templates.rule(definition.pooling)
  run:rule("definition", definition.name)
  run:rule("pairing", definition.pairing)
  run:rule("pooling", pooling_of(definition))
  run:rule("similarity", rule.similarity or "by the definition's own function")
  run:rule("missing", definition.missing)
  return definition
end

-- The sexes that identity_meta.csv tells: subject -> "f" or "m".
local function sexes_of(root)
  local path = vggface2.find(root, "identity_meta.csv")
  local known = {}
  for _, one in ipairs(path and assert(vggface2.identities(path)) or {}) do
    known[one.id] = one.gender
  end
  return known
end

-- What the definition means, as the data folder has it; else what must be there.
local function read(run, definition)
  local o = run.options
  local csv = (o.embeddings or ""):find "%.csv$"
  local list, text = subjects.read(definition, {
    root = o.data, images = o.images, photos = not o.embeddings,
    files = csv and assert(extraction.files(experiment.split(o.embeddings))) or nil,
  })
  if list then return list end
  error(("%s; the head of experiments/%s.lua says what to download and how the folder must"
    .. " look"):format(text, run.name), 0)
end

-- Says what the lists and folders hold; all photos missing is no data.
local function survey(run, definition, list)
  local photos, missing, known = 0, 0, 0
  for _, subject in ipairs(list) do
    known = known + (subject.sex and 1 or 0)
    for _, image in ipairs(subject.images) do
      photos, missing = photos + 1, missing + (image.missing and 1 or 0)
    end
  end
  for i = 1, math.min(#list.repeated, REPEATED) do run:say("%s", list.repeated[i]) end
  run:say("%d subjects, of %d of whom the sex is known; %d photos, %d of them not there",
    #list, known, photos, missing)
  if missing == photos and photos > 0 then
    local image = list[1].images[1]
    error(("none of %d photos is there%s; the first is %s"):format(photos,
      definition.inventory and " and in " .. definition.inventory or "",
      image.path or image.file), 0)
  end
end

--- The subjects that the definition means, without those of --exclude, and with their
-- sex where it is known.
-- @tparam table run
-- @tparam table definition
-- @treturn {table,...} { name, sex, images = { { file, key, path, missing }, ... } }
function study.subjects(run, definition)
  local o, list = run.options, read(run, definition)
  local sexes = sexes_of(o.data)
  for _, subject in ipairs(list) do subject.sex = sexes[subject.name] or false end
  run.data.name, run.data.path = definition.name, o.data
  run.data.people = (definition.list or ""):find "^test_" and "VGGFace2 test"
    or not o.embeddings and vggface2.people(assert(vggface2.images(o.data, o.images))) or nil
  run.synthetic = run.synthetic or synthetic.is_marked(o.data)
  survey(run, definition, list)
  return run:keep(list)
end

--- Opens what the command line names, networks or a file's rows.
-- @tparam table run
-- @tparam table definition
-- @tparam {table,...} list of study.subjects; images get boxes, rows, missing
-- @treturn {table,...} sources of visage.experiment.embeddings
function study.sources(run, definition, list)
  local o, images = run.options, {}
  for _, subject in ipairs(list) do
    table.move(subject.images, 1, #subject.images, #images + 1, images)
  end
  local boxes = not o.embeddings and vggface2.find(o.data, o.boxes)
  if boxes then assert(subjects.add_boxes(list, boxes)) end
  return embeddings.sources(run, images, {
    pooling = pooling_of(definition),
    number = function(rows) return subjects.number(list, #rows) end,
  })
end

--- The subjects that the definition leaves in, of the first --limit; the others are
-- omitted. Mistakes in a definition show here, not after hours of embedding.
-- @tparam table run
-- @tparam table definition
-- @tparam {table,...} list of study.subjects
-- @treturn {table,...}
function study.whole(run, definition, list)
  local rest, omitted = {}, {}
  for i = 1, math.min(run.options.limit or #list, #list) do
    local subject = list[i]
    local made, why = templates.build(definition, subject.name, subject.images,
      tensor.generator(run.options.seed))
    if made then
      rest[#rest + 1] = subject
    else
      omitted[#omitted + 1] = { subject.name, why }
    end
  end
  if not list[1] then error("no subject is left", 0) end
  if not rest[1] then
    local image = list[1].images[1]
    error(("all %d subjects are omitted; the first, %s: %s (the first photo is"
      .. " %s)"):format(#omitted, omitted[1][1], omitted[1][2],
      image.path or image.file), 0)
  end
  for _, one in ipairs(omitted) do run:omit(one[1], one[2]) end
  return rest
end

-- A subject's images as the definition sees them, with their vectors; those without
-- one are missing. How many have one.
local function embedded(source, subject)
  local there, images, count = {}, {}, 0
  for _, image in ipairs(subject.images) do
    if not image.missing then there[#there + 1] = image end
  end
  local rows, failed = source.embed(there)
  local at = 0
  for i, image in ipairs(subject.images) do
    local one = setmetatable({ missing = image.missing }, { __index = image })
    if not image.missing then
      at = at + 1
      one.missing = failed[at] or false
    end
    if not one.missing then one.vector, count = rows[at], count + 1 end
    images[i] = one
  end
  return images, count
end

-- What the pooling rule may want to know of a template's images. Scores, the definition's
-- or else the detector's, only where all images have one.
local function facts_of(images)
  local media, scores = {}, {}
  for i, image in ipairs(images) do
    -- An image of no medium is one by itself.
    media[i] = image.media or image.file
    local score = image.score or image.face and image.face.score
    if scores then scores[i] = score end
    scores = score and scores
  end
  return { media = media, scores = scores or nil }
end

-- A subject's pooled templates, drawn with the generator; nil and why it is omitted.
local function pooled_of(definition, subject, images, generator)
  local made, why = templates.build(definition, subject.name, images, generator)
  if not made then return nil, why end
  local pooled = {}
  for name, list in pairs(made) do
    local vectors = {}
    for i, image in ipairs(list) do vectors[i] = image.vector end
    pooled[name] = templates.pool(definition.pooling, tensor.stack(vectors, 1), facts_of(list))
  end
  return pooled
end

-- What is kept of a subject: its pooled templates and matrices, and for each further
-- seed the matrix of the first pairing; nil and why it is omitted.
local function measured_subject(definition, subject, images, seeds)
  local pooled, why = pooled_of(definition, subject, images, tensor.generator(seeds[1]))
  if not pooled then return nil, why end
  local one = {
    name = subject.name, sex = subject.sex, pooled = pooled, matrices = {}, repeats = {},
  }
  for _, name in ipairs(templates.pairing_names(definition)) do
    one.matrices[name] = templates.matrix(definition, pooled, name)
  end
  one.repeats[1] = one.matrices[definition.pairing]
  for i = 2, #seeds do
    local again, text = pooled_of(definition, subject, images, tensor.generator(seeds[i]))
    if not again then return nil, text end
    one.repeats[i] = templates.matrix(definition, again)
  end
  return one
end

--- Embeds subjects by a source and pools their templates. A thousand subjects take
-- little more memory than one: of each only what is pooled is kept.
-- @tparam table run for its progress and its times; failures are counted in it
-- @tparam {table,...} list of study.whole; stays as it is
-- @tparam table source
-- @tparam table definition
-- @tparam[opt] {integer,...} seeds of the definition's generator, { 1 }
-- @treturn table { source, definition, subjects = { { name, sex, images (count), pooled,
-- matrices = pairing -> matrix, repeats = seed by seed the matrix of the first pairing },
-- ... }, images (count), omitted = { { name, why }, ... } }
function study.measure(run, list, source, definition, seeds)
  local out = { source = source, definition = definition, subjects = {}, images = 0,
    omitted = {} }
  local progress = run:progress(source.name, #list)
  for _, subject in ipairs(list) do
    local images, count = embedded(source, subject)
    local one, why = run:timed("score", measured_subject, definition, subject, images,
      seeds or { 1 })
    if one then
      one.images = count
      out.subjects[#out.subjects + 1], out.images = one, out.images + count
    else
      out.omitted[#out.omitted + 1] = { subject.name, why }
    end
    progress:step()
  end
  progress:done()
  return out
end

--- What the command line says of the analysis.
-- @tparam table run
-- @treturn table settings of visage.templates.analysis
function study.settings(run)
  local o = run.options
  return { seed = o.seed, far = o.far, impostors = o.impostors }
end

--- Matrices, impostors, effect and their intervals.
-- @tparam table measured of study.measure
-- @tparam table settings of visage.templates.analysis: seed, far, impostors, ...
-- @treturn table as visage.templates.analysis gives it
function study.analyse(measured, settings)
  local first = measured.omitted[1]
  if not measured.subjects[1] then
    error(("%s: no subject is left%s"):format(measured.source.name,
      first and ("; the first, %s: %s"):format(table.unpack(first)) or ""), 0)
  end
  return templates.analyse(measured.definition, measured.subjects, settings)
end

return study
