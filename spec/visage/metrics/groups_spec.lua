local groups = require "visage.metrics.groups"
local identification = require "visage.metrics.identification"
local tensor = require "visage.tensor"

-- A few roundings of numbers near 1.
local NEAR = 1e-14

local IMPOSTOR = { 0.1, 0.2, 0.2, 0.3, 0.4, 0.4, 0.5, 0.6, 0.7, 0.8 }
local GENUINE = { 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 1.0 }

-- f has 4 genuine (0.4 0.6 0.8 0.9) and 5 impostor scores (0.1 0.2 0.4 0.5 0.7),
-- m 4 (0.5 0.7 0.9 1.0) and 4 (0.2 0.3 0.4 0.6); 0.8 of nobody is left out.
local LABELS = {
  genuine = { "f", "m", "f", "m", "f", "f", "m", "m" },
  impostor = { "f", "f", "m", "m", "f", "m", "f", "m", "f", false },
}

local function lists(parts)
  local out = {}
  for i, part in ipairs(parts) do
    out[i] = { part.group, part.set.genuine:totable(), part.set.impostor:totable() }
  end
  return out
end

describe("groups", function()
  it("splits a score set by the label of each comparison", function()
    local parts = groups.split({ genuine = tensor.from(GENUINE, "f64"), impostor = IMPOSTOR },
      LABELS)
    assert.same({
      { "f", { 0.4, 0.6, 0.8, 0.9 }, { 0.1, 0.2, 0.4, 0.5, 0.7 } },
      { "m", { 0.5, 0.7, 0.9, 1.0 }, { 0.2, 0.3, 0.4, 0.6 } },
    }, lists(parts))
  end)

  it("gives the error rates of each at one threshold", function()
    local rates = groups.rates(groups.split({ genuine = GENUINE, impostor = IMPOSTOR }, LABELS),
      0.6)
    assert.same({
      { group = "f", genuine = 4, impostor = 5, false_matches = 1, false_non_matches = 1,
        failures = { genuine = 0, impostor = 0 }, fmr = 0.2, fnmr = 0.25 },
      { group = "m", genuine = 4, impostor = 4, false_matches = 1, false_non_matches = 1,
        failures = { genuine = 0, impostor = 0 }, fmr = 0.25, fnmr = 0.25 },
    }, rates)
  end)

  it("leaves failures out of the rates and counts them", function()
    local rate = groups.rates({ { group = "f",
      set = { genuine = { 0 / 0, 0.5, 0.7 }, impostor = {} } } }, 0.6)[1]
    assert.same({ 2, 0.5, 1 }, { rate.genuine, rate.fnmr, rate.failures.genuine })
    assert.is_nil(rate.fmr)
  end)

  it("says how far rates lie apart", function()
    local s = groups.spread({
      { group = "a", fmr = 0.01, fnmr = 0.1 }, { group = "b", fmr = 0.04, fnmr = 0.1 },
      { group = "c", fmr = 0.02, fnmr = 0.1 }, { group = "d", fnmr = 0.4 },
    })
    assert.same({ 3, "b", "a" }, { s.fmr.groups, s.fmr.worst_group, s.fmr.best_group })
    assert.near(0.03, s.fmr.difference, NEAR)
    assert.near(4, s.fmr.ratio, NEAR)
    -- The geometric mean of 1, 4 and 2 is 2.
    assert.near(2, s.fmr.worst_to_mean, NEAR)
    -- Differences of pairs, twice: 2 (3 + 1 + 2) = 12; 12 / (2 * 2 * 7).
    assert.near(3 / 7, s.fmr.gini, NEAR)
    -- 2 * 3 * 0.3 / (2 * 3 * 0.7).
    assert.near(3 / 7, s.fnmr.gini, NEAR)
    assert.near(1 - (0.03 + 0.3) / 2, s.fdr, NEAR)
    assert.near(3 / 7, s.garbe, NEAR)
    assert.near(1 - (0.03 * 0.9 + 0.3 * 0.1), groups.spread({
      { group = "a", fmr = 0.01, fnmr = 0.1 }, { group = "b", fmr = 0.04, fnmr = 0.4 },
    }, { weight = 0.9 }).fdr, NEAR)
  end)

  it("knows groups without errors and without comparisons", function()
    local s = groups.spread { { group = "a", fmr = 0 }, { group = "b", fmr = 0.5 } }
    assert.same({ math.huge, math.huge, 1 }, { s.fmr.ratio, s.fmr.worst_to_mean, s.fmr.gini })
    assert.is_nil(s.fnmr)
    assert.is_nil(s.fdr)
    s = groups.spread { { group = "a", fmr = 0 }, { group = "b", fmr = 0 } }
    assert.same({ 1, 1, 0 }, { s.fmr.ratio, s.fmr.worst_to_mean, s.fmr.gini })
    assert.same({}, groups.spread {})
  end)

  it("keeps pairs within and between groups apart", function()
    -- Photos 1, 2 of the subject x (f), 3 of y (f), 4 of z (m), 5 of nobody's group.
    local matrix = tensor.from({
      { 1, 0.9, 0.3, 0.2, 0.1 }, { 0.9, 1, 0.4, 0.15, 0.1 }, { 0.3, 0.4, 1, 0.25, 0.1 },
      { 0.2, 0.15, 0.25, 1, 0.1 }, { 0.1, 0.1, 0.1, 0.1, 1 },
    }, "f64")
    local rows = { subjects = { "x", "x", "y", "z", "w" }, groups = { "f", "f", "f", "m", false } }
    local parts = groups.pairs(matrix, rows)
    assert.same({ { "f", { 0.9 }, { 0.3, 0.4 } }, { "f / m", {}, { 0.2, 0.15, 0.25 } } },
      lists(parts))
    assert.same({ "f", "f", true }, { parts[1].first, parts[1].second, parts[1].within })
    assert.same({ "f", "m", false }, { parts[2].first, parts[2].second, parts[2].within })
  end)

  it("keeps the two sides of a matrix in order on demand", function()
    local matrix = tensor.from({ { 0.9, 0.2 }, { 0.3, 0.8 } }, "f64")
    local probes = { subjects = { "x", "z" }, groups = { "f", "m" } }
    local gallery = { subjects = { "x", "y" }, groups = { "f", "m" } }
    assert.same({ { "f", { 0.9 }, {} }, { "f / m", {}, { 0.2, 0.3 } }, { "m", {}, { 0.8 } } },
      lists(groups.pairs(matrix, probes, gallery)))
    assert.same({ { "f", { 0.9 }, {} }, { "f / m", {}, { 0.2 } }, { "m / f", {}, { 0.3 } },
      { "m", {}, { 0.8 } } }, lists(groups.pairs(matrix, probes, gallery, { ordered = true })))
  end)

  it("counts every pair of a seeded matrix once", function()
    local g = tensor.generator(11)
    local n, rows = 40, { subjects = {}, groups = {} }
    local matrix = g:rand({ n, n }, "f64")
    local by_name = {}
    for i = 1, n do rows.subjects[i], rows.groups[i] = g:integer(8), g:integer(3) end
    for i = 1, n do
      for j = i + 1, n do
        local a, b = rows.groups[i], rows.groups[j]
        local name = math.min(a, b) .. " " .. math.max(a, b)
        local kind = rows.subjects[i] == rows.subjects[j] and "genuine" or "impostor"
        by_name[name] = by_name[name] or { genuine = 0, impostor = 0 }
        by_name[name][kind] = by_name[name][kind] + matrix:get(i, j)
      end
    end
    for _, part in ipairs(groups.pairs(matrix, rows)) do
      local a, b = part.first, part.second
      local name = math.min(a, b) .. " " .. math.max(a, b)
      assert.near(by_name[name].genuine, part.set.genuine:sum(), 1e-10)
      assert.near(by_name[name].impostor, part.set.impostor:sum(), 1e-10)
      by_name[name] = nil
    end
    assert.same({}, by_name)
  end)

  it("splits searches by the probe's label", function()
    local s = identification.searches(tensor.from({ { 0.9, 0.2 }, { 0.6, 0.4 }, { 0.3, 0.1 } },
      "f64"), { "a", "b", false }, { "a", "b" })
    local parts = groups.searches(s, { "f", "m", "f" })
    assert.same({ "f", "m" }, { parts[1].group, parts[2].group })
    assert.equal(1, identification.rank_rate(parts[1].searches, 1))
    assert.equal(0, identification.rank_rate(parts[2].searches, 1))
    assert.equal(1, identification.fpir(parts[1].searches, 0.3))
  end)

  it("says what does not fit", function()
    assert.has_error(function()
      groups.split({ genuine = { 1 }, impostor = { 1 } }, { genuine = {}, impostor = { "f" } })
    end, "split: 0 labels for 1 genuine scores")
    assert.has_error(function()
      groups.pairs(tensor.zeros { 2, 2 }, { subjects = { 1, 2 }, groups = { "f" } })
    end, "pairs: 1 groups for 2 rows")
    assert.has_error(function() groups.spread({}, { weight = 2 }) end,
      "spread: a weight is 2, wants 0 to 1")
  end)
end)
