local csv = require "visage.data.csv"
local lfs = require "lfs"
local options = require "visage.experiment.options"
local results = require "spec.support.results"
local system = require "visage.system"

-- An experiment that does what its --do says.
local SCRIPT = [[
local experiment = require "visage.experiment"
local plot = require "visage.plot"
os.exit(experiment.main({
  name = "fixture", summary = "A fixture.", data = "here", model = "tiny",
  options = function(p) p:option("--do", "What to do."):default("work") end,
  prepare = function(run)
    if run.options["do"] == "no-weights" then assert(nil, "weights x: no file") end
    return { answer = 42 }
  end,
  run = function(run, opened)
    run:metric("tiny/answer", opened.answer)
    run:metric("tiny/third", 1 / 3)
    run:metric("tiny/nothing", 0 / 0)
    local rows = run:table("answers", { "name", "value" }).rows
    rows[1] = { "a, b", 1 / 3 }
    rows[2] = { "none" }
    run:omit("n000001", "2 of 20 images missing: x, y")
    run:count("no_face", 2)
    local todo = run.options["do"]
    if todo == "keep" then
      local kept = run:keep { { name = "n1" }, { name = "n2" }, { name = "A B" } }
      run:metric("tiny/kept", #kept)
    end
    if todo == "interval" then
      run:interval("tiny/answer",
        { low = 40, high = 0 / 0, level = 0.95, method = "by hand", n = 3 })
      run:interval("tiny/question", { low = 0, high = 1 })
    end
    if todo == "people" then
      run.data.people = "VGGFace2 train"
      for _, set in ipairs { "VGGFace", "CASIA-WebFace" } do
        run:model { name = set, variant = "x", known = true, preprocess = {}, crop = {},
          resize = "area", pooling = "none", trained_on = set }
      end
      run:model { name = "tiny", variant = "x", known = true, preprocess = {}, crop = {},
        resize = "area", pooling = "none", synthetic = true }
    end
    if todo == "fail" then error("it broke") end
    if todo == "world" then assert(nil, "x.jpg: no such file") end
    if todo == "stop" then error("interrupted!", 0) end
    if todo == "kill" then os.exit(9) end
    if todo == "synthetic" then run.synthetic = true end
    run:plot("map/of a:b-c.png", plot.heat_map,
      { matrix = { { 1 } }, rows = { "a" }, columns = { "a" } })
    run:print("the answer is %d", opened.answer)
    run:say("a remark")
    run:reference("A. Paper, 2018", { ["tiny/answer"] = 41.5 })
  end,
}, arg), true)
]]

describe("an experiment", function()
  local folder

  local function run(...)
    return system.run { system.program(), folder .. "/fixture.lua", "--out",
      folder .. "/out", stderr = "merge", ... }
  end

  before_each(function()
    folder = assert(system.temp_dir())
    assert(system.write_file(folder .. "/fixture.lua", SCRIPT))
  end)

  after_each(function() system.remove_tree(folder) end)

  it("leaves its numbers, tables and charts, and exits 0", function()
    local status, text = run("--seed", "7")
    assert.equal(0, status, text)
    assert.truthy(text:find("the answer is 42", 1, true))
    local found = results.load(folder .. "/out")
    assert.equal("ok", found.status)
    assert.equal(42, found.metrics["tiny/answer"])
    assert.equal(1 / 3, found.metrics["tiny/third"])
    assert.is_nil(found.metrics["tiny/nothing"])
    assert.same({ { "a, b", 1 / 3 }, { "none" } }, found.tables.answers.rows)
    assert.same({ { subject = "n000001", why = "2 of 20 images missing: x, y" } },
      found.data.omitted)
    assert.equal(2, found.data.failures.no_face)
    assert.same({ source = "A. Paper, 2018", values = { ["tiny/answer"] = 41.5 } },
      found.reference)
    assert.equal("rwx------", lfs.attributes(folder .. "/out", "permissions"))
    assert.equal(7, found.run.seed)
    assert.equal("--seed", found.run.command[4])
    local rows = csv.parse(system.read_file(folder .. "/out/answers.csv"))
    assert.same({ { "name", "value" }, { "a, b", "0.3333333333333333" }, { "none", "" } }, rows)
    assert.truthy(lfs.attributes(folder .. "/out/map_of_a_b-c.png"))
    assert.same({ "map_of_a_b-c.png", "answers.csv" }, found.run.files)
  end)

  it("leaves out the subjects of --exclude, and says by which line", function()
    assert(system.write_file(folder .. "/list",
      "\xEF\xBB\xBF# seen\r\nn2 n00000007\r\nA B # too\r\n"))
    local status, text = run("--do", "keep", "--exclude", folder .. "/list")
    assert.equal(0, status, text)
    local found = results.load(folder .. "/out")
    assert.equal(1, found.metrics["tiny/kept"])
    local why = "excluded by " .. folder .. "/list:"
    assert.same({ { subject = "n2", why = why .. "2" }, { subject = "A B", why = why .. "3" } },
      { table.unpack(found.data.omitted, 2) })
    assert.matches("sha256 %x+$", found.run.metric_rules.exclude)
    status, text = run("--force", "--do", "keep", "--exclude", folder .. "/none")
    assert.equal(1, status)
    assert.matches("none: ", text)
  end)

  it("records intervals of metrics that there are", function()
    local status, text = run("--do", "interval")
    assert.equal(1, status)
    assert.matches("fixture.lua:%d+: interval 'tiny/question': there is no such metric", text)
    assert.same({ low = 40, level = 0.95, method = "by hand", n = 3 },
      results.load(folder .. "/out").intervals["tiny/answer"])
  end)

  it("says whether a network may know the people", function()
    assert.equal(0, (run("--do", "people")))
    local list = {}
    for i, model in ipairs(results.load(folder .. "/out").models) do list[i] = model.overlap end
    assert.same({ "known 53", "unknown", "none claimed" }, list)
  end)

  it("writes null for what is not a number and keys in a fixed order", function()
    assert.equal(0, (run()))
    local text = system.read_file(folder .. "/out/results.json")
    assert.truthy(text:find('"tiny/nothing":null', 1, true))
    local last = 0
    for _, key in ipairs { "experiment", "status", "error", "metrics", "intervals",
      "tables", "reference", "models", "data", "run" } do
      local at = text:find('\n  "' .. key .. '":', 1, true)
      assert.truthy(at and at > last, key)
      last = at
    end
    assert.truthy(text:find '"intervals":{%s*}', "an empty object is no array")
    assert.truthy(text:find '"models":%[%s*%]', "an empty array is no object")
  end)

  it("refuses another run's folder without --force, and then replaces it", function()
    assert.equal(0, (run()))
    local status, text = run()
    assert.equal(2, status)
    assert.truthy(text:find("holds another run's results", 1, true))
    assert(system.write_file(folder .. "/out/notes.txt", "mine"))
    assert.equal(1, (run("--force", "--do", "fail")))
    assert.is_nil(lfs.attributes(folder .. "/out/map_of_a_b-c.png"))
    assert.truthy(lfs.attributes(folder .. "/out/notes.txt"))
  end)

  it("that fails says so with file and line, and exits 1", function()
    local status, text = run("--do", "fail")
    assert.equal(1, status)
    assert.matches("fixture.lua:%d+: it broke", text)
    local found = results.load(folder .. "/out")
    assert.equal("failed", found.status)
    assert.truthy(found.error:find("it broke", 1, true))
    assert.equal(42, found.metrics["tiny/answer"])
    assert.truthy(lfs.attributes(folder .. "/out/answers.csv"))
  end)

  it("tells a fault of the world in one line", function()
    local status, text = run("--do", "world")
    assert.equal(1, status)
    assert.equal("fixture: omitted n000001: 2 of 20 images missing: x, y\n"
      .. ("fixture: %s/fixture.lua:39: x.jpg: no such file\n"):format(folder), text)
  end)

  it("that is interrupted says so", function()
    local status, text = run("--do", "stop")
    assert.equal(1, status)
    assert.truthy(text:find("\nfixture: interrupted\n$"), text)
    assert.equal("interrupted", results.load(folder .. "/out").status)
  end)

  it("that is killed leaves a record that it did not end", function()
    assert.equal(9, (run("--do", "kill")))
    local found = results.load(folder .. "/out")
    assert.equal("interrupted", found.status)
    assert.equal("killed or still running", found.error)
  end)

  it("looks at data and weights first, and leaves nothing when they are not there", function()
    local status, text = run("--do", "no-weights")
    assert.equal(1, status)
    assert.equal(("fixture: %s/fixture.lua:7: weights x: no file\n"):format(folder), text)
    assert.is_nil(lfs.attributes(folder .. "/out"))
    assert.equal(1, (run("--do", "no-weights", "--check")))
    assert.equal(0, (run("--check")))
    assert.is_nil(lfs.attributes(folder .. "/out"))
  end)

  it("marks every number of synthetic data", function()
    local _, text = run("--do", "synthetic")
    assert.truthy(text:find("SYNTHETIC  the answer is 42", 1, true))
    assert.same({ { "data", "name", "value" }, { "SYNTHETIC", "a, b", "0.3333333333333333" },
      { "SYNTHETIC", "none", "" } }, csv.parse(system.read_file(folder .. "/out/answers.csv")))
    assert.is_true(results.load(folder .. "/out").run.synthetic)
  end)

  it("says nothing beside its result when quiet", function()
    local _, text = run("--quiet")
    assert.equal("the answer is 42\n", text)
  end)

  local function wrong(expected, ...)
    local status, text = run(...)
    assert.equal(2, status)
    assert.truthy(text:find(expected, 1, true), text)
    assert.is_nil(lfs.attributes(folder .. "/out"))
  end

  it("exits 2 when the command line is wrong", function()
    wrong("unknown option '--bogus'", "--bogus")
    wrong("'0' is not a whole number of at least 1", "--batch", "0")
    wrong("'0' is not a whole number of at least 1", "--threads", "0")
    wrong("4096 threads are too many: this process may use", "--threads", "4096")
    wrong("'many' is not a whole number", "--limit", "many")
    wrong("must be one of 'auto', 'cpu', 'cuda'", "--device", "gpu")
    wrong("must be one of 'fp32', 'bf16'", "--precision", "fp8")
    wrong("give one of them", "--cache", "/tmp/x", "--no-cache")
    wrong("--weights names 1 files, --model names 2", "--model", "a,b", "--weights", "c")
  end)

  it("prints every option with its default", function()
    local status, text = run("--help")
    assert.equal(0, status)
    for _, option in ipairs { "--data", "--images", "--model", "--weights", "--device",
      "--engine", "--precision", "--batch", "--threads", "--out", "--cache", "--no-cache",
      "--limit", "--seed", "--force", "--quiet", "--check", "--do" } do
      assert.truthy(text:find(option, 1, true), option .. " is not in\n" .. text)
    end
    assert.truthy(text:find("default: tiny", 1, true), text)
    assert.truthy(text:find("default: runs/fixture", 1, true))
  end)
end)

describe("experiment options", function()
  it("are numbers where they count and lists where commas separate", function()
    local o = assert(options.parse({ name = "x", summary = "x" },
      { "--model", "resnet50:keras,tiny", "--weights", "d,e", "--batch", "8" }))
    assert.same({ "resnet50:keras", "tiny" }, o.model)
    assert.same({ "d", "e" }, o.weights)
    assert.same({ 8, 1, "cpu" }, { o.batch, o.seed, o.device == "auto" and "cpu" })
  end)

  it("are converted, or it is said what is wanted", function()
    assert.equal(0.25, options.number(0, 1) "0.25")
    assert.equal(-3, options.number() "-3")
    assert.same({ nil, "'1.5' is not a number from 0 to 1" }, { options.number(0, 1) "1.5" })
    assert.is_nil((options.number() "nan"))
    assert.is_nil((options.number() "many"))
    assert.same({ 1, 20 }, options.list(options.whole(1)) "1,20")
    assert.same({ nil, "'0' is not a whole number of at least 1" },
      { options.list(options.whole(1)) "1,0" })
    assert.same({ nil, "',' is an empty list" }, { options.list(options.whole(1)) "," })
  end)

  it("want --data where the experiment does", function()
    local o, text = options.parse({ name = "x", summary = "x", needs_data = true }, {})
    assert.is_nil(o)
    assert.truthy(text:find("--data", 1, true))
  end)

  it("do not name both a network and what one has made", function()
    local definition = { name = "x", summary = "x", model = "tiny",
      options = function(p) p:option("--embeddings") end }
    assert.equal("rows.npy",
      assert(options.parse(definition, { "--embeddings", "rows.npy" })).embeddings)
    for _, name in ipairs { "--model", "--weights" } do
      for _, both in ipairs { { name, "tiny" }, { name .. "=tiny" } } do
        table.move({ "--embeddings", "rows.npy" }, 1, 2, #both + 1, both)
        assert.same({ nil, "--embeddings takes what a network has made, " .. name
          .. " wants one run; give one of them" }, { options.parse(definition, both) })
      end
    end
  end)

  it("have no --data for an experiment that would not look there", function()
    local o, text = options.parse({ name = "x", summary = "x", data = false }, { "--data", "." })
    assert.is_nil(o)
    assert.truthy(text:find("unknown option '--data'", 1, true))
  end)

  it("name networks and variants that there are", function()
    local o, text = options.parse({ name = "x", summary = "x" }, { "--model", "resnet5" })
    assert.is_nil(o)
    assert.equal("model resnet5: no such network; there are resnet50,", text:sub(1, 51))
    assert.is_nil((options.parse({ name = "x", summary = "x" }, { "--model", "tiny:huge" })))
  end)
end)
