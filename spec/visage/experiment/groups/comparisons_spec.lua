--- Pairs of photos, all or drawn, their scores and their groups.
local comparisons = require "visage.experiment.groups.comparisons"
local pair_scores = require "visage.experiment.pairs.scores"
local tensor = require "visage.tensor"

local function photos_of(text)
  local photos = {}
  for subject in text:gmatch "%a" do photos[#photos + 1] = { subject = subject } end
  return photos
end

local function names(pairs_)
  local out = {}
  for i, a in ipairs(pairs_.first) do out[i] = ("%d %d"):format(a, pairs_.second[i]) end
  table.sort(out)
  return out
end

describe("comparisons.draw", function()
  it("gives all pairs of one person and of two, each once", function()
    local drawn = comparisons.draw(photos_of "abaca", 100, tensor.generator(1))
    assert.same({ "1 3", "1 5", "3 5" }, names(drawn.genuine))
    assert.equal(3, drawn.genuine.total)
    assert.same({ "1 2", "1 4", "2 4", "3 2", "3 4", "5 2", "5 4" }, names(drawn.impostor))
    assert.equal(7, drawn.impostor.total)
  end)

  it("draws so many otherwise, none twice, the same for a seed", function()
    local photos = photos_of(("abcd"):rep(10))
    local drawn = comparisons.draw(photos, 50, tensor.generator(3))
    -- Four people with ten photos: 4 x 45 and 6 x 100.
    assert.same({ 180, 600, 50, 50 }, { drawn.genuine.total, drawn.impostor.total,
      #drawn.genuine.first, #drawn.impostor.first })
    for kind, same in pairs { genuine = true, impostor = false } do
      local seen = {}
      for i, a in ipairs(drawn[kind].first) do
        local b = drawn[kind].second[i]
        assert.equal(same, photos[a].subject == photos[b].subject)
        local key = math.min(a, b) * 100 + math.max(a, b)
        assert.is_nil(seen[key])
        seen[key] = true
      end
    end
    assert.same(drawn, comparisons.draw(photos, 50, tensor.generator(3)))
    assert.is_false(names(drawn.genuine)[1] == names(comparisons.draw(photos, 50,
      tensor.generator(4)).genuine)[1] and names(drawn.impostor)[1]
      == names(comparisons.draw(photos, 50, tensor.generator(4)).impostor)[1])
  end)

  it("draws each pair as often as another", function()
    local photos, generator, times = photos_of "aabb", tensor.generator(7), {}
    for _ = 1, 400 do
      local one = names(comparisons.draw(photos, 1, generator).impostor)[1]
      times[one] = (times[one] or 0) + 1
    end
    -- 400 draws of four pairs: 100 each, with a deviation of 8.7.
    local n = 0
    for _, count in pairs(times) do
      n = n + 1
      assert.near(100, count, 35)
    end
    assert.equal(4, n)
  end)

  it("has none of one photo or one person", function()
    local drawn = comparisons.draw(photos_of "aaa", 9, tensor.generator(1))
    assert.same({ 3, 0 }, { drawn.genuine.total, #drawn.impostor.first })
    drawn = comparisons.draw(photos_of "", 9, tensor.generator(1))
    assert.same({ 0, 0 }, { drawn.genuine.total, drawn.impostor.total })
  end)
end)

describe("comparisons.scores", function()
  it("scores more pairs than a piece holds, failures as NaN", function()
    local angles, rows = {}, {}
    for i = 1, 130 do
      angles[i] = i / 50
      rows[i] = { math.cos(angles[i]), math.sin(angles[i]) }
    end
    local photos = {}
    for i = 1, 130 do photos[i] = { subject = i } end
    local drawn = comparisons.draw(photos, 1e6, tensor.generator(1)).impostor
    local faces = pair_scores.faces(tensor.from(rows, "f64"), { [2] = "no_face" })
    local scores = comparisons.scores(faces, drawn, "cosine")
    assert.equal(130 * 129 / 2, #scores)
    for i, score in ipairs(scores) do
      local a, b = drawn.first[i], drawn.second[i]
      if a == 2 or b == 2 then assert.is_true(score ~= score)
      else assert.near(math.cos(angles[a] - angles[b]), score, 1e-12) end
    end
  end)
end)

describe("a grouping", function()
  it("by a gap has bins that begin at their edge, the last open", function()
    local g = comparisons.by_gap({ 0, 5, 10, 40 }, function(p) return p.age end)
    assert.same({ "0-4", "5-9", "10-39", "40+" }, g.names)
    local function of(a, b) return g.group({ age = a }, { age = b }) end
    assert.same({ "0-4", "0-4", "5-9", "10-39", "40+", false, false },
      { of(7, 7), of(2, 6.99), of(40, 35), of(10, 20), of(1, 90), of(nil, 3), of(3, nil) })
    assert.same({ 5, nil }, { g.gap({ age = 2 }, { age = 7 }), g.gap({ age = 2 }, {}) })
    assert.is_false(comparisons.by_gap({ 5 }, function(p) return p.age end).group(
      { age = 1 }, { age = 2 }))
    assert.same({ "0 to 0.5", "0.5+" }, comparisons.by_gap({ 0.0, 0.5 }, print).names)
    assert.same({ "0", "1+" }, comparisons.by_gap({ 0, 1 }, print).names)
  end)

  it("by bins is a category of theirs", function()
    local photos = { { age = 3 }, { age = 17.9 }, { age = 18 }, {}, { age = -1 } }
    local bin = comparisons.binned({ 0, 18, 30 }, function(p) return p.age end)
    assert.same({ "0-17", "0-17", "18-29", nil, nil },
      { bin(photos[1]), bin(photos[2]), bin(photos[3]), bin(photos[4]), bin(photos[5]) })
    local g = comparisons.by_category(photos, bin)
    assert.same({ "0-17", "18-29", "0-17 / 18-29" }, g.names)
    assert.same({ "0-17", "0-17 / 18-29", false }, { g.group(photos[1], photos[2]),
      g.group(photos[3], photos[2]), g.group(photos[1], photos[4]) })
  end)

  it("by an attribute says whether both have it", function()
    local g = comparisons.by_attribute(function(p) return p[1] end)
    local function of(a, b) return g.group({ a }, { b }) end
    assert.same({ "both", "neither", "differ", "differ", false },
      { of("yes", "yes"), of("no", "no"), of("no", "yes"), of("yes", "no"), of(nil, "yes") })
  end)

  it("by a category is within one or across two", function()
    local photos = { { "m" }, { "f" }, {}, { "x" }, { "f" } }
    local g = comparisons.by_category(photos, function(p) return p[1] end)
    assert.same({ "f", "m", "x", "f / m", "f / x", "m / x" }, g.names)
    assert.same({ "f / m", "f / m", "f", false }, { g.group(photos[1], photos[2]),
      g.group(photos[2], photos[1]), g.group(photos[2], photos[5]), g.group(photos[1], photos[3]) })
    assert.same({ f = { 2 }, ["f / m"] = { 1, 4 }, [false] = { 3 } },
      comparisons.split(g, photos, { first = { 1, 2, 2, 5 }, second = { 2, 5, 3, 1 } }))
  end)
end)
