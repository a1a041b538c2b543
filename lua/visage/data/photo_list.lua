--- Which photos are meant: photos and folders by name, or those of a list:
--
--     X.csv        a header with the column path and perhaps x1, y1, x2, y2: the face's
--                  box, in pixels; other columns are not looked at
--     any other    one path a line
--
-- Paths of a list go on from a folder unless they begin with "/": the list's own, if no
-- other is named. An item is { image = path, name = below its folder or as listed, box,
-- line }, one a row, in order.
local csv = require "visage.data.csv"
local folders = require "visage.data.folders"
local lfs = require "lfs"
local lines = require "visage.data.lines"
local synthetic = require "visage.data.synthetic"

local photo_list = {}

local CORNERS = { "x1", "y1", "x2", "y2" }

--- Photos by name, folders searched to the bottom.
-- @tparam {string,...} paths
-- @treturn {table,...} items, or nil, text, code
-- @treturn boolean whether a folder is marked as synthetic data
function photo_list.named(paths)
  local list, drawn = {}, false
  for _, path in ipairs(paths) do
    local mode = lfs.attributes(path, "mode")
    if not mode then return nil, path .. ": no such photo or folder", "IO" end
    if mode == "directory" then
      local names, text, code = folders.photos_below(path)
      if not names then return nil, text, code end
      for _, name in ipairs(names) do
        list[#list + 1] = { image = path .. "/" .. name, name = name }
      end
      drawn = drawn or synthetic.is_marked(path)
    else
      list[#list + 1] = { image = path, name = path:match "[^/]*$" }
    end
  end
  return list, drawn
end

-- The box of a record; nil where the list has none; nil, text.
local function box_of(record)
  local box = {}
  for c, name in ipairs(CORNERS) do
    local value = record[name] and tonumber(record[name])
    if record[name] and not (value and value - value == 0) then
      return nil, ("%s is '%s', wants a number"):format(name, record[name])
    end
    box[c] = value
  end
  return #box == #CORNERS and box or nil
end

-- The records of a list and the line of each; or nil, text, code.
local function records_of(path)
  if not path:lower():find "%.csv$" then
    local list, text, code = lines.read(path)
    if not list then return nil, text, code end
    local starts = {}
    for i, one in ipairs(list) do
      list[i], starts[i] = { path = one.text }, one.line
    end
    return list, starts
  end
  local list, columns, starts = csv.read(path, { keep_space = true })
  if not list then return nil, columns, starts end
  local has = {}
  for _, name in ipairs(columns) do has[name] = true end
  if not has.path then return nil, path .. ":1: no column path", "FORMAT" end
  local corners = 0
  for _, name in ipairs(CORNERS) do corners = corners + (has[name] and 1 or 0) end
  if corners > 0 and corners < #CORNERS then
    return nil, path .. ":1: a box has four columns, x1, y1, x2 and y2", "FORMAT"
  end
  return list, starts
end

--- The photos of a list.
-- @tparam string path
-- @tparam[opt] string root where its paths go on from
-- @treturn {table,...} items, or nil, text (with the line), code
function photo_list.read(path, root)
  local list, starts, code = records_of(path)
  if not list then return nil, starts, code end
  root = root or path:match "^(.*)/" or "."
  for i, record in ipairs(list) do
    local box, fault = box_of(record)
    if record.path == "" then fault = "a photo without a name" end
    if fault then return nil, ("%s:%d: %s"):format(path, starts[i], fault), "FORMAT" end
    list[i] = {
      image = record.path:sub(1, 1) == "/" and record.path or root .. "/" .. record.path,
      name = record.path, box = box, line = starts[i],
    }
  end
  return list
end

--- Photos of a list that are not there.
-- @tparam {table,...} items
-- @treturn {string,...} their names, with the line where they have one
function photo_list.missing(items)
  local list = {}
  for _, item in ipairs(items) do
    if lfs.attributes(item.image, "mode") ~= "file" then
      list[#list + 1] = item.name .. (item.line and (" (line %d)"):format(item.line) or "")
    end
  end
  return list
end

--- Photos that come again, with the same box.
-- @tparam {table,...} items
-- @treturn {table,...} { item, first }: the item and the first that is the same
function photo_list.repeated(items)
  local first, again = {}, {}
  for _, item in ipairs(items) do
    local key = item.image .. "\0" .. table.concat(item.box or {}, " ")
    if first[key] then again[#again + 1] = { item = item, first = first[key] } end
    first[key] = first[key] or item
  end
  return again
end

return photo_list
