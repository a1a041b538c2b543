--- Networks and weights into files; see nn.lua, graph.export and graph.save.
local core = require "visage.core.loader"

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

--- The graph's tensors: name -> tensor, and the names in order; or nil and a text
-- with those that are not set.
local function tensors_of(g)
  local tensors, order, missing = {}, {}, {}
  for i, slot in ipairs(g:tensors()) do
    tensors[slot.name], order[i] = g:get(slot.node, slot.slot), slot.name
    if not slot.set then missing[#missing + 1] = slot.name end
  end
  if #missing == 0 then return tensors, order end
  return nil, ("%d tensors are not set: %s"):format(#missing, table.concat(missing, ", "))
end

--- graph.save.
function export.save(g, path)
  local fault = path_fault(path, WEIGHTS)
  if fault then error("save: " .. fault, 2) end
  local tensors, order = tensors_of(g)
  if not tensors then error("save: " .. order, 2) end
  return require("visage.loader").write(path, tensors, order)
end

--- graph.export.
function export.export(g, path)
  local fault = path_fault(path, FORMATS)
  if fault then error("export: " .. fault, 2) end
  local tensors, missing = tensors_of(g)
  if not tensors then error("export: " .. missing, 2) end
  local pieces, why, code = FORMATS[path:match "%.(%w+)$"](g)
  if not pieces then return nil, ("export: %s: %s"):format(path, why), code end
  return core.write_parts(path, pieces)
end

return export
