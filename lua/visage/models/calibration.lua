--- The file of a network's calibration, which int8 is scaled by: JSON beside the
-- weights, WEIGHTS.int8.json, with the sha256 of the weights that it is for, how and
-- from which photos it was made, and the range of each node.
local json = require "visage.json"
local system = require "visage.system"

local calibration = {}

-- What a file of ours says at "format".
local FORMAT = "visage int8 ranges 1"

local ORDER = { "format", "model", "variant", "weights_sha256", "rule", "photos",
  "photos_sha256", "ranges" }

--- Where the calibration of a network is looked for.
-- @tparam table weights of a model: path
-- @treturn ?string path; nil for weights that are no file
function calibration.path(weights)
  return weights.path and weights.path .. ".int8.json"
end

local function range_of(value)
  local low, high = table.unpack(type(value) == "table" and value or {})
  return math.type(low) and math.type(high) and low <= high and { low, high } or nil
end

-- The record of a file, or nil and what is wrong with it.
local function parsed(text)
  local record = json.decode(text)
  if type(record) ~= "table" or record.format ~= FORMAT then
    return nil, ("no calibration: its format is not '%s'"):format(FORMAT)
  end
  local ranges = {}
  for node, value in pairs(type(record.ranges) == "table" and record.ranges or {}) do
    ranges[node] = range_of(value)
    if not ranges[node] then
      return nil, ("the range of %s is not [low, high]"):format(tostring(node))
    end
  end
  record.ranges = ranges
  return record
end

local function missing(path, spec)
  return ("%s: no such calibration, which int8 needs; from a folder of faces it is made by"
    .. " ./visage experiments/calibrate.lua --model %s FOLDER"):format(path or "--calibration",
      spec)
end

--- Reads a calibration.
-- @tparam ?string path nil: there is none to look for
-- @tparam table wanted spec, "MODEL:VARIANT", for messages; sha256 of the weights
-- @treturn table { path, sha256, rule, photos, photos_sha256, ranges = { NODE = { low,
-- high } } }; or nil, text, code
function calibration.read(path, wanted)
  local text = path and system.read_file(path)
  if not text then return nil, missing(path, wanted.spec), "IO" end
  local record, why = parsed(text)
  if not record then return nil, ("%s: %s"):format(path, why), "FORMAT" end
  if wanted.sha256 and record.weights_sha256 ~= wanted.sha256 then
    return nil, ("%s: made for the weights of sha256 %s; these are %s"):format(path,
      tostring(record.weights_sha256), wanted.sha256), "VALUE"
  end
  return {
    path = path, sha256 = system.sha256(text), rule = record.rule, photos = record.photos,
    photos_sha256 = record.photos_sha256, ranges = record.ranges,
  }
end

--- Writes a calibration.
-- @tparam string path the file appears whole or not at all
-- @tparam table model of models.load
-- @tparam table made rule, photos (how many), photos_sha256, ranges
-- @treturn boolean true, or nil, text, code
function calibration.write(path, model, made)
  return system.write_file(path, json.encode({
    format = FORMAT, model = model.name, variant = model.variant,
    weights_sha256 = model.weights.sha256 or json.null, rule = made.rule,
    photos = made.photos, photos_sha256 = made.photos_sha256,
    ranges = json.object(made.ranges),
  }, ORDER))
end

return calibration
