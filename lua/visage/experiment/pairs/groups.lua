--- Pairs by labels of theirs (sex, age group, pose): error rates of each group at one
-- threshold with intervals by subject, the field's figures of how far they differ, and
-- bars.
local group_plots = require "visage.experiment.groups.plots"
local groups = require "visage.metrics.groups"
local pair_results = require "visage.experiment.pairs.results"
local plot = require "visage.plot"

local pair_groups = {}

local RATES = { "fmr", "fnmr" }
-- Of the spread, what is a metric too.
local FIGURES = { "difference", "ratio" }

--- The columns of the table of spreads.
pair_groups.spread_columns = { "model", "label", "rate", "groups", "best_group", "best",
  "worst_group", "worst", "difference", "ratio", "worst_to_mean", "gini" }

--- Begins the tables.
-- @tparam table run
-- @treturn table for record and finish
function pair_groups.new(run)
  run:rule("groups", "FMR and FNMR at the model's threshold, of comparisons that were made;"
    .. " ratio: worst over best, none where the best is 0")
  return {
    charts = {},
    groups = run:table("groups", { "model", "label", "group", "fmr", "fmr_low", "fmr_high",
      "fnmr", "fnmr_low", "fnmr_high", "genuine", "impostor", "failures" }).rows,
    spread = run:table("spread", pair_groups.spread_columns).rows,
  }
end

-- The pairs of each group, in the order in which the groups come; those without the
-- label are left out.
local function parts_of(list, margins, label)
  local parts, at = {}, {}
  for i, pair in ipairs(list) do
    local group = pair.groups[label]
    if group and not at[group] then
      at[group] = { group = group, pairs = {}, margins = {} }
      parts[#parts + 1] = at[group]
    end
    if group then
      table.insert(at[group].pairs, pair)
      table.insert(at[group].margins, margins[i])
    end
  end
  for _, part in ipairs(parts) do
    part.set, part.subjects = pair_results.sides(part.pairs, part.margins)
  end
  return parts
end

--- Records how far the groups of a label lie apart; one group lies apart from none.
-- @tparam table run
-- @tparam {table,...} rows of the table with spread_columns
-- @tparam string name of the model
-- @tparam string label
-- @tparam table spread of visage.metrics.groups.spread
function pair_groups.record_spread(run, rows, name, label, spread)
  local key = ("%s/%s."):format(name, label)
  for _, rate in ipairs(RATES) do
    local s = spread[rate]
    if s and s.groups > 1 then
      rows[#rows + 1] = { name, label, rate, s.groups, s.best_group, s.best, s.worst_group,
        s.worst, s.difference, s.ratio, s.worst_to_mean, s.gini }
      for _, figure in ipairs(FIGURES) do
        -- Infinity, where the best has no errors, is no number of a result.
        run:metric(("%s%s.%s"):format(key, rate, figure),
          s[figure] < math.huge and s[figure] or 0 / 0)
      end
    end
  end
  if spread.fdr and spread.fmr.groups > 1 and spread.fnmr.groups > 1 then
    run:metric(key .. "fdr", spread.fdr)
    run:metric(key .. "garbe", spread.garbe)
  end
end

-- Keeps the rates for the label's charts, where models stand side by side.
local function collect(charts, label, name, rates, ends)
  if not charts[label] then
    charts[label] = { label = label, groups = {}, fmr = {}, fnmr = {} }
    charts[#charts + 1] = charts[label]
    for i, rate in ipairs(rates) do charts[label].groups[i] = rate.group end
  end
  for i, rate in ipairs(rates) do
    for _, kind in ipairs(RATES) do
      local interval = ends[i][kind] or {}
      table.insert(charts[label][kind], { series = name, group = rate.group,
        figure = rate[kind] and { value = rate[kind], low = interval.low, high = interval.high } })
    end
  end
end

--- Records the groups of a label.
-- @tparam table run
-- @tparam table tables of new
-- @tparam table results of pair_results.new
-- @tparam string name of the model
-- @tparam {table,...} list pairs with groups = { label = group }
-- @tparam {number,...} margins one a pair; a pair with 0 or more is called a match
-- @tparam string label
function pair_groups.record(run, tables, results, name, list, margins, label)
  local parts = parts_of(list, margins, label)
  local rates, ends = groups.rates(parts, 0), {}
  for i, rate in ipairs(rates) do
    ends[i] = results:rates(parts[i].set, parts[i].subjects)
    local fmr, fnmr = ends[i].fmr or {}, ends[i].fnmr or {}
    table.insert(tables.groups, { name, label, rate.group, rate.fmr, fmr.low, fmr.high,
      rate.fnmr, fnmr.low, fnmr.high, rate.genuine, rate.impostor,
      rate.failures.genuine + rate.failures.impostor })
  end
  pair_groups.record_spread(run, tables.spread, name, label, groups.spread(rates))
  if parts[1] then collect(tables.charts, label, name, rates, ends) end
end

--- Draws a chart of each rate for each label.
-- @tparam table run
-- @tparam table tables of new
function pair_groups.finish(run, tables)
  for _, chart in ipairs(tables.charts) do
    for _, rate in ipairs(RATES) do
      run:plot(("%s_%s.png"):format(rate, chart.label), plot.bars, {
        groups = chart.groups, series = group_plots.series(chart.groups, chart[rate]),
        title = ("%s by %s"):format(rate:upper(), chart.label), y_title = rate:upper(),
      })
    end
  end
end

return pair_groups
