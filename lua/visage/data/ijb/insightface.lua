--- IJB-B and IJB-C as InsightFace packs them: a loose crop and five points of each
-- face. The third column of the lists of faces is the medium; galleries and probes are
-- NIST's files, of which the first two columns count.
local fields = require "visage.data.ijb.fields"
local lines = require "visage.data.lines"
local tensor = require "visage.tensor"

local insightface = {}

-- So many faces' points are moved to their tensor at once.
local BLOCK = 4096

-- Points of half a million faces are one tensor: a face makes a table of its own when
-- it is asked for them.
local function with_points(p)
  return {
    __index = function(face, key)
      if key ~= "points" or not p.points then return nil end
      local row, points = p.points[face.place]:totable(), {}
      for k = 1, 5 do points[k] = { row[2 * k - 1], row[2 * k] } end
      return points
    end,
  }
end

-- NAME TEMPLATE MEDIUM, a face a line.
local function read_faces(p, path, images)
  local each, why, code = lines.each(path)
  if not each then return nil, why, code end
  local class = with_points(p)
  local first = {}
  for text, line in each do
    local f = fields.split(text)
    local id, medium = fields.id(f[2] or ""), fields.id(f[3] or "")
    if #f ~= 3 or not (id and medium and fields.is_below(f[1])) then
      return fields.fault(path, line, "wants a name, a template and a medium, has '%s'", text)
    end
    local template = fields.template(p, id)
    local at = #p.faces + 1
    p.faces[at] = setmetatable({ key = f[1], path = images .. "/" .. f[1], place = at }, class)
    template.faces[#template.faces + 1], template.media[#template.media + 1] = at, medium
    if first[f[1]] == id then p.repeated[#p.repeated + 1] = { path = path, line = line } end
    first[f[1]] = first[f[1]] or id
  end
  if not p.faces[1] then return nil, path .. ": no faces in it", "FORMAT" end
  return true
end

local function finite(text)
  local x = tonumber(text)
  return x and x - x == 0 and x
end

-- Ten numbers and the score of a line, appended to the block.
local function take(f, block, scores)
  if #f ~= 12 then return nil end
  for k = 2, 12 do
    local x = finite(f[k])
    if not x then return nil end
    if k < 12 then block[#block + 1] = x else scores[#scores + 1] = x end
  end
  return true
end

-- NAME x y x y x y x y x y SCORE, in the order of the faces.
local function read_points(p, path)
  local each, why, code = lines.each(path)
  if not each then return nil, why, code end
  local points, scores, block, done = tensor.zeros { #p.faces, 10 }, {}, {}, 0
  local function empty()
    local n = #block // 10
    if n == 0 then return end
    points:narrow(1, done + 1, n):copy(tensor.from(block):reshape { n, 10 })
    block, done = {}, done + n
  end
  for text, line in each do
    local f = fields.split(text)
    if not take(f, block, scores) then
      return fields.fault(path, line, "wants a name and eleven numbers, has '%s'", text)
    end
    local face = p.faces[#scores]
    if not face or face.key ~= f[1] then
      return fields.fault(path, line, "%s, where the list of templates has %s", f[1],
        face and face.key or "no more faces")
    end
    if #block == 10 * BLOCK then empty() end
  end
  empty()
  if done ~= #p.faces then
    return nil, ("%s: %d faces, the list of templates has %d"):format(path, done, #p.faces),
      "FORMAT"
  end
  p.points, p.scores = points, scores
  return true
end

local WANTED = { { "TEMPLATE_ID" }, { "SUBJECT_ID" } }

-- A gallery, or the probes: which templates are in it and whose they are.
local function read_list(p, list)
  return fields.rows(list.path, WANTED, function(row, line)
    local id = fields.id(row.TEMPLATE_ID)
    local at = id and p.row_of[id]
    if not at then
      return fields.fault(list.path, line, "template '%s' has no faces", row.TEMPLATE_ID)
    end
    return fields.enter(list, p.templates[at], at, row.SUBJECT_ID, line)
  end)
end

--- Reads the templates into a protocol of visage.data.ijb.
-- @tparam table p
-- @tparam table files
-- @tparam string images
-- @treturn boolean true, or nil, text, code
function insightface.read(p, files, images)
  local ok, text, code = read_faces(p, files.faces, images)
  if ok and files.points then ok, text, code = read_points(p, files.points) end
  if not (files.galleries[1] and files.galleries[2] and files.probes) then return ok, text, code end
  for i, gallery in ipairs(files.galleries) do
    p.galleries[i] = { name = gallery.name, path = gallery.path, rows = {} }
    if ok then ok, text, code = read_list(p, p.galleries[i]) end
  end
  p.probes = { path = files.probes, rows = {} }
  if ok then ok, text, code = read_list(p, p.probes) end
  return ok, text, code
end

return insightface
