--- Experiment 1 of the VGGFace2 reproduction: are two templates of a person less alike
-- when years lie between their photos?
--
-- A subject has four templates of five photos, two young and two mature (deemed below
-- and from 34 years on). The photos' embeddings are pooled into one vector a template;
-- cosines of the vectors fill a matrix, young and mature by young and mature, which is
-- averaged over the subjects. Beside it stand the same cells of two people
-- (any, and of one sex), for cosines of two networks cannot be compared as they are, and
-- by d', EER and TAR how well each cell tells people apart. The age effect is
--     D = (M11 + M22) / 2 - (M12 + M21) / 2
-- by subject, with a bootstrap interval over subjects and a permutation test.
--
-- Which templates fill a cell is told in three ways: `reproduction` (what
-- florastack/ReproducingVGGFace2-TensorFlow computes), `paper`, and `all_cross`, the
-- least noisy and the one to reason from. All three are reported. How the photos were
-- cut and resized, which detector found the faces, and how templates were pooled, not all
-- of it was published: --sweep says how far each such choice moves cells and effect.
--
-- Such a matrix measures how robust a network is to age. It cannot test that variety of
-- age in training helps, for which networks trained with and without it are compared.
--
-- Data: VGGFace2's test set and its lists, from its authors, in --data DIR:
--
--     DIR/test/n000001/0001_01.jpg ...       169,396 photos, of which 2,000 are used
--     DIR/meta/test_agetemp_imglist.txt      100 subjects, 20 photos each
--     DIR/meta/test_list.txt                 the photos that exist
--     DIR/meta/identity_meta.csv             names and sexes
--     DIR/bb_landmark/loose_bb_test.csv      the published boxes
--
-- Of n009286 two listed photos do not exist: 99 subjects and 1,980 photos are left, as
-- in the reproduction, which publishes no numbers. Those of another network, measured
-- anew by a reader of the paper (davidsandberg/facenet, issue 854, a network trained on
-- MS1M), stand in a column of their own: 0.4860 0.3928 / 0.3781 0.5146.
--
-- 2,000 photos a network: half an hour on two cores with ResNet-50, a minute on a GPU;
-- a second run takes the embeddings from the cache.
--
--     ./visage experiments/age_templates.lua --data /data/vggface2
--     ./visage experiments/age_templates.lua --data DIR --model mobilefacenet --limit 10
--     ./visage experiments/age_templates.lua --data DIR --embeddings embeddings.csv
--     ./visage experiments/age_templates.lua --data DIR --sweep crop=paper,box
--       --sweep filter=nearest --sweep pooling=mean_of_images --sweep profile=ipazc-0.1.1
--     ./visage experiments/age_templates.lua --data DIR --repeats 1000
--       --templates experiments/templates/random.lua
local experiment = require "visage.experiment"
local metrics = require "visage.metrics.pairs"
local pictures = require "visage.experiment.templates.pictures"
local plot = require "visage.plot"
local results = require "visage.experiment.templates.results"
local study = require "visage.experiment.templates.study"
local sweep = require "visage.experiment.templates.sweep"
local templates = require "visage.templates"

local PUBLISHED = {
  list = "test_agetemp_imglist.txt", pairing = "paper",
  source = "davidsandberg/facenet, issue 854 (2018-08-23): VGGFace2's age templates, a"
    .. " network trained on MS1M, measured by a reader of the paper; neither of these"
    .. " networks nor the paper's own figure",
  column = "trained on MS1M (facenet issue 854)",
  matrix = { { 0.4860, 0.3928 }, { 0.3781, 0.5146 } },
}

local NOTE = "A matrix of templates measures how robust a network is to age. It cannot test that"
  .. " variety of age in training helps: for that, networks trained with and without it"
  .. " are compared, all else equal."

local function options(parser)
  study.options(parser, "vggface2_age.lua")
  parser:option("--repeats", "Build the templates N times, for definitions that draw at"
    .. " random; embeddings are computed once."):argname("N"):default("1")
    :convert(experiment.whole(1))
  sweep.option(parser)
end

-- Everything that can be wrong with options, lists, photos and weights shows here.
local function prepare(run)
  local o, definition = run.options, study.definition(run)
  if o.repeats > 1 and type(definition.templates) ~= "function" then
    error(("--repeats %d: the templates of %s are not drawn at random"):format(o.repeats,
      o.templates), 0)
  end
  local list = study.subjects(run, definition)
  local sources = study.sources(run, definition, list)
  local whole = study.whole(run, definition, list)
  return {
    definition = definition, sources = sources, subjects = whole,
    sweep = sweep.plan(run, definition, whole, sources),
  }
end

local function seeds_of(run)
  local seeds = {}
  for i = 1, run.options.repeats do seeds[i] = run.options.seed + i - 1 end
  return seeds
end

-- How the age effect spreads when the templates are drawn again and again.
local function report_repeats(run, rows, measured, seeds)
  local source, effects = measured.source, {}
  for i, seed in ipairs(seeds) do
    local matrices = {}
    for s, subject in ipairs(measured.subjects) do matrices[s] = subject.repeats[i] end
    effects[i] = templates.effect(templates.mean(matrices))
    rows[#rows + 1] = { source.name, seed, effects[i] }
  end
  local s = metrics.summary(effects)
  for _, part in ipairs { "mean", "sd", "min", "q025", "median", "q975", "max" } do
    run:metric(("%s/age_effect_repeats.%s"):format(source.name, part), s[part])
  end
  run:print("%s, %d draws: age effect mean %+.4f, sd %.4f, 95 %% of them between"
    .. " %+.4f and %+.4f", source.name, s.n, s.mean, s.sd, s.q025, s.q975)
  run:plot(("age_effect_%s.png"):format(source.name), plot.histogram, {
    values = effects, marks = { 0 }, x_title = "age effect",
    title = ("%s: %d draws of the templates"):format(source.name, s.n),
  })
end

local function main(run, opened)
  local definition, seeds = opened.definition, seeds_of(run)
  run:note(NOTE)
  local out = results.new(run, {
    effect = "age_effect", definition = definition, sources = opened.sources,
  })
  local repeats = #seeds > 1 and run:table("repeats", { "model", "seed", "age_effect" }).rows
  for _, source in ipairs(opened.sources) do
    local measured = study.measure(run, opened.subjects, source, definition, seeds)
    out:record(measured, study.analyse(measured, study.settings(run)))
    if repeats then report_repeats(run, repeats, measured, seeds) end
  end
  out:publish(PUBLISHED)
  out:show()
  for _, one in ipairs(opened.sweep and out.recorded or {}) do
    opened.sweep:record(run, one.measured, "age_effect")
  end
  pictures.montage(run, opened.subjects, opened.sources[1], definition)
end

os.exit(experiment.main({
  name = "age_templates", model = "vgg16,resnet50,senet50", needs_data = true,
  summary = "Experiment 1: are two templates of a person less alike when years lie between"
    .. " their photos? Data: VGGFace2's test/ and its meta/ and bb_landmark/ in --data DIR;"
    .. " the head of the script says how the folder must look.",
  question = "Are two templates of a person less alike when years lie between their photos?",
  options = options, prepare = prepare, run = main,
}, arg), true)
