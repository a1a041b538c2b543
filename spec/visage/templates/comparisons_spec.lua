local angles = require "spec.support.angles"
local comparisons = require "visage.templates.comparisons"
local pooling = require "visage.templates.pooling"
local templates = require "visage.templates"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local cos, pooled, DEFINITION = angles.cos, angles.pooled, angles.definition()

local function near(expected, actual)
  actual = actual:totable()
  for i, row in ipairs(expected) do
    for k, value in ipairs(row) do assert.near(value, actual[i][k], 1e-14) end
  end
end

describe("comparisons of all subjects", function()
  it("are every template with every other, of any two subjects", function()
    local all = comparisons.all(DEFINITION, pooled())
    assert.same({ "mature1", "mature2", "young1", "young2" }, all.names)
    assert.equal(3, all.n)
    -- Row: young1 at 0, 90, 180; column: mature2 at 30, 105, 200.
    local wanted = { { cos(30), cos(105), cos(160) }, { cos(60), cos(15), cos(110) },
      { cos(150), cos(75), cos(20) } }
    near(wanted, all.of("young1", "mature2"))
    near(wanted, all.of("mature2", "young1"):transpose(1, 2))
  end)

  it("fill a cell as a subject's own templates do", function()
    local list = pooled()
    local all = comparisons.all(DEFINITION, list)
    for pairing, rows in pairs(DEFINITION.pairings) do
      for i = 1, 2 do
        for j = 1, 2 do
          local cell = comparisons.cell(all, rows[i][j])
          for s, one in ipairs(list) do
            assert.near(templates.matrix(DEFINITION, one, pairing)[i][j], cell:get(s, s), 1e-14)
          end
        end
      end
    end
  end)

  it("average the pairs of a cell, of impostors too", function()
    local all = comparisons.all(DEFINITION, pooled())
    local cell = comparisons.cell(all, DEFINITION.pairings.all_cross[1][2])
    -- Subject 1's young at 0 and 10 with subject 2's mature at 100 and 105.
    assert.near((cos(100) + cos(105) + cos(90) + cos(95)) / 4, cell:get(1, 2), 1e-14)
  end)

  it("make score sets of any two, and of those with equal labels", function()
    local cell = comparisons.cell(comparisons.all(DEFINITION, pooled()), { "young1", "young2" })
    local any = comparisons.scores(cell, comparisons.mask { 1, 1, 1 })
    assert.same({ 3, 6 }, { #any.genuine, #any.impostor })
    assert.near((cos(10) + cos(5) + cos(10)) / 3, any.genuine:mean(), 1e-14)
    local same = comparisons.scores(cell, comparisons.mask { "f", "m", "f" })
    -- young1 of 1 (0) with young2 of 3 (170), young1 of 3 (180) with young2 of 1 (10).
    assert.tensor(same.impostor).near({ cos(170), cos(170) }, 1e-14)
    assert.equal(3, #same.genuine)
    assert.equal(0, #comparisons.scores(cell, comparisons.mask { "f", "m", false }).impostor)
    assert.equal(0, verification.eer(same).eer)
  end)

  it("are the same by every rule, all at once or one by one", function()
    local stream = tensor.generator(3)
    -- Templates of one to three images.
    local function template(rule)
      local rows = stream:randn({ stream:integer(3), 8 }, "f64")
      return pooling.pool(rule, rows, { scores = stream:rand({ #rows }, "f64"):totable() })
    end
    for _, rule in pairs(pooling.rules) do
      local a, b = {}, {}
      for i = 1, 3 do a[i] = template(rule) end
      for i = 1, 2 do b[i] = template(rule) end
      local all = rule.matrix(a, b):totable()
      for i = 1, 3 do
        for k = 1, 2 do assert.near(rule.compare(a[i], b[k]), all[i][k], 1e-14) end
      end
    end
  end)

  it("take a rule that only compares two", function()
    local rule = { text = "first number", pool = function(x) return x[1] end,
      compare = function(a, b) return a:get(1) * b:get(1) end }
    local def = assert(templates.check({ templates = function() end, pooling = rule }))
    local all = comparisons.all(def, pooled())
    assert.near(cos(0) * cos(95), all.of("young1", "young2"):get(1, 2), 1e-15)
  end)
end)
