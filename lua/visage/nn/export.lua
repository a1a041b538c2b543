--- Networks and weights into files; see nn.lua, graph.export and graph.save.
local core = require "visage.core.loader"
local places = require "visage.nn.places"

-- The pieces of a file by its extension: function(g) -> pieces, or nil, text, code.
local FORMATS = { onnx = require "visage.nn.export.onnx" }
local WEIGHTS = { safetensors = true, npz = true, h5 = true }

local export = {}

--- What is wrong with a path, or nil; known: the extensions that there are.
local function path_fault(path, known)
  if type(path) ~= "string" then return "the path is a " .. type(path) end
  if known[path:match "%.(%w+)$" or ""] then return nil end
  local names = {}
  for name in pairs(known) do names[#names + 1] = "." .. name end
  table.sort(names)
  return ("'%s' is none of %s"):format(path, table.concat(names, ", "))
end

--- A text with the tensors that are not set, or nil.
local function unset_fault(g)
  local missing = {}
  for _, slot in ipairs(g:tensors()) do
    if not slot.set then missing[#missing + 1] = slot.name end
  end
  if #missing == 0 then return nil end
  return ("%d tensors are not set: %s"):format(#missing, table.concat(missing, ", "))
end

--- The tensor as a file keeps it: load's permute undone.
local function undone(t, order)
  if not order then return t end
  local back = {}
  for to, from in ipairs(order) do back[from] = to end
  return t:permute(back)
end

--- What keeps a tensor from being written to its place, or nil.
local function undo_fault(place, t)
  if place.reshape or place.transform then
    return ("the %s of '%s' cannot be undone"):format(place.reshape and "reshape" or "transform",
      place.name)
  end
  if place.permute and #place.permute ~= t:dims() then
    return ("the permute of '%s' has %d axes, the tensor %d"):format(place.name, #place.permute,
      t:dims())
  end
end

--- The graph's tensors: name -> tensor, and the names in order; or nil and a text.
local function tensors_of(g, names)
  local tensors, order = {}, {}
  for _, slot in ipairs(g:tensors()) do
    local t, place, fault = g:get(slot.node, slot.slot), places.of(names, slot)
    fault = fault or place and undo_fault(place, t)
    if fault then return nil, slot.name .. ": " .. fault end
    if place then
      if tensors[place.name] then return nil, ("two tensors are called '%s'"):format(place.name) end
      tensors[place.name] = undone(t, place.permute)
      order[#order + 1] = place.name
    end
  end
  return tensors, order
end

--- graph.save.
function export.save(g, path, names)
  local fault = path_fault(path, WEIGHTS) or unset_fault(g)
  if names ~= nil and type(names) ~= "function" then
    fault = ("names is a %s, wants a function"):format(type(names))
  end
  if fault then error("save: " .. fault, 2) end
  local tensors, order = tensors_of(g, names)
  if not tensors then error("save: " .. order, 2) end
  return require("visage.loader").write(path, tensors, order)
end

--- graph.export.
function export.export(g, path)
  local fault = path_fault(path, FORMATS) or unset_fault(g)
  if fault then error("export: " .. fault, 2) end
  local pieces, why, code = FORMATS[path:match "%.(%w+)$"](g)
  if not pieces then return nil, ("export: %s: %s"):format(path, why), code end
  return core.write_parts(path, pieces)
end

return export
