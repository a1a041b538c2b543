--- `visage report OUT`: writes OUT/report.html again. `visage report OUT1 OUT2 ...`:
-- one file with the runs side by side, what differs in their settings marked.
-- `--tables markdown`: the numbers as text for a paper.
local argparse = require "argparse"
local lfs = require "lfs"
local report = require "visage.report"
local system = require "visage.system"

local function parser()
  local p = argparse("visage report", "A run's report.html, or several runs side by"
    .. " side in one file.")
  p:argument("folder", "Folder that a run left."):args("+")
  p:option("--out", "The file to write: by default OUT/report.html of one run,"
    .. " comparison.html of several."):argname("FILE")
  p:option("--tables", "Instead the numbers and tables of one run as text, by default in"
    .. " OUT/tables.md or OUT/tables.tex."):choices { "markdown", "tex" }
  p:flag("--no-faces", "Leave out pictures that may show faces.")
  p:flag("--force", "Replace the file of --out or comparison.html.")
  return p
end

local function write(path, page, force)
  if lfs.attributes(path) and not force then
    return nil, path .. ": is there; choose another --out, or replace it with --force", "ARGUMENT"
  end
  local ok, text, code = system.write_file(path, page)
  return ok and path, text, code
end

local ENDING = { markdown = "md", tex = "tex" }

local function write_tables(options)
  if options.folder[2] then return nil, "--tables: one folder at a time", "ARGUMENT" end
  local folder = options.folder[1]
  local out, text, code = report.tables(folder, options.tables)
  if not out then return nil, text, code end
  -- What was made from the run before is made again.
  return write(options.out or ("%s/tables.%s"):format(folder, ENDING[options.tables]), out,
    options.force or not options.out)
end

local function perform(options)
  if options.tables then return write_tables(options) end
  if not options.folder[2] and not options.out then
    return report.write(options.folder[1], options)
  end
  local make = options.folder[2] and report.compare or report.text
  local page, text, code = make(options.folder[2] and options.folder or options.folder[1], options)
  if not page then return nil, text, code end
  return write(options.out or "comparison.html", page, options.force)
end

return {
  summary = "a run's report.html; several runs side by side",

  --- Runs the command.
  -- @tparam {string,...} arguments those after the word `report`
  -- @treturn integer exit status
  run = function(arguments)
    local ok, options = parser():pparse(arguments)
    if not ok then
      io.stderr:write("visage report: ", options, "\n")
      return 2
    end
    local path, text, code = perform(options)
    if path then
      print(path)
      return 0
    end
    io.stderr:write("visage report: ", text, "\n")
    return code == "ARGUMENT" and 2 or 1
  end,
}
