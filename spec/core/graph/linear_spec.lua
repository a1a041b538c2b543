local layer = require "spec.support.layer"

describe("linear", function()
  it("is weight times x plus bias: 1*3 + 2*4 + 0.5 = 11.5", function()
    local y = layer.run("linear", { { { 3, 4 } } }, { out = 2 },
      { weight = { { 1, 2 }, { 0, -1 } }, bias = { 0.5, 0 } })
    assert.tensor(y).near({ { 11.5, -4 } }, 0)
  end)

  it("refuses an image that is not flattened", function()
    assert.error_matches(function() layer.run("linear", { { { { { 1 } } } } }, { out = 1 }) end,
      "input is (N,1,1,1), wants (N,features)", 1, true)
  end)

  for _, engine in ipairs { "reference", "naive" } do
    for _, case in ipairs(layer.cases("linear")) do
      it(("equals PyTorch: %s, engine %s"):format(case.name, engine), function()
        local y = layer.run("linear", { case.input }, case.options, case.slots, engine)
        assert.tensor(y).near(case.output, 5e-7)
      end)
    end
  end
end)
