--- Where a file keeps a graph's tensors, as the function `names` of graph.load and
-- graph.save says it; see nn.lua.
local places = {}

local RULES = { "name", "reshape", "permute", "transform" }

--- What is wrong with a table whose keys are to be known ones, or nil.
function places.key_fault(t, kind, known)
  local is_known = {}
  for _, name in ipairs(known) do is_known[name] = true end
  for key in pairs(t) do
    if not is_known[key] then
      return ("no %s is called '%s'; there are %s"):format(kind, key, table.concat(known, ", "))
    end
  end
end

--- True for a list of whole numbers, least or more.
local function is_list(value, least)
  if type(value) ~= "table" then return false end
  for _, n in ipairs(value) do
    if math.type(n) ~= "integer" or n < least then return false end
  end
  return true
end

--- True where each of 1, 2, ..., #list is in the list once.
local function is_order(list)
  local seen = {}
  for _, n in ipairs(list) do
    if n > #list or seen[n] then return false end
    seen[n] = true
  end
  return true
end

--- What is wrong with what names gave for a slot, or nil.
local function place_fault(place)
  if type(place) ~= "table" then
    return ("names gave a %s, wants a string, a table, false or nil"):format(type(place))
  end
  if type(place.name) ~= "string" then return "the table that names gave has no name" end
  if place.reshape and not is_list(place.reshape, -1) then
    return "reshape is a list of sizes, of which one may be -1"
  end
  if place.permute and not (is_list(place.permute, 1) and is_order(place.permute)) then
    return "permute is a list of the axes, each once"
  end
  if place.transform and type(place.transform) ~= "function" then
    return "transform is a function of a tensor"
  end
  return places.key_fault(place, "rule", RULES)
end

--- Where the source keeps a slot: { name =, reshape =, ... }, or nil when the
-- source does not hold it; and what is wrong with that.
function places.of(names, slot)
  local place = names and names(slot.node, slot.slot)
  if place == false then return nil end
  if place == nil then return { name = slot.name } end
  if type(place) == "string" then return { name = place } end
  return place, place_fault(place)
end

return places
