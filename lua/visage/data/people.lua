--- One folder a person: ROOT/NAME/*.jpg, as LFW and most galleries are laid out.
local folders = require "visage.data.folders"

local people = {}

--- The people of a folder, in byte order of their names.
-- @tparam string root
-- @treturn {table,...} {name, photos = {path,...}}, those without a photo left
-- out, or nil, text, code
function people.read(root)
  local names, text, code = folders.list(root, "directory")
  if not names then return nil, text, code end
  local list = {}
  for _, name in ipairs(names) do
    local photos, why, kind = folders.photos(root .. "/" .. name)
    if not photos then return nil, why, kind end
    for i, file in ipairs(photos) do
      photos[i] = ("%s/%s/%s"):format(root, name, file)
    end
    if photos[1] then list[#list + 1] = { name = name, photos = photos } end
  end
  if not list[1] then
    return nil, root .. ": no folder with photos in it; wanted one folder a"
      .. " person", "FORMAT"
  end
  return list
end

return people
