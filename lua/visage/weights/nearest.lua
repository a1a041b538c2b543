--- Which published checkpoint a file is, or is nearest to: "which weights were
-- converted?". Told by its sha256, by the networks whose tensors it holds, and
-- by the numbers of the files that are here.
local compare = require "visage.weights.compare"
local loader = require "visage.loader"
local models = require "visage.models"
local shape_text = require("visage.nn.text").shape
local weights = require "visage.weights"

local nearest = {}

-- The shape that a file's tensor has after a rule of names.
local function shaped(t, rule)
  if rule.reshape or rule.transform then return nil end
  local shape = t:shape()
  if not rule.permute or #rule.permute ~= #shape then return shape end
  local out = {}
  for i, axis in ipairs(rule.permute) do out[i] = shape[axis] end
  return out
end

-- How many of a graph's tensors the file holds under the variant's names with
-- the right shape.
local function hits(graph, variant, tensors)
  local found, wanted = 0, graph:tensors()
  for _, slot in ipairs(wanted) do
    local rule = variant.names and variant.names(slot.node, slot.slot) or slot.name
    if rule == false then goto next end
    if type(rule) == "string" then rule = { name = rule } end
    local t = tensors[(variant.prefix or "") .. rule.name] or tensors[rule.name]
    local shape = t and shaped(t, rule)
    if t and (not shape or shape_text(shape) == shape_text(slot.shape)) then found = found + 1 end
    ::next::
  end
  return found, #wanted
end

local function better(a, b)
  local x, y = a.found / a.wanted, b.found / b.wanted
  if x ~= y then return x > y end
  if a.wanted ~= b.wanted then return a.wanted > b.wanted end
  return a.spec < b.spec
end

--- The networks whose tensors, by name and shape, a file holds.
-- @tparam table tensors name -> tensor
-- @treturn {table,...} {spec, found, wanted}: how many of the network's wanted
--   tensors were found; best first, those without any left out
function nearest.networks(tensors)
  local list = {}
  for _, entry in ipairs(models.list()) do
    local spec = entry.name .. ":" .. entry.variant
    local _, variant = models.find(spec)
    local adapted = variant.adapt and variant.adapt(tensors) or tensors
    for part, graph in pairs(models.graphs(spec)) do
      local found, wanted = hits(graph, variant, adapted)
      if found > 0 then
        local name = part == "" and spec or ("%s, %s"):format(spec, part)
        list[#list + 1] = { spec = name, found = found, wanted = wanted }
      end
      graph:close()
    end
  end
  table.sort(list, better)
  return list
end

--- The files that are here and share numbers with a file's tensors.
-- @tparam table tensors name -> tensor
-- @tparam[opt] string but a path to leave out
-- @treturn {table,...} {name, path, share}: the share of the file's numbers that
--   the other holds too, in whatever order; best first, nothing shared left out
function nearest.files(tensors, but)
  local list, floats = {}, compare.floats(tensors)
  for _, entry in ipairs(weights.entries()) do
    local path = entry.model and entry.model ~= "labels" and weights.locate(entry)
    local file = path and path ~= but and loader.read(path)
    local share = file and compare.share(floats, compare.floats(file.tensors)) or 0
    if share > 0 then
      list[#list + 1] = { name = entry.name, path = path, share = share }
    end
  end
  table.sort(list, function(a, b)
    if a.share ~= b.share then return a.share > b.share end
    return a.name < b.name
  end)
  return list
end

return nearest
