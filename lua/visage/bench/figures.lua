--- The arithmetic of a benchmark: rates of many programs that took turns, as medians,
-- quartiles and ratios. Plain numbers; nothing is measured here.
local pairs_of = require "visage.metrics.pairs"

local figures = {}

--- Median and quartiles.
-- @tparam {number,...} rates one for each round
-- @treturn table median, low, high (the quartiles), n
-- @usage figures.spread { 1, 2, 3, 4, 5 } --> { median = 3, low = 2, high = 4, n = 5 }
function figures.spread(rates)
  local s = pairs_of.summary(rates)
  return { median = s.median, low = s.q25, high = s.q75, n = s.n }
end

--- The contestant of the largest median among those that count.
-- @tparam {table,...} contestants { rates = {...} or nil, counts = boolean }
-- @treturn ?table the contestant
function figures.best(contestants)
  local best
  for _, one in ipairs(contestants) do
    if one.counts and one.rates then
      one.spread = one.spread or figures.spread(one.rates)
      if not best or one.spread.median > best.spread.median then best = one end
    end
  end
  return best
end

--- Ours over theirs, round by round: what changes from round to round, such as the
-- load of the machine, falls out.
-- @tparam {number,...} ours
-- @tparam {number,...} theirs as many
-- @treturn table as figures.spread
-- @usage figures.ratio({ 2, 30 }, { 1, 10 }) --> { median = 2.5, low = 2.25, high = 2.75, n = 2 }
function figures.ratio(ours, theirs)
  if #ours ~= #theirs then
    error(("figures.ratio: %d rounds and %d"):format(#ours, #theirs), 2)
  end
  local ratios = {}
  for i, rate in ipairs(ours) do ratios[i] = rate / theirs[i] end
  return figures.spread(ratios)
end

--- Which of the families that a ratio wants were not measured.
-- @tparam {string,...} families
-- @tparam {table,...} contestants { family =, rates = {...} or nil, counts = boolean }
-- @treturn {string,...}
function figures.lacking(families, contestants)
  local there, list = {}, {}
  for _, one in ipairs(contestants) do
    if one.rates and one.counts then there[one.family] = true end
  end
  for _, family in ipairs(families) do
    if not there[family] then list[#list + 1] = family end
  end
  return list
end

return figures
