local golden = require "spec.support.golden"
local tensor = require "visage.tensor"

local numpy = assert(tensor.load(golden.path "tensor.npz"))

local operators = {
  add = function(a, b) return a + b end,
  sub = function(a, b) return a - b end,
  mul = function(a, b) return a * b end,
  div = function(a, b) return a / b end,
  pow = function(a, b) return a ^ b end,
  maximum = tensor.maximum,
  minimum = tensor.minimum,
}
for _, name in ipairs { "eq", "ne", "lt", "le", "gt", "ge" } do
  operators[name] = function(a, b) return a[name](a, b) end
end

describe("elementwise arithmetic", function()
  local a, b = numpy["broadcast/a"], numpy["broadcast/b"]

  for name, operate in pairs(operators) do
    if name ~= "pow" then
      it("equals numpy's " .. name .. " with broadcasting, to the bit", function()
        assert.tensor(operate(a, b)).near(numpy["broadcast/" .. name], 0)
      end)
    end

    it("is the same broadcast and expanded: " .. name, function()
      local wide_a, wide_b = a:expand { 3, 4, 5 }, b:expand { 3, 4, 5 }
      local x = name == "pow" and a:abs() or a
      wide_a = name == "pow" and wide_a:abs() or wide_a:contiguous()
      assert.tensor(operate(x, b)).near(operate(wide_a, wide_b:contiguous()), 0)
    end)
  end

  it("raises to powers in f32 within two units in the last place", function()
    -- Values reach 4; f32's spacing there is 4.8e-7.
    assert.tensor(a:abs() ^ b).near(numpy["broadcast/pow"], 1e-6)
    assert.tensor(a:abs():to("f64") ^ b:to("f64")).near(numpy["broadcast/pow"], 1e-14)
    assert.same({ 4, 9 }, (tensor.from { 2, -3 } ^ 2):totable())
  end)

  it("reads every layout: rows, columns, repeats, steps", function()
    local g = tensor.generator(1)
    local x, y = g:rand({ 40, 30 }), g:rand({ 30, 40 })
    local sum = x + y:transpose(1, 2)
    for _, at in ipairs { { 1, 1 }, { 40, 30 }, { 7, 23 } } do
      local wanted = tensor.from({ x:get(at[1], at[2]) + y:get(at[2], at[1]) })
      assert.equal(wanted[1], sum:get(at[1], at[2]))
    end
    local even = x:narrow(2, 2, 15, 2)
    assert.tensor(even + even).near(even * 2, 0)
    assert.tensor(1 - even).near(-(even - 1), 0)
  end)

  it("crosses the blocks in which other dtypes are converted", function()
    local n = 2000 -- more than three blocks
    local x = tensor.arange(1, n, 1, "i32")
    assert.tensor(x:to("f16") + x:to("f16")).near((x * 2):to("f16"), 0)
    assert.tensor(x + x:to("f64") / 2).near(tensor.arange(1, n, 1, "f64") * 1.5, 0)
    assert.tensor(tensor.from({ 7 }, "i32"):expand({ n }) + x).near(x + 7, 0)
  end)

  it("promotes as doc/tensor.md says", function()
    local function dtype(p, q)
      return (tensor.ones({ 1 }, p) + tensor.ones({ 1 }, q)):dtype()
    end
    assert.equal("f32", dtype("bf16", "f16"))
    assert.equal("f16", dtype("i64", "f16"))
    assert.equal("bf16", dtype("u8", "bf16"))
    assert.equal("i64", dtype("i64", "i32"))
    assert.equal("f64", dtype("f32", "f64"))
    assert.equal("f32", (tensor.ones({ 1 }, "u8") / tensor.ones({ 1 }, "u8")):dtype())
    assert.equal("f32", tensor.ones({ 1 }, "i64"):sqrt():dtype())
    assert.equal("f64", tensor.ones({ 1 }, "f64"):exp():dtype())
    assert.equal("i32", (-tensor.ones({ 1 }, "i32")):dtype())
  end)

  it("lets a number change no float's dtype, and checks it against integers", function()
    assert.equal("f16", (tensor.ones({ 1 }, "f16") * 1e-3):dtype())
    local u = tensor.from({ 1, 200 }, "u8")
    assert.equal("u8", (u + 100):dtype())
    assert.equal("f32", (u * 0.5):dtype())
    assert.error_matches(function() return u + 300 end, "add: 300 does not fit u8")
    assert.error_matches(function() return -1 - u end, "sub: %-1 does not fit u8")
    assert.same({ 0, 0 }, u:gt(300):totable())
    assert.same({ 0, 1 }, u:gt(1.5):totable())
    assert.same({ 1, 1 }, u:ge(-1):totable())
  end)

  it("wraps integers as numpy does", function()
    local u, i = numpy["integer/u"], numpy["integer/i"]
    assert.same(numpy["integer/u+u"]:totable(), (u + u):totable())
    assert.same(numpy["integer/u-1"]:totable(), (u - 1):totable())
    assert.same(numpy["integer/i*i"]:totable(), (i * i):totable())
    assert.same(numpy["integer/-i"]:totable(), (-i):totable())
    assert.same(numpy["integer/u+i"]:totable(), (u + i):totable())
    assert.same(numpy["integer/i:u8"]:totable(), i:to("u8"):totable())
    local big = tensor.from({ math.maxinteger, math.mininteger }, "i64")
    assert.same({ math.mininteger, math.mininteger + 1 }, (big + 1):totable())
    assert.same({ math.maxinteger, math.mininteger }, big:abs():totable())
  end)

  it("compares i32 with floats exactly", function()
    local x = tensor.from({ 16777217 }, "i32")
    assert.same({ 0 }, x:eq(tensor.from { 16777216 }):totable())
  end)

  it("gives NaN from maximum and minimum where either is", function()
    local nan = 0 / 0
    local x, y = tensor.from { nan, 1, 1 }, tensor.from { 1, nan, 2 }
    for _, z in ipairs { tensor.maximum(x, y), tensor.minimum(x, y) } do
      assert.is_true(z[1] ~= z[1] and z[2] ~= z[2] and z[3] == z[3])
    end
    local clamped = x:clamp(0, 0.5)
    assert.is_true(clamped[1] ~= clamped[1])
    assert.equal(0.5, clamped[2])
  end)

  it("computes exp, log, sqrt, abs and clamp", function()
    local x = tensor.from({ 0, 1, 4 }, "f64")
    assert.tensor(x:exp()).near({ 1, math.exp(1), math.exp(4) }, 1e-14)
    assert.tensor(x:log()).near({ -math.huge, 0, math.log(4) }, 1e-15)
    assert.tensor(x:sqrt()).near({ 0, 1, 2 }, 0)
    assert.tensor((-x):abs()).near(x, 0)
    assert.same({ 1, 1, 3 }, x:clamp(1, 3):totable())
    assert.same({ 0, 1, 1 }, x:to("i32"):clamp(nil, 1):totable())
    assert.tensor(tensor.arange(1, 6):reshape({ 2, 3 }):transpose(1, 2):sqrt())
      .near({ { 1, 2 }, { 2 ^ 0.5, 5 ^ 0.5 }, { 3 ^ 0.5, 6 ^ 0.5 } }, 1e-6)
  end)

  it("refuses what does not fit, with the shapes", function()
    assert.error_matches(function() return tensor.zeros { 2, 3 } + tensor.zeros { 4 } end,
      "add: shapes %(2,3%) and %(4,%) do not broadcast")
    assert.error_matches(function() return tensor.zeros { 2 } + "x" end, "core%.tensor expected")
    assert.error_matches(function() return tensor.zeros { 2 } + {} end, "core%.tensor expected")
  end)

  it("leaves empty tensors empty", function()
    assert.same({ 0, 3 }, (tensor.zeros { 0, 1 } + tensor.zeros { 3 }):shape())
    assert.same({}, tensor.zeros({ 0 }):exp():totable())
  end)
end)
