--- IJB-B and IJB-C as NIST gives them out: whole photos and frames, a box for each
-- face. A row of a gallery or of the probes is one face of a template; SIGHTING_ID is
-- the photo or video it comes from. A face that several templates share is one face.
local fields = require "visage.data.ijb.fields"

local nist = {}

local WANTED = {
  { "TEMPLATE_ID" }, { "SUBJECT_ID" }, { "FILENAME", "FILE" }, { "SIGHTING_ID", "MEDIA_ID" },
  { "FACE_X" }, { "FACE_Y" }, { "FACE_WIDTH" }, { "FACE_HEIGHT" },
}

-- x1, y1, x2, y2; nothing where all four are empty or NaN, as NIST writes what it does
-- not know: a face without a box.
local function box_of(row)
  local texts = row.FACE_X .. row.FACE_Y .. row.FACE_WIDTH .. row.FACE_HEIGHT
  if texts:lower():gsub("nan", "") == "" then return nil, true end
  local x, y = tonumber(row.FACE_X), tonumber(row.FACE_Y)
  local width, height = tonumber(row.FACE_WIDTH), tonumber(row.FACE_HEIGHT)
  if not (x and y and width and height) then return nil, false end
  local sum = x + y + width + height
  if sum - sum ~= 0 or width <= 0 or height <= 0 then return nil, false end
  return { x, y, x + width, y + height }, true
end

-- The place of a face, which is new or was in another template.
local function face_of(p, known, row, box, images)
  local name = ("%s %s %s %s %s"):format(row.FILENAME, row.FACE_X, row.FACE_Y, row.FACE_WIDTH,
    row.FACE_HEIGHT)
  if not known[name] then
    p.faces[#p.faces + 1] = { key = row.FILENAME, path = images .. "/" .. row.FILENAME, box = box }
    known[name] = #p.faces
  end
  return known[name]
end

local function add(p, list, known, row, line, images)
  local id = fields.id(row.TEMPLATE_ID)
  if not id then
    return fields.fault(list.path, line, "TEMPLATE_ID is '%s', wants a number", row.TEMPLATE_ID)
  end
  if not fields.is_below(row.FILENAME) or row.SUBJECT_ID == "" or row.SIGHTING_ID == "" then
    return fields.fault(list.path, line, "wants a subject, a file and a sighting, has '%s', '%s'"
      .. " and '%s'", row.SUBJECT_ID, row.FILENAME, row.SIGHTING_ID)
  end
  local box, fine = box_of(row)
  if not fine then
    return fields.fault(list.path, line, "the face is '%s', '%s', '%s', '%s', wants x, y, width"
      .. " and height", row.FACE_X, row.FACE_Y, row.FACE_WIDTH, row.FACE_HEIGHT)
  end
  local template, at = fields.template(p, id)
  local ok, text, code = fields.enter(list, template, at, row.SUBJECT_ID, line)
  if not ok then return nil, text, code end
  local face = face_of(p, known, row, box, images)
  for _, other in ipairs(template.faces) do
    if other == face then p.repeated[#p.repeated + 1] = { path = list.path, line = line } end
  end
  template.faces[#template.faces + 1] = face
  template.media[#template.media + 1] = row.SIGHTING_ID
  return true
end

--- Reads the templates into a protocol of visage.data.ijb.
-- @tparam table p
-- @tparam table files
-- @tparam string images
-- @treturn boolean true, or nil, text, code
function nist.read(p, files, images)
  local known, lists = {}, {}
  for i, gallery in ipairs(files.galleries) do
    p.galleries[i] = { name = gallery.name, path = gallery.path, rows = {} }
    lists[i] = p.galleries[i]
  end
  p.probes = { path = files.probes, rows = {} }
  lists[#lists + 1] = p.probes
  for _, list in ipairs(lists) do
    local ok, text, code = fields.rows(list.path, WANTED, function(row, line)
      return add(p, list, known, row, line, images)
    end)
    if not ok then return nil, text, code end
  end
  if not p.faces[1] then return nil, files.probes .. ": no faces in it", "FORMAT" end
  return true
end

return nist
