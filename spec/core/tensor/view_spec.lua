local tensor = require "visage.tensor"

describe("views", function()
  local x

  before_each(function() x = tensor.arange(1, 24):reshape { 2, 3, 4 } end)

  it("share storage: a write through one is seen by all", function()
    x:transpose(1, 3)[4][3][2] = 100
    assert.equal(100, x:get(2, 3, 4))
    x:slice({ {}, { 2, 3 } }):fill(0)
    assert.same({ { 1, 2, 3, 4 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } }, x[1]:totable())
  end)

  it("reshape in row-major order, with one open size", function()
    assert.same({ 4, 6 }, x:reshape({ 4, -1 }):shape())
    assert.same({ 1, 5, 9, 2 }, x[1]:transpose(1, 2):reshape({ -1 }):slice({ { 1, 4 } }):totable())
    assert.error_matches(function() x:reshape { 5, -1 } end,
      "reshape: %(2,3,4%) has 24 elements, %(5,%-1%) does not")
    assert.error_matches(function() x:reshape { 5, 5 } end, "reshape: %(2,3,4%) has 24")
    assert.error_matches(function() x:reshape { -1, -1 } end, "reshape")
    assert.same({ 0, 3 }, tensor.zeros({ 0, 2 }):reshape({ 0, 3 }):shape())
    assert.error_matches(function() tensor.zeros({ 0 }):reshape { 0, 1 << 62, 4 } end, "reshape")
  end)

  it("permute: twice by inverse orders is the identity", function()
    local y = x:permute { 3, 1, 2 }
    assert.same({ 4, 2, 3 }, y:shape())
    assert.equal(x:get(2, 3, 4), y:get(4, 2, 3))
    assert.tensor(y:permute { 2, 3, 1 }).near(x, 0)
    assert.error_matches(function() x:permute { 1, 1, 2 } end, "permute: axis 1 comes twice")
    assert.error_matches(function() x:permute { 1, "x", 2 } end, "an order is a table of axes")
    assert.error_matches(function() x:permute { 1, 2 } end, "permute: 2 axes given, tensor has 3")
    assert.error_matches(function() x:permute { 1, 2, 4 } end,
      "permute: axis 4, tensor has 3 axes %(1%.%.3%)")
  end)

  it("narrow and select inside the axis only", function()
    assert.same({ 3, 4 }, x:select(1, 2):shape())
    assert.same({ { 9, 10, 11, 12 } }, x[1]:narrow(1, 3, 1):totable())
    assert.same({ 2, 0, 4 }, x:narrow(2, 4, 0):shape())
    assert.same({ { 1, 3 }, { 5, 7 }, { 9, 11 } }, x[1]:narrow(2, 1, 2, 2):totable())
    assert.error_matches(function() x:narrow(2, 2, 3) end,
      "narrow: 3 elements from 2 by 1, axis 2 has 3")
    assert.error_matches(function() x:narrow(3, 2, 2, 3) end,
      "narrow: 2 elements from 2 by 3, axis 3 has 4")
    assert.error_matches(function() x:narrow(1, 1, 1, 0) end, "narrow: step 0, wants 1 or more")
    assert.error_matches(function() x:narrow(1, 1, math.maxinteger, 2) end, "axis 1 has 2")
    assert.error_matches(function() x:select(2, 4) end, "select: index 4, axis 2 has 3")
    assert.error_matches(function() x:select(4, 1) end,
      "select: axis 4, tensor has 3 axes %(1%.%.3%)")
  end)

  it("expand axes of one without copying", function()
    local y = tensor.from({ { 1 }, { 2 } }):expand { 3, 2, 2 }
    assert.same({ { 1, 1 }, { 2, 2 } }, y[3]:totable())
    assert.is_false(y:is_contiguous())
    assert.error_matches(function() x:expand { 2, 3 } end, "expand: shape %(2,3,4%) does not")
    assert.error_matches(function() tensor.zeros({ 1, 1 }):expand { 2 ^ 40, 2 ^ 40 } end,
      "expand: shape %(1099511627776,1099511627776%) is too large")
  end)

  it("unsqueeze and squeeze", function()
    assert.same({ 2, 3, 1, 4 }, x:unsqueeze(3):shape())
    assert.same({ 2, 3, 4, 1 }, x:unsqueeze(4):shape())
    assert.tensor(x:unsqueeze(1):squeeze(1)).near(x, 0)
    assert.error_matches(function() x:squeeze(2) end, "squeeze: axis 2 has 3, wants 1")
    assert.error_matches(function() x:unsqueeze(5) end, "unsqueeze: axis 5, tensor has 3 axes")
  end)

  it("know when they are contiguous", function()
    assert.is_true(x:is_contiguous())
    assert.is_true(x[2]:is_contiguous())
    assert.is_true(x:narrow(1, 2, 1):is_contiguous())
    assert.is_false(x:transpose(2, 3):is_contiguous())
    assert.is_true(x:transpose(2, 3):contiguous():is_contiguous())
    assert.tensor(x:transpose(2, 3):contiguous()).near(x:transpose(2, 3), 0)
  end)

  it("are safe after close", function()
    local y = x[1]
    x:close()
    x:close()
    assert.equal(12, y:get(3, 4))
    assert.error_matches(function() x:shape() end, "core%.tensor is closed")
  end)
end)
