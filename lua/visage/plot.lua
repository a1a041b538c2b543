--- Charts as PNG or SVG files, drawn by gnuplot from plain tables and tensors.
-- The file's extension says which; a file gets its name only when it is complete.
local chart = require "visage.plot.chart"
local curves = require "visage.plot.curves"

local quote = chart.quote

local plot = {
  --- TAR over FAR; see visage.plot.curves.
  -- @function roc
  roc = curves.roc,

  --- TPIR over FPIR.
  -- @function search
  search = curves.search,

  --- FNMR over FMR on probit axes.
  -- @function det
  det = curves.det,

  --- Identification rate over rank.
  -- @function cmc
  cmc = curves.cmc,

  --- Curves on linear axes.
  -- @function lines
  lines = curves.lines,
}

-- From nearly white to a blue on which black numbers can still be read.
local PALETTE = 'set palette defined (0 "#f7fbff", 1 "#6baed6")'
-- Of differences: nought is white, less is red, more is blue.
local SIGNED = 'set palette defined (-1 "#f4a582", 0 "#ffffff", 1 "#6baed6")'

-- Of larger matrices the numbers, and then the labels, could not be read.
local MOST_NUMBERS, MOST_LABELS = 12, 40
-- More labels below an axis, or more letters in all, are turned.
local MOST_LEVEL, MOST_LETTERS = 6, 44

local function turned(labels)
  local letters = 0
  for _, label in ipairs(labels) do letters = letters + #tostring(label) end
  return #labels > MOST_LEVEL or letters > MOST_LETTERS and #labels > 1
end

local function tics(axis, labels)
  if not labels or #labels > MOST_LABELS then return ("unset %stics"):format(axis) end
  local parts = {}
  for i, label in ipairs(labels) do
    parts[i] = ("%s %d"):format(chart.label(label), i - 1)
  end
  return ("set %stics (%s) scale 0%s"):format(axis, table.concat(parts, ", "),
    axis == "x" and turned(labels) and " rotate by -45" or "")
end

