--- L-BFGS on functions whose minima are known.
local lbfgs = require "visage.nn.lbfgs"
local tensor = require "visage.tensor"

describe("lbfgs.minimise", function()
  -- (x - 3)^2 + 10 (y + 1)^2.
  local function bowl(x)
    local value = (x[1] - 3) ^ 2 + 10 * (x[2] + 1) ^ 2
    return value, tensor.from({ 2 * (x[1] - 3), 20 * (x[2] + 1) }, "f64")
  end

  it("finds the bottom of a bowl and says so", function()
    local start = tensor.zeros({ 2 }, "f64")
    local x, report = lbfgs.minimise(bowl, start, { tolerance = 1e-9 })
    assert.tensor(x).near({ 3, -1 }, 1e-9)
    assert.is_true(report.converged)
    assert.near(0, report.value, 1e-15)
    assert.tensor(start).near({ 0, 0 }, 0)
  end)

  it("finds Rosenbrock's minimum, at the end of a bent valley", function()
    local x, report = lbfgs.minimise(function(x)
      local a, b = x[1], x[2]
      return 100 * (b - a * a) ^ 2 + (1 - a) ^ 2,
        tensor.from({ -400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a) }, "f64")
    end, tensor.from({ -1.2, 1 }, "f64"), { tolerance = 1e-8 })
    assert.is_true(report.converged)
    assert.tensor(x).near({ 1, 1 }, 1e-6)
  end)

  it("stops at the last step that it may take, and never goes up", function()
    local values = {}
    local _, report = lbfgs.minimise(bowl, tensor.from({ 50, 50 }, "f64"), {
      steps = 3, on_step = function(step, x, value)
        values[step] = value
        assert.equal(bowl(x), value)
      end,
    })
    assert.same({ 3, false }, { report.steps, report.converged })
    assert.equal(3, #values)
    assert.is_true(values[1] > values[2] and values[2] > values[3])
  end)

  it("has nothing to do at the minimum", function()
    local _, report = lbfgs.minimise(bowl, tensor.from({ 3, -1 }, "f64"), {})
    assert.same({ 0, true }, { report.steps, report.converged })
  end)
end)
