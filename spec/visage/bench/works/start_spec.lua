local lfs = require "lfs"
local start = require "visage.bench.works.start"
local system = require "visage.system"

describe("the work start", function()
  it("starts a script, and ResNet-50 from a file", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local cases = {}
    for work in start.works({ threads = { 1, 2 }, seed = 1 }, folder) do
      cases[#cases + 1] = work.case
      assert.equal(2, work.job.threads)
      -- 23.6 million numbers of four bytes.
      assert.is_true(lfs.attributes(work.job.weights, "size") > 9e7)
      assert.equal(0, work.check())
    end
    assert.same({ "start_print", "start_resnet50" }, cases)
  end)
end)
