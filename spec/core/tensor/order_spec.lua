local golden = require "spec.support.golden"
local tensor = require "visage.tensor"

local numpy = assert(tensor.load(golden.path "tensor.npz"))

-- Numbers as text, so that NaN equals NaN; -0 and 0 are told apart.
local function texts(t)
  local list = {}
  for i, x in ipairs(t:reshape({ -1 }):totable()) do
    list[i] = x ~= x and "nan" or ("%.17g"):format(x)
  end
  return list
end

describe("order along an axis", function()
  local x = numpy["order/x"]

  it("sorts as numpy's stable sort does, NaN last", function()
    for axis = 1, 2 do
      local values, indices = x:sort(axis)
      assert.same(texts(numpy["order/sort." .. axis]), texts(values))
      assert.same(numpy["order/argsort." .. axis]:totable(), indices:totable())
      assert.equal("i64", indices:dtype())
      assert.equal("f32", values:dtype())
    end
  end)

  it("finds NaN as max and as argmin, as numpy does", function()
    for axis = 1, 2 do
      assert.same(texts(numpy["order/max." .. axis]), texts(x:max(axis)))
      assert.same(numpy["order/argmin." .. axis]:totable(), x:argmin(axis):totable())
    end
    assert.equal(9, x:argmax())
    assert.equal(9, x:argmin())
  end)

  it("equals numpy on numbers: max, min and their positions", function()
    local y = numpy["reduce/x"]
    for axis = 1, 3 do
      for _, name in ipairs { "max", "min", "argmax", "argmin" } do
        local wanted = numpy[("reduce/%s.%d"):format(name, axis)]
        assert.tensor(y[name](y, axis)).near(wanted, 0)
        assert.tensor(y[name](y, axis, true)).near(wanted:unsqueeze(axis), 0)
      end
    end
  end)

  it("sorts descending with equals in their order and NaN first", function()
    local values, indices = tensor.from({ 2, 5, 0 / 0, 2, 5 }):sort(1, true)
    assert.same({ "nan", "5", "5", "2", "2" }, texts(values))
    assert.same({ 3, 2, 5, 1, 4 }, indices:totable())
  end)

  it("orders whole numbers that a double cannot tell apart", function()
    local big = 9007199254740992
    local y = tensor.from({ big + 1, big, big + 2, -big - 1, -big }, "i64")
    assert.same({ -big - 1, -big, big, big + 1, big + 2 }, (y:sort(1)):totable())
    assert.equal(big + 2, y:max())
    assert.equal(4, y:argmin())
    assert.same({ 200, 3 }, (tensor.from({ 3, 200 }, "u8"):sort(1, true)):totable())
  end)

  it("takes the k greatest, the first of equals first, however many", function()
    local values, indices = tensor.from({ 3, 1, 3, 2, 3 }):topk(2, 1)
    assert.same({ 3, 3 }, values:totable())
    assert.same({ 1, 3 }, indices:totable())
    local g = tensor.generator(11)
    local y = (g:rand({ 3, 1000 }) * 100):to("i32") -- with ties
    local sorted, order = y:sort(2, true)
    for _, k in ipairs { 1, 2, 64, 65, 1000 } do
      local top, where = y:topk(k, 2)
      assert.tensor(top).near(sorted:narrow(2, 1, k), 0)
      assert.tensor(where).near(order:narrow(2, 1, k), 0)
    end
    assert.same({ 3, 0 }, (y:topk(0, 2)):shape())
  end)

  it("gives what sorting in Lua gives", function()
    local y = tensor.generator(12):randn({ 777 })
    local list = y:totable()
    table.sort(list)
    assert.same(list, (y:sort(1)):totable())
  end)

  it("refuses empty axes and too many", function()
    assert.error_matches(function() tensor.zeros({ 0, 2 }):max(1) end, "max: axis 1 is empty")
    assert.error_matches(function() tensor.zeros({ 0 }):argmin() end, "argmin: axis 1 is empty")
    assert.error_matches(function() x:topk(7, 2) end, "topk: 7 wanted, axis 2 has 6")
    assert.error_matches(function() x:topk(-1, 2) end, "topk: %-1 wanted, axis 2 has 6")
    assert.error_matches(function() x:sort(3) end, "sort: axis 3, tensor has 2 axes")
    assert.same({ 0, 2 }, (tensor.zeros({ 0, 2 }):sort(1)):shape())
    assert.same({ 0 }, tensor.zeros({ 0, 2 }):max(2):shape())
  end)
end)
