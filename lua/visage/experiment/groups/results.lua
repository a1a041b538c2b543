--- What is left of comparisons besides their groups: error versus reject by each measure of
-- quality, and the worst pairs as a picture.
--
-- `compared` is { photos, pairs = { genuine, impostor } of comparisons.draw, scores = {
-- genuine, impostor } in their order, threshold }.
local normalise = require "visage.metrics.normalise"
local plot = require "visage.plot"

local comparison_results = {}

--- The columns of the table of rejects.
comparison_results.reject_columns = { "model", "quality", "fnmr", "fnmr_poorest_rejected",
  "mean_fnmr", "ideal_mean", "errors", "comparisons" }

-- The share of comparisons, those of the poorest photos, that is rejected.
local REJECTED = 0.2

-- Pairs of a kind in a picture.
local SHOWN = 8

-- What of photo_groups.measure may tell good photos, as a number that is more for a better
-- one.
local QUALITY = {
  { "detector_score", function(q) return q.score end },
  { "box_side", function(q) return q.box_side end },
  { "eye_distance", function(q) return q.eye_distance end },
  { "frontal", function(q) return q.yaw and -math.abs(q.yaw) end },
  { "blur", function(q) return q.blur end },
}

-- The rate of a reject curve where a share is left out, or the nearest lower share.
local function rate_without(curve, share)
  local rate = curve.rate[1]
  for i = 1, #curve.reject do
    if curve.reject[i] <= share then rate = curve.rate[i] end
  end
  return rate
end

-- The part of a curve that is drawn.
local SHOWN_REJECTS = 0.5

local function drawn_part(curve)
  local series = { x = {}, y = {} }
  for i = 1, #curve.reject do
    if curve.reject[i] <= SHOWN_REJECTS then
      series.x[i], series.y[i] = curve.reject[i], curve.rate[i]
    end
  end
  return series
end

-- The quality of each genuine comparison, the lower of its two photos, NaN where one has
-- none; and whether any has.
local function qualities(compared, value)
  local pairs_, list, some = compared.pairs.genuine, {}, false
  local function of(place)
    local found = compared.photos[place].quality
    return found and value(found)
  end
  for i, place in ipairs(pairs_.first) do
    local a, b = of(place), of(pairs_.second[i])
    list[i] = a and b and math.min(a, b) or 0 / 0
    some = some or list[i] == list[i]
  end
  return list, some
end

--- Records FNMR without the genuine comparisons of the poorest photos, by each measure of
-- quality that photos have, and draws the curves.
-- @tparam table run
-- @tparam {table,...} rows of the table with reject_columns
-- @tparam table source { name }
-- @tparam table compared whose photos carry `quality` of visage.experiment.groups.photos
function comparison_results.rejects(run, rows, source, compared)
  local series = {}
  for _, one in ipairs(QUALITY) do
    local list, some = qualities(compared, one[2])
    if some then
      local curve = normalise.error_versus_reject({ genuine = compared.scores.genuine }, list,
        { threshold = compared.threshold, upto = REJECTED })
      local left = rate_without(curve, REJECTED)
      series[#series + 1] = drawn_part(curve)
      series[#series].name = one[1]
      rows[#rows + 1] = { source.name, one[1], curve.rate[1], left, curve.area, curve.ideal,
        curve.errors, curve.comparisons }
      run:metric(("%s/fnmr.poorest_rejected.%s"):format(source.name, one[1]), left)
    end
  end
  if not series[1] then return end
  run:rule("reject", ("FNMR without the %g %% of genuine comparisons whose poorer photo is the"
    .. " poorest, at the same threshold; failures are non-matches"):format(100 * REJECTED))
  run:plot(("reject_%s.png"):format(source.name), plot.lines, {
    series = series, x_title = "share of comparisons rejected, the poorest photo first",
    y_title = "FNMR of the others", title = source.name .. ": error versus reject",
    x_low = 0, x_high = SHOWN_REJECTS, y_low = 0, width = 760,
  })
end

-- The places of the scores that went most wrong, or came nearest to it: the lowest of
-- genuine comparisons, the highest of impostors; of equal ones the first.
local function worst_places(scores, genuine)
  local order, sign = {}, genuine and 1 or -1
  for i, score in ipairs(scores) do
    if score == score then order[#order + 1] = i end
  end
  table.sort(order, function(a, b)
    local x, y = sign * scores[a], sign * scores[b]
    if x == y then return a < b end
    return x < y
  end)
  return table.move(order, 1, math.min(SHOWN, #order), 1, {})
end

local function cells_of(source, compared, kind)
  local cells, pairs_, scores = {}, compared.pairs[kind], compared.scores[kind]
  for _, i in ipairs(worst_places(scores, kind == "genuine")) do
    local wrong = (scores[i] >= compared.threshold) == (kind == "impostor")
    for k, side in ipairs { "first", "second" } do
      local photo = compared.photos[pairs_[side][i]]
      local name = photo.key:gsub("%.%w+$", ""):match "[^/]*/?[^/]*$"
      cells[#cells + 1] = { image = source.picture(photo), mark = wrong and "bad" or nil,
        text = k == 1 and name or ("%.3f"):format(scores[i]) }
    end
  end
  return cells
end

--- Draws the genuine pairs that are least alike and the impostor pairs that are most.
-- @tparam table run
-- @tparam table source { name, picture }
-- @tparam table compared
function comparison_results.worst(run, source, compared)
  if not source.picture then return end
  run:montage(("worst_%s.png"):format(source.name), {
    title = source.name .. ": pairs side by side, the score under the second; errors are framed",
    rows = {
      { title = "one person, the least alike", cells = cells_of(source, compared, "genuine") },
      { title = "two people, the most alike", cells = cells_of(source, compared, "impostor") },
    },
  })
end

return comparison_results
