--- A browser without windows, for the specs of reports: Debian's
-- chromium-headless-shell, or a whole Chromium.
local image = require "visage.image"
local system = require "visage.system"

local browser = {}

local PROGRAMS = { "chromium-headless-shell", "chromium" }

-- The first of the programs that there is, or nil.
local function program()
  for _, name in ipairs(PROGRAMS) do
    if system.run { name, "--version", stderr = "merge" } == 0 then return name end
  end
end

browser.program = program()

-- What goes wrong is shown by what is not there: the browser complains of much
-- that a machine without windows lacks.
local function run(folder, page, ...)
  local profile = system.temp_name(folder .. "/profile")
  local status, text = system.run { "timeout", "60", browser.program, "file://" .. page,
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-pdf-header-footer",
    "--user-data-dir=" .. profile, stderr = "merge", ... }
  system.remove_tree(profile)
  assert(status == 0, text)
end

--- A page as it is drawn on a window of that size.
-- @tparam string folder for what is written meanwhile
-- @tparam string page absolute path
-- @tparam int width
-- @tparam int height
-- @treturn core.tensor u8 (H, W, 3)
function browser.screenshot(folder, page, width, height)
  local picture = folder .. "/screen.png"
  run(folder, page, ("--window-size=%d,%d"):format(width, height), "--screenshot=" .. picture)
  return assert(image.load(picture))
end

--- A page as it is printed.
-- @tparam string folder
-- @tparam string page absolute path
-- @treturn string the PDF
-- @treturn int its pages
function browser.pdf(folder, page)
  local path = folder .. "/printed.pdf"
  run(folder, page, "--print-to-pdf=" .. path)
  local bytes = assert(system.read_file(path))
  return bytes, select(2, bytes:gsub("/Type */Page[^s]", ""))
end

return browser
