local machine = require "visage.bench.machine"
local system = require "visage.system"

describe("visage.bench.machine", function()
  it("describes the processor", function()
    local about = machine.describe()
    assert.equal(system.cores(), about.cores)
    assert.is_true(about.memory_bytes > 2 ^ 27)
    assert.is_true(#about.cpu > 0)
  end)

  it("tells how many processors are busy", function()
    local busy = machine.meter()
    local started = system.clock()
    -- Linux counts in hundredths of a second.
    repeat until system.clock() - started > 0.2
    local processors = busy()
    -- Others may run too, or instead.
    assert.is_true(processors > 0.3, processors)
    assert.equal(0, machine.meter()())
    assert.is_true(machine.load() >= 0)
  end)

  it("takes half a processor for rest", function()
    assert.is_true(machine.is_idle(0.4))
    assert.is_false(machine.is_idle(0.6))
  end)
end)
