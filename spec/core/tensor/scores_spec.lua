local core = require "visage.core.scores"
local tensor = require "visage.tensor"

local NAN = 0 / 0

describe("core.scores", function()
  it("sorts as tensors do, without NaN, in f32 and f64", function()
    local x = tensor.generator(1):rand({ 5000 }, "f64") - 0.5
    x[7], x[8], x[9], x[10], x[11] = NAN, 1 / 0, -1 / 0, -0.0, NAN
    for _, dtype in ipairs { "f32", "f64", "f16" } do
      local t = x:to(dtype)
      local sorted, failures = core.sort(t)
      assert.equal(2, failures)
      assert.equal(dtype == "f32" and "f32" or "f64", sorted:dtype())
      assert.tensor(sorted).near(t:sort(1):narrow(1, 1, 4998):to(sorted:dtype()), 0)
    end
    assert.equal(0, #core.sort(tensor.zeros { 0 }))
    assert.equal(1, select(2, core.sort(tensor.from { NAN })))
  end)

  it("walks down both lists, ties at once", function()
    local t, fp, tp = core.curve(tensor.from({ 2, 3, 3 }, "f64"), tensor.from { 1, 2 })
    assert.same({ { math.huge, 3, 2, 1 }, { 0, 0, 1, 2 }, { 0, 2, 3, 3 } },
      { t:totable(), fp:totable(), tp:totable() })
  end)

  it("leaves out what lies inside lines, or below the hull", function()
    -- Falling: G G I I G(=4) I: corners (0,0) (0,2) (2,2) (2,3) (3,3).
    local g, i = tensor.from { 4, 7, 8 }, tensor.from { 3, 5, 6 }
    local t, fp, tp = core.curve(g, i, "corners")
    assert.same({ { math.huge, 7, 5, 4, 3 }, { 0, 0, 2, 2, 3 }, { 0, 2, 2, 3, 3 } },
      { t:totable(), fp:totable(), tp:totable() })
    t, fp, tp = core.curve(g, i, "hull")
    assert.same({ { math.huge, 7, 4, 3 }, { 0, 0, 2, 3 }, { 0, 2, 3, 3 } },
      { t:totable(), fp:totable(), tp:totable() })
    assert.same({ math.huge }, core.curve(tensor.zeros { 0 }, tensor.zeros { 0 }, "hull"):totable())
  end)

  it("keeps corners within few points however many scores there are", function()
    local x = core.sort(tensor.generator(2):rand { 20000 })
    local few = core.sort(tensor.generator(3):rand { 10 })
    for _, pair in ipairs { { few, x }, { x, few } } do
      local all = { core.curve(pair[1], pair[2], "all") }
      local corners = { core.curve(pair[1], pair[2], "corners") }
      assert.is_true(#corners[1] <= 22)
      assert.equal(all[2][#all[2]], corners[2][#corners[2]])
      assert.equal(all[3][#all[3]], corners[3][#corners[3]])
    end
  end)

  it("splits by a mask, whatever the strides", function()
    local scores = tensor.from { { 1, 2, 3 }, { 4, 5, 6 } }
    local mask = tensor.from({ { 1, 0, 2 }, { 0, 255, 1 } }, "u8")
    local genuine, impostor = core.split(scores, mask)
    assert.same({ { 1, 6 }, { 2, 4 } }, { genuine:totable(), impostor:totable() })
    genuine, impostor = core.split(scores:transpose(1, 2), mask:transpose(1, 2))
    assert.same({ { 1, 6 }, { 4, 2 } }, { genuine:totable(), impostor:totable() })
    assert.has_error(function() core.split(scores, tensor.zeros { 2, 3 }) end,
      "split: a mask is u8 of the shape of the scores")
  end)

  it("bins by uneven edges, on one thread and on several", function()
    local edges = tensor.from({ 0, 0.1, 0.11, 0.5, 1 }, "f64")
    local counts = tensor.zeros({ 6 }, "i64")
    local x = { -1 / 0, -1e-9, 0, 0.0999, 0.1, 0.105, 0.11, 0.4999, 0.5, 1, 7, 1 / 0, NAN }
    assert.equal(1, core.bin(counts, edges, tensor.from(x, "f64")))
    assert.same({ 2, 2, 2, 2, 1, 3 }, counts:totable())
    local many = tensor.generator(4):rand { 200000 }
    counts:fill(0)
    core.bin(counts, edges, many)
    local wanted, before = { 0 }, 0
    for k, edge in ipairs { 0.1, 0.11, 0.5, 1 } do
      local below = many:to("f64"):lt(edge):sum()
      wanted[k + 1], before = below - before, below
    end
    wanted[6] = 0
    assert.same(wanted, counts:totable())
  end)

  it("says what edges and counts are to be", function()
    local counts, x = tensor.zeros({ 3 }, "i64"), tensor.from { 1 }
    assert.has_error(function() core.bin(counts, tensor.from({ 1, 1 }, "f64"), x) end,
      "bin: edge 2 is 1, wants rising")
    assert.has_error(function() core.bin(counts, tensor.from({ 1 }, "f64"), x) end,
      "bin: edges are f64 on one axis, 2 or more")
    assert.has_error(function() core.bin(x, tensor.from({ 1, 2 }, "f64"), x) end,
      "bin: counts are i64, one more than edges")
  end)

  it("repeats scores as often as their subjects were drawn", function()
    local function ids(list) return tensor.from(list, "i64") end
    local x = tensor.from { 0.1, 0.2, 0.3, 0.4 }
    -- Drawn: subject 1 twice, 2 once, 3 never.
    local out = core.multiply(x, ids { 1, 1, 2, 3 }, ids { 1, 2, 2, 1 }, ids { 2, 1, 0 })
    assert.tensor(out).near(tensor.from { 0.1, 0.1, 0.2, 0.2, 0.3 }, 0)
    assert.has_error(function()
      core.multiply(x, ids { 1, 1, 2, 4 }, ids { 1, 2, 2, 1 }, ids { 2, 1, 0 })
    end, "repeat: 4 at place 4, of 0..3")
    assert.has_error(function()
      core.multiply(x, ids { 1, 1, 2, 0 }, ids { 1, 2, 2, 1 }, ids { 2, 1, 0 })
    end, "repeat: subjects count from 1")
    assert.has_error(function()
      core.multiply(x, ids { 1 }, ids { 1, 2, 2, 1 }, ids { 2, 1, 0 })
    end, "repeat: wants 4 of i64 on one axis")
  end)

  it("takes the dot products of listed pairs of rows", function()
    local function ids(list) return tensor.from(list, "i64") end
    local rows = tensor.from({ { 1, 2 }, { 3, -4 }, { NAN, 0 } }, "f64")
    local out = core.dots(rows, ids { 1, 2, 1, 3 }, ids { 2, 2, 1, 1 })
    assert.equal("f64", out:dtype())
    assert.same({ -5, 25, 5 }, out:narrow(1, 1, 3):totable())
    assert.is_true(out[4] ~= out[4])
    assert.equal(0, #core.dots(rows, ids {}, ids {}))
    -- Products of f32 are summed in double; strides do not matter.
    local many = tensor.generator(5):rand { 300, 7 }
    local first, second = {}, {}
    for p = 1, 2000 do first[p], second[p] = p % 300 + 1, (p * 7) % 300 + 1 end
    local all = many:to "f64":matmul(many:to "f64":transpose(1, 2))
    for _, given in ipairs { many, many:transpose(1, 2):contiguous():transpose(1, 2) } do
      local dots = core.dots(given, ids(first), ids(second))
      for p = 1, 2000, 37 do
        assert.is_true(math.abs(dots[p] - all:get(first[p], second[p])) < 1e-13)
      end
    end
  end)

  it("says which rows there are", function()
    local function ids(list) return tensor.from(list, "i64") end
    local rows = tensor.zeros { 2, 3 }
    assert.has_error(function() core.dots(rows, ids { 1, 3 }, ids { 1, 1 }) end,
      "pairs: row 3 at place 2, of 1..2")
    assert.has_error(function() core.dots(rows, ids { 1 }, ids { 0 }) end,
      "pairs: row 0 at place 1, of 1..2")
    assert.has_error(function() core.dots(rows, ids { 1, 1 }, ids { 1 }) end,
      "pairs: wants 2 of i64 on one axis")
    assert.has_error(function() core.dots(rows[1], ids { 1 }, ids { 1 }) end,
      "pairs: rows are f32 or f64 on two axes")
  end)
end)
