--- Matching a source's tensors with a graph's slots, strictly; see nn.lua,
-- graph.load.

local function shape_text(shape)
  return "(" .. table.concat(shape, ",") .. ")"
end

--- Where the source keeps a slot: { name =, reshape =, ... }, or nil when the
-- source does not hold it.
local function place_of(names, slot)
  local place = names and names(slot.node, slot.slot)
  if place == false then return nil end
  if type(place) == "string" then return { name = place } end
  return place or { name = slot.name }
end

--- True when the tensor can be given the shape, of which one size may be -1.
local function can_reshape(value, shape)
  local known, open = 1, false
  for _, size in ipairs(shape) do
    if size < 0 then open = true else known = known * size end
  end
  local count = value:numel()
  return open and known > 0 and count % known == 0 or count == known
end

--- The tensor by the place's rules; nil when they do not fit its shape.
local function arranged(value, place)
  if place.reshape then
    if not can_reshape(value, place.reshape) then return nil end
    value = value:reshape(place.reshape)
  end
  if place.permute then
    if #place.permute ~= value:dims() then return nil end
    value = value:permute(place.permute)
  end
  return place.transform and place.transform(value) or value
end

--- Adds one slot to fit, missing or wrong.
local function match(found, slot, place, value)
  local wanted = shape_text(slot.shape)
  if not value then
    table.insert(found.missing, ("%s, for %s %s"):format(place.name, slot.name, wanted))
    return
  end
  local result = arranged(value, place)
  if result and shape_text(result:shape()) == wanted then
    table.insert(found.fit, { slot, result })
  else
    table.insert(found.wrong, ("%s is %s%s, %s wants %s"):format(place.name,
      shape_text(value:shape()),
      result and result ~= value and ", arranged " .. shape_text(result:shape()) or "",
      slot.name, wanted))
  end
end

local function ignored(name, patterns)
  for _, pattern in ipairs(patterns or {}) do
    if name:find(pattern) then return true end
  end
  return false
end

--- The names in tensors that no slot used, sorted.
local function left_over(tensors, used, patterns)
  local extra = {}
  for name, value in pairs(tensors) do
    if not used[name] and not ignored(name, patterns) then
      table.insert(extra, ("%s %s"):format(name, shape_text(value:shape())))
    end
  end
  table.sort(extra)
  return extra
end

--- The text of a failure, one line per name.
local function report(g, what, found)
  local lines = { ("load: %s does not fit graph '%s': %d missing, %d of the wrong shape, %d extra")
    :format(what, g:name(), #found.missing, #found.wrong, #found.extra) }
  for _, kind in ipairs { "missing", "wrong", "extra" } do
    for _, line in ipairs(found[kind]) do
      table.insert(lines, ("  %s: %s"):format(kind == "wrong" and "wrong shape" or kind, line))
    end
  end
  return table.concat(lines, "\n")
end

--- The source's tensors by name and how to call it; or nil, text, code.
local function open(source)
  if type(source) == "string" then
    local file, why, code = require("visage.loader").read(source)
    if not file then return nil, why, code end
    return file.tensors, source
  end
  local wrapped = type(source.tensors) == "table"
  return wrapped and source.tensors or source, "the table of tensors"
end

return function(g, source, names, options)
  local tensors, what, code = open(source)
  if not tensors then return nil, what, code end
  local found, used = { fit = {}, missing = {}, wrong = {} }, {}
  for _, slot in ipairs(g:tensors()) do
    local place = place_of(names, slot)
    if place then
      used[place.name] = true
      match(found, slot, place, tensors[place.name])
    end
  end
  found.extra = left_over(tensors, used, options.ignore)
  local strict = not options.partial and #found.missing + #found.extra > 0
  if strict or #found.wrong > 0 then
    return nil, report(g, what, found), "FORMAT"
  end
  for _, pair in ipairs(found.fit) do g:set(pair[1].node, pair[1].slot, pair[2]) end
  return g
end
