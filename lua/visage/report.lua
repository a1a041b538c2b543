--- Reports: OUT/report.html of a run, one file that opens with no network and runs
-- nothing; and one of several runs side by side. Made from what a run leaves
-- behind, so it can be made again at any time.
local comparison = require "visage.report.comparison"
local html = require "visage.report.html"
local numbers = require "visage.report.numbers"
local parts = require "visage.report.parts"
local results = require "visage.report.results"
local style = require "visage.report.style"
local system = require "visage.system"
local tables = require "visage.report.tables"

local report = {}

local function footer(list)
  local lines = {}
  for i, found in ipairs(list) do
    lines[i] = html.element("div", nil, "results.json sha256 ",
      html.element("code", nil, found.sha256), list[2] and " of " .. found.folder or "")
  end
  return html.element("footer", nil, ("Written by visage %s from "):format(system.version),
    list[2] and "the folders of several runs." or "the run's folder.", lines)
end

--- The report of a run as HTML.
-- @tparam string folder OUT
-- @tparam[opt] table options no_faces=true leaves out what may show faces
-- @treturn string|nil or nil, text, code
function report.text(folder, options)
  local found, text, code = results.load(folder)
  if not found then return nil, text, code end
  local no_faces = options and options.no_faces or found.run.no_faces
  return html.document(found.experiment, style, parts.head(found), numbers.all(found),
    parts.pictures(found, no_faces), parts.tables(found), parts.data(found), parts.models(found),
    parts.rules(found), parts.run(found), footer { found })
end

--- Writes OUT/report.html.
-- @tparam string folder OUT
-- @tparam[opt] table options as text's
-- @treturn string|nil its path, or nil, text, code
function report.write(folder, options)
  local page, text, code = report.text(folder, options)
  if not page then return nil, text, code end
  local path = folder .. "/report.html"
  local ok, why, kind = system.write_file(path, page)
  if not ok then return nil, why, kind end
  return path
end

-- Rows of a table that go into a text; its CSV has all.
local MOST_ROWS = 30

local FORMATS = {
  markdown = function(columns, rows, title, note)
    return ("## %s\n\n%s%s\n"):format(title, tables.markdown(columns, rows),
      note and "\n" .. note .. "\n" or "")
  end,
  tex = function(columns, rows, title, note)
    return tables.tex(columns, rows, { caption = note and title .. ". " .. note or title }) .. "\n"
  end,
}

--- The numbers and tables of a run for a paper or a page.
-- @tparam string folder OUT
-- @tparam string format "markdown" or "tex"
-- @treturn string|nil or nil, text, code
function report.tables(folder, format)
  local found, text, code = results.load(folder)
  if not found then return nil, text, code end
  local make, out = FORMATS[format], {}
  if not make then error(("report.tables: markdown or tex, not '%s'"):format(format), 2) end
  local columns, rows = numbers.plain(found)
  local synthetic = found.run.synthetic and "SYNTHETIC. " or ""
  if rows[1] then
    out[1] = make(columns, rows, synthetic .. found.experiment,
      found.reference.source and ("Published: %s."):format(found.reference.source))
  end
  for _, name in ipairs(parts.table_names(found)) do
    local one = found.tables[name]
    local some = table.move(one.rows, 1, math.min(#one.rows, MOST_ROWS), 1, {})
    if some[1] then
      out[#out + 1] = make(one.columns, some, synthetic .. name:gsub("_", " "),
        #one.rows > MOST_ROWS and ("The first %d of %d rows; %s.csv has all."):format(MOST_ROWS,
          #one.rows, name) or nil)
    end
  end
  return table.concat(out)
end

--- Several runs side by side, what differs in their settings marked.
-- @tparam {string,...} folders two or more
-- @tparam[opt] table options as text's
-- @treturn string|nil HTML, or nil, text, code
function report.compare(folders, options)
  local list = {}
  for i, folder in ipairs(folders) do
    local found, text, code = results.load(folder)
    if not found then return nil, text, code end
    list[i] = found
  end
  return html.document("comparison", style, comparison.of(list, options or {}), footer(list))
end

return report
