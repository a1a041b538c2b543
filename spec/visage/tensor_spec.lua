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
      assert.error_matches(function() return x[4] end, "index 4: axis 1 has 2 elements")
      assert.error_matches(function() x[3] = 1 end, "index 3: axis 1 has 2 elements")
      assert.equal(9, x[2.0][3.0])
      assert.error_matches(function() return x[1.5] end, "no integer representation")
      assert.error_matches(function() return x[math.mininteger] end, "axis 1 has 2 elements")
      assert.error_matches(function() x[math.mininteger] = 1 end, "axis 1 has 2 elements")
      assert.error_matches(function() return x:get(1, 2, 3) end,
        "index: 3 positions, tensor has 2 axes")
      assert.error_matches(function() x:set(0, 1) end, "index: 1 positions, tensor has 2 axes")
      assert.error_matches(function() return x[1][0] end, "index 0: axis 1 has 3 elements")
    end)

    it("ends ipairs: one past the last is nil, on rows and on numbers", function()
      local x = tensor.from({ { 1, 2, 3 }, { 4, 5, 6 } }, "i64")
      local seen = {}
      for i, row in ipairs(x) do
        for j, number in ipairs(row) do seen[#seen + 1] = { i, j, number } end
      end
      assert.same({ { 1, 1, 1 }, { 1, 2, 2 }, { 1, 3, 3 }, { 2, 1, 4 }, { 2, 2, 5 }, { 2, 3, 6 } },
        seen)
      assert.is_nil(tensor.zeros({ 0, 3 })[1])
      assert.is_nil(x[3.0])
      assert.error_matches(function() return tensor.from(1)[1] end, "index: axis 1")
      assert.error_matches(function() return x:get(3, 1) end, "index 3: axis 1 has 2 elements")
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

  describe("slice", function()
    it("takes ranges, steps, positions, and counts from the end", function()
      local x = tensor.arange(1, 24):reshape { 2, 3, 4 }
      assert.same({ { 13, 16 }, { 21, 24 } },
        x:slice({ -1, { 1, 3, 2 }, { 1, -1, 3 } }):totable())
      assert.same({ 2, 0, 4 }, x:slice({ {}, { 3, 2 } }):shape())
      assert.same({ 2, 2, 4 }, x:slice({ {}, { -2 } }):shape())
      assert.error_matches(function() x:slice { 1, 1, 1, 1 } end,
        "slice: 4 entries, tensor has 3 axes")
      assert.error_matches(function() x:slice { {}, { 2, 5 } } end,
        "slice: 2 to 5 by 1, axis 2 has 3")
      assert.error_matches(function() x:slice { 0 } end,
        "slice: position 0, axis 1 has 2")
      assert.error_matches(function() x:slice { -3 } end, "slice: position %-3, axis 1 has 2")
      assert.error_matches(function() x:slice { { 1, 2, 0 } } end, "slice: 1 to 2 by 0")
    end)
  end)

  describe("cat, stack and split", function()
    local x = tensor.from { { 1, 2, 3 }, { 4, 5, 6 } }

    it("are each other's inverse", function()
      for axis = 1, 2 do
        for size = 1, 3 do
          assert.tensor(tensor.cat(x:split(size, axis), axis)).near(x, 0)
        end
        local parts = {}
        for i = 1, x:size(axis) do parts[i] = x:select(axis, i) end
        assert.tensor(tensor.stack(parts, axis)).near(x, 0)
      end
      assert.same({ 2, 3, 1 }, tensor.stack({ x }, 3):shape())
      assert.same({ { 3 }, { 6 } }, x:split({ 2, 1 }, 2)[2]:totable())
    end)

    it("join in the dtype that holds all", function()
      local bytes = tensor.ones({ 1, 3 }, "u8")
      assert.equal("f32", tensor.cat({ bytes, x }, 1):dtype())
      assert.equal("u8", tensor.cat({ bytes, bytes }, 1):dtype())
    end)

    it("refuse what does not fit", function()
      assert.error_matches(function() tensor.cat({ x, tensor.zeros { 3, 3 } }, 2) end,
        "cat: shapes %(2,3%) and %(3,3%) differ on an axis other than 2")
      assert.error_matches(function() tensor.cat({ x, tensor.zeros { 2 } }, 2) end,
        "cat: shapes %(2,3%) and %(2,%)")
      assert.error_matches(function() tensor.cat({ x }, 3) end,
        "cat: axis 3, tensor has 2 axes %(1%.%.2%)")
      assert.error_matches(function() tensor.cat({}, 1) end, "cat: no tensors")
      assert.error_matches(function() x:split({ 1, 1 }, 2) end,
        "split: sizes add up to 2, axis 2 has 3")
      assert.error_matches(function() x:split(0) end, "split: size 0, wants 1 or more")
    end)
  end)

  it("names the caller's line where what it is given is wrong", function()
    local x = tensor.zeros { 2, 3 }
    local function wrong(text, f, ...)
      local arguments = table.pack(...)
      local line = debug.getinfo(1, "l").currentline + 2
      local ok, message = pcall(function()
        return (f(table.unpack(arguments, 1, arguments.n)))
      end)
      assert.is_false(ok)
      assert.equal(("tensor_spec.lua:%d: %s"):format(line, text), message:match "[^/]*$")
    end
    wrong("norm: p is -1, wants more than 0", x.norm, x, -1)
    wrong("norm: p is nan, wants more than 0", x.norm, x, math.abs(0 / 0))
    wrong("norm: axis 3, tensor has 2 axes (1..2)", x.norm, x, 2, 3)
    wrong("split: size 1.5, wants 1 or more, or a list of sizes", x.split, x, 1.5)
    wrong("split: size 2 is -1, wants 0 or more", x.split, x, { 3, -1 })
    wrong("slice: entry 1 is a, wants a position or a range", x.slice, x, { "a" })
    wrong("slice: 1.5 to 2 by 1 on axis 1, wants whole numbers", x.slice, x, { { 1.5 } })
    wrong("slice: wants a table with an entry per axis", x.slice, x, 1)
    wrong("cat: a number at place 1, wants tensors", tensor.cat, { 1, 2 }, 1)
    wrong("cat: no tensors", tensor.cat)
    wrong("cat: axis nil, tensor has 2 axes (1..2)", tensor.cat, { x })
    wrong("stack: a string at place 2, wants tensors", tensor.stack, { x, "x" })
    wrong("stack: axis 4, tensor has 3 axes (1..3)", tensor.stack, { x }, 4)
    wrong("stack: shapes (2,3) and (2,) differ", tensor.stack, { x, tensor.zeros { 2 } })
    wrong("clamp: a limit is a string, wants a number or a tensor", x.clamp, x, nil, "1")
  end)

  describe("printing", function()
    it("shows dtype, shape and aligned elements", function()
      assert.equal("tensor f32 (2,2)\n[[ 1. -2.]\n [10.  0.]]",
        tostring(tensor.from { { 1, -2 }, { 10, 0 } }))
      assert.equal("tensor u8 (2,) [7 7]", tostring(tensor.full({ 2 }, 7, "u8")))
      assert.equal("tensor f32 (3,) [0.5000    inf    nan]",
        tostring(tensor.from { 0.5, math.huge, math.abs(0 / 0) }))
      assert.equal("tensor f64 (2,) [1.0000e-09 1.0000e+00]",
        tostring(tensor.from({ 1e-9, 1 }, "f64")))
      assert.equal("tensor i64 () 5", tostring(tensor.from(5, "i64")))
      assert.equal("tensor f32 (0,) []", tostring(tensor.zeros { 0 }))
    end)

    it("shows the edges of a large tensor, wrapping long rows", function()
      assert.equal("tensor i32 (2000,) [   1    2    3 ... 1998 1999 2000]",
        tostring(tensor.arange(1, 2000, 1, "i32")))
      local text = tostring(tensor.zeros { 100, 100 })
      assert.equal(8, select(2, text:gsub("\n", "\n")) + 1)
      for line in tostring(tensor.arange(1, 900)):gmatch "[^\n]+" do
        assert.is_true(#line <= 80)
      end
    end)
  end)

  describe("files", function()
    local system = require "visage.system"
    local path

    before_each(function() path = system.temp_name "/tmp/visage-tensor" end)
    after_each(function() os.remove(path) end)

    it("keep a tensor as .npy and a table as .npz", function()
      local x = tensor.arange(1, 6):reshape({ 2, 3 }):transpose(1, 2)
      assert(tensor.save(path, x))
      assert.tensor(assert(tensor.load(path))).near(x, 0)
      assert(tensor.save(path, { a = x, b = x:to("u8") }))
      local both = assert(tensor.load(path))
      assert.tensor(both.a).near(x, 0)
      assert.equal("u8", both.b:dtype())
    end)

    it("give nil, text and code where they cannot be read", function()
      local x, text, code = tensor.load(path)
      assert.is_nil(x)
      assert.matches(path, text, 1, true)
      assert.equal("IO", code)
    end)
  end)

  it("has each method and function in doc/tensor.md", function()
    local root = require("visage.system").root()
    local doc = assert(require("visage.system").read_file(root .. "/lua/visage/doc/tensor.md"))
    local names = {}
    for name in pairs(tensor) do names[name] = true end
    for name in pairs(require("visage.core.tensor").methods) do names[name] = true end
    for name in pairs(names) do
      assert(doc:find("%f[%w]" .. name .. "%f[^%w_]"), name .. " is not in doc/tensor.md")
    end
  end)
end)
