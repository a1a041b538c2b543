local demand = require "visage.nn.import.demand"

-- x -> a -> y, then in place again; b beside them.
local network = {
  inputs = { { name = "x" }, { name = "label" } },
  operators = {
    { name = "a", inputs = { "x" }, outputs = { "y" } },
    { name = "b", inputs = { "y", "label" }, outputs = { "loss" } },
    { name = "c", inputs = { "y" }, outputs = { "y" } },
  },
}

describe("visage.nn.import.demand", function()
  it("takes names of values and of operators for outputs", function()
    assert.same({ "y", "x", "loss" }, demand.outputs(network, { "a", "x", "loss" }))
    assert.same({ nil, "nothing" }, { demand.outputs(network, { "y", "nothing" }) })
  end)

  it("leaves out operators and inputs that no output needs", function()
    assert.same({ { true, [3] = true }, { x = true } },
      { demand.operators(network, { "y" }) })
    assert.same({ { true, true }, { x = true, label = true } },
      { demand.operators(network, { "loss" }) })
  end)
end)
