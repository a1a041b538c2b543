local arguments = require "visage.metrics.arguments"
local tensor = require "visage.tensor"

describe("arguments", function()
  local module = arguments.checked({
    sum = function(set, t, options)
      return #set.genuine + (t or 0) + (options and options.top or 0)
    end,
  }, { sum = "set number? options?:top,rule" })

  local SET = { genuine = { 1, 2 }, impostor = tensor.zeros { 3 } }

  it("are passed on when they are right", function()
    assert.equal(2, module.sum(SET))
    assert.equal(3.5, module.sum(SET, 1.5))
    assert.equal(4, module.sum(SET, nil, { top = 2 }))
  end)

  it("are named with what came and what was wanted", function()
    for text, args in pairs {
      ["sum: argument 1 is 5, wants a score set, numbers as genuine and impostor"] = { 5 },
      ["sum: argument 2 is 'x', wants a number"] = { SET, "x" },
      ["sum: argument 2 is a tensor of 2 x 1, wants a number"] = { SET, tensor.zeros { 2, 1 } },
      ["sum: argument 2 is nan, wants a number"] = { SET, math.abs(0 / 0) },
      ["sum: options are 'rule', want a table"] = { SET, 1, "rule" },
      ["sum: no option is called 'tops'; there are rule, top"] = { SET, 1, { tops = 3 } },
      ["sum: option top is 0.5, wants a whole number, 1 or more"] = { SET, 1, { top = 0.5 } },
    } do
      assert.has_error(function() module.sum(table.unpack(args)) end, text)
    end
  end)

  it("blame the caller", function()
    local ok, text = pcall(function() local n = module.sum(5) return n end)
    assert.is_false(ok)
    assert.matches("^[^:]*arguments_spec%.lua:%d+: sum: ", text)
  end)

  it("can be asked for", function()
    local list = arguments.of(module.sum)
    assert.same({ "set", "number", "options" }, { list[1].kind, list[2].kind, list[3].kind })
    assert.same({ false, true }, { list[1].optional, list[2].optional })
    assert.is_nil(arguments.of(print))
  end)
end)
