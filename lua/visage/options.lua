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

return options
