--- How a report writes values: numbers, plain data, names in an order that a
-- reader expects.
local values = {}

local function is_whole(value) return value == value // 1 and math.abs(value) < 1e15 end

--- A number to four digits behind the point, or as few as it needs; anything else
-- as it is.
-- @tparam any value nil is a dash
-- @tparam[opt=false] boolean point of a row or column with fractions: 1 is 1.0000
-- @treturn string
function values.show(value, point)
  if value == nil then return "–" end
  if type(value) ~= "number" then return tostring(value) end
  if is_whole(value) and not (point and math.abs(value) < 1e6) then return ("%d"):format(value) end
  local size = math.abs(value)
  return ((size == 0 or size >= 1e-3 and size < 1e6) and "%.4f" or "%.2e"):format(value)
end

--- Does a list hold a number that is not whole?
-- @tparam table list
-- @tparam integer n its length, nil within counts
-- @treturn boolean
function values.has_fraction(list, n)
  for i = 1, n do
    if type(list[i]) == "number" and not is_whole(list[i]) then return true end
  end
  return false
end

-- A longer path is shown by its last folder and name.
local LONG_PATH = 36

--- A path by its last folder and name, where it is long; anything else as it is.
-- @tparam any value
-- @treturn any
function values.short(value)
  if type(value) ~= "string" or #value <= LONG_PATH then return value end
  local tail = value:match "^[^%s].*/([^/]+/[^/]+)$"
  return tail and "…/" .. tail or value
end

--- The keys of a table, sorted, numbers in them by their size: rank2 before rank10.
-- @tparam table t
-- @treturn {string,...}
function values.keys(t)
  local list = {}
  for key in pairs(t) do list[#list + 1] = tostring(key) end
  local function order(key)
    return (key:gsub("%d+", function(digits) return ("0"):rep(12 - #digits) .. digits end))
  end
  table.sort(list, function(a, b)
    local x, y = order(a:sub(1, 200)), order(b:sub(1, 200))
    if x == y then return a < b end
    return x < y
  end)
  return list
end

-- Deeper data than this is no setting.
local DEEPEST = 8

local function plain_list(value)
  if #value == 0 then return next(value) == nil end
  for _, item in ipairs(value) do
    if type(item) == "table" then return false end
  end
  return true
end

--- Plain data as lines {name, text}: names joined by points, lists on one line.
-- @tparam table t
-- @tparam[opt] string prefix
-- @treturn {{string,string},...}
function values.flat(t, prefix)
  local lines = {}
  local function visit(value, name, depth)
    if type(value) ~= "table" then
      lines[#lines + 1] = { name, type(value) == "number" and ("%.10g"):format(value)
        or tostring(value) }
    elseif plain_list(value) then
      local parts = {}
      for i, item in ipairs(value) do
        parts[i] = type(item) == "number" and ("%.10g"):format(item) or tostring(item)
      end
      lines[#lines + 1] = { name, #parts > 0 and table.concat(parts, ", ") or "none" }
    elseif depth < DEEPEST then
      local byname = {}
      for key, item in pairs(value) do byname[tostring(key)] = item end
      for _, key in ipairs(values.keys(byname)) do
        visit(byname[key], name == "" and key or name .. "." .. key, depth + 1)
      end
    end
  end
  visit(t, prefix or "", 0)
  return lines
end

--- A command line as a shell takes it.
-- @tparam {string,...} words
-- @treturn string
function values.command(words)
  local parts = {}
  for i, word in ipairs(words) do
    word = tostring(word)
    parts[i] = word:find "^[%w_@%%+=:,./-]+$" and word
      or "'" .. word:gsub("'", "'\\''") .. "'"
  end
  return table.concat(parts, " ")
end

--- Bytes for people.
-- @tparam number bytes
-- @treturn string
function values.bytes(bytes)
  if bytes >= 1e9 then return ("%.2f GB"):format(bytes / 1e9) end
  return ("%.0f MB"):format(bytes / 1e6)
end

return values
