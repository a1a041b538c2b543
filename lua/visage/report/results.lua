--- A run's folder as a report reads it: results.json, checked, and the pictures
-- that it names. The file may come from anybody.
local image = require "visage.image"
local html = require "visage.report.html"
local json = require "visage.json"
local system = require "visage.system"

local results = {}

local KINDS = {
  png = "image/png", svg = "image/svg+xml", jpg = "image/jpeg", jpeg = "image/jpeg",
}

-- A picture of faces larger than this is sent as JPEG, with at most so many pixels a
-- side.
local MOST_BYTES, MOST_SIDE, QUALITY = 50000, 1600, 88

-- What must be there, and of which type, for a report to be made.
local WANTED = {
  { "experiment", "string" }, { "status", "string" }, { "metrics", "table" },
  { "intervals", "table" }, { "tables", "table" }, { "reference", "table" },
  { "models", "table" }, { "data", "table" }, { "run", "table" },
}
local WANTED_INSIDE = {
  { "reference", "values" }, { "data", "failures" }, { "data", "omitted" }, { "run", "command" },
  { "run", "metric_rules" }, { "run", "versions" }, { "run", "seconds" },
}

local function fault(found)
  for _, want in ipairs(WANTED) do
    if type(found[want[1]]) ~= want[2] then return "no " .. want[1] end
  end
  for _, want in ipairs(WANTED_INSIDE) do
    local key = want[1] .. "." .. want[2]
    if type(found[want[1]][want[2]]) ~= "table" then return "no " .. key end
  end
  for name, one in pairs(found.tables) do
    if type(one) ~= "table" or type(one.columns) ~= "table" or type(one.rows) ~= "table" then
      return ("table %s has no columns and rows"):format(name)
    end
    for i, row in ipairs(one.rows) do
      if type(row) ~= "table" then return ("table %s, row %d is none"):format(name, i) end
    end
  end
  for _, key in ipairs { "models", "data.omitted" } do
    for i, one in ipairs(key == "models" and found.models or found.data.omitted) do
      if type(one) ~= "table" then return ("%s[%d] is no object"):format(key, i) end
    end
  end
end

--- Reads OUT/results.json.
-- @tparam string folder OUT
-- @treturn table|nil what is in it, with `folder` and `sha256`, or nil, text, code
function results.load(folder)
  local path = folder .. "/results.json"
  local text, why, code = system.read_file(path)
  if not text then return nil, why, code end
  local found, place = json.decode(text)
  if type(found) ~= "table" then
    return nil, ("%s: no JSON object: %s"):format(path, place or "another value"), "FORMAT"
  end
  local wrong = fault(found)
  if wrong then return nil, ("%s: no results of a run: %s"):format(path, wrong), "FORMAT" end
  found.folder, found.sha256 = folder, system.sha256(text)
  return found
end

-- The extension, if a picture of that name may be shown: no other folder's.
local function kind_of(name)
  return type(name) == "string" and not name:find("/", 1, true)
    and KINDS[(name:lower():match "%.(%w+)$")]
end

--- The pictures of a run, in the order in which they were drawn. One of which is
-- not known that it shows no faces may show some.
-- @tparam table found of load
-- @tparam[opt] boolean no_faces leaves out what may show faces
-- @treturn {table,...} {file, title, faces}
-- @treturn integer how many were left out
function results.pictures(found, no_faces)
  local known, list, hidden = {}, {}, 0
  for _, one in ipairs(type(found.run.pictures) == "table" and found.run.pictures or {}) do
    if type(one) == "table" and type(one.file) == "string" then known[one.file] = one end
  end
  for _, file in ipairs(type(found.run.files) == "table" and found.run.files or {}) do
    if kind_of(file) then
      local one = known[file] or {}
      local faces = one.faces ~= false
      if faces and no_faces then
        hidden = hidden + 1
      else
        list[#list + 1] = {
          file = file, title = one.title, faces = faces, wide = one.wide == true or nil,
          caption = type(one.caption) == "string" and one.caption or nil,
        }
      end
    end
  end
  return list, hidden
end

-- A photo of many megapixels, small enough to be sent.
local function smaller(bytes)
  local img = #bytes > MOST_BYTES and image.decode(bytes)
  if not img then return nil end
  local h, w = img:size(1), img:size(2)
  local scale = math.min(1, MOST_SIDE / math.max(h, w))
  if scale < 1 then
    img = image.resize(img, math.max(1, w * scale // 1 | 0), math.max(1, h * scale // 1 | 0))
  end
  return image.encode(img, "jpeg", { quality = QUALITY })
end

--- A picture as a data URI.
-- @tparam string folder OUT
-- @tparam table picture of pictures
-- @treturn string|nil
function results.uri(folder, picture)
  local bytes = system.read_file(folder .. "/" .. picture.file)
  if not bytes then return nil end
  local kind, jpeg = kind_of(picture.file), picture.faces and smaller(bytes)
  return ("data:%s;base64,%s"):format(jpeg and KINDS.jpg or kind, html.base64(jpeg or bytes))
end

return results
