--- The options that all experiments share, on argparse.
local argparse = require "argparse"
local models = require "visage.models"
local system = require "visage.system"

local options = {}

local DEVICES = { "auto", "cpu", "cuda" }
local PRECISIONS = { "fp32", "bf16", "int8" }

--- A converter for argparse: whole numbers from `least` on.
-- @tparam integer least
-- @treturn function text -> integer, or nil, text
function options.whole(least)
  return function(text)
    local n = math.tointeger(tonumber(text))
    if n and n >= least then return n end
    return nil, ("'%s' is not a whole number of at least %d"):format(text, least)
  end
end

-- More threads than processors wait for one another: a network is slower with them.
local function threads(text)
  local n, why = options.whole(1)(text)
  local most = system.cores()
  if not n or n <= most then return n, why end
  return nil, ("%d threads are too many: this process may use %d processor%s"):format(n, most,
    most == 1 and "" or "s")
end

--- A converter for argparse: numbers from `low` to `high`.
-- @tparam[opt] number low
-- @tparam[opt] number high
-- @treturn function text -> number, or nil, text
function options.number(low, high)
  low, high = low or -math.huge, high or math.huge
  return function(text)
    local n = tonumber(text)
    if n and n >= low and n <= high then return n end
    return nil, ("'%s' is not a number from %g to %g"):format(text, low, high)
  end
end

--- A list separated by commas, as option values have it.
-- @tparam string text
-- @treturn {string,...}
function options.split(text)
  local list = {}
  for part in text:gmatch("[^,]+") do list[#list + 1] = part end
  return list
end

local function data_options(p, definition)
  if definition.data ~= false then
    p:option("--data", "Folder of the data."):argname("DIR")
      :default(definition.data):count(definition.needs_data and 1 or "0-1")
    p:option("--images", "Folder of the photos in it" .. (definition.images and "."
      or " (by default test/, then train/, then the folder itself)."))
      :argname("SUBDIR"):default(definition.images)
  end
  p:option("--exclude", "List of subjects to leave out, one a line, such as those that"
    .. " a network was trained on (the line or its first word; # begins a remark).")
    :argname("LIST")
  p:option("--limit", "Use only the first N subjects or photos.")
    :argname("N"):convert(options.whole(1))
  p:option("--seed", "Seed of all that is drawn at random."):argname("N")
    :default("1"):convert(options.whole(0))
end

local function model_options(p, definition)
  p:option("--model", "Networks.")
    :argname("NAME[:VARIANT][,NAME...]"):default(definition.model)
  p:option("--weights", "Weights of the networks: names of weights/manifest.lua"
    .. " or files, as many as there are networks."):argname("NAME|FILE")
  p:option("--device", "Where to compute; auto prints what it chose.")
    :choices(DEVICES):default("auto")
  p:option("--engine", "How to compute; by default the device's best.")
    :argname("NAME")
  p:option("--precision", "Arithmetic of the networks (not of a detector); an engine"
    .. " or processor that lacks it is an error."):choices(PRECISIONS):default("fp32")
  p:option("--calibration", "For int8: the file that calibrate.lua made for each network,"
    .. " with commas (by default WEIGHTS.int8.json beside the weights).")
    :argname("FILE[,FILE...]")
  p:option("--batch", "Most images in one step of a network."):argname("N")
    :default("32"):convert(options.whole(1))
  p:option("--threads", "Processor threads, no more than processors (by default all).")
    :argname("N"):convert(threads)
end

local function output_options(p, definition)
  p:option("--out", "Folder for the results."):argname("DIR")
    :default("runs/" .. definition.name)
  p:option("--cache", "Folder in which embeddings are kept, so that none is"
    .. " computed twice (by default $VISAGE_CACHE, then visage in $XDG_CACHE_HOME"
    .. " or ~/.cache)."):argname("DIR")
  p:flag("--no-cache", "Look no embedding up and keep none.")
  p:flag("--no-faces", "Keep photos out of the report.")
  p:flag("--force", "Replace the results of another run in --out.")
  p:flag("--quiet", "No progress and no remarks.")
  p:flag("--check", "Look at options, data and weights, then stop.")
end

--- The parser of an experiment: its own options after the shared ones.
-- @tparam table definition name, summary, data, images and model (defaults), needs_data,
-- options: function(parser); data = false: neither --data nor --images, for a script that
-- would not look there
-- @treturn table argparse's
function options.parser(definition)
  local p = argparse(definition.name, definition.summary)
  p:usage_max_width(78):help_max_width(78)
  data_options(p, definition)
  model_options(p, definition)
  output_options(p, definition)
  if definition.options then definition.options(p) end
  return p
end

-- Whether the command line itself has the option; one with a default is always parsed.
local function is_given(arguments, name)
  for _, argument in ipairs(arguments) do
    if argument:match "^[^=]*" == name then return true end
  end
  return false
end

-- Options that parse but cannot be had.
local function refused(parsed, arguments)
  if parsed.cache and parsed.no_cache then
    return "--cache names a folder, --no-cache wants none; give one of them"
  end
  if parsed.calibration and parsed.precision ~= "int8" then
    return "--calibration is for --precision int8"
  end
  for _, name in ipairs { "--model", "--weights" } do
    if parsed.embeddings and is_given(arguments, name) then
      return ("--embeddings takes what a network has made, %s wants one run; give one of them")
        :format(name)
    end
  end
  local networks = #(parsed.model or {})
  if parsed.calibration and #parsed.calibration ~= networks then
    return ("--calibration names %d files, --model names %d networks"):format(
      #parsed.calibration, networks)
  end
  if parsed.weights and #parsed.weights ~= #parsed.model then
    return ("--weights names %d files, --model names %d networks"):format(
      #parsed.weights, #parsed.model)
  end
  for _, spec in ipairs(parsed.model or {}) do
    local network, why = models.find(spec)
    if not network then return why end
  end
end

--- A converter for argparse: a list separated by commas, each part converted.
-- @tparam function convert text -> value, or nil, text
-- @treturn function text -> values, or nil, text
function options.list(convert)
  return function(text)
    local list = {}
    for i, part in ipairs(options.split(text)) do
      local value, why = convert(part)
      if value == nil then return nil, why end
      list[i] = value
    end
    if list[1] == nil then return nil, ("'%s' is an empty list"):format(text) end
    return list
  end
end

--- Reads a command line.
-- @tparam table definition as for parser
-- @tparam {string,...} arguments
-- @treturn table the options, model and weights as lists, or nil, text
function options.parse(definition, arguments)
  local parser = options.parser(definition)
  local ok, parsed = parser:pparse(arguments)
  if not ok then return nil, parsed end
  if definition.model or parsed.model then
    parsed.model = options.split(parsed.model)
  end
  parsed.weights = parsed.weights and options.split(parsed.weights)
  parsed.calibration = parsed.calibration and options.split(parsed.calibration)
  local why = refused(parsed, arguments)
  if why then return nil, why end
  return parsed
end

return options
