--- Are two templates of a person less alike when the head is turned between their
-- photos? VGGFace2's second template study (Cao et al., FG 2018).
--
-- A subject has six templates of five photos, two from the front, two in three-quarter
-- view, two in profile. The photos' embeddings are pooled into one vector a template;
-- cosines of the vectors fill a matrix, pose by pose, which is averaged over the
-- subjects. Beside it stand the same cells of two people (any, and of one
-- sex), and by d', EER and TAR how well each cell tells people apart. The pose effect is
-- the mean of the diagonal (one pose) less that of the other cells (two poses), by
-- subject, with a bootstrap interval over subjects and a permutation test.
--
-- `paper` fills a cell with the first template of the row and the second of the column,
-- `all_cross` with every template of the row's pose and every one of the column's. Both
-- are reported.
--
-- Data: VGGFace2's test set and its lists, from its authors, in --data DIR:
--
--     DIR/test/n000001/0001_01.jpg ...       169,396 photos, of which 11,040 are used
--     DIR/meta/test_posetemp_imglist.txt     368 subjects, 30 photos each
--     DIR/meta/test_list.txt                 the photos that exist
--     DIR/meta/identity_meta.csv             names and sexes
--     DIR/bb_landmark/loose_bb_test.csv      the published boxes
--
-- Published: of another network, trained on MS1M and measured anew by a reader of the
-- paper (davidsandberg/facenet, issue 854), in a column of its own:
--     0.5740 0.5619 0.4509 / 0.5538 0.5637 0.4671 / 0.4444 0.4667 0.4494
--
-- 11,040 photos a network: two to three hours on two cores with ResNet-50, minutes on a
-- GPU; a second run takes the embeddings from the cache. From embeddings: seconds.
--
--     ./visage experiments/pose_templates.lua --data /data/vggface2
--     ./visage experiments/pose_templates.lua --data DIR --model mobilefacenet --limit 10
--     ./visage experiments/pose_templates.lua --data DIR --embeddings embeddings.csv
--     ./visage experiments/pose_templates.lua --data DIR --sweep crop=paper,box
local experiment = require "visage.experiment"
local pictures = require "visage.experiment.templates.pictures"
local results = require "visage.experiment.templates.results"
local study = require "visage.experiment.templates.study"
local sweep = require "visage.experiment.templates.sweep"

local PUBLISHED = {
  list = "test_posetemp_imglist.txt", pairing = "paper",
  source = "davidsandberg/facenet, issue 854 (2018-08-23): VGGFace2's pose templates, a"
    .. " network trained on MS1M, measured by a reader of the paper; neither of these"
    .. " networks nor the paper's own figure",
  column = "trained on MS1M (facenet issue 854)",
  matrix = {
    { 0.5740, 0.5619, 0.4509 }, { 0.5538, 0.5637, 0.4671 }, { 0.4444, 0.4667, 0.4494 },
  },
}

local NOTE = "A matrix of templates measures how robust a network is to pose. It cannot test what"
  .. " variety of pose in training does: for that, networks trained with and without it"
  .. " are compared, all else equal."

local function options(parser)
  study.options(parser, "vggface2_pose.lua")
  sweep.option(parser)
end

-- Everything that can be wrong with options, lists, photos and weights shows here.
local function prepare(run)
  local definition = study.definition(run)
  local list = study.subjects(run, definition)
  local sources = study.sources(run, definition, list)
  local whole = study.whole(run, definition, list)
  return {
    definition = definition, sources = sources, subjects = whole,
    sweep = sweep.plan(run, definition, whole, sources),
  }
end

local function main(run, opened)
  local definition = opened.definition
  run:note(NOTE)
  local out = results.new(run, {
    effect = "pose_effect", definition = definition, sources = opened.sources,
  })
  for _, source in ipairs(opened.sources) do
    local measured = study.measure(run, opened.subjects, source, definition, { run.options.seed })
    out:record(measured, study.analyse(measured, study.settings(run)))
  end
  out:publish(PUBLISHED)
  out:show()
  for _, one in ipairs(opened.sweep and out.recorded or {}) do
    opened.sweep:record(run, one.measured, "pose_effect")
  end
  pictures.montage(run, opened.subjects, opened.sources[1], definition)
end

os.exit(experiment.main({
  name = "pose_templates", model = "vgg16,resnet50,senet50", needs_data = true,
  summary = "Are two templates of a person less alike when the head is turned between their"
    .. " photos? Data: VGGFace2's test/ and its meta/ and bb_landmark/ in --data DIR; the"
    .. " head of the script says how the folder must look.",
  question = "Are two templates of a person less alike when the head is turned between"
    .. " their photos?",
  options = options, prepare = prepare, run = main,
}, arg), true)
