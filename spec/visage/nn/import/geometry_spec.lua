local geometry = require "visage.nn.import.geometry"
local nn = require "visage.nn"

-- What geometry calls of a builder.
local builder = {
  refuse = function(_, ...) error(string.format(...), 0) end,
  size = function(_, node, axis) return node.shape[axis + 1] end,
}

describe("visage.nn.import.geometry", function()
  it("counts axes as files do, from the end below zero, and refuses the batch", function()
    assert.equal(3, geometry.axis(builder, 3, 4))
    assert.equal(3, geometry.axis(builder, -1, 4))
    assert.error_matches(function() geometry.axis(builder, -4, 4) end, "axis %-4 of 4")
    assert.error_matches(function() geometry.axis(builder, 4, 4) end, "axis 4 of 4")
  end)

  it("adds no layer for a shape that stays", function()
    local g = nn.graph()
    local x = g:input { "x", 2, 3, 4 }
    local b = setmetatable({ add = function(_, _, layer) return layer end }, { __index = builder })
    assert.equal(x, geometry.reshaped(b, nil, x, { 2, 3, 4 }))
    assert.equal("flatten", geometry.reshaped(b, nil, x, { -1 }))
    assert.equal("reshape", geometry.reshaped(b, nil, x, { 6, 4 }))
  end)

  -- 5 rows, every second of a window of 2: 3 places, 1 row more than there are;
  -- 4 columns, each of a dilated window over 3: 2 columns more.
  it("pads above first", function()
    assert.same({ 1, 0, 1, 1 }, geometry.same_lower(builder, { shape = { -1, 1, 5, 4 } },
      { kernel = { 2, 2 }, stride = { 2, 1 }, dilation = { 1, 2 } }))
  end)
end)
