--- What is left of scored pairs: four people, nine pairs, numbers counted by hand.
local image = require "visage.image"
local lfs = require "lfs"
local networks = require "spec.support.networks"
local pair_results = require "visage.experiment.pairs.results"
local run_class = require "visage.experiment.run"
local system = require "visage.system"

-- Photos 1 to 4 are of a, b, c, d; 5 to 8 of them again; 9 has no face.
local PEOPLE = { "a", "b", "c", "d", "a", "b", "c", "d", "e" }

local function pair(i, j)
  return { places = { i, j }, subjects = { PEOPLE[i], PEOPLE[j] }, same = PEOPLE[i] == PEOPLE[j],
    files = { ("x/%d.png"):format(i), ("%d.png"):format(j) } }
end

local LIST = { pair(1, 5), pair(2, 6), pair(3, 7), pair(4, 8), pair(1, 2), pair(2, 3),
  pair(3, 4), pair(4, 1), pair(1, 9) }
local SCORES = { 0.9, 0.8, 0.7, 0.3, 0.6, 0.1, 0.2, 0.2, 0 / 0 }
-- At 0.5 the fourth pair is a false non-match and the fifth a false match.
local MARGINS = {}
for i, score in ipairs(SCORES) do MARGINS[i] = score - 0.5 end

