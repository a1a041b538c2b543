--- What the readers of folder layouts share: sorted names, photos by extension.
local lfs = require "lfs"

local folders = {}

-- What core/image decodes.
local PHOTO = { jpg = true, jpeg = true, png = true, bmp = true, gif = true,
  tga = true, ppm = true, pgm = true }

--- True when a file name ends as photos do.
function folders.is_photo(name)
  local extension = name:match("%.(%w+)$")
  return PHOTO[(extension or ""):lower()] or false
end

--- The entries of a folder in byte order, hidden ones left out.
-- @tparam string path
-- @tparam string mode "file" or "directory"
-- @treturn {string,...} names, or nil, text, code
function folders.list(path, mode)
  if lfs.attributes(path, "mode") ~= "directory" then
    return nil, path .. ": no such folder", "IO"
  end
  local names = {}
  for name in lfs.dir(path) do
    if name:sub(1, 1) ~= "."
      and lfs.attributes(path .. "/" .. name, "mode") == mode then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

--- The photos in a folder, in byte order.
-- @treturn {string,...} file names, or nil, text, code
function folders.photos(path)
  local names, text, code = folders.list(path, "file")
  if not names then return nil, text, code end
  local photos = {}
  for _, name in ipairs(names) do
    if folders.is_photo(name) then photos[#photos + 1] = name end
  end
  return photos
end

return folders
