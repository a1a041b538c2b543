local networks = require "spec.support.networks"
local system = require "visage.system"
local tensor = require "visage.tensor"

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
    assert.truthy(text:find("no such name in weights/manifest.lua; it has mtcnn, mtcnn-caffe, "
      .. "dlib-resnet", 1, true), text)
  end)

  it("compares two files tensor by tensor", function()
    assert(tensor.save(folder .. "/a.npz", { w = tensor.from { 1, 2 }, v = tensor.from { 7 } }))
    assert(tensor.save(folder .. "/b.npz", { w = tensor.from { 1, 4 } }))
    local status, text = run("compare", folder .. "/a.npz", folder .. "/b.npz")
    assert.equal(0, status, text)
    -- 2 of sqrt(17)
    assert.truthy(text:find "4.85e%-01 +2.00e%+00 +%(2%) +differs +w\n")
    assert.truthy(text:find("tensors: 1 differs, 1 only in a\n", 1, true))
  end)

  it("compares two runs layer by layer", function()
    local status, text = run("compare", "tiny", "tiny,engine=naive")
    assert.equal(0, status, text)
    assert.truthy(text:find "layers: all %d+ within 1e%-05\n")
  end)

  it("says what a wrong operand is, with exit status 2", function()
    local status, text = run("compare", "tiny", "nonsense")
    assert.equal(2, status)
    assert.truthy(text:find("nonsense: neither a file nor a network", 1, true))
    status, text = run("compare", "tiny", "tiny,speed=3")
    assert.equal(2, status)
    assert.truthy(text:find("no field 'speed'; there are engine, weights", 1, true))
    assert.equal(2, (run("compare", "tiny")))
  end)

  it("identifies a file by its hash, its tensors and its numbers", function()
    assert(tensor.save(folder .. "/a.npz", { w = tensor.from { 1, 2 } }))
    local status, text = run("identify", folder .. "/a.npz")
    assert.equal(0, status, text)
    assert.truthy(text:find("a.npz: npz, 1 tensors, sha256 ", 1, true))
    assert.truthy(text:find("its sha256 is not known", 1, true))
    local path = networks.weight "mtcnn-pnet"
    if not path then return pending "pnet.pt is not here" end
    status, text = run("identify", path)
    assert.equal(0, status)
    assert.truthy(text:find("it is mtcnn-pnet, for mtcnn:facenet-pytorch", 1, true))
    assert.truthy(text:find("holds 13 of 13 tensors of mtcnn:facenet-pytorch, pnet", 1, true))
    status, text = run("identify", folder .. "/none")
    assert.equal(1, status)
    assert.truthy(text:find("No such file", 1, true))
  end)
end)
