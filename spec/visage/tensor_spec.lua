local tensor = require "visage.tensor"

describe("visage.tensor", function()
  describe("construction", function()
    it("makes f32 by default and reads nested tables in row-major order", function()
      local x = tensor.from { { 1, 2, 3 }, { 4, 5, 6 } }
      assert.equal("f32", x:dtype())
      assert.same({ 2, 3 }, x:shape())
      assert.equal(6, x:get(2, 3))
      assert.equal(6, x:numel())
      assert.equal(2, #x)
      assert.equal(3, x:size(2))
    end)

    it("includes the last number of arange, as Lua's for does", function()
      assert.same({ 1, 3, 5 }, tensor.arange(1, 5, 2, "i64"):totable())
      assert.same({ 5, 3 }, tensor.arange(5, 2, -2, "i64"):totable())
      assert.same({}, tensor.arange(2, 1):totable())
    end)

    it("keeps whole numbers of i64 that a double cannot hold", function()
      local x = tensor.from({ 9007199254740993 }, "i64")
      assert.equal(9007199254740993, x[1])
    end)

    it("refuses ragged tables, unknown dtypes and impossible shapes", function()
      assert.error_matches(function() tensor.from { { 1 }, { 1, 2 } } end,
        "from: tables on axis 2 differ in length, wants 1")
      assert.error_matches(function() tensor.from { { 1 }, { "a" } } end,
        "from: a string where a number was expected")
      assert.error_matches(function() tensor.zeros({ 1 }, "f8") end, "no dtype is called 'f8'")
      assert.error_matches(function() tensor.zeros { 2 ^ 40, 2 ^ 40 } end, "too large")
      assert.error_matches(function() tensor.zeros { 0, 2 ^ 40, 2 ^ 40 } end, "too large")
    end)
  end)

  describe("elements", function()
    it("reads and writes by brackets: a number on one axis, a view on more", function()
      local x = tensor.zeros { 2, 3 }
      x[1] = 7
      x[2] = tensor.from { 1, 2, 3 }
      x[2][3] = 9
      assert.same({ { 7, 7, 7 }, { 1, 2, 9 } }, x:totable())
      assert.error_matches(function() return x[3] end, "select: index 3, axis 1 has 2")
      assert.error_matches(function() return x[1][0] end, "index 0: axis 1 has 3 elements")
    end)

    it("copies with broadcasting, also within one storage", function()
      local x = tensor.arange(1, 5)
      x:narrow(1, 2, 4):copy(x:narrow(1, 1, 4))
      assert.same({ 1, 1, 2, 3, 4 }, x:totable())
      assert.error_matches(function() x:copy(tensor.zeros { 4 }) end,
        "copy: shape %(4,%) does not expand to %(5,%)")
      assert.error_matches(function() tensor.zeros({ 1 }):expand({ 3 }):fill(1) end,
        "copy: the target is an expanded view")
    end)
  end)

  describe("views", function()
    local x = tensor.arange(1, 24):reshape { 2, 3, 4 }

    it("share storage", function()
      local y = tensor.zeros { 2, 3 }
      y:transpose(1, 2)[3][2] = 5
      assert.equal(5, y:get(2, 3))
    end)

    it("reshape with one open size", function()
      assert.same({ 4, 6 }, x:reshape({ 4, -1 }):shape())
      assert.error_matches(function() x:reshape { 5, -1 } end,
        "reshape: %(2,3,4%) has 24 elements, %(5,%-1%) does not")
    end)

    it("slice by ranges, steps, positions and from the end", function()
      assert.same({ { 13, 16 }, { 21, 24 } },
        x:slice({ -1, { 1, 3, 2 }, { 1, -1, 3 } }):totable())
      assert.error_matches(function() x:slice { 1, 1, 1, 1 } end,
        "slice: 4 entries, tensor has 3 axes")
    end)
  end)
end)
