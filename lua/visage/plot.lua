--- Charts as PNG files, drawn by gnuplot from plain tables. Each chart is a
-- function that makes gnuplot commands and data; `render` does the rest. A file
-- gets its name only when it is complete.
local system = require "visage.system"

local plot = {}

local SIZE = { width = 640, height = 560 }
-- From nearly white to a blue on which black numbers can still be read.
local PALETTE = 'set palette defined (0 "#f7fbff", 1 "#6baed6")'

-- A gnuplot string: single quotes, doubled inside; nothing in it is expanded.
local function quote(text)
  return "'" .. tostring(text):gsub("'", "''"):gsub("\n", " ") .. "'"
end

local function head(path, options)
  return {
    ("set terminal pngcairo noenhanced size %d,%d font 'DejaVu Sans,12'")
      :format(options.width or SIZE.width, options.height or SIZE.height),
    "set output " .. quote(path),
    "set encoding utf8",
    "set title " .. quote(options.title or ""),
  }
end

-- Runs gnuplot on commands that write to `drawing` and read `data`.
local function run(folder, commands, data)
  assert(system.write_file(folder .. "/chart.gp", table.concat(commands, "\n")))
  assert(system.write_file(folder .. "/chart.dat", data))
  local status, text, code = system.run {
    "gnuplot", folder .. "/chart.gp", stderr = "merge",
  }
  if not status then
    return nil, ("gnuplot cannot be started (%s); make deps installs it")
      :format(text), code
  end
  if status ~= 0 or text:find("%S") then
    return nil, "gnuplot: " .. text:gsub("^%s+", ""):gsub("%s+$", ""), "FORMAT"
  end
  return true
end

-- Draws a chart beside path, then gives it that name.
local function render(path, options, body, data)
  local folder, why, kind = system.temp_dir()
  if not folder then return nil, why, kind end
  local drawing = system.temp_name(path)
  local commands = head(drawing, options)
  for _, line in ipairs(body(folder .. "/chart.dat")) do commands[#commands + 1] = line end
  local ok, text, code = run(folder, commands, data)
  system.remove_tree(folder)
  if ok then ok, text, code = system.rename(drawing, path) end
  if ok then return true end
  os.remove(drawing)
  return nil, text, code
end

local function tics(axis, labels)
  local parts = {}
  for i, label in ipairs(labels) do
    parts[i] = ("%s %d"):format(quote(label), i - 1)
  end
  return ("set %stics (%s) scale 0"):format(axis, table.concat(parts, ", "))
end

local function extremes(matrix)
  local low, high = math.huge, -math.huge
  for _, row in ipairs(matrix) do
    for _, value in ipairs(row) do
      low, high = math.min(low, value), math.max(high, value)
    end
  end
  -- gnuplot warns about an empty range.
  if high - low < 1e-9 then return low - 0.5, high + 0.5 end
  return low, high
end

--- A matrix as coloured cells with their numbers.
-- @tparam string path of the PNG
-- @tparam table options matrix {{number,...},...}, rows and columns (labels),
-- title, row_title, column_title, low and high (of the colours; by default the
-- matrix's own extremes), format ("%.4f"), width, height
-- @treturn boolean true, or nil, text, code
function plot.heat_map(path, options)
  local matrix = options.matrix
  local low, high = extremes(matrix)
  local lines = {}
  for i, row in ipairs(matrix) do
    for j, value in ipairs(row) do
      lines[#lines + 1] = ("%d %d %.17g"):format(j - 1, i - 1, value)
    end
    lines[#lines + 1] = ""
  end
  return render(path, options, function(data)
    return {
      PALETTE, tics("x", options.columns), tics("y", options.rows),
      ("set xrange [-0.5:%d.5]"):format(#matrix[1] - 1),
      ("set yrange [%d.5:-0.5]"):format(#matrix - 1),
      ("set cbrange [%.17g:%.17g]"):format(options.low or low,
        options.high or high),
      "set xlabel " .. quote(options.column_title or ""),
      "set ylabel " .. quote(options.row_title or ""),
      "unset key",
      -- Boxes, for gnuplot's images are at least 2 x 2.
      ("plot %s using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror"
        .. " fill solid noborder lc palette, '' using 1:2:(sprintf(%s, $3)) with"
        .. " labels font ',16'"):format(quote(data),
        quote(options.format or "%.4f")),
    }
  end, table.concat(lines, "\n"))
end

-- Counts of values in equal bins over their range: {centre, count} lines.
local function binned(values, bins)
  local low, high = extremes { values }
  local width, counts = (high - low) / bins, {}
  for i = 1, bins do counts[i] = 0 end
  for _, value in ipairs(values) do
    local bin = math.min(bins, math.floor((value - low) / width) + 1)
    counts[bin] = counts[bin] + 1
  end
  local lines = {}
  for i, count in ipairs(counts) do
    lines[i] = ("%.17g %d"):format(low + (i - 0.5) * width, count)
  end
  return table.concat(lines, "\n"), width
end

--- How often values fall into equal bins.
-- @tparam string path of the PNG
-- @tparam table options values {number,...}, bins (40), title, x_title, marks
-- {number,...}: dashed vertical lines, width, height
-- @treturn boolean true, or nil, text, code
function plot.histogram(path, options)
  local data, width = binned(options.values, options.bins or 40)
  return render(path, options, function(file)
    local commands = {
      "unset key", "set style fill solid 0.8 border -1",
      ("set boxwidth %.17g"):format(width), "set yrange [0:*]",
      "set xlabel " .. quote(options.x_title or ""), "set ylabel 'count'",
    }
    for _, x in ipairs(options.marks or {}) do
      commands[#commands + 1] = ("set arrow from first %.17g, graph 0 to first"
        .. " %.17g, graph 1 nohead front lw 2 dt 2"):format(x, x)
    end
    commands[#commands + 1] = ("plot %s using 1:2 with boxes lc rgb '#6baed6'")
      :format(quote(file))
    return commands
  end, data)
end

return plot
