local search = require "visage.templates.search"
local similarity = require "visage.metrics.similarity"
local templates = require "visage.templates"
local tensor = require "visage.tensor"

local NAN = 0 / 0

-- Roundings of a few operations near 1.
local NEAR = 1e-14

local function rows(list) return tensor.from(list, "f64") end

describe("templates.scores", function()
  -- Of length 5, 5 and 13.
  local PROBES = rows { { 3, 4 }, { 4, -3 }, { NAN, NAN } }

  it("compares each photo with each template by cosine", function()
    local found = templates.scores("mean", PROBES, { rows { { 8, 6 }, { 0, 0 } }:mean(1), false,
      rows { { 0, 2 } }:mean(1) })
    assert.same({ 3, 3 }, found:shape())
    assert.near(0.96, found:get(1, 1), NEAR)
    assert.near(0.28, found:get(2, 1), NEAR)
    assert.near(0.8, found:get(1, 3), NEAR)
    assert.near(-0.6, found:get(2, 3), NEAR)
    for i = 1, 3 do
      assert.is_true(found:get(i, 2) ~= found:get(i, 2))
      assert.is_true(found:get(3, i) ~= found:get(3, i))
    end
  end)

  it("negates distances, of vectors as the rule pools them", function()
    assert.near(-5, templates.scores("mean", PROBES, { rows { 0, 0 } }, "euclidean"):get(1, 1),
      NEAR)
    -- Of length one: (0.6, 0.8) and (1, 0).
    local unit = templates.pool("mean_of_images", rows { { 2, 0 } })
    assert.near(-math.sqrt(0.4 ^ 2 + 0.8 ^ 2),
      templates.scores("mean_of_images", PROBES, { unit }, "euclidean"):get(1, 1), NEAR)
  end)

  it("fuses the scores of rules that keep the photos", function()
    local set = rows { { 3, 4 }, { 4, 3 } }
    local function one(rule, score)
      return templates.scores(rule, PROBES, { templates.pool(rule, set) }, score):get(1, 1)
    end
    assert.near(1, one "max_score", NEAR)
    assert.near(0.98, one "mean_score", NEAR)
    assert.near(0, one("max_score", "euclidean"), NEAR)
    assert.near(-math.sqrt(0.08) / 2, one("mean_score", "euclidean"), NEAR)
  end)

  it("gives what each rule's own comparison gives", function()
    local g = tensor.generator(3)
    local probes, sets = g:rand({ 4, 6 }, "f64"), {}
    for i = 1, 3 do sets[i] = g:rand({ i, 6 }, "f64") end
    for _, rule in ipairs { "mean", "mean_of_images", "vggface2", "insightface", "max_score",
      "mean_score" } do
      local pooled = {}
      for i, set in ipairs(sets) do pooled[i] = templates.pool(rule, set) end
      local found = templates.scores(rule, probes, pooled)
      for p = 1, 4 do
        for t = 1, 3 do
          local probe = templates.pool(rule, probes:narrow(1, p, 1))
          assert.near(templates.rule(rule).compare(probe, pooled[t]), found:get(p, t), NEAR)
        end
      end
    end
  end)

  it("takes a rule of one's own", function()
    local rule = {
      text = "the first photo, by the product", pool = function(x) return x[1] end,
      compare = function(a, b) return a:dot(b) end,
    }
    assert.same({ { 24 }, { 7 } }, templates.scores(rule, PROBES:narrow(1, 1, 2),
      { rows { 4, 3 } }):totable())
    assert.are_not.equal(rule.compare, similarity.cosine)
  end)

  it("names a score that is not there", function()
    assert.has_error(function() search.scores("mean", PROBES, {}, "angle") end,
      "templates.scores: there is no score 'angle'")
  end)
end)
