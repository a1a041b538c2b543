local job = require "visage.bench.works.job"
local json = require "visage.json"
local lfs = require "lfs"
local loader = require "visage.loader"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("the work job", function()
  local folder
  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  local OPTIONS = { threads = { 1 }, batch = 8, precision = "fp32", seed = 1, limit = 20 }

  it("is photos with boxes, with and without a detector", function()
    local cases, photos = {}, nil
    for work in job.works(OPTIONS, folder) do
      cases[#cases + 1] = { work.kind, work.case, work.job.detector }
      photos = photos or json.decode(system.read_file(work.job.photos))
      assert.is_true(lfs.attributes(work.job.model, "size") > 9e7)
      assert.is_true(lfs.attributes(work.job.weights, "size") > 9e7)
    end
    assert.same({ { "job", "job_boxes_fp32_20_t1" },
      { "job:mtcnn", "job_mtcnn_fp32_20_t1", "ipazc-0.1.1" } }, cases)
    assert.same({ 1, 20, 4 }, { #photos, #photos[1].photos, #photos[1].photos[20].box })
    assert.truthy(lfs.attributes(photos[1].photos[20].path))
  end)

  it("wants the same matrix, as a share of the largest distance", function()
    local work = job.works(OPTIONS, folder)()
    local function far(cell)
      local ours = { { 0.99, 0.95 }, { 0.96, 0.98 } }
      assert(loader.write(folder .. "/a.npy", tensor.from(ours, "f64")))
      ours[1][1] = cell
      assert(loader.write(folder .. "/b.npy", tensor.from(ours, "f64")))
      return work.check(folder .. "/a.npy", folder .. "/b.npy")
    end
    -- 0.00001 of 0.05.
    assert.near(2e-4, far(0.99001), 1e-9)
    assert.equal("its matrix is not ours", select(2, far(0.9901)))
  end)

  it("needs a subject that is whole", function()
    assert(system.mkdir_p(folder .. "/vgg/test/n000001"))
    assert(system.mkdir_p(folder .. "/vgg/meta"))
    assert(system.mkdir_p(folder .. "/vgg/bb_landmark"))
    assert(system.write_file(folder .. "/vgg/meta/test_agetemp_imglist.txt",
      "n000001/0001_01.jpg\n"))
    assert(system.write_file(folder .. "/vgg/bb_landmark/loose_bb_test.csv", "NAME_ID,X,Y,W,H\n"))
    local options = { data = folder .. "/vgg" }
    for key, value in pairs(OPTIONS) do options[key] = value end
    assert.has_error(function() job.works(options, folder)() end,
      folder .. "/vgg: no subject of the list has all its photos")
  end)
end)
