--- Figures of groups, worked out by hand.
local comparisons = require "visage.experiment.groups.comparisons"
local group_figures = require "visage.experiment.groups.figures"
local tensor = require "visage.tensor"

describe("group_figures", function()
  -- Two men a and b, two women c and d, each with two photos; e is unknown.
  local photos = {}
  for i, subject in ipairs { "a", "a", "b", "b", "c", "c", "d", "d", "e", "e" } do
    photos[i] = { subject = subject, sex = ({ "m", "m", "f", "f" })[(i + 1) // 2] }
  end
  local drawn = {
    genuine = { first = { 1, 3, 5, 7, 9 }, second = { 2, 4, 6, 8, 10 } },
    impostor = { first = { 1, 1, 5, 5, 1, 3, 9 }, second = { 3, 4, 7, 8, 5, 7, 1 } },
  }
  local NAN = 0 / 0
  local scores = {
    genuine = { 0.9, 0.3, 0.8, 0.7, 0.1 },
    impostor = { 0.2, 0.6, 0.5, NAN, 0.4, 0, 0.9 },
  }
  local grouping = comparisons.by_category(photos, function(p) return p.sex end)

  it("are rates at one threshold, means, d' and EER of each group", function()
    local found = group_figures.of(grouping, photos, drawn, scores,
      { threshold = 0.5, rounds = 0, generator = tensor.generator(1) })
    local f, m, across = table.unpack(found.groups)
    assert.same({ "f", "m", "f / m" }, { f.group, m.group, across.group })
    assert.same({ 2, 1, 1 }, { f.genuine, f.impostor, f.failures })
    assert.same({ 0, 1 }, { f.fnmr.value, f.fmr.value })
    assert.same({ genuine = 1, impostor = 1 }, m.errors)
    assert.near(0.75, f.similarity.genuine.value, 1e-12)
    assert.same({ 2, 2, 0, 0.5, 0.5 },
      { m.genuine, m.impostor, m.failures, m.fnmr.value, m.fmr.value })
    assert.near(0.4, m.similarity.impostor.value, 1e-12)
    -- Means 0.6 and 0.4, variances 0.09 and 0.04.
    assert.near(0.2 / math.sqrt(0.065), m.d_prime, 1e-12)
    -- At 0.6: one of two impostors, one of two genuine wrong.
    assert.equal(0.5, m.eer)
    assert.same({ 0, 2, nil, 0, nil }, { across.genuine, across.impostor, across.fnmr,
      across.fmr.value, across.d_prime })
    -- e has no sex: its genuine pair and the one with a.
    assert.equal(2, found.unknown)
    assert.is_nil(m.fnmr.low)
    -- The spread leaves pairs across out: FMR 1 and 0.5, FNMR 0 and 0.5.
    assert.same({ 2, "f", 1, "m", 0.5, 2 }, { found.spread.fmr.groups, found.spread.fmr.worst_group,
      found.spread.fmr.worst, found.spread.fmr.best_group, found.spread.fmr.best,
      found.spread.fmr.ratio })
    assert.equal(math.huge, found.spread.fnmr.ratio)
  end)

  it("have intervals by drawing the group's subjects", function()
    local found = group_figures.of(grouping, photos, drawn, scores,
      { threshold = 0.5, rounds = 200, generator = tensor.generator(1) })
    local f, m = found.groups[1], found.groups[2]
    -- Without an error all draws are alike: (1 - p)^2 = 0.025.
    assert.same({ 0, 0, 2 }, { f.fnmr.value, f.fnmr.low, f.fnmr.n })
    assert.near(1 - math.sqrt(0.025), f.fnmr.high, 1e-12)
    assert.truthy(f.fnmr.method:find "^Clopper%-Pearson")
    assert.near(0.025, f.fmr.low, 1e-12)
    -- Of a (right) and b (wrong) both, or one twice.
    assert.same({ 0, 1, 0.95, "bootstrap by subject", 2 },
      { m.fnmr.low, m.fnmr.high, m.fnmr.level, m.fnmr.method, m.fnmr.n })
    -- The only two men: when both are drawn FMR is what it is, else there is none; so
    -- it is the interval of one error of two, (1 - p)^2 = 0.975.
    assert.near(1 - math.sqrt(0.975), m.fmr.low, 1e-12)
    assert.near(math.sqrt(0.975), m.fmr.high, 1e-12)
    assert.near(0.3, m.similarity.genuine.low, 1e-12)
    assert.near(0.9, m.similarity.genuine.high, 1e-12)
  end)
end)

describe("group_figures.slope", function()
  -- a falls by 0.01 a year from 0.9, b by 0.03 from 0.5, both at 0 and 10 years; c has one gap.
  local photos = {}
  for i, one in ipairs { { "a", 20 }, { "a", 20 }, { "a", 30 }, { "b", 40 }, { "b", 40 },
    { "b", 50 }, { "c", 60 }, { "c", 65 } } do
    photos[i] = { subject = one[1], age = one[2] }
  end
  local pairs_ = { first = { 1, 1, 2, 4, 4, 5, 7 }, second = { 2, 3, 3, 5, 6, 6, 8 } }
  local scores = { 0.9, 0.8, 0.8, 0.5, 0.2, 0 / 0, 0.1 }
  local grouping = comparisons.by_gap({ 0, 5 }, function(p) return p.age end)
  local function slope(rounds)
    return group_figures.slope(grouping, photos, pairs_, scores,
      { rounds = rounds, generator = tensor.generator(1) })
  end

  it("is within people, whatever their level", function()
    -- a: gaps 0, 10, 10 about 20/3, squares 200/3; b: gaps 0 and 10, squares 50.
    assert.near((200 / 3 * -0.01 + 50 * -0.03) / (200 / 3 + 50), slope(0).value, 1e-12)
    assert.is_nil(slope(0).low)
    local found = slope(500)
    assert.near(-0.03, found.low, 1e-12)
    assert.near(-0.01, found.high, 1e-12)
    assert.equal(3, found.n)
  end)

  it("is none where nobody has two gaps, and has no interval of one person", function()
    local one = group_figures.slope(grouping, photos, { first = { 1, 1 }, second = { 2, 3 } },
      { 0.9, 0.8 }, { rounds = 100, generator = tensor.generator(1) })
    assert.near(-0.01, one.value, 1e-12)
    assert.is_nil(one.low)
    assert.is_nil(group_figures.slope(grouping, photos, { first = { 7 }, second = { 8 } }, { 0.1 },
      { rounds = 9, generator = tensor.generator(1) }))
    assert.is_nil(group_figures.slope(grouping, photos, { first = {}, second = {} }, {},
      { rounds = 9, generator = tensor.generator(1) }))
  end)
end)
