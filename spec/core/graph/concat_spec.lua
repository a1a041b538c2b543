local layer = require "spec.support.layer"

describe("concat", function()
  it("puts channels one after another, image by image", function()
    local a = { { { { 1, 2 } } }, { { { 3, 4 } } } }
    local b = { { { { 5, 6 } }, { { 7, 8 } } }, { { { 9, 10 } }, { { 11, 12 } } } }
    assert.tensor(layer.run("concat", { a, b })).near({
      { { { 1, 2 } }, { { 5, 6 } }, { { 7, 8 } } },
      { { { 3, 4 } }, { { 9, 10 } }, { { 11, 12 } } },
    }, 0)
  end)

  it("puts columns beside each other", function()
    local a, b = { { { { 1 }, { 2 } } } }, { { { { 3, 4 }, { 5, 6 } } } }
    local y = layer.run("concat", { a, b }, { axis = 3 })
    assert.tensor(y).near({ { { { 1, 3, 4 }, { 2, 5, 6 } } } }, 0)
  end)

  it("takes any number of rows of features", function()
    assert.tensor(layer.run("concat", { { { 1 } }, { { 2 } }, { { 3 } } })).near({ { 1, 2, 3 } }, 0)
  end)

  it("refuses images of other sizes", function()
    local a, b = { { { { 1 } } } }, { { { { 1, 2 } } } }
    assert.error_matches(function() layer.run("concat", { a, b }) end,
      "input 1 is (N,1,1,1), input 2 is (N,1,1,2)", 1, true)
  end)
end)
