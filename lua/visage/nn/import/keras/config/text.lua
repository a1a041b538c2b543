--- The texts of Keras's configurations: JSON, and the words of Keras 1 in those
-- of Keras 2.
local dkjson = require "dkjson"

local BRACKETS_MOST = 200 -- nested; a model in a model takes about eight

local text_of = {}

-- The place after the text in quotes that begins at `at`; nil without an end.
local function after_quotes(text, at)
  repeat
    at = text:find('["\\]', at + 1)
    if at and text:byte(at) == 0x5c then at = at + 1 end -- what a backslash hides
  until not at or text:byte(at) == 0x22
  return at and at + 1
end

-- False where the brackets of a JSON text are nested deeper than is sound.
local function is_shallow(text)
  local depth, at = 0, text:find '["%[%]{}]'
  while at do
    local c = text:sub(at, at)
    if c == "[" or c == "{" then depth = depth + 1 end
    if c == "]" or c == "}" then depth = depth - 1 end
    if depth > BRACKETS_MOST then return false end
    if c == '"' then at = after_quotes(text, at) else at = at + 1 end
    at = at and text:find('["%[%]{}]', at)
  end
  return true
end

--- Reads a model's configuration; null becomes false.
-- @tparam ?string text
-- @treturn table, or nil, text
-- @treturn table {channels_first, modern}: whether images lie that way; whether
-- calls are counted as Keras 3 does
function text_of.decode(text)
  if not text then return nil, "it has weights alone, no model_config" end
  if not is_shallow(text) then return nil, "model_config is nested too deep" end
  local value, _, wrong = dkjson.decode(text, 1, false)
  if type(value) ~= "table" then return nil, "model_config: " .. (wrong or "no object") end
  return value, {
    channels_first = (text:find '"data_format": *"channels_first"'
      or text:find '"dim_ordering": *"th"') ~= nil,
    modern = text:find('"keras_history"', 1, true) ~= nil,
  }
end

--- A shape of Keras as N,C,H,W or N,features; -1 for an open size.
-- @tparam any shape with the batch
-- @tparam boolean channels_first
-- @treturn ?{integer,...} nil when it is another shape
function text_of.shape(shape, channels_first)
  if type(shape) ~= "table" or #shape ~= 2 and #shape ~= 4 then return nil end
  local sizes = {}
  for i, size in ipairs(shape) do
    if size == false then size = -1 end
    if math.type(size) ~= "integer" then return nil end
    sizes[i] = size
  end
  if #sizes == 4 and not channels_first then
    table.insert(sizes, 2, table.remove(sizes))
  end
  return sizes
end

-- Words of Keras 1.
local classes = {
  Convolution2D = "Conv2D", AtrousConvolution2D = "Conv2D",
  SeparableConvolution2D = "SeparableConv2D",
}
local words = {
  nb_filter = "filters", subsample = "strides", border_mode = "padding", bias = "use_bias",
  output_dim = "units", atrous_rate = "dilation_rate", alpha = "negative_slope",
}
local modes = { sum = "Add", mul = "Multiply", concat = "Concatenate" }

--- A layer's class and configuration in Keras 2's words.
-- @tparam string class
-- @tparam table config
-- @treturn string
-- @treturn table
function text_of.layer(class, config)
  local out = {}
  for key, value in pairs(config) do out[words[key] or key] = value end
  if config.nb_row then out.kernel_size = { config.nb_row, config.nb_col } end
  if config.dim_ordering then
    out.data_format = config.dim_ordering == "th" and "channels_first" or "channels_last"
  end
  if class == "Merge" then
    return modes[config.mode] or ("Merge " .. tostring(config.mode)),
      { axis = config.concat_axis }
  end
  return classes[class] or class, out
end

return text_of
