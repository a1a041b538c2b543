--- By hand: three subjects whose similarities are cosines of known angles.
local analysis = require "visage.templates.analysis"
local angles = require "spec.support.angles"
local templates = require "visage.templates"

local cos, ULP = angles.cos, 1e-14
local DEFINITION = angles.definition { pairing = "paper" }

local function analysed(options)
  local o = { seed = 1, far = 0.2 }
  for key, value in pairs(options or {}) do o[key] = value end
  return analysis.of(DEFINITION, angles.subjects(DEFINITION), o)
end

describe("the analysis of templates", function()
  it("averages each pairing's matrices, cell by cell, with an interval", function()
    local paper = analysed().pairings.paper
    -- young1 with young2, young1 with mature2; mature1 with young2, mature1 with mature2.
    local wanted = {
      { (cos(10) + cos(5) + cos(10)) / 3, (cos(30) + cos(15) + cos(20)) / 3 },
      { (cos(10) + cos(5) + cos(20)) / 3, (cos(10) + cos(5) + cos(10)) / 3 },
    }
    for i = 1, 2 do
      for j = 1, 2 do
        local cell = paper.cells[i][j]
        assert.near(wanted[i][j], paper.mean[i][j], ULP)
        assert.near(wanted[i][j], cell.mean, ULP)
        assert.same({ "bootstrap by subject", 3, 0.95 },
          { cell.interval.method, cell.interval.n, cell.interval.level })
        assert.is_true(cell.interval.low <= cell.mean and cell.mean <= cell.interval.high)
      end
    end
    -- All three draws of one subject are rarer than 2.5 %: 1 / 27 = 3.7 %, so the ends
    -- are the extremes.
    assert.near(cos(10), paper.cells[1][1].interval.low, ULP)
    assert.near(cos(5), paper.cells[1][1].interval.high, ULP)
  end)

  it("sets beside each cell the same cell of any two subjects, and of one sex", function()
    local cell = analysed().pairings.paper.cells[1][2]
    -- young1 at 0, 90, 180; mature2 at 30, 105, 200.
    local impostors = { cos(105), cos(160), cos(60), cos(110), cos(150), cos(75) }
    local sum = 0
    for _, value in ipairs(impostors) do sum = sum + value end
    assert.near(sum / 6, cell.any.impostor, ULP)
    assert.equal(6, cell.any.impostors)
    table.sort(impostors)
    assert.tensor(cell.any.sample).near(impostors, ULP)
    assert.near((cos(160) + cos(150)) / 2, cell.same_sex.impostor, ULP)
    assert.equal(2, cell.same_sex.impostors)
  end)

  it("tells how well a cell tells persons apart", function()
    local any = analysed().pairings.paper.cells[1][2].any
    -- The greatest impostor, cos 60, is below the least genuine one, cos 30.
    assert.same({ 0, 1, false }, { any.eer, any.tar, any.supported })
    -- d' by its formula.
    local function moments(list)
      local mean, var = 0, 0
      for _, x in ipairs(list) do mean = mean + x / #list end
      for _, x in ipairs(list) do var = var + (x - mean) ^ 2 / #list end
      return mean, var
    end
    local g, vg = moments { cos(30), cos(15), cos(20) }
    local i, vi = moments(any.sample)
    assert.near((g - i) / math.sqrt((vg + vi) / 2), any.d_prime, 1e-12)
  end)

  it("gives the effect, its interval and its exact test", function()
    local effect = analysed().pairings.paper.effect
    local each = {
      cos(10) - (cos(30) + cos(10)) / 2, cos(5) - (cos(15) + cos(5)) / 2,
      cos(10) - (cos(20) + cos(20)) / 2,
    }
    assert.near((each[1] + each[2] + each[3]) / 3, effect.mean, ULP)
    table.sort(each)
    assert.near(each[1], effect.interval.low, ULP)
    assert.near(each[3], effect.interval.high, ULP)
    -- All three are above 0: 2 of the 8 deals are as far from 0.
    assert.same({ 0.25, 8, true }, { effect.test.p, effect.test.deals, effect.test.exact })
  end)

  it("compares all templates, whatever the pairing", function()
    local all = analysed().templates
    assert.equal(10, #all)
    local by_name = {}
    for _, one in ipairs(all) do by_name[one.first .. " " .. one.second] = one end
    assert.near((cos(10) + cos(5) + cos(10)) / 3, by_name["young1 young2"].genuine, ULP)
    -- young1 with young1 of another: 90, 180 and 90 degrees, each twice.
    assert.near(cos(180) / 3, by_name["young1 young1"].impostor, ULP)
    assert.is_nil(by_name["young1 young1"].genuine)
  end)

  it("draws those that are compared, and compares none of one subject", function()
    local two = analysed { impostors = 2 }
    assert.equal(2, two.impostor_subjects)
    assert.equal(2, two.pairings.paper.cells[1][1].any.impostors)
    assert.equal(3, #two.pairings.paper.cells[1][1].genuine)
    for _, few in ipairs { 0, 1 } do
      local none = analysed { impostors = few }
      assert.equal(0, none.impostor_subjects)
      assert.is_nil(none.pairings.paper.cells[1][1].any)
      assert.is_nil(none.templates)
    end
  end)

  it("knows no impostor of the same sex where no sex is known", function()
    local list = angles.subjects(DEFINITION)
    for _, one in ipairs(list) do one.sex = false end
    local found = analysis.of(DEFINITION, list, { seed = 1 })
    assert.is_nil(found.pairings.paper.cells[1][1].same_sex)
    assert.equal(6, found.pairings.paper.cells[1][1].any.impostors)
  end)

  it("has no interval of one subject", function()
    local found = analysis.of(DEFINITION, { angles.subjects(DEFINITION)[1] }, { seed = 1 })
    local paper = found.pairings.paper
    assert.near(cos(10), paper.cells[1][1].mean, ULP)
    assert.is_nil(paper.cells[1][1].interval)
    assert.same({ nil, 1 }, { paper.effect.interval, paper.effect.test.p })
  end)

  it("has no interval where a similarity is NaN", function()
    local def = angles.definition { pooling = {
      text = "none", pool = function(x) return x[1] end, compare = function() return 0 / 0 end,
    } }
    local cell = analysis.of(def, angles.subjects(def), { seed = 1 }).pairings.paper.cells[1][1]
    assert.is_true(cell.mean ~= cell.mean)
    assert.is_nil(cell.interval)
    assert.is_nil(cell.any)
  end)

  it("is the same for the same seed and leaves its subjects as they were", function()
    local list = angles.subjects(DEFINITION)
    local before = templates.mean { list[1].matrices.paper }
    assert.same(analysis.of(DEFINITION, list, { seed = 3, impostors = 2 }),
      analysis.of(DEFINITION, list, { seed = 3, impostors = 2 }))
    assert.same(before, list[1].matrices.paper)
  end)
end)
