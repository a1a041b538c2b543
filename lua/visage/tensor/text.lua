--- How a tensor prints: dtype, shape and its elements in numpy's brackets, only
-- the edges where there are many.
local text = {}

local THRESHOLD <const> = 1000 -- more elements than this: the edges only
local EDGE <const> = 3 -- elements at each end of an axis, as numpy's edgeitems
local WIDTH <const> = 78

--- "(2,3)", and "(4,)" for one axis.
-- @tparam table shape
-- @treturn string
function text.shape(shape)
  return ("(%s%s)"):format(table.concat(shape, ","), #shape == 1 and "," or "")
end

--- The elements to show as nested tables; false stands for those left out.
local function edges(t, short)
  if t:dims() == 0 then return t:item() end
  local n = t:size(1)
  local items = {}
  for i = 1, n do
    if not short or n <= 2 * EDGE or i <= EDGE or i > n - EDGE then
      local item = t[i]
      items[#items + 1] = type(item) == "number" and item or edges(item, short)
    elseif i == EDGE + 1 then
      items[#items + 1] = false
    end
  end
  return items
end

local function each_number(items, visit)
  if type(items) == "number" then return visit(items) end
  for _, item in ipairs(items) do
    if item then each_number(item, visit) end
  end
end

--- One format for all numbers: as whole as they are, "%.4f" where that shows
-- each, else "%.4e".
local function format_of(items)
  local whole, low, high = true, math.huge, 0
  each_number(items, function(x)
    local size = math.abs(x)
    if size ~= size or size == math.huge then return end
    whole = whole and x == math.floor(x)
    if size > 0 then low = math.min(low, size) end
    high = math.max(high, size)
  end)
  if whole and high < 1e8 then return "%.0f." end
  if high >= 1e5 or low < 1e-4 then return "%.4e" end
  return "%.4f"
end

local function number_text(x, format)
  if math.type(x) == "integer" then return tostring(x) end
  if x ~= x then return "nan" end
  if math.abs(x) == math.huge then return x > 0 and "inf" or "-inf" end
  return format:format(x)
end

--- The last axis: "[1. 2. 3.]", going on below where it is too wide.
local function row_text(items, format, width, indent)
  local lines, line = {}, ""
  for _, item in ipairs(items) do
    local word = item and number_text(item, format) or "..."
    word = (" "):rep(item and width - #word or 0) .. word
    if line ~= "" and indent + #line + #word + 2 > WIDTH then
      lines[#lines + 1] = line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return "[" .. table.concat(lines, "\n" .. (" "):rep(indent + 1)) .. "]"
end

local function block_text(items, dims, format, width, indent)
  if dims == 0 then return number_text(items, format) end
  if dims == 1 then return row_text(items, format, width, indent) end
  local parts = {}
  for _, item in ipairs(items) do
    parts[#parts + 1] = item
      and block_text(item, dims - 1, format, width, indent + 1) or "..."
  end
  local gap = ("\n"):rep(dims - 1) .. (" "):rep(indent + 1)
  return "[" .. table.concat(parts, gap) .. "]"
end

--- The tensor as text: "tensor f32 (2,) [1. 2.]".
-- @tparam core.tensor t
-- @treturn string
function text.summary(t)
  local items = edges(t, t:numel() > THRESHOLD)
  local format, width = format_of(items), 0
  each_number(items, function(x)
    width = math.max(width, #number_text(x, format))
  end)
  local body = block_text(items, t:dims(), format, width, 0)
  return ("tensor %s %s%s%s"):format(t:dtype(), text.shape(t:shape()),
    body:find("\n", 1, true) and "\n" or " ", body)
end

return text
