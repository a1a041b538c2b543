local networks = require "visage.bench.networks"

describe("visage.bench.networks", function()
  it("draws the same weights from the same seed", function()
    local a, b = networks.build("mobilefacenet", 3), networks.build("mobilefacenet", 3)
    for _, t in ipairs(a:tensors()) do
      assert.equal(0, (a:get(t.node, t.slot) - b:get(t.node, t.slot)):abs():max())
    end
    assert.same({ -1, 3, 112, 112 }, a:nodes()[1].shape)
  end)

  it("keeps numbers from vanishing and growing", function()
    local g, spec = networks.build("mobilefacenet", 1)
    assert.equal("mobilefacenet:casia", spec)
    local net <close> = g:compile { batch = 2 }
    local y = net:run(networks.input(g, 2, 5))
    assert.same({ 2, 128 }, y:shape())
    local size = y:to "f64":norm()
    assert.is_true(size > 1e-3 and size < 1e6, size)
    -- Two inputs are told apart.
    assert.is_true((y[1] - y[2]):norm() > 0.01 * size)
  end)

  it("counts multiply-adds", function()
    local g = networks.build("limit", 1)
    -- 1,024 x 1,024 at 784 places, and the pool has none.
    assert.equal(822083584, networks.multiply_adds(g))
    local net <close> = g:compile { batch = 1 }
    assert.same({ 1, 1024 }, net:run(networks.input(g, 1, 1)):shape())
  end)

  it("names what there is", function()
    assert.same({ nil, "no network 'x' is measured; there are limit, mobilefacenet,"
      .. " resnet50, senet50, tiny, vgg16" }, { networks.build("x", 1) })
  end)
end)
