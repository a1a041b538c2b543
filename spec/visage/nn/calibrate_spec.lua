--- Ranges of a graph's numbers on given inputs.
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

-- Gives each of the list in turn.
local function each(list)
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

describe("nn.calibrate", function()
  local function ranges(numbers, rule)
    local batches = {}
    for i, row in ipairs(numbers) do
      batches[i] = tensor.from(row):reshape { 1, 1, #row // 100, 100 }
    end
    return nn.calibrate(networks.tiny(#numbers[1] // 100, 100), each(batches), rule)
  end

  local function row(n, value, first, second)
    local t = {}
    for i = 1, n do t[i] = value end
    t[1], t[2] = first or value, second or value
    return t
  end

  it("finds the least and the most of all nodes and batches", function()
    assert.same({ data = { -3, 9 }, c = { -3, 9 }, r = { 0, 9 } },
      ranges { row(100, 1, -3), row(100, 2, -1, 9) })
    assert.same({ 2, 5 }, ranges({ row(100, 2, 5) }, "max").data)
  end)

  it("leaves 1 of 10,000 out on each side and averages batches, by percentile", function()
    -- One number each way is beyond; of 10,000 the next ones are 1 and 2.
    local found = ranges({ row(10000, 1, -50, 70), row(10000, 2, 70, 80) }, "percentile")
    assert.same({ 1.5, (1 + 70) / 2 }, found.data)
    -- Of fewer none is.
    assert.same({ -50, 70 }, ranges({ row(200, 1, -50, 70) }, "percentile").data)
  end)

  it("knows no other rule", function()
    assert.has_error(function() ranges({ row(100, 1) }, "entropy") end,
      "calibrate: no rule is called 'entropy'; there are max, percentile")
  end)
end)
