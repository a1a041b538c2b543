--- The threshold for a wanted error rate and what follows from it. The rules in
-- use differ, and by them published numbers; each has its name here.
local scores = require "visage.metrics.scores"

local operating = {}

-- Doddington's rule of 30: an error rate from fewer errors is not to be trusted.
local LEAST_ERRORS = 30

-- The impostor scores that a FAR of total stands for. Where it is the double of
-- a half or whole count's share, that count, or 0.29 of 100 would be less than 29.
local function wanted_count(far, total)
  local twice = math.floor(2 * far * total + 0.5)
  return twice / (2 * total) == far and twice / 2 or far * total
end

-- The k-th greatest impostor score.
local function kth(s, k) return s.impostor[#s.impostor + 1 - k] end

-- The greatest number of impostor scores that a threshold accepts, not more than
-- wanted, and the greatest impostor score that it rejects (nil: none is left).
local function accepted(s, wanted)
  local most = math.min(math.floor(wanted), #s.impostor)
  if most == #s.impostor then return most, nil end
  local rejected = kth(s, most + 1)
  return scores.at_least(s.impostor, rejected, true), rejected
end

-- The lowest threshold among the scores that rejects an impostor score.
local function lowest_above(s, rejected)
  if rejected then return scores.next_above(s, rejected) or math.huge end
  return math.min(s.genuine[1], s.impostor[1])
end

local RULES = {}

function RULES.at_most(s, wanted)
  local count, rejected = accepted(s, wanted)
  local threshold = count == 0 and scores.after(kth(s, 1)) or lowest_above(s, rejected)
  return { threshold = threshold }
end

function RULES.bob(s, wanted)
  local count = accepted(s, wanted)
  return { threshold = count == 0 and scores.after(kth(s, 1)) or kth(s, count) }
end

function RULES.nearest(s, wanted)
  local count, rejected = accepted(s, wanted)
  local threshold = lowest_above(s, rejected)
  if rejected then
    local more = scores.at_least(s.impostor, rejected)
    if more - wanted <= wanted - count then
      local next_rejected = more < #s.impostor and kth(s, more + 1) or nil
      threshold = lowest_above(s, next_rejected)
    end
  end
  return { threshold = threshold }
end

-- FAR at the ends of the level piece of the ROC that the wanted one lies on. Where the
-- next impostor ties with a genuine score, the piece ends at once and is a slope.
local function level_ends(s, count, rejected)
  local inside = scores.at_least(s.genuine, rejected, true)
  local outside = #s.genuine - inside
  local last = inside > 0 and s.genuine[outside + 1]
  local left = last and scores.at_least(s.impostor, last) or 0
  local right = outside > 0 and scores.at_least(s.impostor, s.genuine[outside], true)
    or #s.impostor
  if right > count then return left, right end
  return count, scores.at_least(s.impostor, rejected)
end

function RULES.nearest_corner(s, wanted)
  local count, rejected = accepted(s, wanted)
  if not rejected then return { threshold = lowest_above(s, nil) } end
  local left, right = level_ends(s, count, rejected)
  local chosen = right - wanted <= wanted - left and right or left
  return { threshold = lowest_above(s, chosen < #s.impostor and kth(s, chosen + 1) or nil) }
end

function RULES.interpolate(s, wanted, g, i)
  local count, rejected = accepted(s, wanted)
  local low = lowest_above(s, rejected)
  if not rejected or count == wanted then return { threshold = low } end
  local more = scores.at_least(s.impostor, rejected)
  local share = (wanted - count) / (more - count)
  local few, many = scores.at_least(s.genuine, low), scores.at_least(s.genuine, rejected)
  if low == math.huge then low = scores.after(rejected) end
  return {
    threshold = rejected > -math.huge and low + share * (rejected - low) or low,
    tar = (few + share * (many - few)) / g, far = (count + share * (more - count)) / i,
  }
end

-- Strictly above the k-th greatest impostor score, and at least the first.
local function strictly_above(s, k)
  local threshold = kth(s, math.min(math.max(k, 1), #s.impostor))
  return { threshold = threshold, strict = true }
end

function RULES.topk(s, wanted) return strictly_above(s, math.floor(wanted)) end

function RULES.topk_ceil(s, wanted) return strictly_above(s, math.ceil(wanted)) end

local function check_share(name, share)
  if type(share) ~= "number" or not (share >= 0 and share <= 1) then
    error(("%s: a rate is %s, wants 0 to 1"):format(name, share), 3)
  end
end

--- TAR where FAR is the wanted one.
-- @tparam table set a score set
-- @tparam number far wanted, 0 to 1
-- @tparam[opt] table options { rule = "at_most", failures = "rejected" }; rules:
-- "at_most": the greatest TAR with FAR not above the wanted one; the threshold is
-- the lowest score that does it, just above the greatest impostor score where no
-- impostor may pass;
-- "bob": the same, but the threshold is an impostor score (bob.measure);
-- "nearest": the point of the ROC with the nearest FAR, of two the greater, and
-- there the greatest TAR;
-- "nearest_corner": the same of the ROC's corners alone, for scikit-learn's roc_curve
-- leaves out what lies between them (InsightFace, 1:1, as it runs);
-- "interpolate": on the straight line between two points of the ROC (OpenBR);
-- "topk": scores strictly above the floor(I far)-th greatest impostor score, at
-- least the first (InsightFace, 1:N); "topk_ceil": the ceil(I far)-th
-- @treturn table { tar, far (reached), threshold, strict (true: accepts only what
-- is above it), rule, supported, expected_errors }: supported is false where
-- fewer than 30 errors are expected, and so where far < 1 / impostors
function operating.tar_at_far(set, far, options)
  local s = scores.both(set, "tar_at_far")
  check_share("tar_at_far", far)
  local o = options or {}
  local rule = o.rule or "at_most"
  if not RULES[rule] then error(("tar_at_far: no rule is called '%s'"):format(rule), 2) end
  local g, i = scores.totals(s, o.failures)
  local wanted = wanted_count(far, i)
  local out = RULES[rule](s, wanted, g, i)
  out.strict = out.strict or false
  out.tar = out.tar or scores.at_least(s.genuine, out.threshold, out.strict) / g
  out.far = out.far or scores.at_least(s.impostor, out.threshold, out.strict) / i
  out.rule, out.expected_errors = rule, wanted
  out.supported = wanted >= LEAST_ERRORS
  return out
end

--- FNMR where FMR is the wanted one: 1 - TAR of the comparisons that were made.
-- @tparam table set
-- @tparam number fmr wanted
-- @tparam[opt] table options { rule } as of tar_at_far
-- @treturn table { fnmr, fmr, threshold, strict, rule, supported, expected_errors }
function operating.fnmr_at_fmr(set, fmr, options)
  local s = scores.both(set, "fnmr_at_fmr")
  local at = operating.tar_at_far(s, fmr,
    { rule = options and options.rule, failures = "ignored" })
  at.fnmr, at.fmr, at.tar, at.far = 1 - at.tar, at.far, nil, nil
  return at
end

--- The least FAR whose TAR is at least the wanted one.
-- @tparam table set
-- @tparam number tar wanted, 0 to 1
-- @tparam[opt] table options { failures = "rejected" }
-- @treturn table { far, tar, threshold, supported }; supported is false where
-- fewer than 30 impostor scores were accepted. nil, text where failures to
-- acquire keep TAR below the wanted one
function operating.far_at_tar(set, tar, options)
  local s = scores.both(set, "far_at_tar")
  check_share("far_at_tar", tar)
  local g, i = scores.totals(s, options and options.failures)
  local wanted = math.ceil(wanted_count(tar, g))
  if wanted > #s.genuine then
    return nil, ("far_at_tar: %d of %d genuine comparisons were made"):format(#s.genuine, g)
  end
  local threshold = wanted == 0 and math.huge or s.genuine[#s.genuine + 1 - wanted]
  local fp = scores.at_least(s.impostor, threshold)
  return {
    far = fp / i, tar = scores.at_least(s.genuine, threshold) / g, threshold = threshold,
    supported = fp >= LEAST_ERRORS,
  }
end

--- FMR10, FMR100 and FMR1000: FNMR at an FMR of at most 1/10, 1/100, 1/1000; and
-- the zero points (FVC 2000).
-- @tparam table set
-- @treturn table { fmr10, fmr100, fmr1000 as of fnmr_at_fmr; zero_fmr, the least
-- FNMR without a false match; zero_fnmr, the least FMR without a false non-match }
function operating.fixed_points(set)
  local s = scores.both(set, "fixed_points")
  return {
    fmr10 = operating.fnmr_at_fmr(s, 1 / 10), fmr100 = operating.fnmr_at_fmr(s, 1 / 100),
    fmr1000 = operating.fnmr_at_fmr(s, 1 / 1000),
    zero_fmr = operating.fnmr_at_fmr(s, 0).fnmr,
    zero_fnmr = operating.far_at_tar(s, 1, { failures = "ignored" }).far,
  }
end

return operating
