--- Networks that files hold: a graph with its weights out of one; see nn.lua,
-- nn.import. A file's operators are mapped to layers by the vocabulary of its
-- format, lua/visage/nn/import/FORMAT.lua, with what builder.lua offers.
local builder = require "visage.nn.import.builder"
local places = require "visage.nn.places"

-- The vocabulary of each format that holds a network.
local VOCABULARIES = {
  caffemodel = "visage.nn.import.caffe",
  mat = "visage.nn.import.matconvnet",
  prototxt = "visage.nn.import.caffe",
  keras = "visage.nn.import.keras",
  keras_h5 = "visage.nn.import.keras",
  onnx = "visage.nn.import.onnx",
  openvino = "visage.nn.import.openvino",
}

local OPTIONS = { name = "string", inputs = "table", outputs = "table" }
local NAMES = { "name", "inputs", "outputs" }

--- True for a list of texts that is not empty.
local function is_list(value)
  for _, text in ipairs(value) do
    if type(text) ~= "string" then return false end
  end
  return #value > 0
end

--- True for { C, H, W }, of which H and W may be -1, or { features }.
local function is_shape(sizes)
  if type(sizes) ~= "table" or #sizes ~= 3 and #sizes ~= 1 then return false end
  for i, size in ipairs(sizes) do
    if math.type(size) ~= "integer" or size < 1 and not (size == -1 and i > 1) then return false end
  end
  return true
end

--- What is wrong with the options, or nil.
local function option_fault(options)
  if type(options) ~= "table" then
    return ("the options are a %s, wants a table"):format(type(options))
  end
  for key, value in pairs(options) do
    if OPTIONS[key] and type(value) ~= OPTIONS[key] then
      return ("%s is a %s, wants a %s"):format(key, type(value), OPTIONS[key])
    end
  end
  for name, sizes in pairs(options.inputs or {}) do
    if not is_shape(sizes) then
      return ("inputs: the sizes of '%s' are no { C, H, W } and no { features }"):format(name)
    end
  end
  if options.outputs and not is_list(options.outputs) then return "outputs is no list of names" end
  return places.key_fault(options, "option", NAMES)
end

--- What is wrong with the arguments, or nil.
local function argument_fault(source, options)
  if type(source) ~= "string" and type(source) ~= "table" then
    return ("the source is a %s, wants a path, a list of paths or what loader.read gave")
      :format(type(source))
  elseif type(source) == "table" and not source.tensors and not is_list(source) then
    return "the source is neither a list of paths nor what loader.read gave"
  end
  return option_fault(options)
end

--- A file with its network, where that is a text of which the format's vocabulary
-- makes one; or nil, text, code.
local function completed(file, what)
  local name = not file.network and VOCABULARIES[file.format]
  local network_of = name and require(name).network
  if not network_of then return file end
  local network, why = network_of(file)
  if not network then return nil, ("import: %s: %s"):format(what, why), "FORMAT" end
  return setmetatable({ network = network }, { __index = file })
end

--- The files of a source, each as loader.read gives it, and how to call them; or
-- nil, text, code.
local function open(source)
  if type(source) == "table" and source.tensors then
    local file, why, code = completed(source, source.format)
    return file and { file }, file and source.format or why, code
  end
  local files, paths = {}, type(source) == "string" and { source } or source
  for i, path in ipairs(paths) do
    local file, why, code = require("visage.loader").read(path)
    if file then file, why, code = completed(file, path) end
    if not file then return nil, why, code end
    files[i] = file
  end
  return files, table.concat(paths, ", ")
end

--- One file of several: the network of the first that holds one, or of one that
-- holds no tensors (a .prototxt beside its .caffemodel), and the tensors of all.
local function merged(files)
  local one = { tensors = {}, meta = {} }
  for _, file in ipairs(files) do
    if file.network and (not one.network or not next(file.tensors)) then
      one.network, one.format, one.meta = file.network, file.format, file.meta
    end
    for name, value in pairs(file.tensors) do one.tensors[name] = one.tensors[name] or value end
  end
  return one
end

return function(source, options)
  local fault = argument_fault(source, options)
  if fault then error("import: " .. fault, 2) end
  local files, what, code = open(source)
  if not files then return nil, what, code end
  local file = merged(files)
  if not VOCABULARIES[file.format] then
    return nil, ("import: %s: holds no network, or one of a format that is not imported")
      :format(what), "UNSUPPORTED"
  end
  return builder.build(file, require(VOCABULARIES[file.format]), what, options)
end
