local golden = require "spec.support.golden"
local tensor = require "visage.tensor"

local numpy = assert(tensor.load(golden.path "tensor.npz"))

describe("matmul", function()
  it("multiplies by hand-checked numbers", function()
    local a = tensor.from { { 1, 2, 3 }, { 4, 5, 6 } }
    local b = tensor.from { { 1, 0 }, { 0, 1 }, { 1, 1 } }
    assert.same({ { 4, 5 }, { 10, 11 } }, a:matmul(b):totable())
    assert.equal("f32", a:matmul(b):dtype())
    assert.equal("f64", a:matmul(b:to("f64")):dtype())
  end)

  it("equals numpy on broadcast leading axes", function()
    local a, b, wanted = numpy["matmul/a"], numpy["matmul/b"], numpy["matmul/out"]
    assert.tensor(a:matmul(b)).near(wanted, 1e-14)
    assert.tensor(a:to("f32"):matmul(b:to("f32"))).near(wanted, 1e-6)
  end)

  it("reads transposed, stepped, repeated and narrow matrices", function()
    local g = tensor.generator(2)
    local a, b = g:rand({ 8, 6 }, "f64"), g:rand({ 6, 10 }, "f64")
    local function check(x, y)
      assert.tensor(x:matmul(y)).near((x:unsqueeze(3) * y:unsqueeze(1)):sum(2), 1e-13)
    end
    check(a, b)
    check(b:transpose(1, 2), a:transpose(1, 2))
    check(a:narrow(1, 1, 4, 2), b:narrow(2, 2, 3, 3))
    check(a:narrow(2, 2, 1), b:narrow(1, 3, 1))
    check(a:narrow(1, 2, 1), b:narrow(2, 5, 1))
    check(a[1]:expand({ 5, 6 }), b)
    check(a, b:transpose(1, 2)[1]:expand({ 3, 6 }):transpose(1, 2))
  end)

  it("leaves zeros where the inner size is zero", function()
    assert.same({ { 0, 0 } }, tensor.zeros({ 1, 0 }):matmul(tensor.zeros({ 0, 2 })):totable())
    assert.same({ 0, 2 }, tensor.zeros({ 0, 3 }):matmul(tensor.zeros({ 3, 2 })):shape())
  end)

  it("refuses shapes and dtypes with their names", function()
    local a = tensor.zeros { 2, 3 }
    assert.error_matches(function() a:matmul(a) end,
      "matmul: shapes %(2,3%) and %(2,3%), wants %(...,m,k%) and %(...,k,n%)")
    assert.error_matches(function() a:matmul(tensor.zeros { 3 }) end, "%(2,3%) and %(3,%)")
    assert.error_matches(function() a:to("u8"):matmul(a) end,
      "matmul: dtypes u8 and f32, wants f32 or f64")
    assert.error_matches(function()
      tensor.zeros({ 2, 2, 3 }):matmul(tensor.zeros { 3, 3, 1 })
    end, "matmul: shapes %(2,%) and %(3,%) do not broadcast")
  end)
end)

describe("dot", function()
  it("sums in f64", function()
    local x = tensor.ones { 1001 }
    x[1] = 2 ^ 24
    assert.equal(2 ^ 24 + 1000, x:dot(tensor.ones { 1001 }))
    assert.equal(11, tensor.from({ 1, 2 }):dot(tensor.from({ 3, 4 }, "f64")))
    local pairs_ = tensor.from { { 1, 2 }, { 3, 4 } }
    assert.equal(1 * 3 + 2 * 4, pairs_[1]:dot(pairs_[2]))
    assert.equal(1 * 2 + 3 * 4, pairs_:select(2, 1):dot(pairs_:select(2, 2)))
    assert.error_matches(function() x:dot(tensor.ones { 2 }) end,
      "dot: shapes %(1001,%) and %(2,%)")
  end)
end)

describe("svd", function()
  for _, name in ipairs { "tall", "wide" } do
    for dtype, tolerance in pairs { f64 = 1e-14, f32 = 1e-6 } do
      it(("of a %s %s matrix has numpy's singular values"):format(name, dtype), function()
        local a = numpy["svd/" .. name]:to(dtype)
        local u, s, vt = tensor.svd(a)
        assert.tensor(s).near(numpy["svd/" .. name .. ".s"], tolerance)
        assert.tensor((u * s):matmul(vt)).near(a, tolerance)
        local eye = tensor.zeros { 3, 3 }
        for i = 1, 3 do eye[i][i] = 1 end
        assert.tensor(u:transpose(1, 2):matmul(u)).near(eye, tolerance)
        assert.tensor(vt:matmul(vt:transpose(1, 2))).near(eye, tolerance)
      end)
    end
  end

  it("leaves its argument alone and reads views", function()
    local a = numpy["svd/tall"]
    local before = a:totable()
    local _, s = tensor.svd(a:transpose(1, 2))
    assert.tensor(s).near(numpy["svd/tall.s"], 1e-14)
    assert.same(before, a:totable())
  end)

  it("refuses what is no finite float matrix", function()
    assert.error_matches(function() tensor.svd(tensor.zeros { 3 }) end,
      "svd: shape %(3,%), wants a matrix")
    assert.error_matches(function() tensor.svd(tensor.zeros { 0, 3 }) end, "svd: shape %(0,3%)")
    assert.error_matches(function() tensor.svd(tensor.zeros({ 2, 2 }, "u8")) end, "svd: dtype u8")
    assert.error_matches(function() tensor.svd(tensor.from { { 1, 2 }, { 3, 0 / 0 } }) end,
      "svd: element %(2,2%) is not finite")
    assert.error_matches(function() tensor.svd(tensor.zeros({ 1, 1 }):expand { 24000, 24000 }) end,
      "svd: shape %(24000,24000%), at most 23000 possible")
  end)
end)

describe("eigh", function()
  it("has numpy's eigenvalues, rising, and vectors in columns", function()
    for dtype, tolerance in pairs { f64 = 1e-14, f32 = 1e-6 } do
      local a = numpy["eigh/a"]:to(dtype)
      local values, vectors = tensor.eigh(a)
      assert.tensor(values).near(numpy["eigh/values"], tolerance)
      assert.tensor(a:matmul(vectors)).near(vectors * values, tolerance)
    end
  end)

  it("reads the lower triangle", function()
    -- [[2, 1], [1, 2]] has the eigenvalues 1 and 3.
    local values = tensor.eigh(tensor.from({ { 2, 99 }, { 1, 2 } }, "f64"))
    assert.tensor(values).near({ 1, 3 }, 1e-15)
    assert.error_matches(function() tensor.eigh(tensor.zeros { 2, 3 }) end,
      "eigh: shape %(2,3%), wants a square matrix")
  end)
end)
