--- The tables of named options that public functions take: a name that a
-- function does not know is an error, for it would change nothing in silence.
local options = {}

--- The keys of a table in byte order, for messages.
-- @tparam table known
-- @treturn string
-- @usage options.names { b = 1, a = 2 } --> a, b
function options.names(known)
  local names = {}
  for name in pairs(known) do names[#names + 1] = tostring(name) end
  table.sort(names)
  return table.concat(names, ", ")
end

--- Checks a table of options; raises where the function that calls this was
-- called.
-- @tparam string operation for the message, "image.load"
-- @tparam ?table given
-- @tparam table known its keys are the names there are
-- @treturn table given; an empty one for nil
-- @usage options.check("f", { siez = 1 }, { size = true })
-- --> f: no option 'siez'; there are size
function options.check(operation, given, known)
  if given == nil then return {} end
  if type(given) ~= "table" then
    error(("%s: options are a table, not %s"):format(operation, type(given)), 3)
  end
  for key in pairs(given) do
    if not known[key] then
      error(("%s: no option '%s'; there are %s"):format(operation, tostring(key),
        options.names(known)), 3)
    end
  end
  return given
end

-- How many letters must be added, taken away or changed (Levenshtein 1966).
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local corner = row[0]
    row[0] = i
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j) and 0 or 1
      corner, row[j] = row[j], math.min(corner + same, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

--- Names in the order of their likeness to one that is not among them, for messages.
-- @tparam string name
-- @tparam {string,...} list
-- @treturn {string,...} those that hold the name first, then by letters to change
-- @treturn {integer,...} the letters to change of each
-- @usage options.nearest("pol", { "conv", "pool", "pole" })[1] --> pole
function options.nearest(name, list)
  local sorted, far, holds = table.move(list, 1, #list, 1, {}), {}, {}
  for _, other in ipairs(list) do
    far[other], holds[other] = distance(name, other), other:find(name, 1, true) ~= nil
  end
  table.sort(sorted, function(a, b)
    if holds[a] ~= holds[b] then return holds[a] end
    if far[a] ~= far[b] then return far[a] < far[b] end
    return a < b
  end)
  local distances = {}
  for i, other in ipairs(sorted) do distances[i] = far[other] end
  return sorted, distances
end

return options
