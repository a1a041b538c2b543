--- Photos whose names say how old the person is:
--
--     FG-NET   001A02.JPG, 001A43a.JPG       subject, "A", age, perhaps a letter
--     AgeDB    0_MariaCallas_35_f.jpg        number, name, age, sex
--     CACD     53_Robin_Williams_0001.jpg    age, name, number
--
-- (FG-NET of Lanitis et al.; Moschoglou et al. 2017; Chen et al. 2014, whose names
-- hold underscores and accents.) Photos may lie in folders of any depth; only their
-- own names are read. In AgeDB and CACD the subject is the name.
local folders = require "visage.data.folders"

local ages = {}

-- Older than this is a mistake in a name.
local OLDEST = 122

local function of_fgnet(name)
  local subject, age = name:match "^(%d%d%d)[Aa](%d%d)%a?$"
  return subject and { subject = subject, age = tonumber(age) }
end

local function of_agedb(name)
  local subject, age, sex = name:match "^%d+_(.+)_(%d+)_([mfMF])$"
  return subject and { subject = subject, age = tonumber(age), sex = sex:lower() }
end

local function of_cacd(name)
  local age, subject = name:match "^(%d+)_(.+)_%d+$"
  return subject and { subject = subject, age = tonumber(age) }
end

--- The layouts in the order in which they are tried: name, title, wanted (what a
-- name looks like), parse: of a name without its extension { subject, age, sex } or
-- nil.
ages.layouts = {
  { name = "fgnet", title = "FG-NET", wanted = "001A02.JPG", parse = of_fgnet },
  { name = "agedb", title = "AgeDB", wanted = "0_MariaCallas_35_f.jpg", parse = of_agedb },
  { name = "cacd", title = "CACD", wanted = "53_Robin_Williams_0001.jpg", parse = of_cacd },
}

local function layout_of(name)
  for _, layout in ipairs(ages.layouts) do
    if layout.name == name then return layout end
  end
  error(("ages: there is no layout '%s'; there are fgnet, agedb, cacd"):format(name), 3)
end

-- What a layout makes of all photos, and the files that do not fit it.
local function parsed(layout, root, files)
  local list, unfit = {}, {}
  for _, file in ipairs(files) do
    local photo = layout.parse((file:match("[^/]*$"):gsub("%.%w+$", "")))
    if photo and photo.age <= OLDEST then
      photo.key, photo.path = file, root .. "/" .. file
      list[#list + 1] = photo
    else
      unfit[#unfit + 1] = file
    end
  end
  list.layout, list.unfit = layout, unfit
  return list
end

-- The layout that most names fit; and whether half of them or more do.
local function likeliest(root, files)
  local best
  for _, layout in ipairs(ages.layouts) do
    local list = parsed(layout, root, files)
    if not best or #list > #best then best = list end
  end
  return best, #best > 0 and 2 * #best >= #files
end

local function patterns()
  local parts = {}
  for i, layout in ipairs(ages.layouts) do
    parts[i] = ("%s (%s)"):format(layout.wanted, layout.title)
  end
  return table.concat(parts, ", ")
end

--- Reads a folder of photos.
-- @tparam string root
-- @tparam[opt] string layout "fgnet", "agedb" or "cacd"; by default the one that
-- most names fit, half of them at least
-- @treturn {table,...} { path, key (path below root), subject, age, sex (AgeDB's,
-- "m" or "f") } in byte order of the paths; its fields layout, one of ages.layouts,
-- and unfit: the photos whose names do not fit it. Or nil, text, code
function ages.read(root, layout)
  local wanted = layout and layout_of(layout)
  local files, text, code = folders.photos_below(root)
  if not files then return nil, text, code end
  if not files[1] then return nil, root .. ": no photos in it", "FORMAT" end
  if not wanted then
    local list, most = likeliest(root, files)
    if most then return list end
    return nil, ("%s: most of %d photos, such as %s, have no age in their names; wanted %s")
      :format(root, #files, list.unfit[1], patterns()), "FORMAT"
  end
  local list = parsed(wanted, root, files)
  if list[1] then return list end
  return nil, ("%s: none of %d photos, such as %s, is named as in %s; wanted %s"):format(root,
    #files, files[1], wanted.title, wanted.wanted), "FORMAT"
end

return ages
