--- LFW's protocol: ten folds worked out by hand, then real photos.
local csv = require "visage.data.csv"
local image = require "visage.image"
local lfw = require "visage.data.lfw"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- The detector's weights are found by name, in the folder that holds them.
local MTCNN = networks.mtcnn()
local WEIGHTS = MTCNN and "VISAGE_WEIGHTS=" .. MTCNN.pnet:match "^(.*)/mtcnn/"

-- Rounding of a few operations in f64.
local ULP = 1e-12

describe("lfw", function()
  local folder

  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  local function run(data, ...)
    local out = system.temp_name(folder .. "/out")
    local status, text = system.run {
      "env", WEIGHTS or "VISAGE_WEIGHTS=" .. folder, system.program(),
      system.root() .. "/experiments/lfw.lua", "--data", data, "--out", out, "--no-cache",
      "--quiet", "--rounds", "0", stderr = "merge", ...
    }
    return status, text, out
  end

  describe("on two folds that differ", function()
    local SIN = function(cosine) return math.sqrt(1 - cosine ^ 2) end

    -- Of one person and of two, at 0.9 and 0.5 in the first fold, 0.4 and 0.1 in the other.
    setup(function()
      assert(system.mkdir_p(folder .. "/two"))
      assert(system.write_file(folder .. "/two/pairs.txt",
        "2 1\nA 1 2\nB 1 C 1\nD 1 2\nE 1 F 1\n"))
      local rows = {}
      for _, cosine in ipairs { 0.9, 0.5, 0.4, 0.1 } do
        rows[#rows + 1] = { 1, 0 }
        rows[#rows + 1] = { cosine, SIN(cosine) }
      end
      assert(tensor.save(folder .. "/two.npy", tensor.from(rows, "f64")))
    end)

    local function found(...)
      local status, text, out = run(folder .. "/two", "--embeddings", folder .. "/two.npy", ...)
      assert.equal(0, status, text)
      return results.load(out).tables
    end

    it("judges each pair by its own fold's threshold", function()
      local tables = found()
      -- 0.25 divides the second fold, 0.7 the first.
      assert.near(0.25, tables.per_fold.rows[1][4], ULP)
      assert.near(0.7, tables.per_fold.rows[2][4], ULP)
      local errors = {}
      for i, row in ipairs(tables.worst.rows) do errors[i] = { row[4], row[7] } end
      assert.same({ { "B/B_0001.jpg", true }, { "E/E_0001.jpg", false },
        { "D/D_0001.jpg", true }, { "A/A_0001.jpg", false } }, errors)
    end)

    it("subtracts the mean of no photo of the pair's own fold", function()
      local rows = found("--mean", "others").pairs.rows
      local x, y = (1 + 0.4 + 1 + 0.1) / 4, (SIN(0.4) + SIN(0.1)) / 4
      local ax, ay, bx, by = 1 - x, -y, 0.9 - x, SIN(0.9) - y
      assert.near((ax * bx + ay * by) / math.sqrt((ax ^ 2 + ay ^ 2) * (bx ^ 2 + by ^ 2)),
        rows[1][6], ULP)
    end)
  end)

  describe("on ten folds worked out by hand", function()
    -- Each fold has the cosines 0.8 and 0.6 for one person, 0.2 and 0 for two; in the
    -- tenth 0.6 is 0.1. Each pair comes a second time with its vectors reversed, so
    -- that the mean of a fold is zero but for the last number, which is always 5.
    setup(function()
      local lines, rows, name = { "10\t4" }, {}, 0
      local function pair(cosine, sign, same)
        name = name + 1
        lines[#lines + 1] = same and ("P%d\t1\t2"):format(name)
          or ("P%d\t1\tQ%d\t1"):format(name, name)
        rows[#rows + 1] = { sign, 0, 5 }
        rows[#rows + 1] = { sign * cosine, sign * math.sqrt(1 - cosine ^ 2), 5 }
      end
      for fold = 1, 10 do
        for _, same in ipairs { true, false } do
          local cosines = same and { 0.8, fold < 10 and 0.6 or 0.1 } or { 0.2, 0 }
          for _, cosine in ipairs(cosines) do
            pair(cosine, 1, same)
            pair(cosine, -1, same)
          end
        end
      end
      assert(system.write_file(folder .. "/pairs.txt", table.concat(lines, "\r\n")))
      local all = tensor.from(rows, "f64")
      assert(tensor.save(folder .. "/offset.npy", all))
      assert(tensor.save(folder .. "/plain.npy", all:narrow(2, 1, 2):contiguous()))
      rows[1] = { 0 / 0, 0, 5 }
      assert(tensor.save(folder .. "/nan.npy",
        tensor.from(rows, "f64"):narrow(2, 1, 2):contiguous()))
    end)

    -- Without the tenth fold 0.4 divides all; with it, it is still the best, so nine
    -- folds are right and the tenth is right for six of eight: the mean is 0.975, the
    -- squares of the differences 9 x 0.025^2 + 0.225^2 = 0.05625, divided by ten
    -- 0.075^2, by nine and ten 0.025^2.
    local function by_hand(threshold, ...)
      local status, text, out = run(folder, ...)
      assert.equal(0, status, text)
      local found = results.load(out)
      local m = found.metrics
      assert.near(0.975, m["embeddings/accuracy.mean"], ULP)
      assert.near(0.075, m["embeddings/accuracy.std"], ULP)
      assert.near(0.025, m["embeddings/accuracy.standard_error"], ULP)
      for fold, row in ipairs(found.tables.per_fold.rows) do
        assert.same({ "embeddings", fold, fold < 10 and 1 or 0.75 }, { row[1], row[2], row[3] })
        assert.near(threshold, row[4], ULP)
      end
      -- Genuine scores lie above all 40 impostors, two of the 40 above 20 only.
      assert.near((38 * 40 + 2 * 20) / 1600, m["embeddings/auc"], ULP)
      assert.near(0.05, m["embeddings/eer"], ULP)
      assert.same({ 80, 0 }, { m["embeddings/pairs"], m["embeddings/pairs.failed"] })
      return found
    end

    it("gives mean, deviation and standard error", function()
      local found = by_hand(0.4, "--embeddings", folder .. "/plain.npy")
      -- No impostor of 36 may pass at FAR 0.001: all of one person do in nine folds,
      -- half of them in the tenth.
      assert.near(0.95, found.metrics["embeddings/val_at_far_0.001.mean"], ULP)
      assert.equal(0, found.metrics["embeddings/val_at_far_0.001.supported"])
      assert.equal(80, #found.tables.pairs.rows)
      assert.equal(160, found.data.images)
      assert.equal(120, found.data.subjects)
    end)

    it("says how sure the figures are, and which pairs went most wrong", function()
      local found = by_hand(0.4, "--embeddings", folder .. "/plain.npy", "--rounds", "200")
      for _, name in ipairs { "accuracy.mean", "auc", "eer" } do
        local one = found.intervals["embeddings/" .. name]
        assert.is_true(one.low < one.high, name)
        assert.same({ 120, "bootstrap by subject" }, { one.n, one.method })
      end
      -- The two of one person at 0.1, of the tenth fold, are the only errors.
      local worst = {}
      for i, row in ipairs(found.tables.worst.rows) do
        worst[i] = ("%s %.2f %s"):format(row[2], row[6], row[7])
      end
      assert.same({ "two people 0.20 false", "one person 0.10 true", "one person 0.10 true",
        "one person 0.60 false" }, { worst[1], worst[7], worst[8], worst[9] })
      local files = table.concat(found.run.files, " ")
      for _, name in ipairs { "roc.png", "det.png", "scores_embeddings.png",
        "worst_embeddings.png" } do
        assert.truthy(files:find(name, 1, true), name)
      end
      local band = found.tables.roc_band.rows
      assert.same({ 1, 1 }, { band[#band][2], band[#band][3] })
    end)

    it("takes an extraction's rows by the names of their photos", function()
      -- Backwards, with a folder before each name and one photo that has no embedding.
      local lines, rows = { "path,status" }, assert(tensor.load(folder .. "/plain.npy"))
      local list, backwards = assert(lfw.pairs(folder .. "/pairs.txt")), {}
      local photos = lfw.photos(list, "/elsewhere")
      for i = #photos, 1, -1 do
        lines[#lines + 1] = photos[i].path .. (i == 1 and ",no_face" or ",ok")
        backwards[#backwards + 1] = i == 1 and tensor.full({ 2 }, 0 / 0, "f64") or rows[i]
      end
      assert(system.write_file(folder .. "/x.csv", table.concat(lines, "\n")))
      assert(tensor.save(folder .. "/x.npy", tensor.stack(backwards, 1)))
      local status, text, out = run(folder, "--embeddings", folder .. "/x.csv")
      assert.equal(0, status, text)
      local found = results.load(out)
      assert.near(0.9625, found.metrics["embeddings/accuracy.mean"], ULP)
      assert.equal(1, found.data.failures.no_face)
    end)

    it("leaves out whom a list names", function()
      local rows = assert(tensor.load(folder .. "/plain.npy"))
      -- P1's two photos, and those of P5 beside Q5.
      assert.equal("P5\t1\tQ5\t1", system.read_file(folder .. "/pairs.txt"):match "P5[^\r]*")
      assert(system.write_file(folder .. "/exclude.txt", "P1\r\nQ5\n"))
      assert(tensor.save(folder .. "/rest.npy", tensor.cat({ rows:narrow(1, 3, 6),
        rows:narrow(1, 11, 150) }, 1)))
      local status, text, out = run(folder, "--embeddings", folder .. "/rest.npy", "--exclude",
        folder .. "/exclude.txt")
      assert.equal(0, status, text)
      local found = results.load(out)
      assert.equal(78, found.metrics["embeddings/pairs"])
      assert.same({ "P1", "Q5" },
        { found.data.omitted[1].subject, found.data.omitted[2].subject })
    end)

    it("subtracts the mean of the other folds", function()
      by_hand(0.4, "--embeddings", folder .. "/offset.npy", "--mean", "others")
      local _, _, out = run(folder, "--embeddings", folder .. "/offset.npy")
      assert.near((0.6 + 25) / 26, results.load(out).tables.pairs.rows[3][6], ULP)
    end)

    it("chooses from facenet's grid of squared distances", function()
      -- The first of the grid below which 2 - 2 x 0.6 = 0.8 lies.
      by_hand(-0.81, "--embeddings", folder .. "/plain.npy", "--score", "facenet")
    end)

    it("calls a pair that failed different and counts it", function()
      local status, text, out = run(folder, "--embeddings", folder .. "/nan.npy")
      assert.equal(0, status, text)
      local m = results.load(out).metrics
      assert.equal(1, m["embeddings/pairs.failed"])
      -- One of eight is lost in the first fold.
      assert.near(0.9625, m["embeddings/accuracy.mean"], ULP)
    end)

    it("says when nothing is left to compare", function()
      assert(tensor.save(folder .. "/none.npy", tensor.full({ 160, 2 }, 0 / 0)))
      local status, text, out = run(folder, "--embeddings", folder .. "/none.npy")
      assert.equal(1, status)
      assert.truthy(text:find("no genuine scores", 1, true), text)
      local found = results.load(out)
      assert.same({ "failed", 160 }, { found.status, found.data.failures.not_finite })
    end)

    it("says which rows and photos are missing", function()
      assert(tensor.save(folder .. "/few.npy", tensor.zeros { 3, 2 }))
      local status, text = run(folder, "--embeddings", folder .. "/few.npy")
      assert.equal(1, status)
      assert.truthy(text:find("few.npy: 3 rows; there are 160 photos", 1, true), text)
      status, text = run(folder, "--embeddings", folder .. "/plain.npy", "--flip", "join")
      assert.equal(1, status)
      assert.truthy(text:find("leave --flip and --alignment out", 1, true), text)
      status, text = run(folder, "--model", "tiny", "--check")
      assert.equal(1, status)
      assert.truthy(text:find("160 of 160 photos of pairs.txt are not in " .. folder
        .. "/lfw: P1/P1_0001.jpg (line 2), P1/P1_0002.jpg (line 2)", 1, true), text)
    end)
  end)

  describe("on photos", function()
    local LFW10, MOBILE = shared.data "lfw10", networks.weight "mobilefacenet-casia"
    if not (LFW10 and MOBILE and MTCNN) then
      it("tells people apart", function() pending "no lfw10, MobileFaceNet or MTCNN here" end)
      return
    end

    local NAMES = { "Ariel_Sharon", "Colin_Powell", "Hugo_Chavez", "Tony_Blair" }

    setup(function()
      assert(system.mkdir_p(folder .. "/real"))
      assert(system.run { "ln", "-s", LFW10, folder .. "/real/lfw" })
      local lines = { "2\t2" }
      for fold = 0, 1 do
        local a, b = NAMES[2 * fold + 1], NAMES[2 * fold + 2]
        lines[#lines + 1] = ("%s\t1\t2\n%s\t1\t2"):format(a, b)
        lines[#lines + 1] = ("%s\t1\t%s\t1\n%s\t2\t%s\t2"):format(a, b, a, b)
      end
      assert(system.write_file(folder .. "/real/pairs.txt", table.concat(lines, "\n")))
    end)

    local function on(data, ...)
      local status, text, out = run(data, "--model", "mobilefacenet", "--weights",
        MOBILE, ...)
      assert.equal(0, status, text)
      return results.load(out), out
    end

    local function on_photos(...) return on(folder .. "/real", ...) end

    it("tells people apart, by the detector's points and by a file's", function()
      local found, out = on_photos()
      -- Every pair of one person is more alike than every other; of a threshold from
      -- the four pairs of another fold no more is known.
      assert.equal(1, found.metrics["mobilefacenet/auc"])
      assert.equal(0, found.metrics["mobilefacenet/pairs.failed"])
      assert.equal("detect", found.run.metric_rules.alignment)
      local rows = csv.parse(system.read_file(out .. "/per_fold.csv"))
      assert.equal(3, #rows)

      -- Points of a face in the middle, as released photos have it.
      local points = "\t105\t113\t145\t113\t125\t137\t109\t158\t141\t158"
      local lines = {}
      for i, name in ipairs(NAMES) do
        for n = 1, 2 do lines[2 * i + n] = ("%s/%s_%04d.jpg%s"):format(name, name, n, points) end
      end
      assert(system.write_file(folder .. "/real/lfw_landmark.txt",
        table.concat(lines, "\n", 3)))
      found = on_photos()
      assert.equal("file", found.run.metric_rules.alignment)
      assert.equal("lfw_landmark.txt", found.models[1].crop.points)
      assert.equal(1, found.metrics["mobilefacenet/auc"])
      -- The same photos twice as large: points of the released ones are scaled with them.
      assert(system.mkdir_p(folder .. "/large"))
      for _, name in ipairs(NAMES) do
        assert(system.mkdir_p(folder .. "/large/lfw/" .. name))
        for n = 1, 2 do
          local file = ("/%s/%s_%04d.jpg"):format(name, name, n)
          local img = assert(image.load(LFW10 .. file))
          assert(image.save(image.resize(img, 2 * img:size(1), 2 * img:size(2), "bicubic"),
            folder .. "/large/lfw" .. file))
        end
      end
      for _, name in ipairs { "pairs.txt", "lfw_landmark.txt" } do
        assert(system.write_file(folder .. "/large/" .. name,
          system.read_file(folder .. "/real/" .. name)))
      end
      local large = on(folder .. "/large")
      for i, row in ipairs(found.tables.pairs.rows) do
        -- What resizing and a second JPEG do to a cosine; other points would move it more.
        assert.near(row[6], large.tables.pairs.rows[i][6], 0.05)
      end
    end)

    it("takes photos as they are", function()
      for _, how in ipairs { { "--alignment", "none" }, { "--crop", "whole" } } do
        local found = on_photos(table.unpack(how))
        assert.equal("none", found.run.metric_rules.alignment)
        assert.equal("whole", found.models[1].crop.rule)
        assert.equal(0, found.metrics["mobilefacenet/pairs.failed"])
      end
      local status, text = run(folder .. "/real", "--model", "tiny", "--crop", "whole",
        "--alignment", "file")
      assert.equal(1, status)
      assert.truthy(text:find("leave --alignment file out", 1, true), text)
    end)

    it("joins or adds the mirrored face", function()
      local scores = {}
      for _, flip in ipairs { "none", "join", "add" } do
        local found = on_photos("--alignment", "detect", "--flip", flip, "--limit", "1")
        assert.equal(4, #found.tables.pairs.rows)
        scores[#scores + 1] = found.tables.pairs.rows[1][6]
      end
      assert.is_true(scores[1] ~= scores[2] and scores[2] ~= scores[3])
    end)
  end)
end)
