--- Matching a source's tensors with a graph's slots, strictly; see nn.lua,
-- graph.load. Misuse raises where graph.load is called: it calls this by a tail
-- call, so from the function given here that is level 2.
local is_tensor = require("visage.tensor").is
local places = require "visage.nn.places"
local shape_text = require("visage.nn.text").shape

local OPTIONS = { "partial", "ignore" }
local FLOAT = { f16 = true, bf16 = true, f32 = true, f64 = true }

--- What is wrong with the arguments of load, or nil.
local function argument_fault(source, names, options)
  if type(source) ~= "string" and type(source) ~= "table" then
    return ("the source is a %s, wants a path or a table of tensors"):format(type(source))
  end
  if names ~= nil and type(names) ~= "function" then
    return ("names is a %s, wants a function"):format(type(names))
  end
  if type(options) ~= "table" then
    return ("the options are a %s, wants a table"):format(type(options))
  end
  if options.ignore ~= nil and type(options.ignore) ~= "table" then
    return "ignore is a list of patterns"
  end
  return places.key_fault(options, "option", OPTIONS)
end

--- What is wrong with a table of tensors by name, or nil.
local function source_fault(tensors)
  for name, value in pairs(tensors) do
    if type(name) ~= "string" or not is_tensor(value) then
      return ("the source holds a %s as %s, wants tensors by name")
        :format(is_tensor(value) and "tensor" or type(value), name)
    end
  end
end

--- True when the tensor can be given the shape, of which one size may be -1.
local function can_reshape(value, shape)
  local known, open = 1, 0
  for _, size in ipairs(shape) do
    if size < 0 then open = open + 1 else known = known * size end
  end
  local count = value:numel()
  if open == 0 then return count == known end
  return open == 1 and known > 0 and count % known == 0
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
  if not place.transform then return value end
  local result = place.transform(value)
  if is_tensor(result) then return result end
  error(("load: the transform of '%s' gave a %s, wants a tensor"):format(place.name,
    type(result)), 5)
end

--- Adds one slot to fit, missing, shape or dtype.
local function match(found, slot, place, value)
  local wanted = shape_text(slot.shape)
  if not value then
    table.insert(found.missing, ("%s, for %s %s"):format(place.name, slot.name, wanted))
    return
  end
  local result = arranged(value, place)
  if result and shape_text(result:shape()) == wanted then
    if FLOAT[result:dtype()] then
      table.insert(found.fit, { slot, result })
    else
      table.insert(found.dtype, ("%s is %s, %s wants a float"):format(place.name,
        result:dtype(), slot.name))
    end
  else
    table.insert(found.shape, ("%s is %s%s, %s wants %s"):format(place.name,
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

-- What a source may have too little of, wrong or too much: the field of found,
-- its line and its count.
local KINDS = {
  { "missing", "missing", "missing" },
  { "shape", "wrong shape", "of the wrong shape" },
  { "dtype", "wrong dtype", "of the wrong dtype" },
  { "extra", "extra", "extra" },
}

--- The text of a failure, one line per name.
local function report(g, what, found)
  local counts, lines = {}, {}
  for i, kind in ipairs(KINDS) do
    local field, label, count = table.unpack(kind)
    counts[i] = ("%d %s"):format(#found[field], count)
    for _, line in ipairs(found[field]) do
      table.insert(lines, ("\n  %s: %s"):format(label, line))
    end
  end
  return ("load: %s does not fit graph '%s': %s%s"):format(what, g:name(),
    table.concat(counts, ", "), table.concat(lines))
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

--- The slots that the tensors fit, and those they do not.
local function compare(g, tensors, names, ignore)
  local found = { fit = {}, missing = {}, shape = {}, dtype = {} }
  local used = {}
  for _, slot in ipairs(g:tensors()) do
    local place, fault = places.of(names, slot)
    if fault then error(("load: %s: %s"):format(slot.name, fault), 3) end
    if place then
      used[place.name] = true
      match(found, slot, place, tensors[place.name])
    end
  end
  found.extra = left_over(tensors, used, ignore)
  return found
end

return function(g, source, names, options)
  local fault = argument_fault(source, names, options)
  if fault then error("load: " .. fault, 2) end
  local tensors, what, code = open(source)
  if not tensors then return nil, what, code end
  fault = source_fault(tensors)
  if fault then error("load: " .. fault, 2) end
  local found = compare(g, tensors, names, options.ignore)
  local strict = not options.partial and #found.missing + #found.extra > 0
  if strict or #found.shape + #found.dtype > 0 then
    return nil, report(g, what, found), "FORMAT"
  end
  for _, pair in ipairs(found.fit) do g:set(pair[1].node, pair[1].slot, pair[2]) end
  return g
end
