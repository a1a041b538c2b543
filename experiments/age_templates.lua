--- Experiment 1 of the VGGFace2 reproduction: are two templates of a person
-- less alike when years lie between their photos?
--
-- Each subject's photos form templates, some young and some mature, as the
-- definition file says. Embeddings of a template's photos are pooled into one
-- vector; the cosines of the vectors make a 2 x 2 matrix; the result is its mean
-- over the subjects.
--
--     ./visage experiments/age_templates.lua --data /data/vggface2
local embeddings = require "visage.experiment.embeddings"
local experiment = require "visage.experiment"
local extraction = require "visage.data.extraction"
local metrics = require "visage.metrics.pairs"
local plot = require "visage.plot"
local subjects = require "visage.experiment.subjects"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local templates = require "visage.templates"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"

local function options(parser)
  parser:option("--templates", "File of the template definition."):argname("FILE")
    :default(system.root() .. "/experiments/templates/vggface2_age.lua")
  parser:option("--pairing", "Which templates fill which cell: reproduction,"
    .. " paper, all_cross (by default the definition's)."):argname("NAME")
  parser:option("--pooling", "How a template's embeddings become one vector: mean,"
    .. " mean_of_images, vggface2, insightface (by default the definition's).")
    :argname("NAME")
  parser:option("--missing", "What a missing photo does to its subject (by"
    .. " default what the definition says)."):choices { "omit_subject", "use_rest" }
  parser:option("--boxes", "CSV of the published boxes."):argname("NAME")
    :default("loose_bb_test.csv")
  parser:option("--repeats", "Build the templates N times, for definitions that"
    .. " draw at random; embeddings are computed once."):argname("N"):default("1")
    :convert(experiment.whole(1))
  embeddings.options(parser, {
    crop = "reproduction_csv", choose = "centre", no_face = "published_box",
  })
end

-- The definition, with what the command line puts over it.
local function definition_of(run)
  local o = run.options
  local definition = assert(templates.load(o.templates, {
    pairing = o.pairing, pooling = o.pooling, missing = o.missing,
  }))
  if o.repeats > 1 and type(definition.templates) ~= "function" then
    error(("--repeats %d: the templates of %s are not drawn at random"):format(
      o.repeats, o.templates), 0)
  end
  local rule = templates.rule(definition.pooling)
  run:rule("definition", definition.name)
  run:rule("pairing", definition.pairing)
  run:rule("pooling", type(definition.pooling) == "string"
    and definition.pooling or rule.text)
  run:rule("similarity", rule.similarity or "by the definition's own function")
  run:rule("missing", definition.missing)
  return definition
end

