--- How sure TPIR is: its interval by drawing subjects anew, enrolled ones with their
-- probes and strangers alike. The galleries stay as they are.
local intervals = require "visage.metrics.intervals"
local operating = require "visage.metrics.verification.operating"
local scores = require "visage.metrics.scores"

local interval = {}

local NAN = 0 / 0

-- Searches as a score set, a score for each: mates that are not within the rank
-- are NaN, which is a failure. And whose each is.
local function as_set(s, subjects, rank)
  local set, owners = { genuine = {}, impostor = {} }, { genuine = {}, impostor = {} }
  for i, row in ipairs(s.mated) do
    set.genuine[i] = s.rank[i] <= rank and s.mate[i] or NAN
    owners.genuine[i] = subjects[row]
  end
  for i, row in ipairs(s.nonmated) do
    set.impostor[i], owners.impostor[i] = s.top[i], subjects[row]
  end
  return set, owners
end

-- TPIR of drawn searches; NaN where they have no FPIR.
local function tpir_of(set, fpir, o)
  if o.threshold then
    local n = scores.totals(set)
    return scores.at_least(set.genuine, o.threshold, o.strict) / n
  end
  if #set.impostor == 0 then return NAN end
  if #set.genuine == 0 then return 0 end
  return operating.tar_at_far(set, fpir, { rule = o.rule }).tar
end

--- Percentile interval of TPIR, or of its mean over several galleries.
-- @tparam {table,...} list searches of each gallery, of the same probes
-- @tparam {any,...} subjects whose each row of the matrices is, strangers' rows too
-- @tparam table options { fpir: at the threshold that each draw has for it, by `rule`
-- of threshold_at_fpir; or a list of fpirs; or threshold, strict; rank = 1, generator,
-- rounds = 1000, level = 0.95 }
-- @treturn table { low, high, level, n, method, skipped, values } as of
-- intervals.bootstrap; of fpirs one for each, nil where no draw had a value
function interval.tpir_interval(list, subjects, options)
  local given = 0
  for _, name in ipairs { "fpir", "fpirs", "threshold" } do
    given = given + (options[name] ~= nil and 1 or 0)
  end
  if given ~= 1 then error("tpir_interval: wants fpir, fpirs or a threshold", 2) end
  local sets, owners = {}, {}
  for _, s in ipairs(list) do
    local n = #s.mated + #s.nonmated
    if #subjects ~= n then
      error(("tpir_interval: %d subjects for %d searches"):format(#subjects, n), 2)
    end
  end
  for i, s in ipairs(list) do sets[i], owners[i] = as_set(s, subjects, options.rank or 1) end
  -- A threshold is a point, too, for which any number stands.
  local points = options.fpirs or { options.fpir or 0 }
  local found = intervals.bootstrap_scores(sets, owners, function(...)
    local sums = {}
    for k, fpir in ipairs(points) do
      sums[k] = 0
      for _, set in ipairs { ... } do
        sums[k] = sums[k] + tpir_of(set, fpir, options) / #sets
      end
    end
    return sums
  end, { generator = options.generator, rounds = options.rounds, level = options.level })
  return options.fpirs and found or found[1]
end

return interval
