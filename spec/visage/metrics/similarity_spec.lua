local similarity = require "visage.metrics.similarity"
local tensor = require "visage.tensor"

-- One rounding of a double near 1.
local ULP = 2.3e-16

describe("similarity", function()
  it("is the cosine of the angle between two embeddings", function()
    -- (3, 4) and (4, 3): 24 / 25.
    assert.near(0.96, similarity.cosine(tensor.from { 3, 4 }, tensor.from { 4, 3 }), ULP)
    assert.near(-1, similarity.cosine(tensor.from { 1, 2 }, tensor.from { -2, -4 }), ULP)
  end)

  it("computes in f64 whatever the dtype", function()
    local a, b = tensor.from { 1, 1e-5 }, tensor.from { 1, 0 }
    -- 1 / sqrt(1 + 1e-10), which f32 would round to 1.
    assert.near(1 - 5e-11, similarity.cosine(a, b), 1e-15)
  end)

  it("is the distance of a 3-4-5 triangle", function()
    assert.equal(5, similarity.euclidean(tensor.from { 1, 1 }, tensor.from { 4, 5 }))
  end)

  it("gives every row with every row", function()
    local a = tensor.from { { 3, 4 }, { 1, 0 } }
    local b = tensor.from { { 4, 3 }, { 0, 1 }, { 3, 4 } }
    local c = similarity.cosine_matrix(a, b):totable()
    for i, row in ipairs { { 0.96, 0.8, 1 }, { 0.8, 0, 0.6 } } do
      for j, value in ipairs(row) do assert.near(value, c[i][j], ULP) end
    end
    local d = similarity.euclidean_matrix(a, b):totable()
    assert.near(math.sqrt(2), d[1][1], ULP)
    assert.equal(0, d[1][3])
  end)

  it("compares rows at the same places", function()
    local a = tensor.from { { 3, 4 }, { 0, 2 }, { 0, 0 } }
    local b = tensor.from { { 4, 3 }, { 5, 0 }, { 3, 4 } }
    local c = similarity.cosine_rows(a, b):totable()
    assert.near(0.96, c[1], ULP)
    assert.equal(0, c[2])
    assert.is_true(c[3] ~= c[3], "a row of length zero has no cosine")
    local d = similarity.euclidean_rows(a, b):totable()
    assert.near(math.sqrt(2), d[1], ULP)
    assert.near(math.sqrt(29), d[2], ULP)
    assert.equal(5, d[3])
    assert.has_error(function() similarity.cosine_rows(a, tensor.from { { 1, 2 } }) end,
      "cosine_rows: 3 and 1 embeddings")
  end)

  it("says what does not fit", function()
    assert.has_error(function()
      similarity.cosine(tensor.from { 1, 2 }, tensor.from { 1, 2, 3 })
    end, "cosine: embeddings of 2 and 3 numbers")
    assert.has_error(function()
      similarity.cosine(tensor.from { 0, 0 }, tensor.from { 1, 2 })
    end, "cosine: an embedding has length zero")
    assert.has_error(function()
      similarity.euclidean(tensor.from { { 1 } }, tensor.from { 1 })
    end, "euclidean: the first embedding has 2 axes, wanted 1")
    assert.has_error(function()
      similarity.cosine_matrix(tensor.from { { 0, 0 } }, tensor.from { { 1, 0 } })
    end, "cosine_matrix: an embedding has length zero")
  end)
end)
