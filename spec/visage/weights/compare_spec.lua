local compare = require "visage.weights.compare"
local tensor = require "visage.tensor"

local function by_name(rows)
  local out = {}
  for _, row in ipairs(rows) do out[row.a or row.b] = row end
  return out
end

describe("comparing two checkpoints", function()
  it("matches by name and leaves out what all names begin with", function()
    local rows = by_name(compare.tensors(
      { ["module.a"] = tensor.from { 3, 4 }, ["module.b"] = tensor.from { 1 } },
      { a = tensor.from { 3, 4.5 }, b = tensor.from { 1 } }))
    assert.same({ "equal", "b", 0 },
      { rows["module.b"].state, rows["module.b"].b, rows["module.b"].error })
    local row = rows["module.a"]
    -- 0.5 of ||(3, 4.5)||
    assert.near(0.5 / math.sqrt(29.25), row.error, 1e-12)
    assert.same({ "differs", 0.5 }, { row.state, row.max })
  end)

  it("finds a transposed copy under another name, and says how it lies", function()
    local w = tensor.generator(1):rand { 4, 3, 2 }
    local rows = by_name(compare.tensors({ kernel = w:permute { 2, 3, 1 } },
      { weight = w, bias = tensor.from { 9 } }))
    assert.same({ "reordered", "weight", { 3, 1, 2 }, 0 },
      { rows.kernel.state, rows.kernel.b, rows.kernel.order, rows.kernel.error })
    assert.equal("only in b", rows.bias.state)
  end)

  it("knows numbers in an order that no transposition gives", function()
    local w = tensor.generator(2):rand { 2, 12 }
    local mixed = w:reshape({ 2, 3, 4 }):permute({ 1, 3, 2 }):contiguous():reshape { 2, 12 }
    local row = compare.tensors({ w = mixed }, { w = w })[1]
    assert.same({ "reordered" }, { row.state, row.order })
  end)

  it("takes an f16 copy for one that differs little, not for another", function()
    local w = tensor.generator(3):rand { 100 }
    local row = compare.tensors({ w = w:to "f16" }, { w = w })[1]
    assert.equal("differs", row.state)
    assert.is_true(row.error > 0 and row.error < 1e-3)
    local other = tensor.generator(4):rand { 100 }
    assert.is_true(compare.tensors({ w = other }, { w = w })[1].error > 0.1)
  end)

  it("says what is in one only, and what has another shape", function()
    local rows = by_name(compare.tensors({ a = tensor.ones { 2 }, c = tensor.ones { 3 } },
      { b = tensor.zeros { 4 }, c = tensor.ones { 5 } }))
    assert.same({ "only in a", "only in b", "other shape" },
      { rows.a.state, rows.b.state, rows.c.state })
  end)

  it("gives the share of numbers that both hold", function()
    local a = { x = tensor.from { 1, 2, 3 }, y = tensor.from { 5 } }
    assert.equal(0.75, compare.share(a, { z = tensor.from { 3, 1, 2 } }))
    assert.equal(0, compare.share({}, a))
  end)

  it("leaves counters out", function()
    local floats = compare.floats { w = tensor.ones { 1 }, n = tensor.ones({ 1 }, "i64") }
    assert.is_truthy(floats.w)
    assert.is_nil(floats.n)
  end)
end)

describe("comparing two runs", function()
  it("marks the first layer beyond the tolerance", function()
    local one = tensor.from { { 1, 1 } }
    local rows, first = compare.layers({ "a", "b", "c" },
      { a = one, b = one * 1.001, c = one * 2 }, { a = one, b = one, c = one }, 1e-5)
    assert.equal(2, first)
    assert.near(1e-3, rows[2].error, 1e-6)
    assert.near(1, rows[3].max, 1e-7)
    rows, first = compare.layers({ "a" }, { a = one }, { a = tensor.ones { 1, 3 } }, 1)
    assert.same({ 1 }, { first, rows[1].error })
    assert.is_nil(select(2, compare.layers({ "a" }, { a = one }, { a = one }, 0)))
  end)
end)
