local kernels = require "visage.bench.works.kernels"
local nn = require "visage.nn"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("the work kernels", function()
  it("is a layer, or a few, with and without a way to compute it", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local seen = {}
    for work in kernels.works({ seed = 1 }, folder) do
      seen[work.kind] = (seen[work.kind] or 0) + 1
      if seen[work.kind] == 1 then
        local x, g = tensor.load(work.job.input), assert(nn.import(work.job.model))
        assert.same({ work.units, 1, "fp32" }, { #x, work.job.threads, work.job.precision })
        local net <close> = g:compile { batch = #x, fuse = { [work.kind:match ":(.*)"] = false } }
        assert.equal(#x, #net:run(x))
      end
    end
    assert.same({ ["kernels:own"] = 4, ["kernels:winograd"] = 10 }, seen)
  end)
end)
