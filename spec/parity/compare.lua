--- How far visage is from a reference, layer by layer and end to end.
local nn = require "visage.nn"

local compare = {}

--- ||a - b|| / ||b||; the norm of a itself where b is zero.
local function relative_error(a, b)
  local wanted = b:to "f64"
  local size = wanted:norm()
  return (a:to "f64" - wanted):norm() / (size > 0 and size or 1)
end

local function input_of(part, name, value)
  local shape = value:shape()
  if #shape == 2 then return part:input { name, features = shape[2] } end
  return part:input { name, shape[2], shape[3], shape[4] }
end

-- A graph of the node alone, or with those before it whose value the reference
-- does not tell, and the names of its inputs.
local function cut(g, by_name, name, values)
  local part, made, inputs = nn.graph { name = name }, {}, {}
  local function node_of(wanted)
    if made[wanted] then return made[wanted] end
    local node = by_name[wanted]
    if wanted ~= name and values[wanted] then
      inputs[#inputs + 1] = wanted
      made[wanted] = input_of(part, wanted, values[wanted])
      return made[wanted]
    end
    local from = {}
    for i, input in ipairs(node.inputs) do from[i] = node_of(input) end
    local options = { name = wanted }
    for k, v in pairs(node.parameters) do options[k] = v end
    made[wanted] = part[node.layer](part, from, options)
    return made[wanted]
  end
  part:output(node_of(name))
  for _, slot in ipairs(part:tensors()) do
    part:set(slot.node, slot.slot, g:get(slot.node, slot.slot))
  end
  return part, inputs
end

--- Each node that the reference has a value for, computed of the reference's own
-- values before it.
-- @tparam core.graph g with its tensors
-- @tparam table values node name -> what the reference computed, (N, ...)
-- @treturn {table,...} {name, error}: relative L2 errors, in the graph's order
function compare.layers(g, values)
  local by_name, list = {}, {}
  for _, node in ipairs(g:nodes()) do by_name[node.name] = node end
  for _, node in ipairs(g:nodes()) do
    local wanted = values[node.name]
    if wanted and node.layer ~= "input" then
      local part, inputs = cut(g, by_name, node.name, values)
      local given = {}
      for i, name in ipairs(inputs) do given[i] = values[name] end
      local net <close> = part:compile { batch = wanted:size(1), engine = "reference" }
      local y = net:run(table.unpack(given))
      list[#list + 1] = { name = node.name, error = relative_error(y, wanted) }
    end
  end
  return list
end

-- Row i of (N, D) minus the mean row, in f64.
local function centred(t, mean)
  return t:to "f64" - mean
end

local function median(list)
  table.sort(list)
  local n = #list
  return n % 2 == 1 and list[n // 2 + 1] or (list[n // 2] + list[n // 2 + 1]) / 2
end

-- The median distance between embeddings of different people.
local function spread(y, people)
  local distances = {}
  for i = 1, #people do
    for j = 1, i - 1 do
      if people[i] ~= people[j] then
        distances[#distances + 1] = (y:select(1, i) - y:select(1, j)):norm()
      end
    end
  end
  return median(distances)
end

--- The embeddings of all photos, from the first layer on.
-- @tparam core.tensor y (N, D) visage's
-- @tparam core.tensor wanted (N, D) the reference's
-- @tparam {string,...} people whose photo each row is
-- @treturn number the largest relative error of a row
-- @treturn number the same after subtracting the reference's mean embedding
-- @treturn number the largest distance between a row and its reference, as a
--   share of the median distance between two people
function compare.embeddings(y, wanted, people)
  local mean = wanted:to "f64":mean(1, true)
  local ours, theirs = centred(y, mean), centred(wanted, mean)
  local between = spread(theirs, people)
  local plain, worst, share = 0, 0, 0
  for i = 1, #people do
    local a, b = ours:select(1, i), theirs:select(1, i)
    plain = math.max(plain, relative_error(y:select(1, i), wanted:select(1, i)))
    worst = math.max(worst, relative_error(a, b))
    share = math.max(share, (a - b):norm() / between)
  end
  return plain, worst, share
end

return compare
