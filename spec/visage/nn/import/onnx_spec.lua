local nn = require "visage.nn"

describe("nn.import of ONNX", function()
  it("knows Relu", function()
    local g = nn.import { format = "onnx", tensors = {}, meta = {}, network = {
      inputs = { { name = "a", shape = { 1, 2, 3, 3 } } }, outputs = { "b" },
      operators = { { type = "Relu", name = "r", inputs = { "a" }, outputs = { "b" },
        attributes = {} } } } }
    assert.equal("relu", g:node "r".layer)
  end)
end)
