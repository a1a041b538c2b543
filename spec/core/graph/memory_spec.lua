--- Dropped graphs and nets are freed, and running out of memory breaks nothing.
local nn = require "visage.nn"
local scarce = require "spec.support.scarce"
local sanitized = require "spec.support.sanitized"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("memory of networks", function()
  it("is collected: no graph, node or net is left in a weak table", function()
    local weak = setmetatable({}, { __mode = "k" })
    for _ = 1, 10 do
      local g = nn.graph()
      local x = g:input { "data", 1, 2, 2 }
      g:output(g:relu(x))
      local net = g:compile()
      local y = net:run(tensor.ones { 1, 1, 2, 2 })
      for _, value in ipairs { g, x, net, y } do weak[value] = true end
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(weak))
  end)

  it("is given back in time: 100 dropped nets of 16 MiB", function()
    if sanitized then return pending "the address sanitizer keeps freed memory back" end
    -- Large blocks are given back to the system at once, so that what is measured
    -- is what lives, not how malloc's heap happens to be cut up.
    local status, text = system.run { "env", "MALLOC_MMAP_THRESHOLD_=1048576",
      system.program(), "-e", [[
      local nn, tensor = require "visage.nn", require "visage.tensor"
      local g = nn.graph()
      local x = g:relu(g:input { "data", 1, 1024, 1024 })
      for _ = 1, 2 do x = g:relu(x) end
      g:output(x)
      local image = tensor.ones { 2, 1, 1024, 1024 }
      for _ = 1, 100 do g:compile { batch = 2 }:run(image) end
      print("peak", require("visage.core.system").peak_rss() // 2 ^ 20)]], stderr = "merge" }
    assert.equal(0, status, text)
    local mib = tonumber(text:match "peak%s+(%d+)")
    -- 8 MiB of input and as much of results, 16 of memory to run; all 100 would
    -- be 2400 MiB.
    assert.is_true(mib < 100, ("peak %s MiB"):format(mib))
  end)

  it("survives the failure of each single allocation", function()
    if sanitized then return pending "the address sanitizer has an allocator of its own" end
    local failures, text = scarce.failures "scarce_graph.lua"
    assert.is_true(failures > 80, text)
  end)
end)
