--- What the store of embeddings is for: a run killed at any moment loses nothing
-- that it had finished, and another pooling rule, split or list of the same photos
-- runs no network. Noise for photos, the tiny network.
local image = require "visage.image"
local lfs = require "lfs"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local sqlite = require "visage.core.sqlite"
local system = require "visage.system"
local tensor = require "visage.tensor"

local SUBJECTS, PHOTOS = 4, 20

describe("a run's cache", function()
  local folder

  setup(function()
    folder = assert(system.temp_dir())
    for s = 1, SUBJECTS do
      local name = ("n%06d"):format(s)
      assert(system.mkdir_p(("%s/data/test/%s"):format(folder, name)))
      assert(system.mkdir_p(("%s/data/lfw/%s"):format(folder, name)))
      for i = 1, PHOTOS do
        local bytes = assert(image.encode(networks.pixels(PHOTOS * s + i, { 40, 48, 3 }), "png"))
        assert(system.write_file(("%s/data/test/%s/%04d_01.png"):format(folder, name, i), bytes))
        assert(system.write_file(("%s/data/lfw/%s/%s_%04d.jpg"):format(folder, name, name, i),
          bytes))
      end
    end
  end)

  teardown(function() system.remove_tree(folder) end)

  -- kept and computed of a run of the script.
  local function uses(script, ...)
    local out = system.temp_name(folder .. "/out")
    local status, text = system.run { system.program(),
      ("%s/experiments/%s.lua"):format(system.root(), script), "--model", "tiny", "--crop",
      "whole", "--cache", folder .. "/cache-" .. script, "--quiet", "--out", out,
      stderr = "merge", ... }
    assert.equal(0, status, text)
    local cache = results.load(out).run.cache
    return { cache.kept, cache.computed }
  end

  local ALL = SUBJECTS * PHOTOS

  local function write(name, ...)
    assert(system.write_file(("%s/data/%s"):format(folder, name), table.concat({ ... }, "\n")))
    return folder .. "/data/" .. name
  end

  it("serves age_templates with another pooling rule, pairing and templates", function()
    local function age(...)
      return uses("age_templates", "--data", folder .. "/data", "--templates",
        system.root() .. "/experiments/templates/random.lua", ...)
    end
    assert.same({ 0, ALL }, age())
    for _, how in ipairs { { "--pooling", "vggface2" }, { "--pairing", "all_cross" },
      { "--seed", "2" }, { "--limit", "2" } } do
      local used = age(table.unpack(how))
      assert.equal(0, used[2], table.concat(how, " "))
      assert.is_true(used[1] >= ALL / 2)
    end
  end)

  it("serves lfw with other pairs, folds, scores and means", function()
    local function lfw(...) return uses("lfw", "--data", folder .. "/data", ...) end
    write("pairs.txt", "2\t2", "n000001\t1\t2", "n000001\t3\t4", "n000001\t1\tn000002\t1",
      "n000001\t2\tn000002\t2", "n000003\t1\t2", "n000003\t3\t4", "n000003\t1\tn000004\t1",
      "n000003\t2\tn000004\t2")
    write("other.txt", "2\t1", "n000001\t1\t3", "n000001\t1\tn000004\t2", "n000003\t1\t4",
      "n000002\t1\tn000003\t2")
    assert.same({ 0, 12 }, lfw())
    assert.same({ 7, 0 }, lfw("--pairs", "other.txt"))
    assert.same({ 12, 0 }, lfw("--score", "euclidean", "--mean", "others"))
  end)

  it("serves verify with another list and threshold", function()
    local function photo(s, i)
      return ("%s/data/test/n%06d/%04d_01.png"):format(folder, s, i)
    end
    local function list(name, ...)
      local lines = { "photo1,photo2,same" }
      for _, p in ipairs { ... } do
        lines[#lines + 1] = ("%s,%s,%d"):format(photo(p[1], p[2]), photo(p[3], p[4]),
          p[1] == p[3] and 1 or 0)
      end
      return write(name, table.unpack(lines))
    end
    local one = list("one.csv", { 1, 1, 1, 2 }, { 1, 1, 2, 1 }, { 2, 1, 2, 2 })
    local two = list("two.csv", { 1, 2, 2, 2 }, { 1, 1, 2, 2 }, { 2, 1, 2, 2 })
    assert.same({ 0, 4 }, uses("verify", "--pairs", one))
    assert.same({ 4, 0 }, uses("verify", "--pairs", two, "--threshold", "0.3"))
  end)

  it("serves identify with another gallery and number of names", function()
    local function identify(gallery, ...)
      return uses("identify", "--labelled", folder .. "/data/test", "--gallery",
        folder .. "/data/" .. gallery, ...)
    end
    assert.same({ 0, ALL }, identify "test")
    -- The same photos under other names, and those of two people against all.
    assert.equal(0, identify("lfw", "--top", "2")[2])
    assert.equal(0, identify("test", "--limit", "2")[2])
  end)
end)

