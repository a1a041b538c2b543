--- How a value is shown at the prompt: strings in quotes, plain tables with their
-- contents as far as they fit, everything else as tostring says.
local show = {}

local MOST_ITEMS = 20
local MOST_DEPTH = 3
local MOST_TEXT = 2000
local WIDTH = 78

local function quote(text)
  if #text > MOST_TEXT then
    return quote(text:sub(1, MOST_TEXT)) .. (" ... (%d bytes)"):format(#text)
  end
  return (("%q"):format(text):gsub("\\\n", "\\n"):gsub("\r", "\\r"))
end

local function is_name(key)
  return type(key) == "string" and key:find "^[%a_][%w_]*$" ~= nil
end

local function by_kind(a, b)
  if type(a) == type(b) and (type(a) == "string" or type(a) == "number") then return a < b end
  if type(a) ~= type(b) then return type(a) < type(b) end
  return tostring(a) < tostring(b)
end

local value_text

local function items(t, depth, inside)
  local list = {}
  local length = #t
  for i = 1, math.min(length, MOST_ITEMS) do list[i] = value_text(t[i], depth, inside) end
  local keys = {}
  for key in next, t do
    if not (math.type(key) == "integer" and key >= 1 and key <= length) then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys, by_kind)
  for _, key in ipairs(keys) do
    if #list >= MOST_ITEMS then break end
    local name = is_name(key) and key or "[" .. value_text(key, depth, inside) .. "]"
    list[#list + 1] = name .. " = " .. value_text(t[key], depth, inside)
  end
  local left = length + #keys - #list
  if left > 0 then list[#list + 1] = ("... %d more"):format(left) end
  return list
end

local function table_text(t, depth, inside)
  if inside[t] then return "{ the table around it }" end
  if next(t) == nil then return "{}" end
  if depth >= MOST_DEPTH then return "{ ... }" end
  inside[t] = true
  local list = items(t, depth + 1, inside)
  inside[t] = nil
  local flat = "{ " .. table.concat(list, ", ") .. " }"
  if #flat + 2 * depth <= WIDTH and not flat:find "\n" then return flat end
  local indent = ("  "):rep(depth + 1)
  return "{\n" .. indent .. table.concat(list, ",\n" .. indent) .. "\n" .. ("  "):rep(depth) .. "}"
end

function value_text(value, depth, inside)
  if type(value) == "string" then return quote(value) end
  local meta = getmetatable(value)
  local named = type(meta) == "table" and (meta.__tostring or meta.__name)
  if type(value) ~= "table" or named then return tostring(value) end
  return table_text(value, depth, inside)
end

--- One value as text; long tables and strings are cut.
-- @param value anything
-- @treturn string
-- @usage show.value { 1, "a", x = {} } --> { 1, "a", x = {} }
function show.value(value)
  return value_text(value, 0, {})
end

--- Several values on one line, or below each other when one has several lines.
-- @tparam table values with n, as table.pack gives them
-- @treturn string
function show.values(values)
  local list = {}
  local between = "\t"
  for i = 1, values.n do
    list[i] = show.value(values[i])
    if list[i]:find "\n" then between = "\n" end
  end
  return table.concat(list, between)
end

return show