local function cells(matrix)
  local lines = {}
  for i, row in ipairs(matrix) do
    for j, value in ipairs(row) do
      lines[#lines + 1] = chart.line(j - 1, i - 1, value)
    end
    lines[#lines + 1] = ""
  end
  return table.concat(lines, "\n")
end

--- A matrix as coloured cells with their numbers; without numbers from 13 rows or
-- columns on, without labels from 41 on.
-- @tparam string path .png or .svg
-- @tparam table options matrix {{number,...},...} or tensor (R,C), rows and columns
-- (labels, if any), title, row_title, column_title, low and high
-- (of the colours; by default the matrix's own extremes), signed: differences, red below
-- and blue above 0, as far as the furthest, format ("%.4f"), width, height
-- @treturn boolean true, or nil, text, code
function plot.heat_map(path, options)
  local matrix = chart.numbers(options.matrix)
  local low, high = chart.extremes(matrix)
  if options.signed then
    high = math.max(math.abs(low), math.abs(high))
    low = -high
  end
  local size = math.max(#matrix, #matrix[1])
  return chart.render(path, options, function(data)
    local numbered = (", '' using 1:2:(sprintf(%s, $3)) with labels font ',%d'"):format(
      quote(options.format or "%.4f"), size <= 4 and 16 or 10)
    return {
      options.signed and SIGNED or PALETTE, tics("x", options.columns), tics("y", options.rows),
      ("set xrange [-0.5:%d.5]"):format(#matrix[1] - 1),
      ("set yrange [%d.5:-0.5]"):format(#matrix - 1),
      ("set cbrange [%.17g:%.17g]"):format(options.low or low,
        options.high or high),
      "set xlabel " .. quote(options.column_title or ""),
      "set ylabel " .. quote(options.row_title or ""),
      "unset key",
      -- Boxes, for gnuplot's images are at least 2 x 2.
      ("plot %s using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror"
        .. " fill solid noborder lc palette%s"):format(data,
        size <= MOST_NUMBERS and numbered or ""),
    }
  end, cells(matrix))
end

-- Values in equal bins from low to high, as lines {centre, count or share}.
local function binned(values, bins, low, high, share)
  local width, counts, total = (high - low) / bins, {}, 0
  for i = 1, bins do counts[i] = 0 end
  for _, value in ipairs(values) do
    -- NaN is in no bin.
    if value == value then
      local bin = math.min(bins, math.floor((value - low) / width) + 1)
      counts[bin], total = counts[bin] + 1, total + 1
    end
  end
  local lines = {}
  for i, count in ipairs(counts) do
    lines[i] = chart.line(low + (i - 0.5) * width,
      share and total > 0 and count / total or count)
  end
  return table.concat(lines, "\n")
end

-- The sets of a histogram: one without a name, or those of `series`.
local function sets_of(options)
  if not options.series then return { { x = chart.numbers(options.values) } } end
  local sets = {}
  for i, one in ipairs(options.series) do
    sets[i] = { name = one.name, x = chart.numbers(one.x) }
  end
  return sets
end

local function boxes_of(sets, file)
  local parts = {}
  for i, one in ipairs(sets) do
    parts[i] = ("%s index %d using 1:2 with boxes lc %s %s"):format(file, i - 1,
      sets[2] and chart.colour(i) or "rgb '#6baed6'",
      one.name and "title " .. quote(one.name) or "notitle")
  end
  return "plot " .. table.concat(parts, ", ")
end

local MOST_BINS = 40

-- Bins that n values can fill (Rice's rule), twice as many of several sets, which lie
-- apart.
local function bins_for(n, several)
  return math.max(5, math.min(MOST_BINS, math.ceil((several and 4 or 2) * n ^ (1 / 3))))
end

--- How often values fall into equal bins: counts of one set, or of several sets
-- (genuine and impostor scores) the share of each that a bin holds, for there are
-- far more impostors. Fewer values get fewer bins.
-- @tparam string path .png or .svg
-- @tparam table options values, or series { { name, x = values }, ... }; bins (up to 40),
-- title, x_title, y_title, marks {number,...}: dashed vertical lines, width, height
-- @treturn boolean true, or nil, text, code
function plot.histogram(path, options)
  local sets, all, blocks, most, filled = sets_of(options), {}, {}, 0, false
  for i, one in ipairs(sets) do
    all[i] = one.x
    most = math.max(most, #one.x)
    for _, value in ipairs(one.x) do filled = filled or value == value end
  end
  local bins = options.bins or bins_for(most, sets[2] ~= nil)
  local low, high = chart.extremes(all)
  for i, one in ipairs(sets) do
    blocks[i] = binned(one.x, bins, low, high, options.series ~= nil)
  end
  return chart.render(path, options, function(file)
    local commands = {
      ("set style fill %s 0.6 noborder"):format(sets[2] and "transparent solid" or "solid"),
      ("set boxwidth %.17g"):format((high - low) / bins),
      ("set yrange [0:%s]"):format(filled and "*" or "1"),
      sets[2] and "set key outside top center horizontal" or "unset key",
      "set ylabel " .. quote(options.y_title
        or options.series and "share of the set" or "count"),
    }
    for _, x in ipairs(options.marks or {}) do
      commands[#commands + 1] = ("set arrow from first %.17g, graph 0 to first"
        .. " %.17g, graph 1 nohead front lw 2 dt 2"):format(x, x)
    end
    commands[#commands + 1] = boxes_of(sets, file)
    return commands
  end, table.concat(blocks, "\n\n\n") .. "\n")
end

-- The share of a group's room that its bars fill.
local FILLED = 0.8

-- The upper end of bars, which gnuplot cannot find where all are nought.
local function top(all)
  for _, series in ipairs(all) do
    for _, name in ipairs { "y", "high" } do
      for _, value in ipairs(series[name] and chart.numbers(series[name]) or {}) do
        if value > 0 then return "*" end
      end
    end
  end
  return "1"
end

-- Room at the right for the last of the turned labels.
local function margin(labels)
  local last = tostring(labels[#labels] or "")
  return turned(labels) and ("set rmargin %d"):format(4 + #last * 7 // 10)
    or "unset rmargin"
end

-- Bars of series i of n: centre, height, ends of its interval.
local function bars_of(series, i, n)
  local y = chart.numbers(series.y)
  local low = series.low and chart.numbers(series.low) or y
  local high = series.high and chart.numbers(series.high) or y
  local lines = {}
  for g = 1, #y do
    local x = g - 1 + (i - (n + 1) / 2) * FILLED / n
    lines[g] = chart.line(x, y[g], low[g], high[g])
  end
  return table.concat(lines, "\n")
end

--- Bars of groups (sex, age, pose), side by side for each series, with intervals.
-- @tparam string path .png or .svg
-- @tparam table options groups {label,...}, series { { name, y, low, high }, ... } with
-- a value a group (NaN: none), title, x_title, y_title, y_low and y_high (of the axis;
-- by default from 0 to what is needed), width, height
-- @treturn boolean true, or nil, text, code
function plot.bars(path, options)
  local blocks, n = {}, #options.series
  for i, series in ipairs(options.series) do blocks[i] = bars_of(series, i, n) end
  return chart.render(path, options, function(file)
    local parts = {}
    for i, series in ipairs(options.series) do
      parts[#parts + 1] = ("%s index %d using 1:2 with boxes lc %s title %s"):format(file,
        i - 1, chart.colour(i), quote(series.name or ""))
      if series.low and series.high then
        parts[#parts + 1] = ("%s index %d using 1:3:(0):($4-$3) with vectors"
          .. " heads size graph 0.008,90 lw 1.5 lc rgb '#222222' notitle"):format(file, i - 1)
      end
    end
    return {
      tics("x", options.groups), ("set xrange [-0.6:%.1f]"):format(#options.groups - 0.4),
      ("set yrange [%s:%s]"):format(options.y_low or 0, options.y_high or top(options.series)),
      margin(options.groups),
      "set style fill solid 0.75 noborder", ("set boxwidth %.17g"):format(FILLED / n * 0.94),
      "set grid ytics lc rgb '#dddddd' dt 1 lw 1", "set key outside top center horizontal",
      n == 1 and not options.series[1].name and "unset key" or "",
      "plot " .. table.concat(parts, ", "),
    }
  end, table.concat(blocks, "\n\n\n") .. "\n")
end

-- How to read each chart, for those who meet it first.
local CAPTIONS = {
  [plot.roc] = "Of pairs of one person the share accepted (TAR), over the share of pairs of two"
    .. " people accepted (FAR, logarithmic). Higher is better.",
  [plot.search] = "Of searches for people of the gallery the share that finds them at the rank and"
    .. " is accepted (TPIR), over the share of searches for strangers that gives a name (FPIR,"
    .. " logarithmic). Higher is better.",
  [plot.det] = "Of pairs of one person the share rejected (FNMR), over the share of pairs of two"
    .. " people accepted (FMR), on normal deviates. Lower is better.",
  [plot.cmc] = "The share of probes whose person is among the first candidates, over how many are"
    .. " looked at. Higher is better.",
  [plot.lines] = "One line a series; a band, if there is one, is its interval.",
  [plot.heat_map] = "Darker is greater, by the scale at the side.",
  [plot.histogram] = "How many values, or what share of each set, fall into equal bins.",
  [plot.bars] = "One bar a series in each group; whiskers are its interval.",
}

--- How to read a chart of this kind; for a report.
-- @tparam function chart_of plot.roc, ...
-- @treturn ?string
function plot.caption(chart_of) return CAPTIONS[chart_of] end

return plot
