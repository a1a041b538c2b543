--- The class names of keras-vggface's softmax heads: v1 (2,622 people of
-- VGGFace) and v2 (8,631 of VGGFace2), from their .npy files of strings, or v2
-- rebuilt from identity_meta.csv. Also the decoding of probabilities.

local named = require "visage.options"
local system = require "visage.system"
local vggface2 = require "visage.data.vggface2"
local weights = require "visage.weights"

local labels = {}

local OPTIONS = { file = true, identity_meta = true }

local counts = { v1 = 2622, v2 = 8631 }

-- numpy's format 1 to 3: magic, version, length of the header, header, data.
local function npy_header(bytes)
  if bytes:sub(1, 6) ~= "\x93NUMPY" or #bytes < 12 then return nil end
  local length, at = string.unpack(bytes:byte(7) == 1 and "<I2" or "<I4", bytes, 9)
  local header = bytes:sub(at, at + length - 1)
  local kind, width = header:match "'descr': *'[<|]([US])(%d+)'"
  local count = header:match "'shape': *%((%d+),%)"
  if not count then return nil end
  return kind, math.tointeger(width), math.tointeger(count), at + length
end

-- One string of width UCS-4 characters (numpy's U) padded with zeros.
local function ucs4(bytes, at, width)
  local characters = {}
  for i = 0, width - 1 do
    local code = string.unpack("<I4", bytes, at + 4 * i)
    if code == 0 then break end
    if code > 0x10FFFF then return nil end
    characters[#characters + 1] = utf8.char(code)
  end
  return table.concat(characters)
end

-- One string of width bytes (numpy's S) padded with zeros, taken as it is.
local function bytes_of(bytes, at, width)
  return (bytes:sub(at, at + width - 1):gsub("\0+$", ""))
end

--- The strings of a one-dimensional .npy file of dtype U or S.
-- @tparam string path
-- @treturn {string,...} UTF-8, or nil, text, code
function labels.read_npy(path)
  local bytes, text, code = system.read_file(path)
  if not bytes then return nil, text, code end
  local kind, width, count, at = npy_header(bytes)
  if not kind then
    return nil, path .. ": not a .npy file with one axis of strings", "FORMAT"
  end
  local size = kind == "U" and 4 * width or width
  if #bytes - at + 1 < count * size then
    return nil, ("%s: ends at byte %d, %d strings of %d bytes need %d"):format(path, #bytes,
      count, size, at - 1 + count * size), "FORMAT"
  end
  local names, decode = {}, kind == "U" and ucs4 or bytes_of
  for i = 1, count do
    names[i] = decode(bytes, at + (i - 1) * size, width)
    if not names[i] then
      return nil, ("%s: string %d is not Unicode"):format(path, i), "FORMAT"
    end
  end
  return names
end

--- The v2 names from VGGFace2's identity_meta.csv: the training identities in
-- the file's order, with the leading space that the published labels carry. That
-- the published file has this order is inferred, not stated anywhere, so results
-- say that names were rebuilt.
-- @tparam string path
-- @treturn {string,...}, or nil, text, code
function labels.rebuild(path)
  local identities, text, code = vggface2.identities(path)
  if not identities then return nil, text, code end
  local names = {}
  for _, identity in ipairs(identities) do
    if identity.train then names[#names + 1] = " " .. identity.name end
  end
  return names
end

local function labels_file(version, options)
  if options.file then return { path = options.file } end
  return weights.resolve("labels-" .. version)
end

--- The names of a softmax head's classes.
-- @tparam string version "v1" or "v2"
-- @tparam[opt] table options file: a .npy path instead of the manifest's;
-- identity_meta: the CSV from which v2 is rebuilt when no file is here
-- @treturn table {version, names, rebuilt (boolean), path}, or nil, text, code
function labels.load(version, options)
  options = named.check("labels.load", options, OPTIONS)
  if not counts[version] then error("labels.load: v1 or v2, got " .. tostring(version), 2) end
  local found, text, code = labels_file(version, options)
  local rebuilt = not found and version == "v2" and options.identity_meta ~= nil
  local path, names = rebuilt and options.identity_meta or found and found.path, nil
  if rebuilt then
    names, text, code = labels.rebuild(path)
  elseif found then
    names, text, code = labels.read_npy(path)
  end
  if not names then return nil, text, code end
  if #names ~= counts[version] then
    return nil, ("%s: %d names, labels %s are %d"):format(path, #names, version,
      counts[version]), "FORMAT"
  end
  return { version = version, names = names, rebuilt = rebuilt, path = path }
end

--- The most probable classes of each row, most probable first.
-- @tparam tensor probabilities (N, classes), from a softmax head only
-- @tparam[opt] table names labels.names; nil: classes keep their numbers
-- @tparam[opt=5] integer top
-- @treturn {{table,...},...} per row {index (from 0, as the field counts), label
-- (as published), name (without its leading space), probability}
function labels.decode(probabilities, names, top)
  top = math.min(top or 5, probabilities:size(2))
  if names and #names ~= probabilities:size(2) then
    error(("labels.decode: %d names for %d classes"):format(#names, probabilities:size(2)), 2)
  end
  local values, places = probabilities:topk(top, 2)
  local rows = {}
  for n = 1, probabilities:size(1) do
    rows[n] = {}
    for k = 1, top do
      local place = math.tointeger(places:get(n, k))
      local label = names and names[place]
      rows[n][k] = {
        index = place - 1, label = label, name = label and label:gsub("^%s+", ""),
        probability = values:get(n, k),
      }
    end
  end
  return rows
end

return labels
