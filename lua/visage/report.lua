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
