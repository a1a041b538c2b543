--- Peers that are programs of ours: one that answers as it should and some that do not.
local peer = require "visage.bench.peer"
local system = require "visage.system"
local tensor = require "visage.tensor"

local function started(code)
  return assert(peer.start { system.program(), "-e", code })
end

local HONEST = [[
  local loader = require "visage.loader"
  local tensor = require "visage.tensor"
  require "visage.bench.server".serve {
    double = function(job)
      if job.threads > 2 then error("too many threads", 0) end
      local y
      return {
        run = function() y = tensor.from { 2 * job.x } end,
        save = function(path) assert(loader.write(path, y)) end,
        about = "doubler 1.0",
      }
    end,
  }
]]

describe("a peer", function()
  it("prepares, writes what it computed, and runs", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local one <close> = started(HONEST)
    local answer = assert(one:ask {
      ["do"] = "prepare", work = "double", x = 21, threads = 1, output = folder .. "/y.npy",
    })
    assert.equal("doubler 1.0", answer.about)
    assert.equal(42, tensor.load(folder .. "/y.npy"):get(1))
    local rate, timed = one:rate(0.05)
    -- A run allocates one number.
    assert.is_true(rate > 100)
    assert.is_true(timed.cpu > 0 and timed.cpu < 2 * timed.seconds)
  end)

  it("says what it cannot do, and can be asked again", function()
    local one <close> = started(HONEST)
    local function ask(job)
      job["do"] = "prepare"
      return select(2, one:ask(job))
    end
    assert.equal("there is no work 'triple'", ask { work = "triple" })
    assert.equal("too many threads", ask { work = "double", threads = 3 })
  end)

  it("is told from one that is not there, ends, or says anything else", function()
    assert.same({ nil, "no-such-program: No such file or directory" },
      { peer.start { "no-such-program" } })
    local gone <close> = started "io.read() os.exit(3)"
    assert.equal("it ended, with status 3", select(2, gone:ask {}))
    local odd <close> = started [[
      for _ in io.lines() do print "Loading..." io.flush() end]]
    assert.equal("no answer but: Loading...", select(2, odd:ask {}))
    local idle <close> = started [[
      for _ in io.lines() do print '{"ok":true,"runs":0,"seconds":1}' io.flush() end]]
    assert.equal("an answer without runs and seconds", select(2, idle:rate(1)))
  end)
end)
