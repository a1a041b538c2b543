--- face.embed with a store: nothing is computed twice, nothing finished is lost.
local face = require "visage.face"
local image = require "visage.image"
local models = require "visage.models"
local networks = require "spec.support.networks"
local sqlite = require "visage.core.sqlite"
local store = require "visage.store"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("embeddings that are kept", function()
  local folder, model, kept, items

  setup(function()
    model = assert(models.load("tiny", { batch = 4 }))
    folder = assert(system.temp_dir())
    items = {}
    for i = 1, 6 do
      local path = ("%s/%d.png"):format(folder, i)
      assert(image.save(networks.pixels(i, { 40 + i, 50, 3 }), path))
      items[i] = { image = path, box = { 5, 6, 25, 30 } }
    end
    items[7] = { image = folder .. "/broken.png" }
    assert(system.write_file(items[7].image, "no image"))
  end)

  teardown(function()
    model:close()
    system.remove_tree(folder)
  end)

  before_each(function() kept = assert(store.open(folder .. "/cache")) end)

  after_each(function()
    kept:close()
    system.remove_tree(folder .. "/cache")
  end)

  local function embed(options)
    local o = { model = model, store = kept }
    for key, value in pairs(options or {}) do o[key] = value end
    return face.embed(items, o)
  end

  local function uses(options)
    local _, report = embed(options)
    return { report.uses.kept, report.uses.computed }
  end

  -- Finds one face in every photo, and counts the photos it was shown.
  local function fake()
    local found = { box = { 3, 4, 23, 24 }, score = 0.5, points = { { 1, 2 } } }
    return {
      seen = 0,
      detect = function(self)
        self.seen = self.seen + 1
        return { found }
      end,
      describe = function()
        return { name = "fake", options = { at = 3 }, weights = { net = { sha256 = "1" } } }
      end,
    }
  end

  it("are the network's to the bit, and no network runs the second time", function()
    local plain = face.embed(items, { model = model })
    local first, one = embed()
    assert.same({ kept = 0, computed = 6 }, one.uses)
    local runs = 0
    local spy = setmetatable({
      embed = function(_, inputs)
        runs = runs + #inputs
        return model:embed(inputs)
      end,
    }, { __index = model })
    local second, two = embed { model = spy }
    assert.equal(0, runs)
    assert.same({ kept = 7, computed = 0 }, two.uses)
    for i = 1, 6 do
      assert.tensor(first[i]).near(plain[i], 0)
      assert.tensor(second[i]).near(plain[i], 0)
    end
    assert.is_true(second[7][1] ~= second[7][1])
    assert.same({ one.status, one.texts, one.counts }, { two.status, two.texts, two.counts })
  end)

  it("come with their faces, and no detector runs either", function()
    local detector = fake()
    local o = { detector = detector, crop = "box" }
    local _, one = embed(o)
    assert.equal(6, detector.seen)
    local _, two = embed(o)
    assert.equal(6, detector.seen)
    assert.same(one.faces[1], two.faces[1])
  end)

  it("are another's where anything differs that makes them", function()
    local detector = fake()
    uses()
    for _, other in ipairs {
      { crop = "paper" }, { crop = { round = "outward", edge = "cut" } }, { exif = true },
      { detector = detector, no_face = "skip" }, { detector = detector, no_face = "whole" },
      { detector = detector, choose = "largest" },
    } do
      assert.same({ 0, 6 }, uses(other))
    end
    model.resize = "nearest"
    local changed = uses()
    model.resize = "bilinear"
    assert.same({ 0, 6 }, changed)
    assert.same({ 7, 0 }, uses())
  end)

  it("are those of the same bytes under another path", function()
    uses()
    local copy = folder .. "/copy.png"
    assert(system.write_file(copy, assert(system.read_file(items[1].image))))
    local _, report = face.embed({ { image = copy, box = items[1].box } },
      { model = model, store = kept })
    assert.same({ kept = 1, computed = 0 }, report.uses)
  end)

  it("are told apart by their boxes only where a box is looked at", function()
    uses()
    items[1].box[1] = 4
    local moved = uses()
    items[1].box[1] = 5
    assert.same({ 6, 1 }, moved)
  end)

  it("are told apart by their boxes where a detector's face is chosen by them", function()
    local o = { detector = fake(), choose = "box", no_face = "skip" }
    for _, item in ipairs(items) do item.box = item.box or { 3, 4, 23, 24 } end
    -- Points are of no use to a detector.
    items[1].points = { { 15, 12 }, { 30, 12 }, { 22, 20 }, { 16, 28 }, { 29, 28 } }
    embed(o)
    local _, same = embed(o)
    items[1].box[1] = items[1].box[1] - 1
    local _, moved = embed(o)
    assert.equal(same.uses.kept - 1, moved.uses.kept)
  end)

  it("are told apart by their points", function()
    local align = { width = 32, height = 32,
      points = { { 8, 9 }, { 24, 9 }, { 16, 17 }, { 10, 25 }, { 22, 25 } } }
    items[1].points = { { 15, 12 }, { 30, 12 }, { 22, 20 }, { 16, 28 }, { 29, 28 } }
    uses { align = align }
    local same = uses { align = align }
    items[1].points[5][2] = 27
    local moved = uses { align = align }
    items[1].points.side = 100
    local scaled = uses { align = align }
    items[1].points = nil
    assert.same({ { 7, 0 }, { 6, 1 }, { 6, 1 } }, { same, moved, scaled })
  end)

  it("are whole batches when a policy ends the run", function()
    local nobody = fake()
    function nobody.detect(self)
      self.seen = self.seen + 1
      return self.seen < 6 and { { box = { 3, 4, 23, 24 }, score = 1, points = {} } } or {}
    end
    assert.has_error(function() embed { detector = nobody } end)
    -- The first batch of four is kept, the fifth face of the unfinished one is not.
    assert.same({ { 4 } }, kept.db:prepare("select count(*) from embeddings"):run())
  end)

  it("go on without a store that fails", function()
    assert(kept.db:execute "pragma max_page_count = 1")
    local rule, y, report = { round = "outward", edge = "cut" }, nil, nil
    -- The settings fill what is left of the file's pages.
    for i = 1, 10 do
      rule.n = i
      y, report = embed { crop = rule }
    end
    assert.match("database or disk is full", kept.failed.add, 1, true)
    assert.same({ kept = 0, computed = 6 }, report.uses)
    assert.tensor(y[2]).near(face.embed(items, { model = model, crop = rule })[2], 0)
  end)

  it("are refused where the settings cannot be named", function()
    assert.error_matches(function()
      local weights = {}
      for _, t in ipairs(model.graph:tensors()) do weights[t.name] = tensor.zeros(t.shape) end
      embed { model = assert(models.load("tiny", { weights = weights })) }
    end, "store: weights that are no file have no hash")
    assert.error_matches(function()
      local detector = fake()
      function detector.describe() return { options = { f = print }, weights = {} } end
      embed { detector = detector }
    end, "store: a rule that is a function")
  end)

  it("are not looked for by images that are no file", function()
    local y, report = face.embed({ { image = networks.pixels(1, { 40, 50, 3 }) } },
      { model = model, store = kept })
    assert.same({ 1, 32 }, y:shape())
    assert.same({ kept = 0, computed = 1 }, report.uses)
  end)
end)

