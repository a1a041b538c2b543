--- Tables as text for a paper or a page: Markdown, TeX, HTML. CSV is visage.data.csv's,
-- JSON what results.json is.
local grid = require "visage.report.grid"
local values = require "visage.report.values"

local tables = {}

--- Which columns hold numbers or nothing, and some number: they stand on the right.
-- @tparam {string,...} columns
-- @tparam {table,...} rows
-- @treturn {boolean,...}
function tables.numeric(columns, rows)
  local numeric = {}
  for c = 1, #columns do
    local some, other = false, false
    for _, row in ipairs(rows) do
      if type(row[c]) == "number" then some = true elseif row[c] ~= nil then other = true end
    end
    numeric[c] = some and not other
  end
  return numeric
end

-- Which columns show all numbers with a point, for some have a fraction.
local function pointed(columns, rows)
  local point = {}
  for c = 1, #columns do
    local list = {}
    for i, row in ipairs(rows) do list[i] = row[c] end
    point[c] = values.has_fraction(list, #rows)
  end
  return point
end

-- The lines of the head and of the rows, each cell by show(value, point).
local function lines_of(columns, rows, show, marks)
  local lines, point = {}, pointed(columns, rows)
  for i = 0, #rows do
    local parts = {}
    for c = 1, #columns do
      parts[c] = show((i == 0 and columns or rows[i])[c], point[c])
    end
    lines[i + 1] = marks[1] .. table.concat(parts, marks[2]) .. marks[3]
  end
  return lines
end

-- One line, what a cell cannot hold escaped.
local function markdown_cell(value, point)
  local text = values.show(value, point):gsub("%s+", " ")
  return (text:gsub("[\\|`*_<>%[%]]", "\\%0"))
end

--- A table in Markdown.
-- @tparam {string,...} columns
-- @tparam {table,...} rows numbers, strings, booleans or nil
-- @treturn string
-- @usage tables.markdown({ "a" }, { { 0.5 } }) --> | a |, | ---: |, | 0.5000 |
function tables.markdown(columns, rows)
  local numeric, marks = tables.numeric(columns, rows), {}
  for c = 1, #columns do marks[c] = numeric[c] and "---:" or "---" end
  local lines = lines_of(columns, rows, markdown_cell, { "| ", " | ", " |" })
  table.insert(lines, 2, "| " .. table.concat(marks, " | ") .. " |")
  return table.concat(lines, "\n") .. "\n"
end

-- What TeX reads as commands.
local TEX = {
  ["\\"] = "\\textbackslash{}", ["~"] = "\\textasciitilde{}", ["^"] = "\\textasciicircum{}",
  ["<"] = "\\textless{}", [">"] = "\\textgreater{}", ["|"] = "\\textbar{}",
  ['"'] = "\\textquotedbl{}",
}

local function tex_text(text)
  text = text:gsub("%s+", " ")
  text = text:gsub("[\\~^<>|\"#$%%&_{}]", function(c) return TEX[c] or "\\" .. c end)
  return (text:gsub("–", "--"))
end

local function tex_cell(value, point)
  local text = values.show(value, point)
  -- A minus is not a hyphen.
  if type(value) == "number" then
    return (text:gsub("^%-", "$-$"):gsub("e%-0*(%d+)$", "$\\cdot10^{-%1}$")
      :gsub("e%+0*(%d+)$", "$\\cdot10^{%1}$"))
  end
  return tex_text(text)
end

--- A table in LaTeX, which needs no package.
-- @tparam {string,...} columns
-- @tparam {table,...} rows
-- @tparam[opt] table options caption, label: then in a table environment
-- @treturn string
function tables.tex(columns, rows, options)
  local o, numeric, kinds = options or {}, tables.numeric(columns, rows), {}
  for c = 1, #columns do kinds[c] = numeric[c] and "r" or "l" end
  local lines = lines_of(columns, rows, tex_cell, { "", " & ", " \\\\" })
  table.insert(lines, 2, "\\hline")
  table.insert(lines, 1, ("\\begin{tabular}{%s}\n\\hline"):format(table.concat(kinds)))
  lines[#lines + 1] = "\\hline\n\\end{tabular}"
  if o.caption then
    table.insert(lines, 1, "\\begin{table}\n\\centering")
    lines[#lines + 1] = ("\\caption{%s}%s\n\\end{table}"):format(tex_text(o.caption),
      o.label and ("\\label{%s}"):format(o.label) or "")
  end
  return table.concat(lines, "\n") .. "\n"
end

--- A table in HTML, as the report has it.
-- @tparam {string,...} columns
-- @tparam {table,...} rows
-- @treturn string
function tables.html(columns, rows)
  return grid(columns, rows, tables.numeric(columns, rows)).html .. "\n"
end

return tables
