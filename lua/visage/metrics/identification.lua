--- One-to-many search: how often a gallery gives a probe's mate, and how often
-- it gives somebody to a stranger. Pure functions of score matrices and labels;
-- no index of a gallery is built here.
--
-- A probe is mated where its label is in the gallery, else non-mated. The mate's
-- score is the best of its entries (the greatest). A candidate is accepted when
-- its score is at or above the threshold (NIST FRTE; ISO/IEC 19795-1 accepts what
-- is above it: strict). NaN is a comparison that could not be made, a row of NaN
-- a failed probe: a miss where it is mated, else a correct reject.
local arguments = require "visage.metrics.arguments"
local curve = require "visage.metrics.verification.curve"
local interval = require "visage.metrics.identification.interval"
local operating = require "visage.metrics.verification.operating"
local search = require "visage.metrics.identification.search"
local tensor = require "visage.tensor"
local worst = require "visage.metrics.identification.worst"

local identification = {
  searches = search.searches, by_subject = search.by_subject,
  mean_average_precision = search.mean_average_precision, select = search.select,
  misidentified = worst.misidentified, alarms = worst.alarms,
  tpir_interval = interval.tpir_interval,
}

local WORD = { mated = "mated", nonmated = "non-mated" }

local function some(s, kind, name)
  local n = #s[kind]
  if n == 0 then error(("%s: no %s searches"):format(name, WORD[kind]), 3) end
  return n
end

local function passes(score, t, strict)
  return score > t or (score == t and not strict)
end

--- The cumulative match characteristic: the share of mated searches whose mate is
-- at rank r or better. Closed-set: non-mated searches have no say.
-- @tparam table s searches
-- @tparam[opt] int most the last rank; as many as the gallery has entries
-- @treturn core.tensor (most) f64, rising
-- @usage identification.cmc(s)[1] --> rank-1 identification rate
function identification.cmc(s, most)
  local n = some(s, "mated", "cmc")
  most = most or s.entries
  local counts = {}
  for r = 1, most do counts[r] = 0 end
  for _, rank in ipairs(s.rank) do
    -- A failed one is behind the last entry, at no rank.
    if rank <= most and rank <= s.entries then counts[rank] = counts[rank] + 1 end
  end
  for r = 2, most do counts[r] = counts[r] + counts[r - 1] end
  return tensor.from(counts, "f64") / n
end

--- Detection and identification rate, TPIR: the share of mated searches whose mate
-- is at that rank or better and accepted.
-- @tparam table s searches
-- @tparam number rank math.huge: anywhere
-- @tparam number t threshold; -math.huge gives the CMC
-- @tparam[opt=false] boolean strict accept only what is above the threshold
-- @treturn number
function identification.dir(s, rank, t, strict)
  local n, hits = some(s, "mated", "dir"), 0
  for i, mate in ipairs(s.mate) do
    -- A failed one is NaN and passes nowhere.
    if s.rank[i] <= rank and passes(mate, t, strict) then hits = hits + 1 end
  end
  return hits / n
end

--- Closed-set identification rate at a rank: a value of the CMC.
-- @tparam table s searches
-- @tparam int rank
-- @treturn number
function identification.rank_rate(s, rank)
  return identification.dir(s, rank, -math.huge)
end

--- NIST's FNIR(N, R, T): the share of mated searches whose mate is outside the
-- first R candidates or not accepted; N is the size of the gallery searched.
-- @tparam table s searches
-- @tparam number rank R; math.huge: FNIR(N, N, T), which ignores the rank
-- @tparam number t threshold
-- @tparam[opt=false] boolean strict
-- @treturn number
function identification.fnir(s, rank, t, strict)
  return 1 - identification.dir(s, rank, t, strict)
end

--- NIST's FPIR(N, T): the share of non-mated searches that give a candidate.
-- @tparam table s searches
-- @tparam number t threshold
-- @tparam[opt=false] boolean strict
-- @treturn number
function identification.fpir(s, t, strict)
  local n, alarms = some(s, "nonmated", "fpir"), 0
  for _, top in ipairs(s.top) do
    if passes(top, t, strict) then alarms = alarms + 1 end
  end
  return alarms / n
