local pooling = require "visage.templates.pooling"
local tensor = require "visage.tensor"

-- (3, 4) has length 5, (0, 2) length 2: every rule below by hand.
local X = tensor.from { { 3, 4 }, { 0, 2 } }

local function near(expected, actual)
  actual = actual:totable()
  assert.equal(#expected, #actual)
  for i, value in ipairs(expected) do assert.near(value, actual[i], 1e-15) end
end

local function unit(x, y)
  local length = math.sqrt(x * x + y * y)
  return { x / length, y / length }
end

describe("pooling by", function()
  it("mean is the plain mean of raw embeddings", function()
    near({ 1.5, 3 }, pooling.pool("mean", X))
  end)

  it("mean_of_images, also called l2-mean, normalises each image first", function()
    near(unit(0.6, 1.8), pooling.pool("mean_of_images", X))
    assert.equal(pooling.rules.mean_of_images, pooling.rules["l2-mean"])
  end)

  it("vggface2 sums unit images and stays unnormalised", function()
    near({ 0.6, 1.8 }, pooling.pool("vggface2", X))
  end)

  it("vggface2 normalises the sum of a medium's frames", function()
    local y = tensor.from { { 3, 4 }, { 0, 2 }, { 5, 0 } }
    local medium = unit(0.6, 1.8)
    near({ medium[1] + 1, medium[2] }, pooling.pool("vggface2", y, { media = { "v", "v", "p" } }))
  end)

  it("insightface averages a medium's frames without L2", function()
    near(unit(3, 6), pooling.pool("insightface", X))
    local y = tensor.from { { 3, 4 }, { 0, 2 }, { 5, 0 } }
    near(unit(6.5, 3), pooling.pool("insightface", y, { media = { 1, 1, 2 } }))
  end)

  it("insightface multiplies by the detector's scores", function()
    near(unit(1.5, 4), pooling.pool("insightface", X, { scores = { 0.5, 1 } }))
  end)

  it("insightface has its flags as names and as options", function()
    -- L2 each: (0.6, 0.8) and (0, 1), whose sum is (0.6, 1.8).
    near(unit(0.6, 1.8), pooling.pool("insightface+l2", X))
    -- Halves (3, 4) and (1, 2); (0, 2) and (1, 1), added.
    local joined = tensor.from { { 3, 4, 1, 2 }, { 0, 2, 1, 1 } }
    near(unit(5, 9), pooling.pool("insightface+flip", joined))
    local a, b = unit(4, 6), unit(1, 3)
    near(unit(a[1] + b[1], a[2] + b[2]), pooling.pool("insightface+flip+l2", joined))
    local without = pooling.insightface { scores = false }
    near(unit(3, 6), pooling.pool(without, X, { scores = { 0.5, 1 } }))
    assert.has_error(function() pooling.pool("insightface+flip", tensor.ones { 2, 3 }) end,
      "pooling: rows of 3 numbers are no two halves")
    assert.error_matches(function() pooling.insightface { flipp = true } end,
      "no option 'flipp'; there are flip, normalise, scores")
  end)

  it("quality_weighted weighs unit images and wants the weights", function()
    near(unit(0.3, 1.4), pooling.pool("quality_weighted", X, { scores = { 0.5, 1 } }))
    assert.has_error(function() pooling.pool("quality_weighted", X) end,
      "pooling: quality_weighted needs a score for each image")
  end)

  it("max_score and mean_score keep the set and pool the pairs' cosines", function()
    local a = pooling.pool("max_score", X)
    local b = pooling.pool("max_score", tensor.from { { 4, 3 } })
    -- (3,4).(4,3)/25 = 0.96; (0,1).(0.8,0.6) = 0.6.
    assert.near(0.96, pooling.rules.max_score.compare(a, b), 1e-15)
    assert.near(0.78, pooling.rules.mean_score.compare(a, b), 1e-15)
  end)

  it("a rule of one's own", function()
    local last = { text = "the last", pool = function(x) return x[#x] end,
      compare = pooling.rules.mean.compare }
    near({ 0, 2 }, pooling.pool(last, X))
  end)

  it("a function of one's own, compared by the cosine", function()
    local rule = pooling.rule(function(x) return x:max(1) end)
    near({ 3, 4 }, pooling.pool(rule, X))
    assert.near(0.96, rule.compare(tensor.from { 3, 4 }, tensor.from { 4, 3 }), 1e-15)
    assert.equal("cosine, f64", rule.similarity)
  end)

  it("a rule of one's own says what it lacks", function()
    local rule, text = pooling.rule { text = "the last", pool = function(x) return x[#x] end }
    assert.is_nil(rule)
    assert.equal("pooling: the rule's compare is a nil, wanted a function", text)
  end)

  it("each rule names the similarity that it computes", function()
    assert.equal("cosine, f64", pooling.rules.vggface2.similarity)
    assert.equal("dot product, f64", pooling.rules.insightface.similarity)
    for name, rule in pairs(pooling.rules) do assert.is_string(rule.similarity, name) end
  end)

  it("an unknown name lists the known ones", function()
    local rule, text = pooling.rule "median"
    assert.is_nil(rule)
    assert.truthy(text:find("no rule is called 'median'; there are insightface, ", 1, true), text)
  end)
end)
