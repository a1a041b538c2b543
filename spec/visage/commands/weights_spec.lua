local system = require "visage.system"

-- Runs `visage weights ...` on an empty folder of weights.
describe("visage weights", function()
  local folder

  local function run(...)
    return system.run {
      "env", "VISAGE_WEIGHTS=" .. folder, system.program(), "weights",
      stderr = "merge", ...
    }
  end

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  it("lists names, states and licences, and where it looks", function()
    local status, text = run "list"
    assert.equal(0, status)
    assert.truthy(text:find "mtcnn%-pnet +[%w ]*here +0.0286 MB +mtcnn:facenet%-pytorch +MIT")
    assert.truthy(text:find("folders: " .. folder .. ", ", 1, true))
  end)

  it("lists hashes, data and terms with --long", function()
    local _, text = run("list", "--long")
    assert.truthy(text:find("trained on WIDER FACE, CelebA", 1, true))
    assert.truthy(text:find("sha256     not published", 1, true))
  end)

  it("adds a file and proves it afterwards", function()
    assert(system.write_file(folder .. "/mine.pt", "weights"))
    local status, text = run("add", folder .. "/mine.pt", "--model", "tiny:seeded")
    assert.equal(1, status)
    assert.truthy(text:find("licence none stated", 1, true))
    assert.equal(0, (run("add", folder .. "/mine.pt", "--model", "tiny:seeded",
      "--accept-terms")))
    status, text = run "verify"
    assert.equal(0, status, text)
    assert.truthy(text:find("ok       mine.pt", 1, true))
    assert(system.write_file(folder .. "/mine.pt", "WEIGHTS"))
    status, text = run "verify"
    assert.equal(1, status)
    assert.truthy(text:find("bad      mine.pt", 1, true))
  end)

  it("refuses files without a stated licence until the terms are accepted", function()
    local status, text = run("get", "resnet50-keras")
    assert.equal(1, status)
    assert.truthy(text:find("add --accept-terms", 1, true))
  end)

  it("goes on with the others when one cannot be had", function()
    assert(system.write_file(folder .. "/mine.pt", "weights"))
    assert.equal(0, (run("add", folder .. "/mine.pt", "--model", "tiny:seeded",
      "--licence", "MIT")))
    local status, text = run("get", "resnet", "mine.pt")
    assert.equal(1, status)
    assert.truthy(text:find(folder .. "/mine.pt\n", 1, true), text)
    assert.truthy(text:find("weights resnet: no such name", 1, true), text)
  end)

  it("exits 2 when the command line is wrong", function()
    assert.equal(2, (run()))
    assert.equal(2, (run "fetch"))
    local status, text = run "get"
    assert.equal(2, status)
    assert.truthy(text:find("missing argument 'name'", 1, true))
  end)

  it("exits 1 when a name is not known, and says which are", function()
    local status, text = run("get", "resnet")
    assert.equal(1, status)
    assert.truthy(text:find("no such name in weights/manifest.lua; it has mtcnn, dlib-resnet", 1,
      true), text)
  end)
end)
