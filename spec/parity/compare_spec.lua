local compare = require "spec.parity.compare"
local networks = require "spec.support.networks"
local tensor = require "visage.tensor"

describe("parity, layer by layer", function()
  -- data -> c (a convolution by 1, no bias) -> r (relu)
  local g = networks.tiny(1, 2)
  local x = tensor.from { { { { 3, -4 } } } }

  local function errors(values)
    local list = {}
    for _, layer in ipairs(compare.layers(g, values)) do list[layer.name] = layer.error end
    return list
  end

  it("gives each layer the reference's own input", function()
    -- The reference's c is twice ours, its r right for what its c is.
    local got = errors { data = x, c = x * 2, r = tensor.from { { { { 6, 0 } } } } }
    -- ||(3,-4) - (6,-8)|| / ||(6,-8)||
    assert.same({ c = 0.5, r = 0 }, got)
  end)

  it("goes further back where the reference tells nothing", function()
    -- r of data is (3, 0); (6, 8) has norm 10.
    local got = errors { data = x, r = tensor.from { { { { 3, 10 } } } } }
    assert.near(10 / math.sqrt(109), got.r, 1e-12)
    assert.is_nil(got.c)
  end)
end)

describe("parity, end to end", function()
  it("is told plain, centred and as a share of the distance between people", function()
    local theirs = tensor.from { { 10, 1 }, { 10, -1 }, { 10, 0 }, { 10, 0 } }
    local ours = tensor.from { { 10, 1.5 }, { 10, -1 }, { 10, 0 }, { 10, 0 } }
    local plain, centred, share = compare.embeddings(ours, theirs, { "a", "b", "c", "c" })
    assert.near(0.5 / math.sqrt(101), plain, 1e-7)
    -- The mean is (10, 0), the row (0, 1).
    assert.near(0.5, centred, 1e-7)
    -- Distances of different people: 2, then 1 four times; the median is 1.
    assert.near(0.5, share, 1e-7)
  end)
end)
