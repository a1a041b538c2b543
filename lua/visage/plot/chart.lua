--- What all charts share: gnuplot's commands, its data, the file in the end.
-- Not for scripts; visage.plot has the charts.
local system = require "visage.system"

local chart = {
  --- Okabe and Ito's colours, told apart by the colour-blind too.
  COLOURS = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000" },
}

local SIZE = { width = 640, height = 560 }

-- Numbers of a point in the data file: a double's digits.
local NUMBER = "%.17g"

--- A gnuplot string: single quotes, doubled inside; nothing in it is expanded.
-- What ends a section of XML, which gnuplot leaves as it is in an SVG, is parted.
-- @tparam any text
-- @treturn string
function chart.quote(text)
  return "'" .. tostring(text):gsub("'", "''"):gsub("%c", " "):gsub("%]%]>", "]] >") .. "'"
end

--- A label of an axis, where gnuplot expands per cents as printf does.
-- @tparam any text
-- @treturn string
function chart.label(text)
  return (chart.quote(text):gsub("%%", "%%%%"))
end

--- The numbers of a tensor (N) or (N,M), or of a table, as a table.
-- @tparam core.tensor|table values
-- @treturn table
function chart.numbers(values)
  return type(values) == "userdata" and values:totable() or values
end

--- A line of the data file; NaN is a place with nothing on it.
-- @tparam number ... its columns
-- @treturn string
function chart.line(...)
  local parts = { ... }
  for i, value in ipairs(parts) do
    parts[i] = value == value and NUMBER:format(value) or "NaN"
  end
  return table.concat(parts, " ")
end

--- The colour of a series.
-- @tparam integer i its number
-- @treturn string as gnuplot writes it
function chart.colour(i)
  return ("rgb '%s'"):format(chart.COLOURS[(i - 1) % #chart.COLOURS + 1])
end

--- The smallest and the largest of a matrix; apart, for gnuplot warns about an
-- empty range.
-- @tparam {{number,...},...} matrix
-- @treturn number
-- @treturn number
function chart.extremes(matrix)
  local low, high = math.huge, -math.huge
  for _, row in ipairs(matrix) do
    for _, value in ipairs(row) do
      -- NaN compares false and so changes neither.
      if value < low then low = value end
      if value > high then high = value end
    end
  end
  if low > high then return 0, 1 end
  if high - low < 1e-9 then return low - 0.5, high + 0.5 end
  return low, high
end

-- The terminal that a file's name asks for.
local function terminal(path, options)
  local kind = path:lower():match "%.svg$" and "svg" or "pngcairo"
  return ("set terminal %s noenhanced size %d,%d font 'DejaVu Sans,12'%s")
    :format(kind, options.width or SIZE.width, options.height or SIZE.height,
    kind == "svg" and " background rgb 'white'" or "")
end

local function head(path, drawing, options)
  return {
    terminal(path, options),
    "set output " .. chart.quote(drawing),
    "set encoding utf8",
    "set title " .. chart.quote(options.title or ""),
    "set xlabel " .. chart.quote(options.x_title or ""),
    "set ylabel " .. chart.quote(options.y_title or ""),
    "set border lc rgb '#555555'",
    "set key noenhanced",
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

--- Draws a chart beside path, then gives it that name.
-- @tparam string path ending in .svg, or else a PNG
-- @tparam table options title, x_title, y_title, width, height
-- @tparam function body from the data file's quoted name to a list of commands
-- @tparam string data
-- @treturn boolean true, or nil, text, code
function chart.render(path, options, body, data)
  local folder, why, kind = system.temp_dir()
  if not folder then return nil, why, kind end
  local drawing = system.temp_name(path)
  local commands = head(path, drawing, options)
  for _, line in ipairs(body(chart.quote(folder .. "/chart.dat"))) do
    commands[#commands + 1] = line
  end
  local ok, text, code = run(folder, commands, data)
  system.remove_tree(folder)
  if ok then ok, text, code = system.rename(drawing, path) end
  if ok then return true end
  os.remove(drawing)
  return nil, text, code
end

return chart
