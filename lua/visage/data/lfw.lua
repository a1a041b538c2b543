--- Labeled Faces in the Wild (Huang et al. 2007): the pairs of view 2 and the five
-- points of its photos. Photos are NAME/NAME_0001.jpg.
--
--     pairs.txt          10  300                   folds, pairs of a kind in each
--                        NAME  1  4                300 lines: the same person
--                        NAME  3  OTHER  1         300 lines: two people; and so on
--     lfw_landmark.txt   NAME/NAME_0001.jpg  x y x y x y x y x y
--
-- pairsDevTest.txt and its like have one number in their first line: one fold.
-- Fields are separated by tabs or blanks. Points are in the order left eye as seen,
-- right eye, nose, left and right mouth corner, in pixels of the released photos.
local lfs = require "lfs"
local lines = require "visage.data.lines"

local lfw = {}

-- The side of the released photos, to which the points refer.
local SIDE = 250

local function fields(line)
  local list = {}
  for field in line:gmatch(line:find("\t", 1, true) and "[^\t]+" or "%S+") do
    list[#list + 1] = field
  end
  return list
end

--- A photo's file: NAME/NAME_0001.jpg.
-- @tparam string name
-- @tparam integer number
-- @treturn string
-- @usage lfw.file("Tony_Blair", 1) --> "Tony_Blair/Tony_Blair_0001.jpg"
function lfw.file(name, number)
  return ("%s/%s_%04d.jpg"):format(name, name, number)
end

-- The numbers of a photo in a list count from 1.
local function photo_number(text)
  local n = math.tointeger(tonumber(text))
  return n and n >= 1 and n
end

-- A name stays in the folder of the photos.
local function is_name(text)
  return text ~= ".." and text ~= "." and not text:find("[/\0]")
end

-- One line as a pair, or nil and what is wrong with it.
local function pair_of(line, same)
  local f = fields(line)
  if #f ~= (same and 3 or 4) then
    return nil, ("%d fields, wants %s"):format(#f,
      same and "3: name, number, number" or "4: name, number, name, number")
  end
  local name, other = f[1], same and f[1] or f[3]
  local i, j = photo_number(f[2]), photo_number(f[#f])
  if not (i and j) then
    return nil, ("photos '%s' and '%s', wants whole numbers from 1 on"):format(f[2], f[#f])
  end
  if not (is_name(name) and is_name(other)) then return nil, "a name with a folder in it" end
  if not same and name == other then return nil, "two people wanted, both are " .. name end
  if same and i == j then return nil, "a photo beside itself" end
  return {
    same = same, subjects = { name, other },
    files = { lfw.file(name, i), lfw.file(other, j) },
  }
end

-- The first line: folds, and pairs of a kind in each.
local function header_of(line)
  local f = fields(line)
  local first, second = photo_number(f[1]), photo_number(f[2])
  if #f == 1 and first then return 1, first end
  if #f == 2 and first and second then return first, second end
end

-- A pair in either order is one.
local function key_of(pair)
  local a, b = table.unpack(pair.files)
  return a < b and a .. "\n" .. b or b .. "\n" .. a
end

--- The pairs of a protocol file.
-- @tparam string path pairs.txt
-- @treturn {table,...} { fold, same, subjects = { a, b }, files = { a, b }, line };
-- its fields folds and repeated: {{ line, first }, ...}, lines whose pair an earlier
-- line has; or nil, text (with the line), code
function lfw.pairs(path)
  local listed, why, code = lines.read(path)
  if not listed then return nil, why, code end
  local folds, each = nil, nil
  if listed[1] then folds, each = header_of(listed[1].text) end
  if not folds then
    return nil, path .. ":1: wants the number of folds and of pairs in each, such as 10 300",
      "FORMAT"
  end
  local wanted = folds * each * 2
  if #listed - 1 ~= wanted then
    return nil, ("%s: %d pairs; its first line says %d folds of %d + %d, which is %d"):format(
      path, #listed - 1, folds, each, each, wanted), "FORMAT"
  end
  local list, seen = { folds = folds, repeated = {} }, {}
  for i = 1, wanted do
    local line = listed[i + 1]
    local pair, fault = pair_of(line.text, (i - 1) // each % 2 == 0)
    if not pair then return nil, ("%s:%d: %s"):format(path, line.line, fault), "FORMAT" end
    pair.fold, pair.line = (i - 1) // (2 * each) + 1, line.line
    local key = key_of(pair)
    if seen[key] then
      table.insert(list.repeated, { line = line.line, first = seen[key] })
    end
    seen[key] = seen[key] or line.line
    list[i] = pair
  end
  return list
end

local function points_of(f)
  local points = { side = SIDE }
  for k = 1, 5 do
    local x, y = tonumber(f[2 * k]), tonumber(f[2 * k + 1])
    -- Not NaN, not infinite.
    if not (x and y and x - x == 0 and y - y == 0) then return nil end
    points[k] = { x, y }
  end
  return points
end

--- The five points of each photo.
-- @tparam string path lfw_landmark.txt
-- @treturn table file, as of lfw.file, to five {x, y} with side = 250; or nil, text,
-- code: also when a photo comes twice with other points
function lfw.landmarks(path)
  local listed, why, code = lines.read(path)
  if not listed then return nil, why, code end
  local map, at = {}, {}
  for _, line in ipairs(listed) do
    local f = fields(line.text)
    local points = #f == 11 and points_of(f)
    local file = points and f[1]:match "[^/\\]+[/\\][^/\\]+$"
    if not file then
      return nil, ("%s:%d: wants NAME/PHOTO.jpg and ten numbers"):format(path, line.line),
        "FORMAT"
    end
    file = file:gsub("\\", "/")
    for k = 1, map[file] and 5 or 0 do
      if map[file][k][1] ~= points[k][1] or map[file][k][2] ~= points[k][2] then
        return nil, ("%s:%d: other points of %s than in line %d"):format(path, line.line,
          file, at[file]), "FORMAT"
      end
    end
    map[file], at[file] = points, line.line
  end
  return map
end

--- Gives photos their five points.
-- @tparam {table,...} photos of lfw.photos
-- @tparam string path lfw_landmark.txt
-- @treturn boolean true, or nil, text, code: also when a photo has no line there
function lfw.add_points(photos, path)
  local points, text, code = lfw.landmarks(path)
  if not points then return nil, text, code end
  local without = {}
  for _, photo in ipairs(photos) do
    photo.points = points[photo.key]
    if not photo.points then without[#without + 1] = photo.key end
  end
  if not without[1] then return true end
  return nil, ("%s: no line for %d of %d photos, such as %s"):format(path, #without, #photos,
    without[1]), "FORMAT"
end

--- The photos that pairs name, in the order in which they come.
-- @tparam {table,...} list of lfw.pairs
-- @tparam string folder of the photos
-- @treturn {table,...} { key = file, path, name }; a pair's `places` become the places
-- of its photos in it
-- @treturn {string,...} files that are not there, each with the line that names it
function lfw.photos(list, folder)
  local photos, places, missing = {}, {}, {}
  for _, pair in ipairs(list) do
    pair.places = {}
    for k, file in ipairs(pair.files) do
      if not places[file] then
        local path = folder .. "/" .. file
        photos[#photos + 1] = { key = file, path = path, name = pair.subjects[k] }
        places[file] = #photos
        if lfs.attributes(path, "mode") ~= "file" then
          missing[#missing + 1] = ("%s (line %d)"):format(file, pair.line)
        end
      end
      pair.places[k] = places[file]
    end
  end
  return photos, missing
end

return lfw
