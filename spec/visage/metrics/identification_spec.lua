local golden = require "spec.support.golden"
local identification = require "visage.metrics.identification"
local tensor = require "visage.tensor"

local NAN, INF = 0 / 0, math.huge

-- A gallery of three and eight searches whose figures can be counted by hand.
local GALLERY = { "a", "b", "c" }
local PROBES = { "a", "b", "c", "a", false, false, "x", "y" }
local MATRIX = tensor.from({
  { 0.9, 0.5, 0.3 }, { 0.6, 0.6, 0.2 }, { 0.7, 0.1, 0.65 }, { 0.4, 0.3, 0.2 },
  { 0.55, 0.2, 0.1 }, { 0.3, 0.3, 0.3 }, { 0.6, 0.7, 0.2 }, { 0.2, 0.1, 0.1 },
}, "f64")
local PESSIMISTIC = identification.searches(MATRIX, PROBES, GALLERY)
local OPTIMISTIC = identification.searches(MATRIX, PROBES, GALLERY, { ties = "optimistic" })

-- Sums of a few quotients near 1.
local NEAR = 1e-14

-- The fixture with a mated and a stranger's search that failed.
local function with_failures()
  local matrix = tensor.cat({ MATRIX, tensor.full({ 2, 3 }, NAN, "f64") }, 1)
  local probes = table.move(PROBES, 1, 8, 1, {})
  probes[9], probes[10] = "b", false
  return identification.searches(matrix, probes, GALLERY), probes
end

