--- extract: photos to .npy and CSV, what it had kept, in shards, with crops; and
-- its files as age_templates' embeddings. Noise for photos, the tiny network.
local csv = require "visage.data.csv"
local image = require "visage.image"
local lfs = require "lfs"
local models = require "visage.models"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("extract", function()
  local folder, photos

  before_each(function()
    folder = assert(system.temp_dir())
    photos = folder .. "/data/train"
    for s = 1, 2 do
      assert(system.mkdir_p(("%s/n%d"):format(photos, s)))
      for i = 1, 20 do
        assert(image.save(networks.pixels(20 * s + i, { 40, 48, 3 }),
          ("%s/n%d/%02d.png"):format(photos, s, i)))
      end
    end
  end)

  after_each(function() system.remove_tree(folder) end)

  local function run(script, out, ...)
    return system.run {
      "env", "VISAGE_CACHE=", "XDG_CACHE_HOME=" .. folder, system.program(),
      ("%s/experiments/%s.lua"):format(system.root(), script),
      "--crop", "whole", "--quiet", "--out", folder .. "/" .. out, stderr = "merge", ...,
    }
  end

  local function extract(out, ...)
    local status, text = run("extract", out, "--model", "tiny", ...)
    assert.equal(0, status, text)
    return results.load(folder .. "/" .. out)
  end

  local function rows(out) return assert(tensor.load(folder .. "/" .. out .. "/embeddings.npy")) end

  it("embeds every photo below a folder, in order", function()
    local found = extract("a", photos)
    assert.same({ 40, 40, 40 }, { found.data.images, found.metrics["tiny/embeddings"],
      found.run.cache.computed })
    assert.is_true(found.run.synthetic)
    local lines = assert(csv.read(folder .. "/a/embeddings.csv"))
    assert.same({ photos .. "/n1/01.png", "ok", "SYNTHETIC" },
      { lines[1].path, lines[1].status, lines[1].data })
    local model <const> = assert(models.load "tiny")
    finally(function() model:close() end)
    for _, row in ipairs { 1, 21, 40 } do
      local y = model:embed { assert(image.load(lines[row].path)) }
      -- Rows of one batch against single ones.
      assert.tensor(rows "a"[row]).near(y[1], 1e-5)
    end
  end)

  it("computes nothing the second time, and the same", function()
    extract("a", photos)
    local again = extract("b", photos)
    assert.same({ 40, 0 }, { again.run.cache.kept, again.run.cache.computed })
    assert.equal(folder .. "/visage", again.run.cache.path)
    assert.equal(system.read_file(folder .. "/a/embeddings.npy"),
      system.read_file(folder .. "/b/embeddings.npy"))
    assert.is_nil(extract("c", "--no-cache", photos).run.cache)
  end)

  it("takes parts that are the whole", function()
    extract("a", photos)
    local parts = {}
    for i = 1, 3 do
      local name = "part" .. i
      extract(name, "--shard", i .. "/3", photos)
      parts[i] = rows(name)
    end
    assert.same({ 13, 13, 14 }, { #parts[1], #parts[2], #parts[3] })
    assert.tensor(tensor.cat(parts, 1)).near(rows "a", 0)
  end)

  it("keeps rows of photos that have no embedding, with the reason", function()
    assert(system.write_file(photos .. "/n1/02.png", "no image"))
    local found = extract("a", photos)
    assert.same({ 1, 39 }, { found.data.failures.unreadable, found.metrics["tiny/embeddings"] })
    assert.is_true(rows "a":get(2, 1) ~= rows "a":get(2, 1))
    assert.equal("unreadable", csv.read(folder .. "/a/embeddings.csv")[2].status)
    assert.equal(1, extract("b", photos).data.failures.unreadable)
  end)

  it("saves the face images, and those again that are gone", function()
    local crops = folder .. "/crops"
    extract("a", photos)
    local found = extract("b", "--save-crops", crops, photos)
    assert.equal(40, found.run.cache.computed)
    local saved = assert(image.load(crops .. "/n2/20.png.png"))
    assert.tensor(saved).near(assert(image.load(photos .. "/n2/20.png")), 0)
    os.remove(crops .. "/n2/20.png.png")
    assert.equal(1, extract("c", "--save-crops", crops, photos).run.cache.computed)
    assert.is_truthy(lfs.attributes(crops .. "/n2/20.png.png"))
    -- A photo that is named twice has one face image; two photos must not have one name.
    assert.equal(40, extract("d", "--save-crops", crops, photos, photos).data.failures
      .repeated_photos)
    assert(system.mkdir_p(folder .. "/other/n1"))
    assert(image.save(networks.pixels(99, { 40, 48, 3 }), folder .. "/other/n1/01.png"))
    local status, text = run("extract", "e", "--model", "tiny", "--save-crops", crops, photos,
      folder .. "/other")
    assert.equal(1, status)
    assert.match("would both be n1/01.png.png", text, 1, true)
  end)

  it("cuts the boxes of a list", function()
    assert(system.write_file(folder .. "/list.csv", ("path,x1,y1,x2,y2\n%s/n1/01.png,4,5,24,30\n")
      :format(photos)))
    extract("a", "--crop", "box", "--save-crops", folder .. "/crops", "--list",
      folder .. "/list.csv")
    local name = ("%s/crops/%s/n1/01.png.png"):format(folder, photos:sub(2))
    assert.same({ 25, 20, 3 }, assert(image.load(name)):shape())
  end)

  it("gives faces of one photo names by their boxes", function()
    assert(system.write_file(folder .. "/list.csv", "path,x1,y1,x2,y2\n"
      .. "train/n1/01.png,4,5,24,30\ntrain/n1/01.png,0,0,10,10\n"))
    extract("a", "--crop", "box", "--save-crops", folder .. "/crops", "--data", folder .. "/data",
      "--list", folder .. "/list.csv")
    assert.same({ 10, 10, 3 },
      assert(image.load(folder .. "/crops/train/n1/01.png_0_0_10_10.png")):shape())
    assert.is_truthy(lfs.attributes(folder .. "/crops/train/n1/01.png_4_5_24_30.png"))
  end)

  it("takes lists as people write them", function()
    assert(system.write_file(folder .. "/list.txt", "\xEF\xBB\xBFn1/01.png\r\n\r\nn2/02.png\r\n"
      .. "n1/none.png\r\nn1/01.png\r\n"))
    local function listed(out, ...)
      return system.run {
        system.program(), system.root() .. "/experiments/extract.lua", "--model", "tiny", "--crop",
        "whole", "--no-cache", "--data", folder .. "/data", "--images", "train", "--list",
        folder .. "/list.txt", "--out", folder .. "/" .. out, stderr = "merge", ...,
      }
    end
    local status, text = listed("a", "--check")
    assert.equal(1, status)
    assert.match("list.txt: 1 of 4 photos are not there: n1/none.png (line 4); --missing failure",
      text, 1, true)
    status, text = listed("a", "--missing", "failure")
    assert.equal(0, status, text)
    assert.match("list.txt:5: n1/01.png: again, after line 1, and a row again (1 such photos)",
      text, 1, true)
    local found = results.load(folder .. "/a")
    assert.same({ 1, 1, 3 }, { found.data.failures.unreadable, found.data.failures.repeated_photos,
      found.metrics["tiny/embeddings"] })
    local statuses = {}
    for i, line in ipairs(assert(csv.read(folder .. "/a/embeddings.csv"))) do
      statuses[i] = line.status
    end
    assert.same({ "ok", "ok", "unreadable", "ok" }, statuses)
    assert(system.write_file(folder .. "/exclude.txt", "n1 # known\n"))
    status, text = listed("b", "--missing", "failure", "--exclude", folder .. "/exclude.txt")
    assert.equal(0, status, text)
    found = results.load(folder .. "/b")
    assert.same({ 1, "n1" }, { found.data.images, found.data.omitted[1].subject })
    status, text = listed("c", "--missing", "failure", "--shard", "2/9")
    assert.equal(1, status)
    assert.match("--shard 2/9: no photo of 4 is in it", text, 1, true)
  end)

  it("leaves no half file on a full disk", function()
    -- 32 KiB a file: results.json has room, 400 rows of 32 numbers have not.
    local lines = { "path,x1,y1,x2,y2" }
    for i = 1, 400 do lines[i + 1] = ("train/n1/01.png,%d,%d,40,40"):format(i % 20, i // 20) end
    assert(system.write_file(folder .. "/data/list.csv", table.concat(lines, "\n")))
    local how = { "--model", "tiny", "--crop", "box", "--no-cache", "--quiet", "--out",
      folder .. "/full", "--list", folder .. "/data/list.csv", stderr = "merge" }
    local command = { "sh", "-c", 'ulimit -f 64; trap "" XFSZ; exec "$@"', "sh", system.program(),
      system.root() .. "/experiments/extract.lua", stderr = "merge" }
    local status, text = system.run(table.move(how, 1, #how, #command + 1, command))
    assert.equal(1, status, text)
    assert.match("embeddings%.%a+: File too large", text)
    local names = {}
    for name in lfs.dir(folder .. "/full") do
      if name:find "^embeddings" then names[#names + 1] = name end
    end
    assert.same({}, names)
    assert.equal("failed", results.load(folder .. "/full").status)
    -- With room again it is done.
    assert.equal(0, (system.run { system.program(), system.root() .. "/experiments/extract.lua",
      "--force", table.unpack(how) }))
    assert.equal(400, results.load(folder .. "/full").metrics["tiny/embeddings"])
  end)

  it("says what is wrong with its options", function()
    local function wrong(code, text, ...)
      local status, said = run("extract", "a", "--model", "tiny", ...)
      assert.equal(code, status, said)
      assert.match(text, said, 1, true)
    end
    wrong(2, "'4/3' is no shard; wanted I/N", "--shard", "4/3", photos)
    wrong(1, "no photo to look at")
    wrong(1, "none: no such photo or folder", folder .. "/none")
  end)

  it("gives age_templates its embeddings, in one file or in shards", function()
    local script = system.root() .. "/experiments/templates/random.lua"
    local function age(out, ...)
      local status, text = run("age_templates", out, "--data", folder .. "/data",
        "--templates", script, ...)
      assert.equal(0, status, text)
      return results.load(folder .. "/" .. out)
    end
    local direct = age("direct", "--model", "tiny")
    assert.same({ 0, 40 }, { direct.run.cache.kept, direct.run.cache.computed })
    -- Another pooling rule computes no network.
    local vectors = age("again", "--model", "tiny", "--pooling", "vggface2")
    assert.same({ 40, 0 }, { vectors.run.cache.kept, vectors.run.cache.computed })
    extract("x", "--shard", "1/2", photos)
    extract("y", "--shard", "2/2", photos)
    local stored = age("stored", "--embeddings", ("%s/x/embeddings.csv,%s/y/embeddings.csv")
      :format(folder, folder))
    assert.is_true(stored.run.synthetic)
    for key, value in pairs(stored.metrics) do
      assert.near(direct.metrics[key:gsub("^embeddings", "tiny")], value, 1e-6)
    end
    assert.equal("tiny", stored.models[1].name)
    extract("z", "--shard", "2/2", "--filter", "nearest", photos)
    local status, text = run("age_templates", "mixed", "--data", folder .. "/data",
      "--templates", script, "--embeddings", ("%s/x/embeddings.csv,%s/z/embeddings.csv")
      :format(folder, folder))
    assert.equal(1, status, text)
    assert.truthy(text:find("z/embeddings.csv than " .. folder .. "/x/embeddings.csv, or in"
      .. " another way", 1, true), text)
  end)
end)

describe("an experiment's cache", function()
  local folder

  before_each(function()
    folder = assert(system.temp_dir())
    assert(system.mkdir_p(folder .. "/photos"))
    for i = 1, 40 do
      assert(image.save(networks.pixels(i, { 40, 48, 3 }),
        ("%s/photos/%02d.png"):format(folder, i)))
    end
  end)

  after_each(function() system.remove_tree(folder) end)

  local function extract(home, limit, ...)
    local script = ('ulimit -f %s; trap "" XFSZ; exec "$@"'):format(limit or "unlimited")
    return system.run {
      "env", "VISAGE_CACHE=", "XDG_CACHE_HOME=" .. home, "sh", "-c", script, "sh",
      system.program(), system.root() .. "/experiments/extract.lua", "--model", "tiny",
      "--crop", "whole", "--batch", "4", "--out", folder .. "/out", folder .. "/photos",
      stderr = "merge", ...,
    }
  end

  local function corrupt()
    assert(system.mkdir_p(folder .. "/visage"))
    assert(system.write_file(folder .. "/visage/embeddings.sqlite", ("no"):rep(999)))
  end

  it("that is asked for must be one", function()
    corrupt()
    local status, text = extract(folder, nil, "--cache", folder .. "/visage")
    assert.equal(1, status)
    assert.match("--cache .*embeddings.sqlite: sqlite: file is not a database; remove", text)
  end)

  it("that nobody asked for is done without, by name", function()
    corrupt()
    local status, text = extract(folder)
    assert.equal(0, status, text)
    assert.match("cache: .*not a database; .*; embeddings are not kept", text)
    local cache = results.load(folder .. "/out").run.cache
    assert.same({ 0, 40 }, { cache.kept, cache.computed })
    assert.match("not a database", cache.fault)
  end)

  it("in a folder that cannot be made is done without", function()
    local status, text = extract "/dev/null"
    assert.equal(0, status, text)
    assert.match("cache: /dev/null.*; embeddings are not kept", text)
  end)

  it("on a full disk says so once, and the run goes on", function()
    -- Blocks of 512 bytes: the file's tables fit, not all embeddings.
    local status, text = extract(folder, 80)
    assert.equal(0, status, text)
    local _, times = text:gsub("embeddings are not kept from now on", "")
    assert.equal(1, times, text)
    assert.match("cache: .*embeddings.sqlite: sqlite: ", text)
    assert.equal(40, results.load(folder .. "/out").metrics["tiny/embeddings"])
    -- What was kept before is whole.
    status = extract(folder, nil, "--force")
    assert.equal(0, status)
    local cache = results.load(folder .. "/out").run.cache
    assert.equal(40, cache.kept + cache.computed)
  end)
end)

describe("extract --quality", function()
  local photos = shared.data "photos"
  if not (photos and networks.mtcnn()) then
    it("measures the faces", function() pending "no photos or MTCNN here" end)
    return
  end

  it("measures the faces it finds, kept ones too", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local texts = {}
    for i, out in ipairs { "first", "kept" } do
      local status, text = networks.run_detecting("extract.lua", folder .. "/" .. out, "--model",
        "tiny", "--crop", "detector_box", "--cache", folder .. "/cache", "--quality",
        photos .. "/ivan.jpg", photos .. "/no-faces.jpg")
      assert.equal(0, status, text)
      texts[i] = system.read_file(folder .. "/" .. out .. "/embeddings.csv")
    end
    assert.equal(texts[1], texts[2])
    assert.equal(2, results.load(folder .. "/kept").run.cache.kept)
    local lines = assert(csv.read(folder .. "/first/embeddings.csv"))
    local face, none = lines[1], lines[2]
    assert.same({ "no_face", "", "" }, { none.status, none.blur, none.yaw })
    -- He looks at the camera; the box is about 50 wide.
    assert.near(50, tonumber(face.box_side), 5)
    assert.near(face.right_eye_x - face.left_eye_x, tonumber(face.eye_distance), 1)
    for _, name in ipairs { "yaw", "pitch", "roll" } do
      assert.is_true(math.abs(face[name]) < 20, name)
    end
    assert.is_true(tonumber(face.blur) > 10)
  end)
end)
