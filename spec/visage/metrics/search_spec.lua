local golden = require "spec.support.golden"
local search = require "visage.metrics.search"
local tensor = require "visage.tensor"

local NAN, INF = 0 / 0, math.huge

-- Sums in another order, relative to scores above 1.
local NEAR = 1e-14

-- The scores of a probe with all rows, by the definition.
local function scores_of(probe, gallery, score)
  if score == "euclidean" then return -(gallery - probe):norm(2, 2) end
  return (gallery * probe):sum(2) / (gallery:norm(2, 2) * probe:norm())
end

-- What best is to give: all scores sorted, of equals the first place first.
local function by_sorting(probes, gallery, k, score)
  local wide, scores, places = gallery:to "f64", {}, {}
  for i = 1, #probes do
    local row, order = scores_of(probes[i]:to "f64", wide, score):totable(), {}
    for place, value in ipairs(row) do
      if value - value == 0 then order[#order + 1] = place end
    end
    table.sort(order, function(a, b)
      if row[a] == row[b] then return a < b end
      return row[a] > row[b]
    end)
    scores[i], places[i] = {}, {}
    for n = 1, math.min(k, #gallery) do
      scores[i][n], places[i][n] = row[order[n]] or NAN, order[n] or 0
    end
  end
  return scores, places
end

local function assert_same(probes, gallery, options, entries)
  local scores, places = search.best(probes, gallery, options)
  local wanted, where = by_sorting(probes, entries or gallery, options.k, options.score)
  assert.same(where, places:totable())
  for i, row in ipairs(scores:totable()) do
    for n, value in ipairs(row) do
      if where[i][n] == 0 then
        assert(value ~= value)
      else
        assert.near(wanted[i][n], value, NEAR * math.max(1, math.abs(value)))
      end
    end
  end
end

-- An iterator of blocks of these sizes, again and again.
local function in_blocks(gallery, sizes)
  local first, turn = 1, 0
  return function()
    if first > #gallery then return nil end
    turn = turn % #sizes + 1
    local block = gallery:narrow(1, first, math.min(sizes[turn], #gallery + 1 - first))
    first = first + #block
    return block
  end
end

-- Rows at random, with what may be among them: equal rows, the probes' own, rows of
-- length zero, of NaN, of infinity, a huge one. Multiples are by powers of two, so
-- that their cosines are equal to the last bit.
local function mixed(seed, probes, entries, dimension)
  local random = tensor.generator(seed)
  local p, g = random:randn { probes, dimension }, random:randn { entries, dimension }
  local at = random:permutation(entries)
  for i = 1, math.min(12, entries // 3) do g[at[i]] = g[at[1]] end
  if entries > 60 then
    for i = 13, 15 do g[at[i]] = p[1] end
    for i = 16, 18 do g[at[i]] = p[1] * 4 end
    g[at[19]]:fill(0)
    g[at[20]]:fill(0)
    g[at[21]][1], g[at[22]][dimension], g[at[23]][1] = NAN, INF, -INF
    g[at[24]], g[at[25]] = p[1] * 2 ^ 70, p[1] * 2 ^ -6
    g[at[26]] = -p[1]
  end
  return p, g
end

describe("search.best", function()
  it("finds the most alike entries, the first of equals first", function()
    local probes = tensor.from { { 1, 0, 0, 0 }, { 0, 3, 4, 0 } }
    local gallery = tensor.from { { 3, 4, 0, 0 }, { 0, 0, 2, 0 }, { 6, 8, 0, 0 } }
    local scores, places = search.best(probes, gallery, { k = 2 })
    assert.tensor(scores).near({ { 0.6, 0.6 }, { 0.8, 0.48 } }, 1e-15)
    assert.same({ { 1, 3 }, { 2, 1 } }, places:totable())
    assert.same({ "f64", "i64" }, { scores:dtype(), places:dtype() })
    scores, places = search.best(probes, gallery, { k = 2, score = "euclidean" })
    -- (1,0,0,0) to (0,0,2,0) and (3,4,0,0); (0,3,4,0) to (0,0,2,0) and (3,4,0,0).
    assert.tensor(scores).near({ { -5 ^ 0.5, -20 ^ 0.5 }, { -13 ^ 0.5, -26 ^ 0.5 } }, 1e-15)
    assert.same({ { 2, 1 }, { 2, 1 } }, places:totable())
  end)

  it("finds what sorting all scores finds", function()
    for seed, case in ipairs {
      { 7, 33, 5, 3 }, { 1, 1, 4, 2 }, { 9, 1, 3, 1 }, { 1, 700, 17, 1 }, { 20, 1100, 64, 10 },
      { 70, 90, 8, 300 }, { 3, 200, 1, 10 }, { 3, 2100, 33, 20 }, { 1, 1300, 6, 257 },
    } do
      local count, entries, dimension, k = table.unpack(case)
      local probes, gallery = mixed(seed, count, entries, dimension)
      for _, score in ipairs { "cosine", "euclidean" } do
        assert_same(probes, gallery, { k = k, score = score, threads = seed % 3 + 1 })
      end
    end
  end)

  it("finds the same in blocks of any size", function()
    local probes, gallery = mixed(20, 37, 1500, 24)
    for _, score in ipairs { "cosine", "euclidean" } do
      local scores, places = search.best(probes, gallery, { score = score })
      for _, sizes in ipairs { { 1, 3, 1030 }, { 64 }, { 999, 1 } } do
        local again, there = search.best(probes, in_blocks(gallery, sizes), { score = score })
        assert.same(places:totable(), there:totable())
        assert.tensor(again).near(scores, 0)
      end
    end
  end)

  it("goes on behind many entries that nothing can be said of", function()
    local probes, gallery = mixed(21, 4, 3000, 12)
    gallery:narrow(1, 1, 2000):fill(NAN)
    assert_same(probes, gallery, { k = 5, score = "cosine" })
    assert_same(probes, gallery, { k = 5, score = "euclidean" })
    gallery:narrow(1, 3, 2998):fill(0)
    local scores, places = search.best(probes, gallery, { k = 2 })
    assert.same({ 0, 0 }, places[1]:totable())
    assert(scores[1][1] ~= scores[1][1])
    assert.same({ 3, 4 }, select(2, search.best(probes, gallery,
      { k = 2, score = "euclidean" }))[1]:totable())
  end)

  it("finds nothing for a probe without a length", function()
    local gallery = tensor.from { { 1, 0 }, { 0, 1 } }
    local probes = tensor.from { { 0, 0 }, { NAN, 1 }, { INF, 1 }, { 0, 5 } }
    assert.same({ { 0 }, { 0 }, { 0 }, { 2 } },
      select(2, search.best(probes, gallery, { k = 1 })):totable())
    assert.same({ { 1 }, { 0 }, { 0 }, { 2 } },
      select(2, search.best(probes, gallery, { k = 1, score = "euclidean" })):totable())
  end)

  it("keeps the digits of f64, and of distances between near rows", function()
    -- 1 - 1e-12 and 1 - 2e-12 are one number in f32.
    local probes = tensor.from({ { 1, 0 } }, "f64")
    local gallery = tensor.from({ { 1, 2e-6 }, { 1, 1e-6 }, { 0, 1 } }, "f64")
    assert.same({ { 2, 1, 3 } }, select(2, search.best(probes, gallery)):totable())
    local scores, places = search.best(probes, gallery, { score = "euclidean", k = 2 })
    assert.same({ { 2, 1 } }, places:totable())
    assert.tensor(scores).near({ { -1e-6, -2e-6 } }, 1e-18)
    -- Numbers that f32 does not hold.
    local random = tensor.generator(5)
    local far, huge = random:randn({ 2, 9 }, "f64"), random:randn({ 400, 9 }, "f64")
    for _, by in ipairs { 1e60, 1e-60 } do
      assert.same(select(2, search.best(far, huge, { score = "euclidean" })):totable(),
        select(2, search.best(far * by, huge * by, { score = "euclidean" })):totable())
      assert_same(far, huge * by, { k = 5, score = "cosine" })
    end
  end)

  it("takes other dtypes, and rows that do not lie together", function()
    local random = tensor.generator(6)
    local probes, gallery = random:randn { 6, 10 }, random:randn { 200, 10 } * 20
    for _, dtype in ipairs { "f16", "bf16", "f64", "i32", "i64" } do
      assert_same(probes, gallery:to(dtype), { k = 4, score = "cosine" })
      assert_same((probes * 20):to(dtype), gallery, { k = 4, score = "euclidean" })
    end
    local across = gallery:transpose(1, 2):contiguous():transpose(1, 2)
    assert_same(probes, across, { k = 4, score = "cosine" })
    -- The first block in f32, the second in f64.
    local blocks, n = { gallery:narrow(1, 1, 90), gallery:narrow(1, 91, 110):to "f64" }, 0
    assert_same(probes, function()
      n = n + 1
      return blocks[n]
    end, { k = 4, score = "cosine" }, gallery)
  end)

  it("takes no entries and no probes", function()
    local some = tensor.from { { 1, 2 } }
    local scores, places = search.best(some, tensor.zeros { 0, 2 })
    assert.same({ { 1, 0 }, { 1, 0 } }, { scores:shape(), places:shape() })
    scores = search.best(some, function() return nil end)
    assert.same({ 1, 0 }, scores:shape())
    scores, places = search.best(tensor.zeros { 0, 2 }, some, { k = 3 })
    assert.same({ { 0, 1 }, { 0, 1 } }, { scores:shape(), places:shape() })
  end)

  it("refuses what does not fit", function()
    local some = tensor.from { { 1, 2 } }
    local function refused(text, ...)
      local ok, message = pcall(search.best, ...)
      assert(not ok and message:find(text, 1, true), message)
    end
    refused("best: rows of 1 x 3 in the gallery, wants n x 2", some, tensor.from { { 1, 2, 3 } })
    refused("best: rows of 2 in the gallery, wants n x 2", some, function() return some[1] end)
    refused("best: the gallery's iterator gives 7, wants tensors", some,
      function() return 7 end)
    refused("best: there is no score 'manhattan'", some, some, { score = "manhattan" })
    refused("option k is 0, wants a whole number, 1 or more", some, some, { k = 0 })
    refused("no option is called 'top'", some, some, { top = 3 })
    refused("best: probes of no numbers", tensor.zeros { 3, 0 }, tensor.zeros { 3, 0 })
    refused("search: no memory for", tensor.zeros { 1000, 2 }, function() return nil end,
      { k = 1 << 62 })
  end)

  it("finds what numpy finds", function()
    local stream, best = tensor.generator(11), golden.load "search"
    local probes = (stream:rand({ 40, 96 }, "f64") - 0.5):to "f32"
    local gallery = (stream:rand({ 3000, 96 }, "f64") - 0.5):to "f32"
    for k = 1, 10 do gallery[101 * k] = gallery[50] end
    probes[3], gallery[2000] = gallery[50], probes[7]
    probes[3][1], gallery[2000][1] = probes[3][1] + 0.25, gallery[2000][1] + 0.25
    for score, wanted in pairs(best) do
      local scores, places = search.best(probes, gallery, { k = 10, score = score })
      assert.same(wanted.places, places:totable())
      assert.tensor(scores).near(wanted.scores, NEAR)
    end
  end)
end)
