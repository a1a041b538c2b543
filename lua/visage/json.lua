--- JSON as results.json has it: dkjson, with doubles to their last digit and
-- null for what is not a number.
local dkjson = require "dkjson"

local json = { null = dkjson.null }

-- dkjson writes 14 digits; a table with __tojson writes itself.
local Number = {
  __tojson = function(self)
    local value = self[1]
    for digits = 15, 17 do
      local text = ("%." .. digits .. "g"):format(value)
      if tonumber(text) == value then return text end
    end
  end,
}

local Object = { __jsontype = "object" }

--- Marks a table as a JSON object, which an empty one would not be.
-- @tparam table t
-- @treturn table t
function json.object(t)
  return setmetatable(t, Object)
end

-- File names may hold any bytes, JSON only UTF-8: others become U+FFFD.
local function valid(text)
  local parts, at = {}, 1
  while true do
    local length, bad = utf8.len(text, at)
    if length then
      parts[#parts + 1] = text:sub(at)
      return table.concat(parts)
    end
    parts[#parts + 1] = text:sub(at, bad - 1) .. "\u{FFFD}"
    at = bad + 1
  end
end

local function prepared(value)
  if math.type(value) == "float" then
    if value - value ~= 0 then return json.null end
    return setmetatable({ value }, Number)
  end
  if type(value) == "string" then return valid(value) end
  if type(value) ~= "table" or value == json.null then return value end
  local out = {}
  for key, item in pairs(value) do
    out[type(key) == "string" and valid(key) or key] = prepared(item)
  end
  return setmetatable(out, getmetatable(value))
end

local function add_keys(found, value)
  for key, item in pairs(value) do
    if type(key) == "string" then found[key] = true end
    if type(item) == "table" and item ~= json.null then add_keys(found, item) end
  end
end

-- The given keys first, all others sorted: equal data give equal text.
local function key_order(value, first)
  local found, rest = {}, {}
  add_keys(found, value)
  for _, key in ipairs(first) do found[key] = nil end
  for key in pairs(found) do rest[#rest + 1] = key end
  table.sort(rest)
  local order = table.move(first, 1, #first, 1, {})
  return table.move(rest, 1, #rest, #order + 1, order)
end

--- Encodes plain data, with line ends; bytes of texts that are no UTF-8 become U+FFFD.
-- @tparam table value nil inside tables is written as json.null
-- @tparam[opt] {string,...} order keys that come before the others, which are
-- sorted
-- @treturn string
function json.encode(value, order)
  local ready = prepared(value)
  return dkjson.encode(ready, {
    indent = true, keyorder = key_order(ready, order or {}),
  }) .. "\n"
end

--- Decodes; null is nil.
-- @tparam string text
-- @treturn any or nil, text
function json.decode(text)
  local value, _, why = dkjson.decode(text)
  if why then return nil, why end
  return value
end

return json
