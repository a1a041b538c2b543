--- Dropped tensors are freed in time, and running out of memory breaks nothing.
-- Each case is a process of its own, whose peak is its own.
local scarce = require "spec.support.scarce"
local sanitized = require "spec.support.sanitized"
local system = require "visage.system"

-- Runs Lua code in a child, under `ulimit -v` where KiB are given.
local function child(code, limit)
  local command = limit and ("ulimit -v %d; "):format(limit) or ""
  return system.run {
    "sh", "-c", command .. 'exec "$@"', "sh", system.program(), "-e", code, stderr = "merge",
  }
end

-- The child's peak in MiB after n runs of the statement, x and y being tensors
-- of 16 MiB.
local function peak(statement, n)
  local status, text = child(([[
    local tensor = require "visage.tensor"
    local x, y = tensor.ones { 2048, 2048 }, tensor.ones { 2048, 2048 }
    for i = 1, %d do %s end
    print("peak", require("visage.core.system").peak_rss() // 2 ^ 20)]]):format(n, statement))
  assert.equal(0, status, text)
  return tonumber(text:match "peak%s+(%d+)")
end

describe("memory", function()
  -- Measured: 78 MiB, of which x and y are 32 and the program 30; more where a
  -- statement makes several tensors. All of n would be 960 MiB or more.
  local cases = {
    { "dropped tensors", 400, 100, "tensor.zeros { 2048, 2048 }" },
    { "sums", 100, 100, "local z = x + y" },
    { "conversions", 40, 110, "local z = x:to('f16'):to('f32')" },
    { "views, which hold no memory of their own", 400, 80, "local z = x:transpose(1, 2)[i]" },
    { "values and positions", 40, 170, "local z, at = x:max(1), x:reshape({ -1, 1 }):argmin(2)" },
    { "calls that fail after they allocated", 40, 110,
      "pcall(function() x:copy(x:transpose(1, 2):contiguous()[{}]) end)" },
  }
  for _, case in ipairs(cases) do
    local name, n, limit, statement = table.unpack(case)
    it(("stays under %d MiB for %d %s"):format(limit, n, name), function()
      if sanitized then return pending "the address sanitizer keeps freed memory back" end
      local mib = peak(statement, n)
      assert.is_true(mib <= limit, ("peak %s MiB"):format(mib))
    end)
  end

  it("collects boxes: none is left in a weak table", function()
    local tensor = require "visage.tensor"
    local weak = setmetatable({}, { __mode = "k" })
    for _ = 1, 10 do
      local x = tensor.ones { 3, 2 }
      for _, t in ipairs { x, x[1], x + 1, x:sort(1), (tensor.svd(x)) } do weak[t] = true end
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(weak))
  end)

  it("raises where it runs out, and leaves every tensor as it was", function()
    if sanitized then return pending "the address sanitizer cannot run under ulimit -v" end
    local status, text = child([[
      local tensor = require "visage.tensor"
      local x = tensor.full({ 2048, 2048 }, 3)
      local view, k = x:transpose(1, 2), tensor.ones({ 2048, 1 })
      local held = {}
      local function refused(f, ...)
        local ok, text = pcall(f, ...)
        assert(not ok and text:find "no memory for %d+ bytes", text)
      end
      refused(tensor.zeros, { 2 ^ 20, 2 ^ 15 })
      -- Fill memory until another 16 MiB are refused.
      while pcall(function() held[#held + 1] = tensor.zeros { 2048, 2048 } end) do end
      assert(#held > 4)
      refused(function() return x + x end)
      refused(function() return -x end)
      refused(function() return x:eq(3):to("f64") end)
      refused(x.to, x, "f64")
      refused(view.contiguous, view)
      refused(view.reshape, view, { -1 })
      refused(x.copy, x, view)
      refused(x.sort, x, 1)
      refused(x.matmul, x, x)
      refused(tensor.cat, { x, x }, 1)
      refused(tensor.svd, x)
      refused(tensor.eigh, x)
      local g, h = tensor.generator(1), tensor.generator(1)
      refused(g.rand, g, { 2048, 2048 })
      assert(g:uniform() == h:uniform())
      assert(x:min() == 3 and x:max() == 3 and view:get(1, 2048) == 3)
      held = nil
      collectgarbage()
      assert((x + x):sum() == 6 * 2 ^ 22)
      print "done"]], 1024 * 1024)
    assert.equal(0, status, text)
    assert.matches("done", text)
  end)

  it("survives the failure of each single allocation of each operation", function()
    if sanitized then return pending "the address sanitizer has an allocator of its own" end
    local failures, text = scarce.failures "scarce_tensor.lua"
    -- 248 when this was written: far fewer would mean that nothing fails.
    assert.is_true(failures > 200, text)
  end)
end)
