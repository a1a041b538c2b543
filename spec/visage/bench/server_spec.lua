local dkjson = require "dkjson"
local system = require "visage.system"

describe("a server", function()
  it("answers line by line until its input ends, and tells parts", function()
    local process <close> = assert(system.start { system.program(), "-e", [[
      local n = 0
      require "visage.bench.server".serve { count = function()
        return {
          run = function() n = n + 1 end, about = "counter",
          parts = function() return { runs = n } end,
        }
      end }]] })
    process:write '{"do":"time","seconds":1}\n{"do":"prepare","work":"count"}\n'
    local text = ""
    repeat text = text .. process:read() until select(2, text:gsub("\n", "")) == 2
    local early, ready = text:match "^(.-)\n(.*)\n$"
    assert.is_false(dkjson.decode(early).ok)
    ready = dkjson.decode(ready)
    assert.equal("counter", ready.about)
    process:write '{"do":"time","seconds":0}\n'
    local timed = dkjson.decode(process:read())
    -- Once to prepare, once more.
    assert.same({ true, 1, 2 }, { timed.ok, timed.runs, timed.parts.runs })
    assert.equal(0, process:wait())
  end)
end)
