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

--- The photos in a folder and in those below it. Links to folders are not
-- followed: they may lead in circles.
-- @tparam string root
-- @treturn {string,...} paths below root, in byte order, or nil, text, code
function folders.photos_below(root)
  if lfs.attributes(root, "mode") ~= "directory" then
    return nil, root .. ": no such folder", "IO"
  end
  local list, waiting = {}, { "" }
  while waiting[1] do
    local below = table.remove(waiting)
    for name in lfs.dir(root .. "/" .. below) do
      local path = root .. "/" .. below .. name
      local hidden = name:sub(1, 1) == "."
      if not hidden and lfs.symlinkattributes(path, "mode") == "directory" then
        waiting[#waiting + 1] = below .. name .. "/"
      elseif not hidden and folders.is_photo(name) and lfs.attributes(path, "mode") == "file" then
        list[#list + 1] = below .. name
      end
    end
  end
  table.sort(list)
  return list
end

return folders