describe("pair_results", function()
  local folder, run, results, photos

  before_each(function()
    folder = assert(system.temp_dir())
    run = run_class.new({ name = "drawn" }, { out = folder, seed = 1, rounds = 200, quiet = true },
      {})
    photos = {}
    for i = 1, 9 do
      photos[i] = { key = ("x/%d.png"):format(i), path = ("%s/%d.png"):format(folder, i) }
      assert(image.save(networks.pixels(i, { 20, 20, 3 }), photos[i].path))
    end
    results = pair_results.new(run, photos, { title = "drawn", eer = "bob", x_low = 1e-2 })
  end)
  after_each(function() system.remove_tree(folder) end)

  local function rows(name)
    for _, one in ipairs(run.tables) do if one.name == name then return one.rows end end
  end

  it("part pairs by their truth, with who is on them", function()
    local set, subjects = pair_results.sides({ pair(1, 5), pair(1, 2), {} }, { 1, 2, 3 })
    assert.same({ genuine = { 1 }, impostor = { 2 } }, set)
    assert.same({ genuine = { { "a", "a" } }, impostor = { { "a", "b" } } }, subjects)
  end)

  it("record AUC, EER and TAR with intervals that hold them", function()
    local set, subjects = pair_results.sides(LIST, SCORES)
    local eer = results:curve("m", set, subjects, { 0.1, 0.2 })
    -- 15 of the 16 comparisons of a genuine with an impostor score are right; the fifth
    -- impostor pair failed and is never accepted: FAR 0.2 is one of five, 0.1 none.
    assert.equal(15 / 16, run.metrics["m/auc"])
    assert.equal(1, run.metrics["m/tar_at_far_0.2"])
    assert.equal(0.75, run.metrics["m/tar_at_far_0.1"])
    -- FAR 1/5 and FRR 1/4 between 0.3 and 0.6.
    assert.near((0.2 + 0.25) / 2, eer.eer, 1e-15)
    assert.near(0.45, eer.threshold, 1e-15)
    for _, key in ipairs { "m/auc", "m/eer", "m/tar_at_far_0.1" } do
      local one = run.intervals[key]
      assert.is_true(one.low <= run.metrics[key] and run.metrics[key] <= one.high, key)
      assert.equal("bootstrap by subject", one.method)
    end
    assert.same({ "m", 0, 0.75 }, table.move(rows "roc_band"[1], 1, 3, 1, {}))
    results:finish()
    for _, name in ipairs { "roc.png", "det.png" } do
      assert.truthy(lfs.attributes(folder .. "/" .. name), name)
    end
  end)

  it("give a share that all draws give alike an exact interval, other figures none", function()
    local list, scores = { pair(1, 5), pair(2, 6), pair(1, 2), pair(3, 4) }, { 0.9, 0.8, 0.1, 0.2 }
    local set, subjects = pair_results.sides(list, scores)
    results:curve("m", set, subjects, { 0.5 })
    assert.equal(1, run.metrics["m/auc"])
    assert.is_nil(run.intervals["m/auc"])
    -- Two of two: 0.025 to the half.
    local one = run.intervals["m/tar_at_far_0.5"]
    assert.near(math.sqrt(0.025), one.low, 1e-12)
    assert.same({ 1, 2 }, { one.high, one.n })
    assert.match("^Clopper%-Pearson", one.method)
  end)

  it("record how sure the accuracy is", function()
    run:metric("m/accuracy", 7 / 9)
    results:accuracy("m/accuracy", LIST, MARGINS)
    local one = run.intervals["m/accuracy"]
    assert.is_true(one.low < 7 / 9 and 7 / 9 < one.high)
    -- At a margin of nought a pair is accepted, unless the rule is strict.
    for strict, share in pairs { [false] = 1, [true] = 0 } do
      local key = "m/accuracy." .. tostring(strict)
      run:metric(key, share)
      results:accuracy(key, { pair(1, 5) }, { 0 }, strict)
      assert.near(strict and 0 or 0.025, run.intervals[key].low, 1e-12)
      assert.near(strict and 0.975 or 1, run.intervals[key].high, 1e-12)
    end
  end)

  it("give an interval that holds its figure where all draws lie above it", function()
    -- Twenty people, each right with themselves and wrong with all others: whoever is
    -- drawn twice leaves fewer comparisons of two people.
    local list, margins = {}, {}
    for a = 1, 20 do
      for b = a, 20 do
        list[#list + 1], margins[#margins + 1] = { subjects = { a, b }, same = a == b }, 1
      end
    end
    run:metric("m/accuracy", 20 / 210)
    results:accuracy("m/accuracy", list, margins)
    assert.equal(20 / 210, run.intervals["m/accuracy"].low)
  end)

  it("give error rates their intervals, none where there is no comparison", function()
    local both = results:rates(pair_results.sides(LIST, MARGINS))
    assert.is_true(both.fmr.low <= 0.25 and both.fmr.high >= 0.25)
    assert.is_true(both.fnmr.low <= 0.25 and both.fnmr.high >= 0.25)
    local one = results:rates(pair_results.sides({ pair(1, 2), pair(2, 3) }, { -1, -2 }))
    assert.is_nil(one.fnmr)
    -- None of two: 1 - 0.025 to the half.
    assert.near(1 - math.sqrt(0.025), one.fmr.high, 1e-12)
    assert.same({}, results:rates({ genuine = {}, impostor = { 0 / 0 } },
      { genuine = {}, impostor = { { "a", "b" } } }))
  end)

  it("show the worst pairs first, and photos without a face", function()
    local asked, shown = {}, nil
    local montage = run.montage
    function run.montage(self, name, options)
      shown = options.rows
      return montage(self, name, options)
    end
    results:errors({ name = "m", picture = function(one)
      asked[#asked + 1] = one.key
      return image.load(one.path)
    end }, LIST, MARGINS, {
      shown = function(i) return SCORES[i] end, failed = { [9] = "no_face" },
    })
    assert.same({
      { "m", "two people", 1, "x/1.png", "2.png", 0.6, true },
      { "m", "two people", 2, "x/3.png", "4.png", 0.2, false },
      { "m", "two people", 3, "x/4.png", "1.png", 0.2, false },
      { "m", "two people", 4, "x/2.png", "3.png", 0.1, false },
      { "m", "one person", 1, "x/4.png", "8.png", 0.3, true },
      { "m", "one person", 2, "x/3.png", "7.png", 0.7, false },
      { "m", "one person", 3, "x/2.png", "6.png", 0.8, false },
      { "m", "one person", 4, "x/1.png", "5.png", 0.9, false },
    }, rows "worst")
    assert.same({ "x/1.png", "x/2.png" }, { asked[1], asked[2] })
    assert.equal("no embedding: no_face 1", shown[3].title)
    -- Three lines of two pairs and one of the photo, in columns of two.
    local drawn = assert(image.load(folder .. "/worst_m.png"))
    assert.equal(8 + 6 * 184, drawn:size(2))
  end)

  it("draw the scores, and do without intervals", function()
    run.options.rounds = 0
    local set, subjects = pair_results.sides(LIST, SCORES)
    results:histogram("m:v", set, { x_title = "similarity", threshold = 0.5 })
    assert.truthy(lfs.attributes(folder .. "/scores_m_v.png"))
    results:curve("m", set, subjects)
    run:metric("m/accuracy", 7 / 9)
    results:accuracy("m/accuracy", LIST, MARGINS)
    assert.is_nil(next(run.intervals))
    assert.same({}, results:rates(set, subjects))
    results:finish()
  end)
end)
