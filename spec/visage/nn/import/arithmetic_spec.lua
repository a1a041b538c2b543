--- Through nn.import with ONNX's words, whose operators are these four alone.
local nn = require "visage.nn"
local tensor = require "visage.tensor"

-- The node that TYPE makes of the first and second value, and its result for x:
-- x is (N,2,1,1) with 3 and 5, y the same node again, c a constant.
local function result(type, first, second, constant)
  local g, text = nn.import { format = "onnx", meta = { opset = "13" },
    tensors = { c = constant or tensor.from({ 2, 4 }, "f32"):reshape { 2, 1, 1 } }, network = {
      inputs = { { name = "x", shape = { 1, 2, 1, 1 } } }, outputs = { "r" }, operators = {
        { type = "Relu", name = "y", inputs = { "x" }, outputs = { "y" }, attributes = {} },
        { type = type, name = "r", inputs = { first, second }, outputs = { "r" }, attributes = {} },
      } } }
  if not g then return text end
  local x = tensor.from({ 3, 5 }, "f32"):reshape { 1, 2, 1, 1 }
  return g:node "r".layer, g:compile():run(x):reshape({ 2 }):totable()
end

describe("arithmetic", function()
  it("is a scale where one value is a constant for all or for each channel", function()
    for _, case in ipairs {
      { "Add", "x", "c", { 5, 9 } }, { "Add", "c", "x", { 5, 9 } },
      { "Sub", "x", "c", { 1, 1 } }, { "Sub", "c", "x", { -1, -1 } },
      { "Mul", "c", "x", { 6, 20 } }, { "Div", "x", "c", { 1.5, 1.25 } },
    } do
      local layer, numbers = result(case[1], case[2], case[3])
      assert.same({ "scale", case[4] }, { layer, numbers })
    end
    assert.same({ "scale", { 6, 10 } }, { result("Mul", "x", "c", tensor.from(2, "f32")) })
  end)

  it("is a layer of two nodes", function()
    assert.same({ "add", { 6, 10 } }, { result("Add", "x", "y") })
    assert.same({ "mul", { 9, 25 } }, { result("Mul", "x", "y") })
    assert.same({ "add", { 0, 0 } }, { result("Sub", "x", "y") })
  end)

  it("refuses to divide by a node, and what differs within a channel", function()
    assert.truthy(result("Div", "c", "x"):find("it divides by what is not constant", 1, true))
    assert.truthy(result("Div", "x", "y"):find("it divides by what is not constant", 1, true))
    assert.truthy(result("Add", "x", "c", tensor.ones { 1, 3 })
      :find("(1,3) beside (N,2,1,1) is not one number per channel", 1, true))
  end)
end)
