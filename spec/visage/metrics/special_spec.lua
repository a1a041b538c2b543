local special = require "visage.metrics.special"

describe("metrics.special", function()
  it("knows quantiles of the normal distribution", function()
    assert.near(1.959963984540054, special.probit(0.975), 1e-15)
    assert.near(-1.959963984540054, special.probit(0.025), 1e-15)
    assert.equal(0, special.probit(0.5))
    assert.equal(-math.huge, special.probit(0))
    assert.equal(math.huge, special.probit(1))
    assert.has_error(function() special.probit(1.5) end, "probit: argument 1 is 1.5, wants 0 to 1")
  end)

  it("counts coins", function()
    -- Two of four: 6 / 16.
    assert.near(6 / 16, special.binomial(2, 4, 0.5), 1e-15)
    assert.near(0.9 ^ 5, special.binomial(0, 5, 0.1), 1e-15)
    assert.near(0.1 ^ 5, special.binomial(5, 5, 0.1), 1e-18)
    assert.same({ 1, 0, 1, 0 }, { special.binomial(0, 3, 0), special.binomial(1, 3, 0),
      special.binomial(3, 3, 1), special.binomial(2, 3, 1) })
    -- Three or four of four: 5 / 16.
    assert.near(5 / 16, special.binomial_tail(3, 4, 0.5), 1e-15)
    assert.same({ 1, 1, 0 }, { special.binomial_tail(0, 4, 0.5), special.binomial_tail(3, 4, 1),
      special.binomial_tail(3, 4, 0) })
  end)

  it("finds the probability of a tail", function()
    -- One or more of one has probability p itself; two of two p^2.
    assert.near(0.3, special.binomial_tail_inverse(1, 1, 0.3), 1e-15)
    assert.near(0.3, special.binomial_tail_inverse(2, 2, 0.09), 1e-15)
  end)
end)
