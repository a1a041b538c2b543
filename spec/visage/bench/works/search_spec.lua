local loader = require "visage.loader"
local search = require "visage.bench.works.search"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("the work search", function()
  it("has probes and a gallery of unit length, and checks the best scores", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local options = { threads = { 2 }, gallery = 5, probes = 3, dimension = 8, seed = 1 }
    local seen = 0
    for work in search.works(options, folder) do
      seen = seen + 1
      assert.same({ 15, "3x8_in_5_t2", 5 }, { work.units, work.case, work.job.block })
      local gallery = tensor.load(work.job.gallery)
      assert.same({ 5, 8 }, gallery:shape())
      assert.near(1, gallery[4]:norm(), 1e-6)
      local function far(list)
        assert(loader.write(folder .. "/a.npy", tensor.from { { 0.8, 0.6 } }))
        assert(loader.write(folder .. "/b.npy", tensor.from(list)))
        return work.check(folder .. "/a.npy", folder .. "/b.npy")
      end
      assert.near(5e-5, far { { 0.8, 0.60005 } }, 1e-7)
      assert.equal("its scores are not ours", select(2, far { { 0.8, 0.7 } }))
      assert.equal("its best are 1x1, not 1x2", select(2, far { { 0.8 } }))
    end
    assert.equal(1, seen)
  end)
end)
