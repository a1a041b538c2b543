--- verify: a list worked out by hand, from embeddings of a file; then real photos with
-- real weights: two photos, a list, complaints.
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local system = require "visage.system"
local tensor = require "visage.tensor"

local PEOPLE, PHOTOS = shared.data "people", shared.data "photos"
local MOBILE, MTCNN = networks.weight "mobilefacenet-casia", networks.mtcnn()

describe("verify on a list worked out by hand", function()
  local folder

  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  -- Pairs of { cosine, same, other columns ... } under a header, each of two photos of
  -- its own, and their embeddings.
  local function write(header, list)
    local lines, rows = { "photo1,photo2,same" .. header }, {}
    for i, pair in ipairs(list) do
      lines[i + 1] = ("a%d/%d.jpg,%s%d/x%d.jpg,%d%s"):format(i, i, pair[2] == 1 and "a" or "b", i,
        i, pair[2], pair[3] or "")
      rows[2 * i - 1] = { 1, 0 }
      rows[2 * i] = { pair[1], math.sqrt(1 - pair[1] ^ 2) }
    end
    assert(system.write_file(folder .. "/pairs.csv", table.concat(lines, "\r\n")))
    assert(tensor.save(folder .. "/rows.npy", tensor.from(rows, "f64")))
  end

  local function run(...)
    local out = system.temp_name(folder .. "/out")
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/verify.lua", "--pairs",
      folder .. "/pairs.csv", "--embeddings", folder .. "/rows.npy", "--out", out, "--no-cache",
      stderr = "merge", ...
    }
    return status, text, out
  end

  local function found(...)
    local status, text, out = run(...)
    assert.equal(0, status, text)
    return results.load(out), text
  end

  local LIST = {
    { 0.9, 1, ",f,old,5,6" }, { 0.7, 1, ",f,,9,4" }, { 0.4, 1, ",m,,1,2" }, { 0.8, 1, ",m,,3,3" },
    { 0.6, 0, ",f,,1,1" }, { 0.1, 0, ",f,,1,1" }, { 0.2, 0, ",m,,1,1" }, { 0.3, 0, ",m,,1,1" },
  }
  local HEADER = ",group_sex,group,quality1,quality2"

  it("gives accuracy, AUC, thresholds and intervals", function()
    write(HEADER, LIST)
    local all, text = found()
    local m = all.metrics
    -- At 0.5 one of one person is lost, one of two people is taken for one.
    assert.equal(6 / 8, m["embeddings/accuracy"])
    assert.equal(15 / 16, m["embeddings/auc"])
    assert.equal(0.25, m["embeddings/eer"])
    assert.equal(0.75, m["embeddings/tar_at_far_0.1"])
    local one = all.intervals["embeddings/accuracy"]
    assert.is_true(one.low < 0.75 and one.high > 0.75)
    assert.equal("bootstrap by subject", one.method)
    assert.equal("the photos' folders", all.run.metric_rules.subjects)
    -- Eight people of one pair each, and four more.
    assert.equal(12, all.data.subjects)
    local used, far = all.tables.thresholds.rows[1], all.tables.thresholds.rows[6]
    assert.same({ "embeddings", "used: brownlee: cosine distance up to 0.5", 0.5, 0.25, 0.75, 1, 1,
      false }, used)
    -- No impostor of four at FAR 0.001: just above 0.6.
    assert.same({ "FAR 0.001", 0, 0.75, 0, 1, false }, { far[2], table.unpack(far, 4) })
    assert.near(0.6, far[3], 1e-15)
    assert.truthy(text:find("FAR 0.001 0.6000 (too few errors)", 1, true), text)
    local names = {}
    for _, name in ipairs(all.run.files) do names[name] = true end
    for _, name in ipairs { "roc.png", "det.png", "scores_embeddings.png", "worst_embeddings.png",
      "fmr_group_sex.png" } do
      assert.is_true(names[name], name)
    end
    assert.same({ "embeddings", "two people", 1, "a5/5.jpg", "b5/x5.jpg", 0.6, true },
      all.tables.worst.rows[1])
  end)

  it("gives errors by group and what rejecting poor photos gains", function()
    write(HEADER, LIST)
    local all = found("--rounds", "0")
    assert.is_nil(next(all.intervals))
    local groups = all.tables.groups.rows
    local function row(i) return table.move(groups[i], 2, 12, 1, {}) end
    assert.same({ "group_sex", "f", 0.5, nil, nil, 0, nil, nil, 2, 2, 0 }, row(1))
    assert.same({ "group_sex", "m", 0, nil, nil, 0.5, nil, nil, 2, 2, 0 }, row(2))
    assert.same({ "group", "old", nil, nil, nil, 0, nil, nil, 1, 0, 0 }, row(3))
    -- Each rate differs by a half; one group has all errors of a kind.
    assert.equal(0.5, all.metrics["embeddings/group_sex.fdr"])
    assert.equal(1, all.metrics["embeddings/group_sex.garbe"])
    -- The pair that is lost has the poorest photo; without its quarter none is.
    assert.same({ { "embeddings", 0, 0.25, 1 }, { "embeddings", 0.25, 0, 3 },
      { "embeddings", 0.5, 0, 4 }, { "embeddings", 0.75, 0, 5 } },
      all.tables.error_versus_reject.rows)
    assert.equal(0.25, all.metrics["embeddings/reject.area"])
  end)

  it("leaves out whom a list names, and takes the subjects' columns", function()
    local list = {}
    for i, pair in ipairs(LIST) do
      list[i] = { pair[1], pair[2], (",s%d,%s%d"):format(i, pair[2] == 1 and "s" or "t", i) }
    end
    write(",subject1,subject2", list)
    assert(system.write_file(folder .. "/exclude.txt", "t5 # in the training data\n"))
    -- The file's rows are those of the photos that are left.
    local rows = assert(tensor.load(folder .. "/rows.npy"))
    assert(tensor.save(folder .. "/rows.npy", tensor.cat({ rows:narrow(1, 1, 8),
      rows:narrow(1, 11, 6) }, 1)))
    local all = found("--exclude", folder .. "/exclude.txt", "--threshold", "0.35")
    assert.equal(1, all.metrics["embeddings/accuracy"])
    assert.equal("t5", all.data.omitted[1].subject)
    assert.equal("the list's columns subject1 and subject2", all.run.metric_rules.subjects)
    -- All are right in each draw: seven of seven.
    assert.near(0.025 ^ (1 / 7), all.intervals["embeddings/accuracy"].low, 1e-12)
    assert.is_nil(all.intervals["embeddings/auc"])
  end)

  it("counts a pair without an embedding, and says what else is odd", function()
    write("", { { 0.9, 1 }, { 0.2, 0 }, { 0 / 0, 1 }, { 0.1, 0 } })
    local all = found()
    assert.equal(3 / 4, all.metrics["embeddings/accuracy"])
    assert.equal(0.5, all.metrics["embeddings/tar_at_far_0.1"])
    assert.equal(1, all.data.failures.not_finite)
    assert.same({ false, "failed" }, { all.tables.pairs.rows[3][6], all.tables.pairs.rows[3][7] })

    -- A line twice, and a pair of two people whom other pairs call one.
    assert(system.write_file(folder .. "/pairs.csv", "photo1,photo2,same\n"
      .. "x/a.jpg,y/b.jpg,1\ny/b.jpg,x/a.jpg,1\nx/a.jpg,y/b.jpg,0\n"))
    assert(tensor.save(folder .. "/rows.npy", tensor.from { { 1, 0 }, { 0, 1 } }))
    local text
    all, text = found()
    assert.truthy(text:find("pairs.csv:3: the pair of line 2 again; both count (2 such lines)", 1,
      true), text)
    assert.truthy(text:find("pairs.csv:4: two people, whom other pairs call one (1 such lines)",
      1, true), text)
    assert.same({ 2, 1 },
      { all.data.failures.repeated_pairs, all.data.failures.contradictory_pairs })
    assert.equal("photos linked by pairs of one person are one subject",
      all.run.metric_rules.subjects)
  end)

  it("chooses its threshold on the pairs when asked, and says so", function()
    write(HEADER, LIST)
    local all = found("--threshold", "far=0.25")
    -- One impostor of four may pass: above 0.3, at 0.4.
    assert.equal("FAR 0.25 of these pairs, on which it was chosen",
      all.run.metric_rules.threshold.embeddings)
    assert.near(0.4, all.tables.thresholds.rows[1][3], 1e-15)
    assert.equal(7 / 8, all.metrics["embeddings/accuracy"])
    assert.equal(0.25, found("--threshold", "eer").tables.thresholds.rows[1][4])
    local status, text = run("--threshold", "far=2")
    assert.equal(1, status)
    assert.truthy(text:find("--threshold far=2: a FAR is 0 to 1", 1, true), text)
    write("", { { 0.9, 1 } })
    status, text = run("--threshold", "eer")
    assert.equal(1, status)
    assert.truthy(text:find("--threshold: no impostor pair to choose it on", 1, true), text)
  end)

  it("takes the rule of the network that made the file's rows", function()
    write("", { { 0.9, 1 }, { 0.2, 0 }, { 0.9, 1 } })
    assert(tensor.save(folder .. "/rows.npy", tensor.from({ { 0, 1 }, { 0.6, 1 }, { 0, 1 },
      { 0.75, 1 }, { 0, 1 }, { 0.5, 1 } }, "f64")))
    local path = folder .. "/results.json"
    finally(function() os.remove(path) end)
    local function made_by(more)
      assert(system.write_file(path, ('{"models":[{"name":"far","variant":"v","pooling":"none",'
        .. '"resize":"bilinear","crop":{"rule":"box"},"preprocess":{"order":"rgb"},'
        .. '"distance":"euclidean"%s}]}'):format(more)))
    end
    made_by ',"threshold":0.6'
    local all = found()
    assert.equal("far: distance below 0.6", all.run.metric_rules.threshold.embeddings)
    -- The distance 0.6 is none below it.
    assert.same({ 0.6, false }, { all.tables.pairs.rows[1][5], all.tables.pairs.rows[1][6] })
    assert.equal(2 / 3, all.metrics["embeddings/accuracy"])
    made_by ""
    local status, text = run()
    assert.equal(1, status)
    assert.truthy(text:find("--threshold is wanted, a number: embeddings is made for Euclidean",
      1, true), text)
  end)

  it("does without ROC where a kind of pairs is missing", function()
    write("", { { 0.9, 1 }, { 0.2, 1 } })
    local all, text = found()
    assert.truthy(text:find("no ROC: 2 pairs of one person and 0 of two could be compared", 1,
      true), text)
    assert.equal(0.5, all.metrics["embeddings/accuracy"])
    assert.is_nil(all.metrics["embeddings/auc"])
    local status
    status, text = run("--rounds", "5")
    assert.equal(2, status)
    assert.truthy(text:find("--rounds '5': wants 0, or 100 and more", 1, true), text)
  end)