describe("identification", function()
  it("finds the mate's rank, behind or before equal scores", function()
    assert.same({ 1, 2, 3, 4 }, PESSIMISTIC.mated)
    assert.same({ 5, 6, 7, 8 }, PESSIMISTIC.nonmated)
    assert.same({ 0.9, 0.6, 0.65, 0.4 }, PESSIMISTIC.mate)
    assert.same({ 1, 2, 2, 1 }, PESSIMISTIC.rank)
    assert.same({ 1, 1, 2, 1 }, OPTIMISTIC.rank)
    assert.same({ 0.55, 0.3, 0.7, 0.2 }, PESSIMISTIC.top)
  end)

  it("cumulates matches over ranks", function()
    assert.same({ 0.5, 1, 1 }, identification.cmc(PESSIMISTIC):totable())
    assert.same({ 0.75, 1 }, identification.cmc(OPTIMISTIC, 2):totable())
    assert.equal(0.5, identification.rank_rate(PESSIMISTIC, 1))
    assert.same({ 0.5, 1, 1, 1, 1 }, identification.cmc(PESSIMISTIC, 5):totable())
  end)

  it("counts open-set search at three thresholds", function()
    -- T, FPIR, TPIR at rank 1 pessimistic and optimistic, TPIR at any rank.
    for _, row in ipairs {
      { 0.55, 0.5, 0.25, 0.5, 0.75 }, { 0.6, 0.25, 0.25, 0.5, 0.75 },
      { 0.7, 0.25, 0.25, 0.25, 0.25 },
    } do
      local t, fpir, pessimistic, optimistic, any = table.unpack(row)
      assert.equal(fpir, identification.fpir(PESSIMISTIC, t))
      assert.equal(pessimistic, identification.dir(PESSIMISTIC, 1, t))
      assert.equal(optimistic, identification.dir(OPTIMISTIC, 1, t))
      assert.equal(any, identification.dir(PESSIMISTIC, INF, t))
      assert.equal(any, identification.dir(PESSIMISTIC, 2, t))
      assert.equal(1 - pessimistic, identification.fnir(PESSIMISTIC, 1, t))
      assert.equal(1 - any, identification.fnir(PESSIMISTIC, INF, t))
    end
  end)

  it("accepts at the threshold, or only above it", function()
    assert.equal(0.25, identification.fpir(PESSIMISTIC, 0.55, true))
    assert.equal(0, identification.fpir(PESSIMISTIC, 0.7, true))
    -- 0.6 of b is no longer accepted.
    assert.equal(0.5, identification.dir(PESSIMISTIC, 2, 0.6, true))
  end)

  it("counts candidates of strangers", function()
    -- At 0.55 one of the first and two of the third.
    assert.equal(3 / 4, identification.sel(PESSIMISTIC, 0.55))
    assert.equal(2 / 4, identification.sel(PESSIMISTIC, 0.6))
    assert.equal(1 / 4, identification.sel(PESSIMISTIC, 0.6, true))
    assert.equal(3, identification.sel(PESSIMISTIC, -INF))
    -- 0.7 in f32 is below 0.7, and so neither a candidate nor an alarm.
    local single = identification.searches(MATRIX:to "f32", PROBES, GALLERY)
    assert.equal(0, identification.sel(single, 0.7))
    assert.equal(0, identification.fpir(single, 0.7))
  end)

  it("takes failed searches for misses and correct rejects", function()
    local s = with_failures()
    assert.same({ 1, 2, 2, 1, 4 }, s.rank)
    assert.same({ 0.4, 0.8, 0.8 }, identification.cmc(s):totable())
    assert.same({ 0.4, 0.8, 0.8, 0.8, 0.8 }, identification.cmc(s, 5):totable())
    assert.equal(0.8, identification.rank_rate(s, INF))
    assert.equal(3 / 5, identification.dir(s, INF, 0.55))
    assert.near(4 / 5, identification.fnir(s, 1, 0.55), NEAR)
    assert.equal(2 / 5, identification.fpir(s, 0.55))
    assert.equal(4 / 5, identification.fpir(s, -INF))
    assert.equal(3 / 5, identification.sel(s, 0.55))
    local curve = identification.curve(s)
    assert.equal(0.4, curve.tpir[#curve.tpir])
    assert.equal(0.8, curve.fpir[#curve.fpir])
  end)

  it("draws TPIR over FPIR", function()
    local curve = identification.curve(PESSIMISTIC)
    assert.same({ INF, 0.9, 0.7, 0.55, 0.4, 0.3, 0.2 }, curve.thresholds:totable())
    assert.same({ 0, 0, 0.25, 0.5, 0.5, 0.75, 1 }, curve.fpir:totable())
    assert.same({ 0, 0.25, 0.25, 0.25, 0.5, 0.5, 0.5 }, curve.tpir:totable())
    curve = identification.curve(PESSIMISTIC, { rank = 2 })
    assert.same({ INF, 0.9, 0.7, 0.65, 0.6, 0.55, 0.4, 0.3, 0.2 }, curve.thresholds:totable())
    assert.same({ 0, 0.25, 0.25, 0.5, 0.75, 0.75, 1, 1, 1 }, curve.tpir:totable())
    assert.same({ 1, 0.75, 0.75, 0.5, 0.25, 0.25, 0, 0, 0 }, curve.fnir:totable())
  end)

  it("finds the threshold for an FPIR by each rule", function()
    local function at(fpir, rule, rank)
      local found = identification.threshold_at_fpir(OPTIMISTIC, fpir,
        { rule = rule, rank = rank })
      assert.equal(identification.fpir(OPTIMISTIC, found.threshold, found.strict), found.fpir)
      assert.equal(identification.dir(OPTIMISTIC, rank or 1, found.threshold, found.strict),
        found.tpir)
      assert.is_false(found.supported)
      return { found.threshold, found.strict, found.fpir, found.tpir }
    end
    assert.same({ 0.6, false, 0.25, 0.5 }, at(0.25))
    assert.same({ 0.6, false, 0.25, 0.75 }, at(0.25, "at_most", 2))
    assert.same({ 0.7, false, 0.25, 0.25 }, at(0.25, "bob"))
    assert.same({ 0.6, false, 0.25, 0.5 }, at(0.3))
    -- 0.375 lies between 0.25 and 0.5: the greater.
    assert.same({ 0.4, false, 0.5, 0.75 }, at(0.375, "nearest"))
    -- InsightFace: the first of 0.7, 0.55, 0.3, 0.2 for 0.25, the second for 0.5,
    -- and only what is above it.
    assert.same({ 0.7, true, 0, 0.25 }, at(0.25, "topk"))
    assert.same({ 0.55, true, 0.25, 0.5 }, at(0.5, "topk"))
    assert.same({ 0.7, true, 0, 0.25 }, at(0.4, "topk"))
    assert.same({ 0.55, true, 0.25, 0.5 }, at(0.4, "topk_ceil"))
    local none = identification.threshold_at_fpir(OPTIMISTIC, 0)
    assert.same({ 0, 0.25 }, { none.fpir, none.tpir })
  end)

  it("has curves where no mate is within the rank", function()
    local s = identification.searches(tensor.from({ { 0.1, 0.9 }, { 0.5, 0.3 } }, "f64"),
      { "a", "z" }, { "a", "b" })
    assert.same({ 0, 0 }, identification.curve(s).tpir:totable())
    assert.same({ 0, 1 }, identification.curve(s).fpir:totable())
    assert.equal(0, identification.threshold_at_fpir(s, 1).tpir)
  end)

  it("averages precision over all mates", function()
    local function map(ties)
      return (identification.mean_average_precision(MATRIX, PROBES, GALLERY, { ties = ties }))
    end
    -- One mate each, at ranks 1, 2 (or 1, or 1 of 2 at once), 2 and 1.
    assert.near((1 + 1 / 2 + 1 / 2 + 1) / 4, map(), NEAR)
    assert.near((1 + 1 + 1 / 2 + 1) / 4, map "optimistic", NEAR)
    assert.near((1 + 1 / 2 + 1 / 2 + 1) / 4, map "grouped", NEAR)
    -- Mates at 1, 3 and not found: (1 + 2/3 + 0) / 3.
    local value, each = identification.mean_average_precision(
      tensor.from({ { 0.9, 0.8, 0.7, NAN } }, "f64"), { "a" }, { "a", "b", "a", "a" })
    assert.near((1 + 2 / 3) / 3, value, NEAR)
    assert.same({ value }, each)
  end)

  it("takes the best of a subject's entries", function()
    local matrix = tensor.from({ { 0.5, 0.9, 0.7, 0.8 }, { NAN, 0.2, NAN, NAN } }, "f64")
    local gallery = { "a", "b", "a", "b" }
    local s = identification.searches(matrix, { "a", "a" }, gallery)
    assert.equal(0.7, s.mate[1])
    -- Both entries of b stand before; as one subject only one does.
    assert.same({ 3, 5 }, s.rank)
    local best, subjects = identification.by_subject(matrix, gallery)
    assert.same({ "a", "b" }, subjects)
    assert.same({ 0.7, 0.9 }, best[1]:totable())
    assert.is_true(best[2][1] ~= best[2][1])
    assert.equal(0.2, best[2][2])
    assert.same({ 2, 3 }, identification.searches(best, { "a", "a" }, subjects).rank)
  end)

  it("leaves out what a mask ignores", function()
    -- Each of three photos against all: itself is not in its gallery.
    local matrix = tensor.from({ { 1, 0.4, 0.6 }, { 0.4, 1, 0.5 }, { 0.6, 0.5, 1 } }, "f64")
    local labels = { "a", "a", "b" }
    local ignore = tensor.from({ { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } }, "u8")
    local s = identification.searches(matrix, labels, labels, { ignore = ignore })
    assert.same({ { 1, 2 }, { 0.4, 0.4 }, { 2, 2 } }, { s.mated, s.mate, s.rank })
    assert.same({ { 3 }, { 0.6 } }, { s.nonmated, s.top })
    assert.equal(2, identification.sel(s, 0.5))
    assert.near(1 / 2,
      (identification.mean_average_precision(matrix, labels, labels, { ignore = ignore })), NEAR)
  end)

  it("averages galleries and does not merge them", function()
    -- Two galleries of one; the probe a is mated in the first only.
    local first = identification.searches(tensor.from({ { 0.8 }, { 0.3 } }, "f64"),
      { "a", "b" }, { "a" })
    local second = identification.searches(tensor.from({ { 0.9 }, { 0.7 } }, "f64"),
      { "a", "b" }, { "b" })
    local mean, each = identification.mean({ first, second }, function(s)
      return identification.dir(s, 1, 0.75)
    end)
    assert.equal(0.5, mean)
    assert.same({ 1, 0 }, each)
    -- Merged, a's mate is at rank 2.
    assert.same({ 1 }, identification.mean({ first, second }, identification.cmc):totable())
    local at = identification.mean({ first, second }, function(s)
      return identification.threshold_at_fpir(s, 0, { rule = "topk" })
    end)
    assert.near(0.6, at.threshold, NEAR)
    assert.same({ 0.5, nil }, { at.tpir, at.rule })
  end)

  it("takes searches of some probes", function()
    local s = identification.select(PESSIMISTIC, function(row) return row % 2 == 1 end)
    assert.same({ { 1, 3 }, { 5, 7 } }, { s.mated, s.nonmated })
    assert.same({ { 0.9, 0.65 }, { 1, 2 }, { 0.55, 0.7 } }, { s.mate, s.rank, s.top })
    assert.equal(3 / 2, identification.sel(s, 0.55))
  end)

  it("gives TPIR its interval by subjects", function()
    -- One probe of a is found at 0.5 or more, the one of b is not; strangers x, y.
    local matrix = tensor.from({ { 0.9, 0.1 }, { 0.2, 0.3 }, { 0.4, 0.1 }, { 0.1, 0.2 } }, "f64")
    local probes = { "a", "b", "x", "y" }
    local s = identification.searches(matrix, probes, { "a", "b" })
    local function interval(list, o)
      o.generator, o.rounds = tensor.generator(1), 400
      return identification.tpir_interval(list, probes, o)
    end
    -- Draws with a only have 1, with b only 0, and both are common enough.
    local found = interval({ s }, { threshold = 0.5 })
    assert.same({ 0, 1, "bootstrap by subject" }, { found.low, found.high, found.method })
    assert.is_true(found.skipped > 0)
    -- No stranger may pass: 0.4 where x is drawn, 0.2 where not, and b with 0.3 is then found.
    found = interval({ s }, { fpir = 0 })
    local sum = 0
    for _, value in ipairs(found.values) do sum = sum + value end
    assert.is_true(sum / #found.values > 0.5)
    -- The mate of b beyond the rank is a miss at any threshold.
    local late = identification.searches(tensor.from({ { 0.9, 0.1 }, { 0.4, 0.3 }, { 0.4, 0.1 },
      { 0.1, 0.2 } }, "f64"), probes, { "a", "b" })
    for _, value in ipairs(interval({ late }, { fpir = 1 }).values) do
      assert.is_true(value <= 1)
    end
    assert.equal(0, interval({ late }, { fpir = 1 }).low)
    assert.equal(1, interval({ late }, { fpir = 1, rank = 2 }).low)
    -- The mean over two galleries that are the same is that of one.
    assert.same(interval({ s }, { threshold = 0.5 }).values,
      interval({ s, s }, { threshold = 0.5 }).values)
    local several = interval({ s }, { fpirs = { 0, 1 } })
    assert.same(interval({ s }, { fpir = 0 }).values, several[1].values)
    assert.same(interval({ s }, { fpir = 1 }).values, several[2].values)
    assert.has_error(function() interval({ s }, {}) end,
      "tpir_interval: wants fpir, fpirs or a threshold")
  end)

  it("lists the worst searches first", function()
    -- b ties with a and so does not come first; c is 0.05 behind a.
    assert.same({
      { row = 3, rank = 2, mate = 0.65, column = 1, score = 0.7, behind = 0.7 - 0.65 },
      { row = 2, rank = 2, mate = 0.6, column = 1, score = 0.6, behind = 0 },
    }, identification.misidentified(PESSIMISTIC, PROBES, GALLERY))
    assert.equal(1, #identification.misidentified(OPTIMISTIC, PROBES, GALLERY))
    assert.same({
      { row = 7, column = 2, score = 0.7 }, { row = 5, column = 1, score = 0.55 },
      { row = 6, column = 1, score = 0.3 },
    }, identification.alarms(PESSIMISTIC, 3))
    local failed, probes = with_failures()
    assert.equal(2, #identification.misidentified(failed, probes, GALLERY))
    assert.equal(4, #identification.alarms(failed))
  end)

  it("draws smaller galleries", function()
    local function draw(sizes, measure, rounds)
      return identification.by_size(MATRIX, PROBES, GALLERY,
        { sizes = sizes, measure = measure, rounds = rounds, generator = tensor.generator(7) })
    end
    local rows = draw({ 1, 3 }, function(s) return identification.rank_rate(s, 1) end, 4)
    assert.same({ 1, 1, 1, 1 }, rows[1].values)
    assert.same({ 3, 0.5, 0 }, { rows[2].size, rows[2].mean, rows[2].sd })
    -- Without a, two mated searches are left and six strangers', and so on.
    draw({ 2 }, function(s)
      assert.equal(2, s.entries)
      assert.equal(8, #s.mated + #s.nonmated)
      return #s.mated
    end, 3)
    assert.has_error(function() draw({ 4 }, function() end) end, "by_size: 4 subjects of 3")
  end)

  it("says what does not fit", function()
    local strangers = identification.select(PESSIMISTIC, function(row) return row > 4 end)
    assert.has_error(function() identification.cmc(strangers) end, "cmc: no mated searches")
    local mated = identification.select(PESSIMISTIC, function(row) return row < 5 end)
    assert.has_error(function() identification.fpir(mated, 0) end, "fpir: no non-mated searches")
    assert.has_error(function() identification.searches(MATRIX, PROBES, { "a" }) end,
      "searches: a matrix of 8 x 3, wants 8 probes by 1 entries")
    assert.has_error(function() identification.searches(tensor.zeros { 1, 0 }, { "a" }, {}) end,
      "searches: the gallery is empty")
    assert.has_error(function()
      identification.searches(MATRIX, PROBES, GALLERY, { ties = "random" })
    end, "searches: no rule of ties is called 'random'")
    assert.has_error(function() identification.cmc(PESSIMISTIC, 0) end,
      "cmc: argument 2 is 0, wants a whole number, 1 or more")
  end)
end)

-- Seeded searches with ties, several entries of a subject, strangers and failures.
local function seeded(seed)
  local g = tensor.generator(seed)
  local rows, probes, gallery = {}, {}, {}
  for n = 1, 12 do gallery[n] = g:integer(7) end
  for p = 1, 40 do
    probes[p] = g:integer(11)
    rows[p] = {}
    local failed = g:integer(10) == 1
    for n = 1, 12 do
      rows[p][n] = (failed or g:integer(15) == 1) and NAN or g:integer(20) / 20
    end
  end
  return rows, probes, gallery
end

-- Candidates of a row, the best first: a mate behind equal scores, or before.
local function candidates(row, probe, gallery, ties)
  local list = {}
  for n, score in ipairs(row) do
    if score == score then list[#list + 1] = { score = score, mate = gallery[n] == probe } end
  end
  table.sort(list, function(a, b)
    if a.score ~= b.score then return a.score > b.score end
    if ties == "optimistic" then return a.mate and not b.mate end
    return b.mate and not a.mate
  end)
  return list
end

-- Hits, mated searches, alarms, strangers' searches, their candidates and average
-- precisions, as NIST and the textbooks put it in words.
local function counted(rows, probes, gallery, ties, rank, t)
  local in_gallery, c = {}, { hits = 0, mated = 0, alarms = 0, strangers = 0, sel = 0, ap = 0 }
  for _, label in ipairs(gallery) do in_gallery[label] = (in_gallery[label] or 0) + 1 end
  for p, row in ipairs(rows) do
    local list = candidates(row, probes[p], gallery, ties)
    local hit, alarms, found, ap = false, 0, 0, 0
    for place, candidate in ipairs(list) do
      if candidate.mate then
        hit = hit or (found == 0 and place <= rank and candidate.score >= t)
        found = found + 1
        ap = ap + found / place
      end
      if candidate.score >= t then alarms = alarms + 1 end
    end
    if in_gallery[probes[p]] then
      c.mated, c.hits = c.mated + 1, c.hits + (hit and 1 or 0)
      c.ap = c.ap + ap / in_gallery[probes[p]]
    else
      c.strangers, c.alarms = c.strangers + 1, c.alarms + (alarms > 0 and 1 or 0)
      c.sel = c.sel + alarms
    end
  end
  return c
end

describe("identification of seeded searches", function()
  for seed = 1, 6 do
    for _, ties in ipairs { "pessimistic", "optimistic" } do
      it(("counts as the long way does, seed %d, %s"):format(seed, ties), function()
        local rows, probes, gallery = seeded(seed)
        local matrix = tensor.from(rows, "f64")
        local s = identification.searches(matrix, probes, gallery, { ties = ties })
        for _, t in ipairs { -INF, 0.3, 0.55, 0.8, 0.95, 1.1 } do
          for _, rank in ipairs { 1, 2, 5, 12 } do
            local c = counted(rows, probes, gallery, ties, rank, t)
            assert.equal(c.hits / c.mated, identification.dir(s, rank, t))
            assert.equal(c.alarms / c.strangers, identification.fpir(s, t))
            assert.equal(c.sel / c.strangers, identification.sel(s, t))
            if t == -INF then
              assert.equal(c.hits / c.mated, identification.cmc(s)[rank])
              assert.near(c.ap / c.mated, (identification.mean_average_precision(matrix, probes,
                gallery, { ties = ties })), NEAR)
            end
          end
        end
      end)
    end

    it("has each point of the curve where dir and fpir are, seed " .. seed, function()
      local rows, probes, gallery = seeded(seed)
      local s = identification.searches(tensor.from(rows, "f64"), probes, gallery)
      for _, rank in ipairs { 1, 3 } do
        local curve = identification.curve(s, { rank = rank })
        for p, t in ipairs(curve.thresholds:totable()) do
          assert.equal(identification.dir(s, rank, t), curve.tpir[p])
          assert.equal(identification.fpir(s, t), curve.fpir[p])
        end
        for _, wanted in ipairs { 0, 0.1, 0.35, 0.8 } do
          local at = identification.threshold_at_fpir(s, wanted, { rank = rank })
          assert.is_true(at.fpir <= wanted)
          -- No point of the curve with that FPIR or less has more.
          for p, fpir in ipairs(curve.fpir:totable()) do
            assert.is_true(fpir > wanted or curve.tpir[p] <= at.tpir)
          end
        end
      end
    end)
  end
end)

describe("identification by scikit-learn and scipy", function()
  local expected = golden.load "identification"
  local matrix = tensor.generator(23):rand({ 20, 15 }, "f64")
  for i, row in ipairs(matrix:totable()) do
    for j, value in ipairs(row) do matrix:set(math.floor(value * 8) / 8, i, j) end
  end

  it("has the same average precision", function()
    for i = 1, 20 do
      local gallery = {}
      for j = 1, 15 do gallery[j] = (i + j - 2) % 4 == 0 end
      local value = identification.mean_average_precision(matrix:narrow(1, i, 1), { true },
        gallery, { ties = "grouped" })
      assert.near(expected.precision[i], value, NEAR)
    end
  end)

  it("has the same ranks", function()
    local probes, gallery = {}, {}
    for j = 1, 15 do gallery[j] = j end
    for i = 1, 20 do probes[i] = (i - 1) % 15 + 1 end
    for _, ties in ipairs { "pessimistic", "optimistic" } do
      local s = identification.searches(matrix, probes, gallery, { ties = ties })
      assert.same(expected[ties], s.rank)
    end
  end)
end)

describe("identification by bob.measure and pyeer", function()
  local expected = golden.load "identification_bob"
  local stream = tensor.generator(24)
  local raw, drawn = stream:rand({ 60, 12 }, "f64"), stream:rand({ 60 }, "f64")
  local small = stream:rand({ 60, 12 }, "f64") / 1000
  local probes, gallery, rows = {}, {}, raw:totable()
  for n = 1, 12 do gallery[n] = (n - 1) % 8 end
  for p, row in ipairs(rows) do
    probes[p] = math.floor(12 * drawn[p])
    for n, value in ipairs(row) do row[n] = math.floor(20 * value) / 20 end
  end
  local matrix = tensor.from(rows, "f64")
  local s = identification.searches(matrix, probes, gallery)

  it("has the same CMC", function()
    assert.tensor(identification.cmc(s)).near(expected.cmc, NEAR)
  end)

  it("has the same detection and identification rates, and false alarms", function()
    for i, t in ipairs(expected.thresholds) do
      assert.near(expected.alarms[i], identification.fpir(s, t), NEAR)
      for k, rank in ipairs(expected.ranks) do
        assert.near(expected.dir[i][k], identification.dir(s, rank, t), NEAR)
      end
    end
  end)

  it("has pyeer's CMC, where nothing ties", function()
    local one = identification.searches((matrix + small):narrow(2, 1, 8), probes,
      table.move(gallery, 1, 8, 1, {}))
    assert.tensor(identification.cmc(one)).near(expected.pyeer, NEAR)
  end)
end)
