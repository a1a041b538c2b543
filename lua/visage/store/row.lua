--- The bytes of a row of the store: floats little-endian, and a seal over all.
local system = require "visage.system"
local tensor = require "visage.tensor"

local row = {}

-- Hexadecimal digits of the sha256 that seal a row.
local SEAL = 16
-- Those that pack gives.
local COLUMNS = 5

-- "" stands for nil, which no vector and no face is.
local function floats(kind, list)
  return string.pack("<" .. kind:rep(#list), table.unpack(list))
end

local function numbers(kind, bytes)
  local list = { string.unpack("<" .. kind:rep(#bytes // string.packsize(kind)), bytes) }
  list[#list] = nil -- where the next would begin
  return list
end

local function pack_face(face)
  if not face then return "" end
  local list = { face.score, table.unpack(face.box) }
  for _, point in ipairs(face.points or {}) do
    list[#list + 1], list[#list + 2] = point[1], point[2]
  end
  return floats("d", list)
end

local function unpack_face(bytes)
  if bytes == "" then return nil end
  local n = numbers("d", bytes)
  local points = {}
  for i = 6, #n, 2 do points[#points + 1] = { n[i], n[i + 1] } end
  return { score = n[1], box = { n[2], n[3], n[4], n[5] }, points = points }
end

local function seal(key, ...)
  local parts = { key, ... }
  for i, part in ipairs(parts) do parts[i] = string.pack("<s4", part) end
  return system.sha256(table.concat(parts)):sub(1, SEAL)
end

--- A box as bytes; "" for nil.
-- @tparam ?{number,...} box
-- @treturn string
function row.region(box)
  return box and floats("d", box) or ""
end

--- An entry's columns.
-- @tparam table entry {status, text, vector, face}
-- @tparam string key what the row is found by
-- @treturn string status
-- @treturn string why
-- @treturn string vector
-- @treturn string face
-- @treturn string seal
function row.pack(entry, key)
  local why = entry.text or ""
  local vector = entry.vector and floats("f", entry.vector:totable()) or ""
  local face = pack_face(entry.face)
  return entry.status, why, vector, face, seal(key, entry.status, why, vector, face)
end

--- The entry of a row's columns.
-- @tparam {string,...} columns as pack gives them
-- @tparam string key
-- @treturn ?table as pack takes it; nil when the row is not what was packed
function row.unpack(columns, key)
  -- What the disk has changed may have become any value.
  for i = 1, COLUMNS do
    if type(columns[i]) ~= "string" then return nil end
  end
  local status, why, vector, face, sealed = table.unpack(columns)
  if seal(key, status, why, vector, face) ~= sealed then return nil end
  return {
    status = status, text = why ~= "" and why or nil, face = unpack_face(face),
    vector = vector ~= "" and tensor.from(numbers("f", vector), "f32") or nil,
  }
end

return row
