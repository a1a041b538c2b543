--- A list of pairs of photos as CSV, with the header photo1,photo2,same and perhaps
-- group: two paths, from the list's own folder on unless they begin with "/", whether
-- they show one person, and any label of the pair or none.
local csv = require "visage.data.csv"
local lfs = require "lfs"
local system = require "visage.system"

local photo_pairs = {}

local SAME = {
  ["1"] = true, ["true"] = true, yes = true, same = true,
  ["0"] = false, ["false"] = false, no = false, different = false,
}

local COLUMNS = { photo1 = true, photo2 = true, same = true, group = true }

-- Where each column lies, or nil, text.
local function header_of(row)
  local at = {}
  for i, name in ipairs(row or {}) do
    if not COLUMNS[name] or at[name] then
      return nil, ("the header has '%s'; wants photo1, photo2, same and perhaps group, each once")
        :format(name)
    end
    at[name] = i
  end
  for _, name in ipairs { "photo1", "photo2", "same" } do
    if not at[name] then return nil, "the header has no " .. name end
  end
  return at, #row
end

local function pair_of(row, at, width, folder)
  if #row ~= width then return nil, ("%d fields, the header has %d"):format(#row, width) end
  local same = SAME[row[at.same]:lower()]
  if same == nil then return nil, ("same is '%s', wants 1 or 0"):format(row[at.same]) end
  local files = { row[at.photo1], row[at.photo2] }
  for _, file in ipairs(files) do
    if file == "" then return nil, "a photo without a name" end
  end
  local paths = {}
  for k, file in ipairs(files) do
    paths[k] = file:sub(1, 1) == "/" and file or folder .. "/" .. file
  end
  local group = at.group and row[at.group] ~= "" and row[at.group] or nil
  return { same = same, group = group, files = files, paths = paths }
end

-- A pair in either order is one.
local function key_of(pair)
  local a, b = table.unpack(pair.paths)
  return a < b and a .. "\n" .. b or b .. "\n" .. a
end

--- Reads a list.
-- @tparam string path
-- @treturn {table,...} { same, group, files = { a, b }, paths = { a, b }, line };
-- its field repeated: {{ line, first }, ...}, lines whose pair an earlier line has; or
-- nil, text (with the line), code
function photo_pairs.read(path)
  local text, why, code = system.read_file(path)
  if not text then return nil, why, code end
  local rows, starts, kind = csv.parse(text, { name = path })
  if not rows then return nil, starts, kind end
  local at, width = header_of(rows[1])
  if not at then return nil, ("%s: %s"):format(path, width), "FORMAT" end
  local folder, list = path:match "^(.*)/[^/]*$" or ".", { repeated = {} }
  local seen = {}
  for i = 2, #rows do
    local pair, wrong = pair_of(rows[i], at, width, folder)
    if not pair then return nil, ("%s:%d: %s"):format(path, starts[i], wrong), "FORMAT" end
    pair.line = starts[i]
    list[i - 1] = pair
    local key = key_of(pair)
    if seen[key] then table.insert(list.repeated, { line = starts[i], first = seen[key] }) end
    seen[key] = seen[key] or starts[i]
  end
  if not list[1] then return nil, path .. ": no pairs in it", "FORMAT" end
  return list
end

--- The photos that pairs name, each once, in the order in which they come.
-- @tparam {table,...} list with files and paths
-- @treturn {table,...} { key, path }; a pair's `places` become the places of its
-- photos in it
-- @treturn {string,...} files that are not there
function photo_pairs.photos(list)
  local photos, places, missing = {}, {}, {}
  for _, pair in ipairs(list) do
    pair.places = {}
    for k, path in ipairs(pair.paths) do
      if not places[path] then
        photos[#photos + 1] = { key = pair.files[k], path = path }
        places[path] = #photos
        if lfs.attributes(path, "mode") ~= "file" then missing[#missing + 1] = pair.files[k] end
      end
      pair.places[k] = places[path]
    end
  end
  return photos, missing
end

return photo_pairs