-- Embeds as many boxes of a photo as it is told, and says after each batch how
-- many are done.
local WORK = [[
local folder, count = arg[1], math.tointeger(arg[2])
local items = {}
for i = 1, count do
  items[i] = { image = folder .. "/photo.png", box = { 1, 2, 20 + i / 64, 30 } }
end
local done = 0
local y, report = require "visage.face".embed(items, {
  model = assert(require "visage.models".load("tiny", { batch = 2 })),
  store = assert(require "visage.store".open(folder .. "/cache")),
  on_batch = function(batch)
    done = done + #batch.items
    io.stdout:write("done ", done, "\n"):flush()
  end,
})
assert(require "visage.tensor".save(folder .. "/" .. arg[3], y))
io.stdout:write("kept ", report.uses.kept, "\n")
]]

describe("a process that embeds", function()
  local folder
  local COUNT, KILLS = 600, 20

  before_each(function()
    folder = assert(system.temp_dir())
    assert(system.write_file(folder .. "/work.lua", WORK))
    assert(image.save(networks.pixels(1, { 64, 64, 3 }), folder .. "/photo.png"))
  end)

  after_each(function() system.remove_tree(folder) end)

  local function command(name)
    return { "env", "OMP_NUM_THREADS=1", system.program(), folder .. "/work.lua", folder,
      tostring(COUNT), name }
  end

  local function rows(sql)
    local db <close> = assert(sqlite.open(folder .. "/cache/embeddings.sqlite"))
    return assert(db:prepare(sql)):run()[1][1]
  end

  it("loses nothing finished when it is killed, at 20 moments, and goes on", function()
    local started = system.clock()
    assert.equal(0, (system.run(command "whole.npy")))
    local whole = system.clock() - started
    assert(system.remove_tree(folder .. "/cache"))
    local moments, most = tensor.generator(9), 0
    for _ = 1, KILLS do
      -- Most moments fall where it works, a few before the file is there.
      local after = ("%.3f"):format(moments:uniform() * whole / 2)
      local status, text = system.run {
        "timeout", "-s", "KILL", after, table.unpack(command "part.npy"),
      }
      assert.is_true(status == 137 or status == 0, text)
      local done = 0
      for number in text:gmatch "done (%d+)" do done = math.max(done, tonumber(number)) end
      most = math.max(most, done)
      if most > 0 then
        assert.is_true(rows "select count(*) from embeddings" >= most)
        assert.equal("ok", rows "pragma integrity_check")
      end
    end
    local before = rows "select count(*) from embeddings"
    local status, text = system.run(command "again.npy")
    assert.equal(0, status)
    assert.equal(before, tonumber(text:match "kept (%d+)"))
    assert.is_true(before > 0)
    assert.equal(COUNT, rows "select count(*) from embeddings")
    assert.tensor(assert(tensor.load(folder .. "/again.npy")))
      .near(assert(tensor.load(folder .. "/whole.npy")), 0)
  end)

  it("shares the store with another that runs at once", function()
    local both = ('"$@" one.npy & first=$!; "$@" two.npy; two=$?; wait $first && exit $two')
    local one = command(nil)
    local status, text = system.run { "sh", "-c", both, "sh", stderr = "merge",
      table.unpack(one) }
    assert.equal(0, status, text)
    assert.equal(COUNT, rows "select count(*) from embeddings")
    assert.equal("ok", rows "pragma integrity_check")
    local _, third = system.run(command "three.npy")
    assert.match(("kept %d\n"):format(COUNT), third, 1, true)
    local saved = assert(tensor.load(folder .. "/one.npy"))
    assert.tensor(saved).near(assert(tensor.load(folder .. "/two.npy")), 0)
    assert.tensor(saved).near(assert(tensor.load(folder .. "/three.npy")), 0)
  end)
end)
