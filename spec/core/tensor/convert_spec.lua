local golden = require "spec.support.golden"
local tensor = require "visage.tensor"

-- x in dtype and back, as a Lua number.
local function through(dtype, x)
  return tensor.from({ x }, "f64"):to(dtype):to("f64")[1]
end

describe("conversion between dtypes", function()
  it("rounds f64 to f16 as numpy does", function()
    local given = assert(tensor.load(golden.path "tensor.npz"))
    local x, wanted = given["half/in"]:to("f16"), given["half/out"]
    for i = 1, #wanted do
      assert.equal(wanted[i], x[i])
      assert.equal(1 / wanted[i], 1 / x[i]) -- the sign of zero
    end
  end)

  -- A format with m mantissa bits whose exponents run from least to most: every
  -- finite value is kept, and the middle of two neighbours goes to the even one.
  local function check_all(dtype, m, least, most)
    local values = {}
    for mantissa = 0, 2 ^ m - 1 do
      values[#values + 1] = mantissa * 2.0 ^ (least - m)
    end
    for exponent = least, most do
      for mantissa = 2 ^ m, 2 ^ (m + 1) - 1 do
        values[#values + 1] = mantissa * 2.0 ^ (exponent - m)
      end
    end
    local x = tensor.from(values, "f64")
    assert.tensor(x:to(dtype)).near(x, 0)
    assert.tensor((-x):to(dtype):to("f32")).near(-x, 0)
    local n = 2 ^ m * 2
    local low, high = x:narrow(1, 1, n - 1), x:narrow(1, 2, n - 1)
    local middle = ((low + high) / 2):to(dtype)
    for i = 1, n - 1 do
      -- x[1] is 0, so odd positions have an even mantissa.
      assert.equal(i % 2 == 1 and low[i] or high[i], middle[i])
    end
  end

  it("keeps each finite f16 and rounds halves to even", function()
    check_all("f16", 10, -14, 15)
  end)

  it("keeps finite bf16 values and rounds halves to even", function()
    check_all("bf16", 7, -126, 127)
  end)

  it("rounds bf16 once, not by way of f32", function()
    -- Above the middle of 1 and 1 + 2^-7 by less than f32 can show.
    assert.equal(1 + 2.0 ^ -7, through("bf16", 1 + 2.0 ^ -8 + 2.0 ^ -40))
    assert.equal(1, through("bf16", 1 + 2.0 ^ -8))
    assert.equal(math.huge, through("bf16", 3.4e38))
    assert.equal(2.0 ^ -133, through("bf16", 2.0 ^ -133))
    assert.equal(0, through("bf16", 2.0 ^ -134))
  end)

  it("keeps infinities and NaN in every float", function()
    for _, dtype in ipairs { "f16", "bf16", "f32", "f64" } do
      assert.equal(math.huge, through(dtype, math.huge))
      assert.equal(-math.huge, through(dtype, -math.huge))
      local nan = through(dtype, 0 / 0)
      assert.is_true(nan ~= nan)
      assert.equal(-math.huge, 1 / through(dtype, -0.0))
    end
  end)

  it("cuts fractions off and saturates from float to integer", function()
    local x = tensor.from({ 1.9, -1.9, 300, -5, 0 / 0, 1e30, -1e30 }, "f64")
    assert.same({ 1, 0, 255, 0, 0, 255, 0 }, x:to("u8"):totable())
    assert.same({ 1, -1, 300, -5, 0, 2147483647, -2147483648 }, x:to("i32"):totable())
    assert.same({ 1, -1, 300, -5, 0, math.maxinteger, math.mininteger }, x:to("i64"):totable())
  end)

  it("wraps from integer to integer", function()
    local x = tensor.from({ 300, -1, 2 ^ 32 + 7 }, "i64")
    assert.same({ 44, 255, 7 }, x:to("u8"):totable())
    assert.same({ 300, -1, 7 }, x:to("i32"):totable())
  end)

  it("follows strides", function()
    local x = tensor.arange(1, 6):reshape({ 2, 3 }):transpose(1, 2)
    for _, dtype in ipairs { "u8", "i32", "i64", "bf16", "f16", "f32", "f64" } do
      assert.tensor(x:to(dtype)).near({ { 1, 4 }, { 2, 5 }, { 3, 6 } }, 0)
      assert.tensor(x:to(dtype):transpose(1, 2):clone()).near({ { 1, 2, 3 }, { 4, 5, 6 } }, 0)
    end
  end)
end)
