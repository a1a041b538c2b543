--- The network without a weight file.
local models = require "visage.models"
local networks = require "spec.support.networks"

describe("tiny", function()
  it("says that it is synthetic", function()
    local model = assert(models.load "tiny")
    assert.is_true(model.synthetic)
    assert.is_true(model:describe().synthetic)
    assert.is_nil(model.weights.path)
    model:close()
  end)

  it("is the same network each time", function()
    local face = networks.pixels(1, { 40, 30, 3 })
    local a, b = assert(models.load "tiny"), assert(models.load "tiny")
    local y = a:embed { face }
    assert.same({ 1, 32 }, y:shape())
    assert.is_true(y:norm() > 0)
    assert.tensor(b:embed { face }).near(y, 0)
  end)
end)
