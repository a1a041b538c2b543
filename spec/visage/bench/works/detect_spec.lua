local detect = require "visage.bench.works.detect"
local image = require "visage.image"
local loader = require "visage.loader"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("the work detect", function()
  local folder
  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  local OPTIONS = {
    sizes = { { 64, 48 } }, min_faces = { 20, 40 }, threads = { 1 }, limit = 2, seed = 1,
  }

  it("is every size and smallest face, for each package with its profile", function()
    local cases = {}
    for work in detect.works(OPTIONS, folder) do
      cases[#cases + 1] = work.case
      assert.same({ 2, 2 }, { work.units, #work.job.photos })
      assert.same({ 48, 64, 3 }, image.load(work.job.photos[2]):shape())
      assert.equal("detect:" .. work.families[1], work.kind)
    end
    assert.same({ "facenet-pytorch_64x48_min20_t1", "facenet-pytorch_64x48_min40_t1",
      "mtcnn_64x48_min20_t1", "mtcnn_64x48_min40_t1" }, cases)
  end)

  it("wants the same faces: as many, each where ours is", function()
    local work = detect.works(OPTIONS, folder)()
    local function far(rows)
      assert(loader.write(folder .. "/a.npy", tensor.from({ { 1, 10, 10, 50, 60 } }, "f64")))
      assert(loader.write(folder .. "/b.npy", rows))
      return work.check(folder .. "/a.npy", folder .. "/b.npy")
    end
    assert.near(0.05, far(tensor.from({ { 1, 10, 10, 50.05, 60 } }, "f64")), 1e-9)
    assert.equal("its faces are not ours",
      select(2, far(tensor.from({ { 1, 10, 10, 50.2, 60 } }, "f64"))))
    assert.equal("it finds 0 faces, not 1", select(2, far(tensor.zeros({ 0, 5 }, "f64"))))
  end)
end)