describe("extract", function()
  local folder
  local COUNT, KILLS = 600, 20

  setup(function()
    folder = assert(system.temp_dir())
    assert(image.save(networks.pixels(1, { 64, 64, 3 }), folder .. "/photo.png"))
    local lines = { "path,x1,y1,x2,y2" }
    for i = 1, COUNT do
      lines[i + 1] = ("%s/photo.png,%d,%d,60,60"):format(folder, i % 30, i // 30)
    end
    assert(system.write_file(folder .. "/list.csv", table.concat(lines, "\n")))
  end)

  teardown(function() system.remove_tree(folder) end)

  local function command(out)
    return { system.program(), system.root() .. "/experiments/extract.lua", "--model", "tiny",
      "--crop", "box", "--list", folder .. "/list.csv", "--batch", "8", "--quiet", "--force",
      "--threads", "1", "--cache", folder .. "/cache", "--out", folder .. "/" .. out }
  end

  local function rows(sql)
    local file = folder .. "/cache/embeddings.sqlite"
    if not lfs.attributes(file) then return 0 end
    local db <close> = assert(sqlite.open(file))
    local function first(text) return assert(db:prepare(text)):run()[1][1] end
    -- A run may be killed before its store has tables.
    local made = first "select count(*) from sqlite_master where name = 'embeddings'"
    return made == 1 and first(sql) or 0
  end

  it("killed at 20 moments loses nothing finished, goes on, and leaves the same", function()
    local started = system.clock()
    assert.equal(0, (system.run(command "whole")))
    local whole = system.clock() - started
    assert(system.remove_tree(folder .. "/cache"))
    local moments, before, killed = tensor.generator(3), 0, 0
    for _ = 1, KILLS do
      local after = ("%.3f"):format(whole * (0.2 + 0.5 * moments:uniform()))
      local status = system.run { "timeout", "-s", "KILL", after, stderr = "drop",
        table.unpack(command "part") }
      local now = rows "select count(*) from embeddings"
      assert.is_true(now >= before)
      if now > 0 then assert.equal("ok", rows "pragma integrity_check") end
      if status == 137 then
        killed = killed + 1
        -- What it had begun says that it did not end.
        local left = lfs.attributes(folder .. "/part/results.json")
          and results.load(folder .. "/part")
        assert.is_true(not left or left.status == "interrupted" or left.status == "ok")
      end
      before = now
    end
    assert.is_true(killed > 0 and before > 0)
    assert.equal(0, (system.run(command "part")))
    local cache = results.load(folder .. "/part").run.cache
    assert.same({ before, COUNT - before }, { cache.kept, cache.computed })
    assert.equal(system.read_file(folder .. "/whole/embeddings.npy"),
      system.read_file(folder .. "/part/embeddings.npy"))
  end)
end)
