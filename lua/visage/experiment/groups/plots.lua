--- Charts of figures by group: bars of error rates, similarity over a gap.
local plot = require "visage.plot"

local group_plots = {}

local NAN = 0 / 0

-- A series with a place for each group.
local function empty(name, n)
  local series = { name = name, y = {}, low = {}, high = {} }
  for i = 1, n do series.y[i], series.low[i], series.high[i] = NAN, NAN, NAN end
  return series
end

--- The series of bars, NaN where a group has no figure.
-- @tparam {string,...} groups
-- @tparam {table,...} bars { series, group, figure = { value, low, high } or nil }
-- @treturn {table,...} series of visage.plot.bars, in the order in which they come
function group_plots.series(groups, bars)
  local list, by_name, place = {}, {}, {}
  for i, group in ipairs(groups) do place[group] = i end
  for _, bar in ipairs(bars) do
    local series = by_name[bar.series]
    if not series then
      series = empty(bar.series, #groups)
      by_name[bar.series], list[#list + 1] = series, series
    end
    local figure, i = bar.figure, place[bar.group]
    if figure then
      series.y[i] = figure.value
      series.low[i], series.high[i] = figure.low or NAN, figure.high or NAN
    end
  end
  return list
end

local RATES = { { "fnmr", "FNMR" }, { "fmr", "FMR" } }

-- Attributes in one chart.
local SHEET = 12

-- What one chart shows: groupings of categories and gaps one each, networks side by
-- side; attributes together, so many in a chart, the three cases side by side.
local function charts_of(collected)
  local list, by_key = {}, {}
  local function chart(key, title, groups)
    if not by_key[key] then
      by_key[key] = { key = key, title = title, groups = groups, bars = {} }
      list[#list + 1] = by_key[key]
    end
    return by_key[key]
  end
  local attributes = {}
  for _, one in ipairs(collected) do
    local grouping, name = one.grouping, one.source
    local together = grouping.attribute
    attributes[name] = (attributes[name] or 0) + (together and 1 or 0)
    local sheet = (attributes[name] - 1) // SHEET + 1
    local to = together and chart(("attributes%s_%s"):format(sheet > 1 and sheet or "", name),
      "attributes, " .. name, {}) or chart(grouping.name, grouping.title, grouping.names)
    if together then table.insert(to.groups, grouping.name) end
    for _, figures in ipairs(one.found.groups) do
      table.insert(to.bars, { figures = figures, series = together and figures.group or name,
        group = together and grouping.name or figures.group })
    end
  end
  return list
end

-- Room for a group's label and its bars.
local GROUP, LEAST = 90, 640

--- Draws bars of FNMR and FMR for each grouping.
-- @tparam table run
-- @tparam {table,...} collected { source = its name, grouping, found = of group_figures }
function group_plots.bars(run, collected)
  for _, chart in ipairs(charts_of(collected)) do
    for _, rate in ipairs(RATES) do
      local bars = {}
      for i, bar in ipairs(chart.bars) do
        bars[i] = { series = bar.series, group = bar.group, figure = bar.figures[rate[1]] }
      end
      run:plot(("%s_%s.png"):format(rate[1], chart.key), plot.bars, {
        groups = chart.groups, series = group_plots.series(chart.groups, bars), y_title = rate[2],
        title = ("%s by %s"):format(rate[2], chart.title),
        width = math.max(LEAST, GROUP * #chart.groups),
      })
    end
  end
end

--- Draws mean similarity over the mean gap of each group, of one person and of two.
-- @tparam table run
-- @tparam table one { source, grouping with a gap, found }
function group_plots.over_gap(run, one)
  local series = {}
  for i, kind in ipairs { "genuine", "impostor" } do
    local curve = { name = kind, x = {}, y = {}, low = {}, high = {} }
    for _, group in ipairs(one.found.groups) do
      local figure, n = group.similarity[kind], #curve.x + 1
      if figure then
        curve.x[n], curve.y[n] = group.gap[kind], figure.value
        curve.low[n], curve.high[n] = figure.low or NAN, figure.high or NAN
      end
    end
    series[i] = curve
  end
  run:plot(("similarity_%s_%s.png"):format(one.grouping.name, one.source), plot.lines, {
    series = series, x_title = one.grouping.title, y_title = "mean similarity",
    title = ("%s: similarity over %s"):format(one.source, one.grouping.title),
  })
end

return group_plots