end)

describe("verify", function()
  if not (PEOPLE and PHOTOS and MOBILE and MTCNN) then
    it("compares photos", function() pending "no people, photos, MobileFaceNet or MTCNN here" end)
    return
  end

  local folder

  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  local function run(...)
    local out = system.temp_name(folder .. "/out")
    local status, text = networks.run_detecting("verify.lua", out, "--weights", MOBILE,
      "--no-cache", ...)
    return status, text, out
  end

  local OBAMA = { PEOPLE .. "/train/obama/obama.jpg", PEOPLE .. "/train/obama/obama2.jpg" }
  local BIDEN = PEOPLE .. "/train/biden/biden.jpg"

  it("says match or no match, and by which rule", function()
    local status, text, out = run(OBAMA[1], OBAMA[2])
    assert.equal(0, status, text)
    assert.truthy(text:find(", match (brownlee: cosine distance up to 0.5)", 1, true), text)
    local found = results.load(out)
    assert.equal("faces_mobilefacenet.png", found.run.pictures[1].file)
    assert.is_true(found.run.pictures[1].faces)
    local similarity = found.metrics["mobilefacenet/similarity"]
    assert.is_true(similarity > 0.5 and similarity <= 1)
    assert.equal("brownlee: cosine distance up to 0.5",
      found.run.metric_rules.threshold.mobilefacenet)
    status, text = run(OBAMA[1], BIDEN)
    assert.equal(0, status, text)
    assert.truthy(text:find("no match (brownlee", 1, true), text)
    status, text, out = run(OBAMA[1], BIDEN, "--crop", "whole")
    assert.equal(0, status, text)
    assert.equal("whole", results.load(out).models[1].crop.rule, text)
    -- Its own similarity is a match, however little more is none.
    text = select(2, run(OBAMA[1], OBAMA[2], "--threshold", ("%.17g"):format(similarity)))
    assert.truthy(text:find(", match (similarity from", 1, true), text)
    text = select(2, run(OBAMA[1], OBAMA[2], "--threshold", ("%.17g"):format(similarity + 1e-9)))
    assert.truthy(text:find("no match", 1, true), text)
  end)

  it("says why two photos cannot be compared", function()
    local status, text = run(OBAMA[1], PHOTOS .. "/no-faces.jpg")
    assert.equal(0, status, text)
    assert.truthy(text:find("cannot be compared (" .. PHOTOS .. "/no-faces.jpg: no face)", 1, true))
    assert(system.write_file(folder .. "/text.jpg", "no picture"))
    status, text = run(folder .. "/text.jpg", OBAMA[1])
    assert.equal(0, status, text)
    assert.truthy(text:find("(" .. folder .. "/text.jpg: unreadable)", 1, true), text)
  end)

  it("judges a list, with a photo that has no face, by groups", function()
    local path = folder .. "/pairs.csv"
    assert(system.write_file(path, ("photo1,photo2,same,group\n%s,%s,1,o\n%s,%s,0,b\n%s,%s,1,o\n")
      :format(OBAMA[1], OBAMA[2], OBAMA[1], BIDEN, OBAMA[1], PHOTOS .. "/no-faces.jpg")))
    local status, text, out = run("--pairs", path)
    assert.equal(0, status, text)
    local found = results.load(out)
    assert.equal(2 / 3, found.metrics["mobilefacenet/accuracy"])
    assert.equal(1, found.metrics["mobilefacenet/auc"])
    -- The pair that failed is never accepted.
    assert.equal(0.5, found.metrics["mobilefacenet/tar_at_far_0.1"])
    assert.equal(1, found.data.failures.no_face)
    assert.same({ "ok", "ok", "failed" }, { found.tables.pairs.rows[1][7],
      found.tables.pairs.rows[2][7], found.tables.pairs.rows[3][7] })
    -- FMR, FNMR, comparisons of one person and of two, failures.
    local groups = {}
    for i, row in ipairs(found.tables.groups.rows) do
      groups[i] = { row[3], row[4], row[7], row[10], row[11], row[12] }
    end
    assert.same({ { "o", nil, 0, 1, 0, 1 }, { "b", 0, nil, 0, 1, 0 } }, groups)
    assert.equal("\137PNG", system.read_file(out .. "/roc.png"):sub(1, 4))
  end)

  it("says what it lacks", function()
    local function failed(expected, ...)
      local status, text = run(...)
      assert.equal(1, status, text)
      assert.truthy(text:find(expected, 1, true), text)
    end
    failed("give two photos, or a list with --pairs FILE", OBAMA[1])
    assert(system.write_file(folder .. "/absent.csv", ("photo1,photo2,same\n%s,%s,1\n%s,no.jpg,0\n")
      :format(OBAMA[1], OBAMA[2], OBAMA[1])))
    failed("absent.csv: 1 of 3 photos are not there: no.jpg (line 3); --missing failure calls"
      .. " their pairs no match", "--pairs", folder .. "/absent.csv")
    failed("photos: 1 of 2 photos are not there: absent.jpg", OBAMA[1], "absent.jpg")
    failed("--threshold: brownlee, model, eer, far=F or a number, not 'best'", OBAMA[1], BIDEN,
      "--threshold", "best")
    failed("--threshold eer is chosen on a list of pairs", OBAMA[1], BIDEN, "--threshold", "eer")
    failed("--threshold: mobilefacenet has no threshold of its own", OBAMA[1], BIDEN,
      "--threshold", "model")
  end)

  it("takes dlib's distance and its rule", function()
    local dlib = networks.weight "dlib-resnet"
    if not dlib then return pending "no dlib-resnet weights here" end
    local status, text = system.run {
      "env", "VISAGE_WEIGHTS=" .. MTCNN.pnet:match "^(.*)/mtcnn/", system.program(),
      system.root() .. "/experiments/verify.lua", "--model", "dlib-resnet", "--weights", dlib,
      "--no-cache", "--out", folder .. "/dlib", OBAMA[1], OBAMA[2], stderr = "merge",
    }
    assert.equal(0, status, text)
    assert.truthy(text:find("distance 0%.[1-5]%d+, match"), text)
    local distance = results.load(folder .. "/dlib").metrics["dlib-resnet/distance"]
    assert.is_true(distance > 0 and distance < 0.6)
  end)
end)
