--- Where a network's tensors come from: the file that a name, a path or the
-- manifest gives, and its tensors under the names that the variant expects.

local loader = require "visage.loader"
local weights = require "visage.weights"

local source = {}

-- The first of the names that is installed; else the text about the first.
local function first_installed(names)
  local text, code
  for _, name in ipairs(names) do
    local found, why, kind = weights.resolve(name)
    if found then return found end
    -- A file that is there and is wrong is worse news than one that is not.
    if not text or kind ~= "IO" and code == "IO" then text, code = why, kind end
  end
  return nil, text, code
end

--- The file to load.
-- @tparam {string,...} names of the manifest, best first
-- @tparam[opt] string|table given a path, a name of the manifest, or tensors
-- @treturn table {path, sha256, known, name} or {tensors, known, name}; or nil,
-- text, code with the help about the first name
function source.resolve(names, given)
  if type(given) == "table" then
    return { tensors = given, known = false, name = "given tensors" }
  elseif given then
    return weights.resolve(given)
  end
  return first_installed(names)
end

--- True when the name is found by one of the patterns.
local function matches(name, patterns)
  for _, pattern in ipairs(patterns or {}) do
    if name:find(pattern) then return true end
  end
  return false
end

--- The tensors of a resolved source, for g:load.
-- @tparam table from what resolve returned
-- @tparam table variant its prefix, ignore and adapt are applied; to given
-- tensors adapt alone
-- @tparam[opt] {string,...} skip patterns of names that the graph has no use for
-- @treturn table name -> tensor, or nil, text, code
function source.tensors(from, variant, skip)
  local adapt = variant.adapt or function(tensors) return tensors end
  if from.tensors then return adapt(from.tensors) end
  local file, text, code = loader.read(from.path)
  if not file then return nil, text, code end
  local out, prefix = {}, variant.prefix or ""
  for name, t in pairs(file.tensors) do
    if name:sub(1, #prefix) == prefix then name = name:sub(#prefix + 1) end
    if not (matches(name, variant.ignore) or matches(name, skip)) then out[name] = t end
  end
  return adapt(out)
end

return source
