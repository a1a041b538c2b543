local layer = require "spec.support.layer"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

describe("reshape", function()
  local x = { { { { 1, 2, 3 }, { 4, 5, 6 } } }, { { { 7, 8, 9 }, { 10, 11, 12 } } } }

  it("keeps the numbers and their order, and the batch", function()
    assert.tensor(layer.run("reshape", { x }, { shape = { 3, 2, 1 } })).near(
      { { { { 1 }, { 2 } }, { { 3 }, { 4 } }, { { 5 }, { 6 } } },
        { { { 7 }, { 8 } }, { { 9 }, { 10 } }, { { 11 }, { 12 } } } }, 0)
    assert.tensor(layer.run("reshape", { { { 1, 2, 3, 4 } } }, { shape = { 2, 2, 1 } })).near(
      { { { { 1 }, { 2 } }, { { 3 }, { 4 } } } }, 0)
  end)

  it("has the rest for the size -1", function()
    assert.same({ 2, 2, 3 }, layer.run("reshape", { x }, { shape = { -1, 3 } }):shape())
    assert.same({ 2, 6 }, layer.run("reshape", { x }, { shape = { -1 } }):shape())
  end)

  it("waits for an open input's size", function()
    local g = nn.graph {}
    local y = g:reshape(g:input { "data", 2 }, { shape = { 4, -1 } })
    g:output(y)
    assert.same({ -1, 4, -1 }, y.shape)
    local net = assert(g:compile())
    assert.same({ 1, 4, 6 }, net:run(tensor.ones { 1, 2, 3, 4 }):shape())
    assert.error_matches(function() net:run(tensor.ones { 1, 2, 3, 3 }) end,
      "18 numbers do not make (1,4,4)", 1, true)
  end)

  it("refuses what is not the same number of numbers", function()
    for wanted, shape in pairs {
      ["6 numbers do not make (N,4)"] = { 4 }, ["6 numbers do not make (N,4,1)"] = { 4, -1 },
      ["shape[2] is -1"] = { -1, -1 }, ["shape[1] is 0"] = { 0, 6 },
      ["shape has 8 axes, at most 7 are wanted"] = { 6, 1, 1, 1, 1, 1, 1, 1 },
    } do
      assert.error_matches(function() layer.run("reshape", { x }, { shape = shape }) end,
        wanted, 1, true)
    end
  end)

  for _, case in ipairs(layer.cases("reshape")) do
    it("equals PyTorch: " .. case.name, function()
      assert.tensor(layer.run("reshape", { case.input }, case.options)).near(case.output, 0)
    end)
  end
end)