end

--- NIST's selectivity SEL(N, T): how many candidates a non-mated search gives in
-- the mean.
-- @tparam table s searches
-- @tparam number t threshold
-- @tparam[opt=false] boolean strict
-- @treturn number 0 to the size of the gallery
function identification.sel(s, t, strict)
  local n, candidates = some(s, "nonmated", "sel"), 0
  for _, at in ipairs(s.nonmated) do
    local row = s.matrix[at]:to "f64"
    candidates = candidates + (strict and row:gt(t) or row:ge(t)):sum()
  end
  return candidates / n
end

-- Open-set search at a rank as a score set: the genuine scores are those of mates
-- within the rank, others are failures, and the impostor scores are the best of
-- non-mated searches. Then FAR is FPIR and TAR is TPIR.
local function score_set(s, rank, name)
  local mated, nonmated = some(s, "mated", name), some(s, "nonmated", name)
  local genuine, impostor = {}, {}
  for i, mate in ipairs(s.mate) do
    if mate == mate and s.rank[i] <= rank then genuine[#genuine + 1] = mate end
  end
  for _, top in ipairs(s.top) do
    if top == top then impostor[#impostor + 1] = top end
  end
  if #impostor == 0 then error(name .. ": all non-mated searches failed", 3) end
  -- Where no mate is within the rank the scores of strangers stand in, to have
  -- thresholds; TPIR is 0 at all of them.
  local missed = #genuine == 0
  if missed then genuine = table.move(impostor, 1, #impostor, 1, {}) end
  return {
    genuine = tensor.from(genuine, "f64"), impostor = tensor.from(impostor, "f64"),
    failures = { genuine = math.max(0, mated - #genuine), impostor = nonmated - #impostor },
  }, missed
end

--- TPIR over FPIR: a point for each different score, falling.
-- @tparam table s searches
-- @tparam[opt] table options { rank = 1, points = "all" as of verification.roc }
-- @treturn table { thresholds, fpir, tpir, fnir } (P) f64; the first threshold is
-- infinity
function identification.curve(s, options)
  local o = options or {}
  local set, missed = score_set(s, o.rank or 1, "curve")
  local roc = curve.roc(set, { points = o.points })
  local tpir = missed and roc.tar * 0 or roc.tar
  return { thresholds = roc.thresholds, fpir = roc.far, tpir = tpir, fnir = 1 - tpir }
end

--- The threshold where FPIR is the wanted one, by the searches of this gallery,
-- and TPIR there. Give it to dir or fpir of other searches as it is (with strict).
-- @tparam table s searches
-- @tparam number fpir wanted, 0 to 1
-- @tparam[opt] table options { rank = 1, rule = "at_most" }: a rule of
-- verification.tar_at_far; "topk" is InsightFace's for IJB 1:N: with n non-mated
-- searches, accept strictly above the int(n fpir)-th greatest of their best
-- scores, at least the first, so that FPIR stays below the wanted one;
-- "topk_ceil" its older ceil(n fpir)
-- @treturn table { threshold, strict, tpir, fpir (reached), rule, supported,
-- expected_errors } as of verification.tar_at_far
function identification.threshold_at_fpir(s, fpir, options)
  local o = options or {}
  local set, missed = score_set(s, o.rank or 1, "threshold_at_fpir")
  local at = operating.tar_at_far(set, fpir, { rule = o.rule })
  at.tpir, at.fpir, at.tar, at.far = missed and 0 or at.tar, at.far, nil, nil
  return at
end

-- The means of numbers by name; what is no number is left out.
local function mean_of_tables(each)
  local sums = {}
  for _, values in ipairs(each) do
    for name, value in pairs(values) do
      if type(value) == "number" or tensor.is(value) then
        sums[name] = sums[name] and sums[name] + value or value
      end
    end
  end
  for name, sum in pairs(sums) do sums[name] = sum / #each end
  return sums
end

--- A figure for each of several galleries and their mean. Galleries are searched
-- one by one and never merged: IJB's two hold the same people's probes, and a
-- merged one is another, harder task.
-- @tparam {table,...} list searches of each gallery
-- @tparam function measure of searches: gives a number, a tensor of one shape for
-- all (cmc with a last rank), or a table of them
-- @treturn number|core.tensor|table the mean; of a table by name, without what is
-- neither
-- @treturn table what each gave
-- @usage identification.mean({ g1, g2 }, function(s)
--   return identification.threshold_at_fpir(s, 0.01).tpir end)
function identification.mean(list, measure)
  if #list == 0 then error("mean: no searches", 2) end
  local each, sum = {}, nil
  for i, s in ipairs(list) do each[i] = measure(s) end
  if type(each[1]) == "table" then return mean_of_tables(each), each end
  for _, value in ipairs(each) do sum = sum and sum + value or value end
  return sum / #each, each
end

-- The columns of the subjects drawn, in their order in the gallery.
local function drawn_columns(gallery, chosen)
  local columns, labels = {}, {}
  for column, label in ipairs(gallery) do
    if label and chosen[label] then
      columns[#columns + 1], labels[#labels + 1] = column, label
    end
  end
  return columns, labels
end

-- Searches of n subjects of the gallery, drawn without replacement.
local function draw(whole, subjects, n, options)
  local chosen = {}
  for i, at in ipairs(options.generator:permutation(#subjects)) do
    if i > n then break end
    chosen[subjects[at]] = true
  end
  local columns, labels = drawn_columns(whole.gallery, chosen)
  local ignore = options.ignore and search.columns(options.ignore, columns)
  return search.searches(search.columns(whole.matrix, columns), whole.probes, labels,
    { ties = options.ties, ignore = ignore })
end

--- A figure over the size of the gallery: subjects are drawn at random, and
-- probes of those left out are then non-mated.
-- @tparam core.tensor matrix (P, N), as for searches
-- @tparam {any,...} probes P labels
-- @tparam {any,...} gallery N labels; entries without one are left out
-- @tparam table options { sizes = numbers of subjects, measure = function of
-- searches that gives a number, generator, rounds = 10, ties, ignore }
-- @treturn {table,...} for each size { size, mean, sd (divided by rounds - 1; nil
-- for one), values }
function identification.by_size(matrix, probes, gallery, options)
  if not options.generator then error("by_size: wants a generator", 2) end
  search.check("by_size", matrix, probes, gallery, options.ignore)
  local subjects = search.labels(gallery)
  local whole, out = { matrix = matrix, probes = probes, gallery = gallery }, {}
  for i, size in ipairs(options.sizes) do
    if not (math.tointeger(size) and size >= 1 and size <= #subjects) then
      error(("by_size: %s subjects of %d"):format(size, #subjects), 2)
    end
    local values = {}
    for round = 1, options.rounds or 10 do
      values[round] = options.measure(draw(whole, subjects, size, options))
    end
    local t = tensor.from(values, "f64")
    out[i] = {
      size = size, mean = t:mean(), values = values,
      sd = #values > 1 and math.sqrt(t:var(nil, nil, 1)) or nil,
    }
  end
  return out
end

return arguments.checked(identification, {
  searches = "matrix labels labels options?:ties,ignore",
  by_subject = "matrix labels",
  mean_average_precision = "matrix labels labels options?:ties,ignore",
  select = "searches function",
  misidentified = "searched labels labels count?",
  alarms = "searched count?",
  cmc = "searches count?",
  dir = "searches rank number boolean?",
  rank_rate = "searches rank",
  fnir = "searches rank number boolean?",
  fpir = "searches number boolean?",
  sel = "searched number boolean?",
  curve = "searches options?:rank,points",
  threshold_at_fpir = "searches number options?:rank,rule",
  mean = "galleries function",
  by_size = "matrix labels labels options:sizes,measure,generator,rounds,ties,ignore",
  tpir_interval = "galleries labels"
    .. " options:fpir,fpirs,threshold,strict,rule,rank,generator,rounds,level",
})