local function sources_of(run, list)
  local o, images = run.options, {}
  for _, subject in ipairs(list) do
    table.move(subject.images, 1, #subject.images, #images + 1, images)
  end
  local boxes = not o.embeddings and vggface2.find(o.data, o.boxes)
  if boxes then assert(subjects.add_boxes(list, boxes)) end
  return embeddings.sources(run, images, {
    pooling = run.rules.pooling,
    number = function(rows) return subjects.number(list, #rows) end,
  })
end

-- The subjects that the definition leaves in: mistakes in it show now, not after
-- hours of embedding.
local function kept(run, definition, list)
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
  if not rest[1] then
    local image = list[1].images[1]
    error(("all %d subjects are omitted; the first, %s: %s (the first photo is"
      .. " %s)"):format(#omitted, omitted[1][1], omitted[1][2],
      image.path or image.file), 0)
  end
  for _, one in ipairs(omitted) do run:omit(one[1], one[2]) end
  return rest
end

-- A subject's images that are there.
local function present(subject)
  local images = {}
  for _, image in ipairs(subject.images) do
    if not image.missing then images[#images + 1] = image end
  end
  return images
end

local function prepare(run)
  local o = run.options
  local definition = definition_of(run)
  local list = assert(subjects.read(definition, {
    root = o.data, images = o.images, photos = not o.embeddings,
    files = (o.embeddings or ""):find "%.csv$"
      and assert(extraction.files(experiment.split(o.embeddings))) or nil,
  }))
  list = run:keep(list)
  local sources = sources_of(run, list)
  run.data.name, run.data.path = definition.name, o.data
  run.synthetic = run.synthetic or synthetic.is_marked(o.data)
  local rest = kept(run, definition, list)
  return { definition = definition, sources = sources, subjects = rest }
end

-- Embeds a subject's images, and tells how many; one that fails is missing from
-- now on.
local function embed(source, subject)
  local images = present(subject)
  local rows, failed = source.embed(images)
  local count = 0
  for i, image in ipairs(images) do
    image.vector, image.missing = rows[i], failed[i]
    if not failed[i] then count = count + 1 end
  end
  return count
end

-- One matrix of a subject, whose templates are drawn with the generator.
local function matrix_of(definition, subject, generator)
  local made, why = templates.build(definition, subject.name, subject.images,
    generator)
  if not made then return nil, why end
  local pooled = {}
  for name, images in pairs(made) do
    local vectors = {}
    for i, image in ipairs(images) do vectors[i] = image.vector end
    pooled[name] = templates.pool(definition.pooling, tensor.stack(vectors, 1))
  end
  return templates.matrix(definition, pooled)
end

-- A subject's matrices, one for each generator; nil and why it is omitted.
local function matrices_of(definition, subject, generators)
  local list = {}
  for i, generator in ipairs(generators) do
    local matrix, why = matrix_of(definition, subject, generator)
    if not matrix then return nil, why end
    list[i] = matrix
  end
  return list
end

local function generators_of(run)
  local list = {}
  for i = 1, run.options.repeats do
    list[i] = tensor.generator(run.options.seed + i - 1)
  end
  return list
end

-- All subjects by one source: for each repeat the list of their matrices.
local function measure(run, study, source)
  local generators, by_repeat, measured = generators_of(run), {}, {}
  for i in ipairs(generators) do by_repeat[i] = {} end
  local progress = run:progress(source.name, #study.subjects)
  run.data.images = 0
  for _, subject in ipairs(study.subjects) do
    local images = embed(source, subject)
    local list, why = run:timed("score", matrices_of, study.definition, subject,
      generators)
    if list then
      for i, matrix in ipairs(list) do table.insert(by_repeat[i], matrix) end
      measured[#measured + 1] = {
        subject = subject.name, matrix = list[1], images = images,
      }
      run.data.images = run.data.images + images
    elseif not subject.omitted then
      -- The next network meets the same photos.
      run:omit(subject.name, why)
      subject.omitted = true
    end
    -- A thousand subjects take no more memory than one.
    for _, image in ipairs(subject.images) do image.vector = nil end
    progress:step()
  end
  progress:done()
  run.data.subjects = #measured
  if not measured[1] then error("no subject is left", 0) end
  return by_repeat, measured
end

local function file_name(source) return (source.name:gsub("%W", "_")) end

local function cells(matrix)
  local list = {}
  for _, row in ipairs(matrix) do table.move(row, 1, #row, #list + 1, list) end
  return list
end

local function record_subjects(rows, source, measured)
  for _, one in ipairs(measured) do
    local line = { source.name, one.subject, one.images }
    local values = cells(one.matrix)
    table.move(values, 1, #values, #line + 1, line)
    line[#line + 1] = templates.effect(one.matrix)
    rows[#rows + 1] = line
  end
end

-- The age effect is the diagonal less the off-diagonal: larger
-- means that photos of one age are more alike than photos of two.
local function record_mean(run, rows, groups, source, mean)
  for i, first in ipairs(groups) do
    for j, second in ipairs(groups) do
      rows[#rows + 1] = { source.name, first, second, mean[i][j] }
      run:metric(("%s/similarity.%s.%s"):format(source.name, first, second),
        mean[i][j])
    end
  end
  run:metric(source.name .. "/age_effect", templates.effect(mean))
end

local function show_mean(run, study, source, mean)
  local groups = study.definition.groups
  run:print("%s: %d subjects, %d photos", source.name, run.data.subjects,
    run.data.images)
  run:print("  %-10s" .. ("%10s"):rep(#groups), "", table.unpack(groups))
  for i, name in ipairs(groups) do
    run:print("  %-10s" .. ("%10.4f"):rep(#groups), name, table.unpack(mean[i]))
  end
  run:print("  age effect %+.4f", templates.effect(mean))
  run:plot(("similarity_%s.png"):format(file_name(source)), plot.heat_map, {
    matrix = mean, rows = groups, columns = groups,
    title = ("%s, %s pairing, %d subjects"):format(source.name,
      study.definition.pairing, run.data.subjects),
  })
end

-- How the age effect spreads when the templates are drawn again and again.
local function report_repeats(run, rows, source, by_repeat)
  local effects = {}
  for i, matrices in ipairs(by_repeat) do
    effects[i] = templates.effect(templates.mean(matrices))
    rows[#rows + 1] = { source.name, run.options.seed + i - 1, effects[i] }
  end
  local s = metrics.summary(effects)
  for _, part in ipairs { "mean", "sd", "min", "q025", "median", "q975", "max" } do
    run:metric(("%s/age_effect_repeats.%s"):format(source.name, part), s[part])
  end
  run:print("  %d draws: age effect mean %+.4f, sd %.4f, 95 %% of them between"
    .. " %+.4f and %+.4f", s.n, s.mean, s.sd, s.q025, s.q975)
  run:plot(("age_effect_%s.png"):format(file_name(source)), plot.histogram, {
    values = effects, marks = { 0 }, x_title = "age effect",
    title = ("%s: %d draws of the templates"):format(source.name, s.n),
  })
end

local function subject_columns(groups)
  local columns = { "model", "subject", "images" }
  for _, first in ipairs(groups) do
    for _, second in ipairs(groups) do
      columns[#columns + 1] = first .. "." .. second
    end
  end
  columns[#columns + 1] = "age_effect"
  return columns
end

local function main(run, study)
  local groups, repeated = study.definition.groups, run.options.repeats > 1
  local per_subject = run:table("per_subject", subject_columns(groups)).rows
  local similarity = run:table("similarity",
    { "model", "row", "column", "similarity" }).rows
  local repeats = repeated
    and run:table("repeats", { "model", "seed", "age_effect" }).rows
  for _, source in ipairs(study.sources) do
    local by_repeat, measured = measure(run, study, source)
    local mean = templates.mean(by_repeat[1])
    record_subjects(per_subject, source, measured)
    record_mean(run, similarity, groups, source, mean)
    show_mean(run, study, source, mean)
    if repeated then report_repeats(run, repeats, source, by_repeat) end
  end
end

os.exit(experiment.main({
  name = "age_templates", model = "resnet50,senet50", needs_data = true,
  summary = "Experiment 1: similarity of young and mature templates.",
  options = options, prepare = prepare, run = main,
}, arg), true)
