local golden = require "spec.support.golden"
local tensor = require "visage.tensor"

local numpy = assert(tensor.load(golden.path "tensor.npz"))

describe("generator", function()
  it("is numpy's Generator(PCG64(seed)).random() to the bit", function()
    local seeds = 0
    for name, wanted in pairs(numpy) do
      local seed = math.tointeger(name:match "^random/(%d+)$")
      if seed then
        seeds = seeds + 1
        assert.same(wanted:totable(), tensor.generator(seed):rand({ 8 }, "f64"):totable())
        local g = tensor.generator(seed)
        for i = 1, 8 do assert.equal(wanted[i], g:uniform()) end
        assert.tensor(tensor.generator(seed):rand { 2, 4 })
          .near(wanted:to("f32"):reshape { 2, 4 }, 0)
      end
    end
    assert.equal(7, seeds)
  end)

  it("draws the same numbers whatever the shape and in one stream", function()
    local g = tensor.generator(5)
    local first, second = g:rand({ 3 }, "f64"), g:rand({ 2000 }, "f64")
    local whole = tensor.generator(5):rand({ 2003 }, "f64")
    assert.same(whole:totable(), tensor.cat({ first, second }, 1):totable())
  end)

  it("makes normal numbers by Box-Muller on that stream", function()
    local u = tensor.generator(9):rand({ 4 }, "f64")
    local r = math.sqrt(-2 * math.log(1 - u[1]))
    local z = tensor.generator(9):randn({ 3 }, "f64")
    assert.equal(r * math.cos(2 * math.pi * u[2]), z[1])
    assert.equal(r * math.sin(2 * math.pi * u[2]), z[2])
    local many = tensor.generator(10):randn({ 100000 }, "f64")
    -- Four standard errors of mean, variance and fourth moment.
    assert.near(0, many:mean(), 4 / math.sqrt(1e5))
    assert.near(1, many:var(), 4 * math.sqrt(2 / 1e5))
    assert.near(3, (many ^ 4):mean(), 4 * math.sqrt(96 / 1e5))
  end)

  it("draws integers without bias", function()
    local g, counts = tensor.generator(6), { 0, 0, 0, 0, 0, 0 }
    for _ = 1, 60000 do
      local i = g:integer(6)
      counts[i] = counts[i] + 1
    end
    local chi = 0
    for i = 1, 6 do chi = chi + (counts[i] - 10000) ^ 2 / 10000 end
    assert.is_true(chi < 20.5, "chi-square of 5 degrees above its 0.1 % point: " .. chi)
    assert.equal(1, g:integer(1))
    for _ = 1, 100 do
      local i = g:integer(math.maxinteger)
      assert.is_true(i >= 1)
    end
  end)

  it("permutes and shuffles: every order of three comes as often", function()
    local g, counts = tensor.generator(7), {}
    for _ = 1, 6000 do
      local key = table.concat(g:permutation(3))
      counts[key] = (counts[key] or 0) + 1
    end
    for _, key in ipairs { "123", "132", "213", "231", "312", "321" } do
      assert.near(1000, counts[key], 4 * math.sqrt(1000 * 5 / 6))
    end
    local list = { "a", "b", "c" }
    assert.equal(list, g:shuffle(list))
    table.sort(list)
    assert.same({ "a", "b", "c" }, list)
    assert.same({}, g:permutation(0))
  end)

  it("refuses what it cannot do", function()
    assert.error_matches(function() tensor.generator(-1) end, "a seed is 0 or more")
    assert.error_matches(function() tensor.generator(1):integer(0) end, "wants 1 or more")
    assert.error_matches(function() tensor.generator(1):rand({ 2 }, "u8") end,
      "rand: dtype u8, wants a float")
  end)
end)
