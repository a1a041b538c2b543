local metrics = require "visage.metrics"
local system = require "visage.system"

describe("visage.metrics", function()
  local page = assert(system.read_file(system.root() .. "/lua/visage/doc/metrics.md"))

  for part, functions in pairs(metrics) do
    it("tells of all of " .. part .. " in its page", function()
      local missing = {}
      for name in pairs(functions) do
        if not page:find("%f[%w_]" .. name .. "%f[^%w_]") then missing[#missing + 1] = name end
      end
      assert.same({}, missing)
    end)
  end
end)
