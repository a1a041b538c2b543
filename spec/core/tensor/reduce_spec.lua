local golden = require "spec.support.golden"
local tensor = require "visage.tensor"

local numpy = assert(tensor.load(golden.path "tensor.npz"))

describe("reductions", function()
  local x = numpy["reduce/x"]
  local calls = {
    sum = function(t, axis) return t:sum(axis) end,
    mean = function(t, axis) return t:mean(axis) end,
    var = function(t, axis) return t:var(axis) end,
    var1 = function(t, axis) return t:var(axis, false, 1) end,
    norm = function(t, axis) return t:norm(2, axis) end,
    norm1 = function(t, axis) return t:norm(1, axis) end,
    norm3 = function(t, axis) return t:norm(3, axis) end,
  }

  for name, reduce in pairs(calls) do
    it("equal numpy's " .. name .. " along each axis", function()
      for axis = 1, 3 do
        local wanted = numpy[("reduce/%s.%d"):format(name, axis)]
        -- f32 results of a sum in f64: half a unit in the last place of 4.
        assert.tensor(reduce(x, axis)).near(wanted, 2.4e-7)
        assert.tensor(reduce(x:to("f64"), axis)).near(wanted, 1e-14)
        local strided = x:permute({ 3, 1, 2 }):contiguous():permute({ 2, 3, 1 })
        assert.tensor(reduce(strided:to("f64"), axis)).near(wanted, 1e-14)
      end
    end)
  end

  it("keep the axis on request", function()
    assert.same({ 3, 1, 5 }, x:sum(2, true):shape())
    assert.same({ 3, 5 }, x:sum(2):shape())
    assert.tensor(x:mean(2, true):squeeze(2)).near(x:mean(2), 0)
  end)

  it("over one axis after another give the total", function()
    local total = x:sum()
    assert.equal("float", math.type(total))
    local wide = x:to("f64")
    for _, order in ipairs { { 3, 2, 1 }, { 1, 1, 1 }, { 2, 2, 1 } } do
      local y = wide
      for _, axis in ipairs(order) do y = y:sum(axis) end
      assert.near(total, y:item(), 1e-13)
    end
    assert.near(total / 60, x:mean(), 1e-15)
    assert.near(x:permute({ 3, 1, 2 }):sum(), total, 1e-13)
  end)

  it("sum floats in f64", function()
    -- In f32 the ones would vanish beside 2^24.
    local y = tensor.full({ 1001 }, 1)
    y[1] = 2 ^ 24
    assert.equal(2 ^ 24 + 1000, y:sum())
    assert.equal(2 ^ 24 + 1000, y:reshape({ 1001, 1 }):expand({ 1001, 3 }):sum(1)[2])
  end)

  it("sum integers exactly in i64", function()
    local y = tensor.full({ 1000 }, 255, "u8")
    assert.equal(255000, y:sum())
    assert.equal("integer", math.type(y:sum()))
    assert.equal("i64", y:reshape({ 10, 100 }):sum(1):dtype())
    assert.equal("f32", y:reshape({ 10, 100 }):mean(1):dtype())
    assert.equal(255, y:mean())
    assert.equal(9007199254740993, tensor.from({ 9007199254740992, 1 }, "i64"):sum())
    assert.tensor(tensor.arange(1, 6, 1, "i32"):reshape({ 2, 3 }):transpose(1, 2):sum(1))
      .near({ 6, 15 }, 0)
  end)

  it("pass NaN on, and follow numpy on empty axes", function()
    local y = tensor.from { { 1, 0 / 0 }, { 2, 3 } }
    local sum = y:sum(2)
    assert.is_true(sum[1] ~= sum[1])
    assert.equal(5, sum[2])
    assert.same({ 0, 0 }, tensor.zeros({ 0, 2 }):sum(1):totable())
    local mean = tensor.zeros({ 0 }):mean()
    assert.is_true(mean ~= mean)
    assert.same({}, tensor.zeros({ 0, 2 }):sum(2):totable())
  end)

  it("take many outputs and long axes through every block", function()
    local g = tensor.generator(3)
    local y = g:rand({ 700, 601 }, "f64") -- more than two blocks each way
    local down, across = y:sum(1), y:transpose(1, 2):contiguous():sum(2)
    assert.tensor(down).near(across, 1e-11)
    assert.near(y:sum(), down:sum(), 1e-8)
    local mean = y:mean(1, true)
    assert.tensor(y:var(1)).near(((y - mean) ^ 2):mean(1), 1e-14)
  end)

  it("find the greatest magnitude as the infinite norm", function()
    assert.equal(7, tensor.from({ 3, -7, 2 }):norm(math.huge))
    assert.equal(5, tensor.from({ 3, -4 }):norm())
    assert.error_matches(function() x:norm(0) end, "norm: p is 0, wants more than 0")
  end)

  it("refuse axes that are not there", function()
    assert.error_matches(function() tensor.zeros({ 2, 3 }):sum(5) end,
      "sum: axis 5, tensor has 2 axes %(1%.%.2%)")
    assert.error_matches(function() tensor.zeros({ 2, 3 }):var(0) end,
      "var: axis 0, tensor has 2 axes %(1%.%.2%)")
  end)
end)
