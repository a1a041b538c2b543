--- Permutation tests: how often chance alone makes a difference as large as the one
-- that was found, when the labels of the two sides may be dealt anew (Fisher 1935).
-- Observations in pairs, one pair a subject, keep their subject: dealing anew swaps
-- the two sides of a pair or does not.
local arguments = require "visage.metrics.arguments"
local tensor = require "visage.tensor"

local permutation = {}

-- Up to so many subjects all 2^n deals are gone through: as many as are drawn else.
local EXACT, ROUNDS = 13, 9999

-- Rounds whose signs are drawn at once.
local CHUNK = 500

-- Sums that differ by less than their rounding are equal (as in scipy).
local ROUNDING = 1e-14

local ALTERNATIVES = { ["two-sided"] = true, greater = true, less = true }

local function differences(a, b)
  if #a ~= #b then
    error(("permutation: %d and %d observations are no pairs"):format(#a, #b), 3)
  end
  if #a == 0 then error("permutation: no observations", 3) end
  local list, sum = {}, 0
  for i = 1, #a do
    list[i] = a[i] - b[i]
    sum = sum + list[i]
  end
  return list, sum
end

local function slack_of(list)
  local size = 0
  for _, d in ipairs(list) do size = size + math.abs(d) end
  return ROUNDING * size
end

-- Counts of deals with a sum at least and at most as large, over all 2^n.
local function counted(list, sum, slack)
  local n, high, low = #list, 0, 0
  for deal = 0, (1 << n) - 1 do
    local dealt = 0
    for i = 1, n do
      dealt = dealt + (deal >> (i - 1) & 1 == 1 and -list[i] or list[i])
    end
    if dealt >= sum - slack then high = high + 1 end
    if dealt <= sum + slack then low = low + 1 end
  end
  return high, low, 1 << n
end

-- The same of deals that are drawn; the one that was found counts too, so that no p
-- is 0 (Phipson and Smyth 2010).
local function drawn(list, sum, slack, generator, rounds)
  local column = tensor.from(list, "f64"):unsqueeze(2)
  local high, low = 1, 1
  for first = 1, rounds, CHUNK do
    local count = math.min(CHUNK, rounds + 1 - first)
    local signs <close> = generator:rand({ count, #list }, "f64"):lt(0.5):to("f64") * 2 - 1
    local sums = signs:matmul(column)
    high = high + sums:ge(sum - slack):sum()
    low = low + sums:le(sum + slack):sum()
  end
  return high, low, rounds + 1
end

--- Test of the mean difference of paired observations. Exact up to 13 pairs; else so
-- many deals are drawn.
-- @tparam {number,...} a one a subject
-- @tparam {number,...} b the other one, in the same order
-- @tparam[opt] table options { alternative = "two-sided" (twice the smaller tail,
-- at most 1), "greater" (a is more) or "less"; generator (wanted where deals are
-- drawn); rounds = 9999; exact = 13 pairs }
-- @treturn table { p, difference (mean of a - b), n, deals, exact, alternative }; p is
-- NaN where an observation is
-- @usage permutation.paired({ 3, 4, 5 }, { 1, 1, 1 }, { alternative = "greater" }).p --> 0.125
function permutation.paired(a, b, options)
  local o = options or {}
  local alternative = o.alternative or "two-sided"
  if not ALTERNATIVES[alternative] then
    error(("permutation: no alternative is called '%s'"):format(tostring(alternative)), 2)
  end
  local list, sum = differences(a, b)
  local out = {
    difference = sum / #list, n = #list, alternative = alternative,
    exact = #list <= (o.exact or EXACT),
  }
  if sum ~= sum then
    out.p, out.deals = 0 / 0, 0
    return out
  end
  if not out.exact and not o.generator then
    error("permutation: wants options with a generator, tensor.generator(seed)", 2)
  end
  local high, low
  if out.exact then
    high, low, out.deals = counted(list, sum, slack_of(list))
  else
    high, low, out.deals = drawn(list, sum, slack_of(list), o.generator, o.rounds or ROUNDS)
  end
  local tail = alternative == "greater" and high or alternative == "less" and low
    or math.min(2 * math.min(high, low), out.deals)
  out.p = tail / out.deals
  return out
end

return arguments.checked(permutation, {
  paired = "numbers numbers options?:alternative,generator,rounds,exact",
})
