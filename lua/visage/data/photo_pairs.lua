--- A list of pairs of photos as CSV:
--
--     photo1,photo2,same               two paths, from the list's own folder on (or from
--                                      another, if named) unless they begin with "/"; do
--                                      they show one person?
--     subject1,subject2                who is on them
--     quality1,quality2                numbers, more is better; empty: unknown
--     group, group_sex, group_...      labels of the pair, or none
--
-- The columns of the first line are needed, in any order; any of the others may be.
local csv = require "visage.data.csv"
local lfs = require "lfs"
local system = require "visage.system"

local photo_pairs = {}

local SAME = {
  ["1"] = true, ["true"] = true, yes = true, same = true,
  ["0"] = false, ["false"] = false, no = false, different = false,
}

local NEEDED = { "photo1", "photo2", "same" }
-- Columns that come in twos.
local TWINS = { subject1 = "subject2", quality1 = "quality2" }

local KNOWN = {
  photo1 = true, photo2 = true, same = true, subject1 = true, subject2 = true,
  quality1 = true, quality2 = true,
}

local function is_label(name) return name == "group" or name:find "^group_." ~= nil end

-- Where each column lies, `width` and `labels` among them; or nil, text.
local function header_of(row)
  local at = { width = #(row or {}), labels = {} }
  for i, name in ipairs(row or {}) do
    if not (KNOWN[name] or is_label(name)) or at[name] then
      return nil, ("the header has '%s'; wants photo1, photo2, same and perhaps subject1,"
        .. " subject2, quality1, quality2, group, group_NAME, each once"):format(name)
    end
    at[name] = i
    if is_label(name) then table.insert(at.labels, name) end
  end
  for _, name in ipairs(NEEDED) do
    if not at[name] then return nil, "the header has no " .. name end
  end
  for one, other in pairs(TWINS) do
    if (at[one] == nil) ~= (at[other] == nil) then
      return nil, ("the header has one of %s and %s; wants both"):format(one, other)
    end
  end
  return at
end

-- The poorer of two qualities, NaN where one is unknown; nil, text.
local function quality_of(row, at)
  local values = {}
  for k, name in ipairs { "quality1", "quality2" } do
    local text = row[at[name]]
    values[k] = text == "" and 0 / 0 or tonumber(text)
    if not values[k] then return nil, ("%s is '%s', wants a number"):format(name, text) end
  end
  local a, b = table.unpack(values)
  return (a ~= a or b ~= b) and 0 / 0 or math.min(a, b)
end

local function subjects_of(row, at, same)
  local a, b = row[at.subject1], row[at.subject2]
  if a == "" or b == "" then return nil, "a subject without a name" end
  if (a == b) ~= same then
    return nil, ("same is '%s', the subjects are %s and %s"):format(row[at.same], a, b)
  end
  return { a, b }
end

local function paths_of(files, folder)
  local paths = {}
  for k, file in ipairs(files) do
    if file == "" then return nil, "a photo without a name" end
    paths[k] = file:sub(1, 1) == "/" and file or folder .. "/" .. file
  end
  if paths[1] == paths[2] then return nil, "a photo beside itself" end
  return paths
end

local function pair_of(row, at, folder)
  if #row ~= at.width then
    return nil, ("%d fields, the header has %d"):format(#row, at.width)
  end
  local same = SAME[row[at.same]:lower()]
  if same == nil then return nil, ("same is '%s', wants 1 or 0"):format(row[at.same]) end
  local pair = { same = same, files = { row[at.photo1], row[at.photo2] }, groups = {} }
  local fault
  pair.paths, fault = paths_of(pair.files, folder)
  if pair.paths and at.subject1 then pair.subjects, fault = subjects_of(row, at, same) end
  if not fault and at.quality1 then pair.quality, fault = quality_of(row, at) end
  if fault then return nil, fault end
  for _, name in ipairs(at.labels) do
    if row[at[name]] ~= "" then pair.groups[name] = row[at[name]] end
  end
  return pair
end

-- A pair in either order is one.
local function key_of(pair)
  local a, b = table.unpack(pair.paths)
  return a < b and a .. "\n" .. b or b .. "\n" .. a
end

--- Reads a list.
-- @tparam string path
-- @tparam[opt] string root the folder from which its paths go on
-- @treturn {table,...} { same, files = { a, b }, paths = { a, b }, line, groups (label of
-- the pair by column), subjects = { a, b } and quality (the poorer photo's, NaN where one
-- is unknown) where the list has them }; its fields labels: the group columns, and
-- repeated: {{ line, first }, ...}, lines whose pair an earlier line has; or nil, text
-- (with the line), code
function photo_pairs.read(path, root)
  local text, why, code = system.read_file(path)
  if not text then return nil, why, code end
  local rows, starts, kind = csv.parse(text, { name = path })
  if not rows then return nil, starts, kind end
  local at, fault = header_of(rows[1])
  if not at then return nil, ("%s:1: %s"):format(path, fault), "FORMAT" end
  local folder = root or path:match "^(.*)/[^/]*$" or "."
  local list, seen = { repeated = {}, labels = at.labels }, {}
  for i = 2, #rows do
    local pair, wrong = pair_of(rows[i], at, folder)
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
-- @tparam {table,...} list with files, paths and line
-- @treturn {table,...} { key, path }; a pair's `places` become the places of its
-- photos in it
-- @treturn {string,...} files that are not there, with the line that names them
function photo_pairs.photos(list)
  local photos, places, missing = {}, {}, {}
  for _, pair in ipairs(list) do
    pair.places = {}
    for k, path in ipairs(pair.paths) do
      if not places[path] then
        photos[#photos + 1] = { key = pair.files[k], path = path }
        places[path] = #photos
        if lfs.attributes(path, "mode") ~= "file" then
          missing[#missing + 1] = pair.files[k]
            .. (pair.line and (" (line %d)"):format(pair.line) or "")
        end
      end
      pair.places[k] = places[path]
    end
  end
  return photos, missing
end

-- The name of a photo's folder.
local function folder_of(path) return path:match "([^/]+)/[^/]*$" or "." end

-- Is each person's folder their own?
local function by_folders(list)
  for _, pair in ipairs(list) do
    local a, b = folder_of(pair.paths[1]), folder_of(pair.paths[2])
    if (a == b) ~= pair.same then return false end
  end
  for _, pair in ipairs(list) do
    pair.subjects = { folder_of(pair.paths[1]), folder_of(pair.paths[2]) }
  end
  return true
end

-- Photos that pairs of one person link, directly or not, are of one person.
local function by_links(list)
  local parent = {}
  local function root(path)
    while parent[path] do
      -- Each look halves the way to the root.
      parent[path] = parent[parent[path]] or parent[path]
      path = parent[path]
    end
    return path
  end
  for _, pair in ipairs(list) do
    local a, b = root(pair.paths[1]), root(pair.paths[2])
    if pair.same and a ~= b then parent[a] = b end
  end
  local wrong = {}
  for _, pair in ipairs(list) do
    pair.subjects = { root(pair.paths[1]), root(pair.paths[2]) }
    if not pair.same and pair.subjects[1] == pair.subjects[2] then wrong[#wrong + 1] = pair end
  end
  return wrong
end

--- Says who is on the photos, which nobody needs to have written down: the columns
-- subject1 and subject2; without them the photos' folders, where each pair of one
-- person lies in one folder and each of two people in two; else photos that are
-- linked by pairs of one person are of one subject.
-- @tparam {table,...} list of read; each pair gets its subjects = { a, b }
-- @treturn string the rule
-- @treturn {table,...} pairs of two people whose photos other pairs call one person
function photo_pairs.name_subjects(list)
  if list[1].subjects then return "the list's columns subject1 and subject2", {} end
  if by_folders(list) then return "the photos' folders", {} end
  return "photos linked by pairs of one person are one subject", by_links(list)
end

return photo_pairs
