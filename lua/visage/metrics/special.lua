--- Functions of statistics that Lua lacks: the normal quantile, the binomial
-- probability, the incomplete beta function and its inverse.
local arguments = require "visage.metrics.arguments"

local special = {}

local function polynomial(coefficients, x)
  local sum = 0
  for k = #coefficients, 1, -1 do sum = sum * x + coefficients[k] end
  return sum
end

-- Wichura's AS 241 (1988), PPND16: numerator and denominator, lowest power first.
local CENTRE = {
  { 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
    3.3430575583588128105e+4, 2.5090809287301226727e+3 },
  { 1, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
    2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
    5.2264952788528545610e+3 },
}
local TAIL = {
  { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4 },
  { 1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
    1.05075007164441684324e-9 },
}
local FAR_TAIL = {
  { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7 },
  { 1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
    2.04426310338993978564e-15 },
}

local function ratio(table_, x) return polynomial(table_[1], x) / polynomial(table_[2], x) end

--- The normal deviate below which a share p lies, the axis of a DET.
-- @tparam number p 0 to 1
-- @treturn number; -infinity at 0, infinity at 1
-- @usage special.probit(0.975) --> 1.959963984540054
function special.probit(p)
  if p == 0 or p == 1 then return p == 0 and -math.huge or math.huge end
  local q = p - 0.5
  if math.abs(q) <= 0.425 then return q * ratio(CENTRE, 0.180625 - q * q) end
  local r = math.sqrt(-math.log(math.min(p, 1 - p)))
  local x = r <= 5 and ratio(TAIL, r - 1.6) or ratio(FAR_TAIL, r - 5)
  return q < 0 and -x or x
end

-- ln n! - Stirling's formula for it (Loader 2000).
local function stirling_error(n)
  if n > 15 then
    local s = 1 / (n * n)
    return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / n
  end
  local log = 0
  for k = 2, n do log = log + math.log(k) end
  if n == 0 then return 0 end
  return log - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2 * math.pi)
end

-- x ln(x / m) + m - x without cancellation where they are close (Loader 2000).
local function deviance(x, m)
  if math.abs(x - m) >= 0.1 * (x + m) then return x * math.log(x / m) + m - x end
  local v = (x - m) / (x + m)
  local sum, term, k = (x - m) * v, 2 * x * v, 1
  repeat
    term = term * v * v
    k = k + 2
    local more = sum + term / k
    local same = more == sum
    sum = more
  until same
  return sum
end

-- ln(1 + x), also for small x: what 1 + x rounds away comes back as a factor.
local function log1p(x)
  local u = 1 + x
  return u == 1 and x or math.log(u) * x / (u - 1)
end

local function check(name, k, n)
  if k > n then error(("%s: %d of %d, wants no more than all"):format(name, k, n), 3) end
end

--- The probability of k successes in n trials: C(n, k) p^k (1 - p)^(n - k).
-- @tparam int k 0 to n
-- @tparam int n
-- @tparam number p 0 to 1
-- @treturn number
-- @usage special.binomial(1, 2, 0.5) --> 0.5
function special.binomial(k, n, p)
  check("binomial", k, n)
  local q = 1 - p
  if p == 0 or q == 0 then return k == (p == 0 and 0 or n) and 1 or 0 end
  if k == 0 then return math.exp(n * log1p(-p)) end
  if k == n then return math.exp(n * math.log(p)) end
  local log = stirling_error(n) - stirling_error(k) - stirling_error(n - k)
    - deviance(k, n * p) - deviance(n - k, n * q)
  return math.exp(log) * math.sqrt(n / (2 * math.pi * k * (n - k)))
end

-- The continued fraction of the incomplete beta function, by Lentz's method
-- (DLMF 8.17.22).
local function fraction(a, b, x)
  local TINY <const>, EPSILON <const> = 1e-300, 1e-16
  local function bounded(y) return math.abs(y) < TINY and TINY or y end
  local c, d = 1.0, 1 / bounded(1 - (a + b) * x / (a + 1))
  local h, m = d, 0
  repeat
    m = m + 1
    local even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / bounded(1 + even * d)
    c = bounded(1 + even / c)
    h = h * d * c
    local odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / bounded(1 + odd * d)
    c = bounded(1 + odd / c)
    h = h * d * c
  until math.abs(d * c - 1) <= 2 * EPSILON or m >= 1000000
  return h
end

--- The probability of k or more successes in n trials, which is the regularised
-- incomplete beta function I_p(k, n - k + 1).
-- @tparam int k 0 to n
-- @tparam int n
-- @tparam number p 0 to 1
-- @treturn number
-- @usage special.binomial_tail(1, 2, 0.5) --> 0.75
function special.binomial_tail(k, n, p)
  check("binomial_tail", k, n)
  if k <= 0 or p >= 1 then return 1 end
  if p <= 0 then return 0 end
  local a, b = k, n - k + 1
  local power = (1 - p) * special.binomial(k, n, p)
  if p < (a + 1) / (a + b + 2) then return power * fraction(a, b, p) end
  return 1 - power * k / b * fraction(b, a, 1 - p)
end

--- The success probability at which k or more successes in n trials have a given
-- probability: the beta quantile with parameters k and n - k + 1.
-- @tparam int k 1 to n
-- @tparam int n
-- @tparam number tail 0 to 1
-- @treturn number
function special.binomial_tail_inverse(k, n, tail)
  check("binomial_tail_inverse", k, n)
  local ENOUGH <const> = 4e-16 -- of p: two roundings
  local low, high, p = 0.0, 1.0, k / (n + 1)
  for _ = 1, 200 do
    local off = special.binomial_tail(k, n, p) - tail
    local step = off / (k * special.binomial(k, n, p) / p)
    if math.abs(step) <= ENOUGH * p or high - low <= ENOUGH * p then return p end
    if off > 0 then high = p else low = p end
    -- Newton's step where it stays between the bounds, else their middle.
    p = p - step
    if not (p > low and p < high) then p = (low + high) / 2 end
  end
  return p
end

return arguments.checked(special, {
  probit = "share", binomial = "whole whole share", binomial_tail = "whole whole share",
  binomial_tail_inverse = "count count share",
})
