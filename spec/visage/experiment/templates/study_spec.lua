local angles = require "spec.support.angles"
local run_class = require "visage.experiment.run"
local study = require "visage.experiment.templates.study"

local function new_run(options)
  local o = { seed = 1, quiet = true, far = 0.01, impostors = 9, out = "/absent" }
  for key, value in pairs(options or {}) do o[key] = value end
  return run_class.new({ name = "fixture" }, o, {})
end

describe("template_study", function()
  it("measures subjects: matrices of all pairings, what is pooled, photos", function()
    local measured = study.measure(new_run(), angles.photos(), angles.source(),
      angles.definition())
    assert.equal(12, measured.images)
    assert.same({}, measured.omitted)
    local second = measured.subjects[2]
    assert.same({ "s2", "m", 4 }, { second.name, second.sex, second.images })
    assert.near(angles.cos(15), second.matrices.paper[1][2], 1e-15)
    assert.near(angles.cos(10), second.matrices.reproduction[1][2], 1e-15)
    assert.near(0, second.pooled.young1[1], 1e-15)
    local found = study.analyse(measured, study.settings(new_run()))
    assert.equal(3, found.impostor_subjects)
  end)

  it("leaves the photos as they were, so that they can be measured again", function()
    local run, list = new_run(), angles.photos()
    local broken = { ["s2/3.jpg"] = "no_face" }
    local first = study.measure(run, list, angles.source(broken), angles.definition())
    assert.same({ { "s2", "1 of 4 images missing: s2/3.jpg (no_face)" } }, first.omitted)
    assert.equal(2, #first.subjects)
    assert.same({}, run.omitted)
    local again = study.measure(run, list, angles.source(),
      angles.definition { pooling = "max_score" })
    assert.equal(3, #again.subjects)
    assert.same({ 1, 2 }, again.subjects[1].pooled.young1:shape())
    for _, subject in ipairs(list) do
      for _, image in ipairs(subject.images) do
        assert.is_false(image.missing)
        assert.is_nil(image.vector)
      end
    end
  end)

  it("pools with what is known of the images: media and scores", function()
    local seen = {}
    local definition = angles.definition { pooling = {
      text = "spy", pool = function(x, facts)
        seen[#seen + 1] = facts
        return x[1]
      end, compare = function() return 0 end,
    } }
    local list = angles.photos()
    list[1].images[1].media, list[1].images[1].score = "video", 0.5
    list[1].images[2].face = { score = 0.9 }
    study.measure(new_run(), { list[1] }, angles.source(), definition)
    local scores = {}
    for _, facts in ipairs(seen) do
      scores[facts.media[1]] = facts.scores and facts.scores[1] or "none"
    end
    assert.same({ video = 0.5, ["s1/2.jpg"] = 0.9, ["s1/3.jpg"] = "none", ["s1/4.jpg"] = "none" },
      scores)
  end)

  it("gives scores only where all images of a template have one", function()
    local scores = {}
    local definition = angles.definition {
      templates = { young1 = { 1, 2 }, young2 = { 2 }, mature1 = { 3 }, mature2 = { 4 } },
      allow_duplicates = true, pooling = {
        text = "spy", pool = function(x, facts)
          if #facts.media == 2 then scores[#scores + 1] = facts.scores or "none" end
          return x[1]
        end, compare = function() return 0 end,
      },
    }
    local list = angles.photos()
    list[1].images[2].score = 0.9
    list[2].images[1].score, list[2].images[2].score = 0.8, 0.9
    study.measure(new_run(), { list[1], list[2] }, angles.source(), definition)
    assert.same({ "none", { 0.8, 0.9 } }, scores)
  end)

  it("says that no embedding was to be had", function()
    local broken = {}
    for s = 1, 3 do broken[("s%d/1.jpg"):format(s)] = "no_face" end
    local measured = study.measure(new_run(), angles.photos(), angles.source(broken),
      angles.definition())
    assert.error_matches(function() study.analyse(measured, { seed = 1 }) end,
      "angles: no subject is left; the first, s1: 1 of 4 images missing: s1/1.jpg")
  end)

  it("draws templates anew for each seed, the first as for one seed alone", function()
    local definition = angles.definition {
      templates = function(_, images, random)
        local deck = random:shuffle(table.move(images, 1, #images, 1, {}))
        local made = {}
        for i, name in ipairs(angles.names) do made[name] = { deck[i] } end
        return made
      end,
    }
    local one = study.measure(new_run(), angles.photos(), angles.source(), definition, { 5 })
    local three = study.measure(new_run(), angles.photos(), angles.source(), definition,
      { 5, 6, 7 })
    assert.equal(3, #three.subjects[1].repeats)
    assert.same(one.subjects[1].matrices, three.subjects[1].matrices)
    assert.same(three.subjects[1].matrices[definition.pairing], three.subjects[1].repeats[1])
  end)

  it("says that nobody is left", function()
    local list = angles.photos()
    for _, subject in ipairs(list) do subject.images[1].missing = true end
    assert.error_matches(function()
      study.whole(new_run(), angles.definition(), list)
    end, "all 3 subjects are omitted; the first, s1: 1 of 4 images missing: s1/1.jpg")
    assert.error_matches(function() study.whole(new_run(), angles.definition(), {}) end,
      "no subject is left")
  end)

  it("omits those that the definition leaves out, of the first so many", function()
    local run, list = new_run { limit = 2 }, angles.photos()
    list[1].images[4].missing = true
    local rest = study.whole(run, angles.definition(), list)
    assert.same({ list[2] }, rest)
    assert.same({ { subject = "s1", why = "1 of 4 images missing: s1/4.jpg" } }, run.omitted)
  end)
end)
