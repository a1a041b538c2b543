--- Curves with bands: ROC, DET, CMC and plain ones. A series is { name, x, y, low, high },
-- lists or tensors (N) in the order of x; low and high, if there, bound y.
local chart = require "visage.plot.chart"

local curves = {}

-- Two points that fall into one cell of so many cells a side are one to the eye:
-- a curve of a million thresholds is drawn as fast as one of a thousand.
local CELLS = 2000

-- A curve with more points than this has no marks on them.
local MARKED = 30

-- Places of a rate on each kind of axis, 0..1 from one end to the other; nil
-- when it has none there: 0 on a logarithmic axis, 0 and 1 on a probit one.
local PLACES = {
  linear = function(value, low, high) return (value - low) / (high - low) end,
  log = function(value, low, high)
    if value <= 0 then return nil end
    return math.log(value / low) / math.log(high / low)
  end,
  -- Only for thinning: the logit bends as the probit does.
  probit = function(value)
    if value <= 0 or value >= 1 then return nil end
    return (math.log(value / (1 - value)) + 14) / 28
  end,
}

-- NaN, which no bound can hold, stays: a band has a gap there.
local function clamp(value, axis)
  if value ~= value then return value end
  return math.max(axis.low, math.min(axis.high, value))
end

-- The lines of a series that can be drawn: x, y, low, high.
local function lines_of(series, x_axis, y_axis)
  local x, y = chart.numbers(series.x), chart.numbers(series.y)
  local low = series.low and chart.numbers(series.low)
  local high = series.high and chart.numbers(series.high)
  local lines, last = {}, nil
  for i = 1, #x do
    local at = PLACES[x_axis.kind](x[i], x_axis.low, x_axis.high)
    local up = PLACES[y_axis.kind](y[i], y_axis.low, y_axis.high)
    if at == at and up == up and at and up then
      local cell = ("%d %d"):format(at * CELLS // 1, up * CELLS // 1)
      if cell ~= last then
        lines[#lines + 1] = chart.line(x[i], y[i],
          clamp(low and low[i] or y[i], y_axis), clamp(high and high[i] or y[i], y_axis))
      end
      last = cell
    end
  end
  return lines
end

-- What to draw of series i: its band first, then its curve.
local function drawn(series, i, count, columns, file)
  local source = ("%s index %d"):format(file, i - 1)
  local parts = {}
  if series.low and series.high then
    parts[1] = ("%s using %s:%s:%s with filledcurves fs transparent solid 0.18 noborder"
      .. " lc %s notitle"):format(source, columns.x, columns.low, columns.high,
      chart.colour(i))
  end
  parts[#parts + 1] = ("%s using %s:%s with %s lw %g dt %d lc %s title %s"):format(
    source, columns.x, columns.y, count <= MARKED and "linespoints pt 7 ps 0.7" or "lines",
    -- The first are wider, to be seen below others that run with them.
    i == 1 and 5 or i == 2 and 3.5 or 2, (i - 1) // #chart.COLOURS + 1, chart.colour(i),
    chart.quote(series.name or ""))
  return table.concat(parts, ", ")
end

local PLAIN = { x = "1", y = "2", low = "3", high = "4" }
local PROBIT = {
  x = "(invnorm($1))", y = "(invnorm($2))", low = "(invnorm($3))", high = "(invnorm($4))",
}

-- Draws all series on two axes {kind, low, high}, after `commands`.
local function draw(path, options, x_axis, y_axis, commands)
  local blocks, plots = {}, {}
  local columns = x_axis.kind == "probit" and PROBIT or PLAIN
  return chart.render(path, options, function(file)
    for i, series in ipairs(options.series) do
      -- A series of which nothing can be drawn keeps its name in the key.
      plots[i] = blocks[i] == 0
        and ("NaN with lines lw 2.5 lc %s title %s"):format(chart.colour(i),
          chart.quote(series.name or ""))
        or drawn(series, i, blocks[i], columns, file)
    end
    commands[#commands + 1] = "plot " .. table.concat(plots, ", ")
    return commands
  end, (function()
    local text = {}
    for i, series in ipairs(options.series) do
      local lines = lines_of(series, x_axis, y_axis)
      blocks[i] = #lines
      if #lines == 0 then lines[1] = "NaN NaN NaN NaN" end
      text[i] = table.concat(lines, "\n")
    end
    return table.concat(text, "\n\n\n") .. "\n"
  end)())
end

local function with_titles(options, x_title, y_title)
  local all = setmetatable({}, { __index = options })
  all.x_title, all.y_title = options.x_title or x_title, options.y_title or y_title
  return all
end

-- The series from FAR `low` on: what is reached below it is where it starts.
local function from_edge(series, low)
  local x, last = chart.numbers(series.x), 0
  for i, value in ipairs(x) do
    if value <= low then last = i end
  end
  if last == 0 then return series end
  local out = { name = series.name }
  for _, key in ipairs { "x", "y", "low", "high" } do
    local list = series[key] and chart.numbers(series[key])
    out[key] = list and table.move(list, last, #list, 1, {})
  end
  out.x[1] = low
  return out
end

-- Where the axis of TAR starts: a tenth below the least that is drawn.
local function least_tar(list)
  local least = 1
  for _, series in ipairs(list) do
    for _, value in ipairs(chart.numbers(series.low or series.y)) do
      if value < least then least = value end
    end
  end
  return math.max(0, math.floor(least * 10 - 0.5) / 10)
end

--- Receiver operating characteristic: TAR over FAR, which is logarithmic; from its
-- left end on what is reached at a FAR up to there.
-- @tparam string path .png or .svg
-- @tparam table options series (x = FAR, y = TAR), title, x_low (1e-5), y_low (by
-- default what is needed), x_title, y_title, width, height
-- @treturn boolean true, or nil, text, code
function curves.roc(path, options)
  local all, series = with_titles(options, "FAR", "TAR"), {}
  local x = { kind = "log", low = options.x_low or 1e-5, high = 1 }
  for i, one in ipairs(options.series) do series[i] = from_edge(one, x.low) end
  all.series = series
  local y = { kind = "linear", low = options.y_low or least_tar(series), high = 1 }
  return draw(path, all, x, y, {
    "set logscale x", "set format x '%g'", ("set xrange [%.17g:1]"):format(x.low),
    -- A little room above, or a perfect curve would lie under the frame.
    ("set yrange [%.17g:%.17g]"):format(y.low, 1 + (1 - y.low) / 50),
    "set grid lc rgb '#dddddd' dt 1 lw 1", "set key bottom right",
  })
end

--- Open-set search: TPIR over FPIR, as roc has TAR over FAR.
-- @tparam string path .png or .svg
-- @tparam table options those of roc, series (x = FPIR, y = TPIR)
-- @treturn boolean true, or nil, text, code
function curves.search(path, options)
  return curves.roc(path, with_titles(options, "FPIR", "TPIR"))
end

-- Marks of a probit axis, as rates.
local RATES = {
  1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999,
}

local function probit_tics(axis, low, high)
  local parts = {}
  for _, rate in ipairs(RATES) do
    if rate >= low and rate <= high then
      parts[#parts + 1] = ("%s invnorm(%.17g)"):format(chart.label(("%g %%"):format(rate * 100)),
        rate)
    end
  end
  return ("set %stics (%s)"):format(axis, table.concat(parts, ", "))
end

--- Detection error trade-off: FNMR over FMR, both on probit axes, where normal
-- scores give a straight line (Martin et al., Eurospeech 1997). Rates of 0 and 1
-- have no place there.
-- @tparam string path .png or .svg
-- @tparam table options series (x = FMR, y = FNMR), title, low (1e-4), high (0.6):
-- the ends of both axes, x_title, y_title, width, height
-- @treturn boolean true, or nil, text, code
function curves.det(path, options)
  local low, high = options.low or 1e-4, options.high or 0.6
  local axis = { kind = "probit", low = low, high = high }
  local range = ("range [invnorm(%.17g):invnorm(%.17g)]"):format(low, high)
  return draw(path, with_titles(options, "FMR", "FNMR"), axis, axis, {
    probit_tics("x", low, high), probit_tics("y", low, high),
    "set x" .. range, "set y" .. range, "set xtics rotate by -40",
    "set grid lc rgb '#dddddd' dt 1 lw 1", "set key top right",
    -- Where both rates are equal.
    "set arrow from graph 0,0 to graph 1,1 nohead lc rgb '#999999' dt 3",
  })
end

local function largest(series)
  local high = 1
  for _, one in ipairs(series) do
    local x = chart.numbers(one.x)
    high = math.max(high, x[#x] or 1)
  end
  return high
end

-- Marks on the axis of ranks, about.
local RANKS = 10

--- Cumulative match characteristic: the share of probes whose person is among
-- the first k, over k.
-- @tparam string path .png or .svg
-- @tparam table options series (x = rank from 1 on, y = share), title, x_high (the
-- last rank), y_low (0), x_title, y_title, width, height
-- @treturn boolean true, or nil, text, code
function curves.cmc(path, options)
  local high = options.x_high or largest(options.series)
  -- One rank alone gets a little room.
  local x = { kind = "linear", low = 1, high = math.max(high, 2) }
  local y = { kind = "linear", low = options.y_low or 0, high = 1 }
  return draw(path, with_titles(options, "rank", "identification rate"), x, y, {
    ("set xtics 1,%d"):format(math.max(1, x.high // RANKS)),
    ("set xrange [1:%.17g]"):format(x.high), ("set yrange [%.17g:1.005]"):format(y.low),
    "set grid lc rgb '#dddddd' dt 1 lw 1", "set key bottom right",
  })
end

-- The ends of what all series, with their bands, reach.
local function reach(series, ...)
  local low, high = math.huge, -math.huge
  for _, one in ipairs(series) do
    for _, field in ipairs { ... } do
      for _, value in ipairs(one[field] and chart.numbers(one[field]) or {}) do
        -- NaN compares false and so changes neither.
        if value < low then low = value end
        if value > high then high = value end
      end
    end
  end
  if low > high then return 0, 1 end
  return low, high > low and high or low + 1
end

-- Room about what is drawn, as a share of it.
local ROOM = 0.04

--- Curves on two linear axes: anything over anything.
-- @tparam string path .png or .svg
-- @tparam table options series (x, y, low, high), title, x_title, y_title, x_low, x_high,
-- y_low, y_high (by default what the series reach), width, height
-- @treturn boolean true, or nil, text, code
function curves.lines(path, options)
  local x_least, x_most = reach(options.series, "x")
  local y_least, y_most = reach(options.series, "y", "low", "high")
  local x_room, y_room = ROOM * (x_most - x_least), ROOM * (y_most - y_least)
  local x = { kind = "linear", low = options.x_low or x_least - x_room,
    high = options.x_high or x_most + x_room }
  local y = { kind = "linear", low = options.y_low or y_least - y_room,
    high = options.y_high or y_most + y_room }
  return draw(path, options, x, y, {
    ("set xrange [%.17g:%.17g]"):format(x.low, x.high),
    ("set yrange [%.17g:%.17g]"):format(y.low, y.high),
    "set grid lc rgb '#dddddd' dt 1 lw 1", "set key outside top center horizontal",
  })
end

return curves
