--- The formats that visage reads, each with the fuzzer that tries it.
local tree = require "spec.support.tree"

local formats = {}

-- The names in a C file that a pattern finds, each once, sorted.
local function names(path, pattern)
  local seen, list = {}, {}
  for name in tree.read(path):gmatch(pattern) do
    if not seen[name] then list[#list + 1] = name end
    seen[name] = true
  end
  table.sort(list)
  return list
end

--- @treturn {table,...} name (of loaders.def, or of a codec of decode.c), fuzzer
--   (of spec/fuzz)
function formats.list()
  local list = {}
  for _, name in ipairs(names("core/loader/loaders.def", "\nVSG_LOADER%(([%w_]+)")) do
    list[#list + 1] = { name = name, fuzzer = "loader" }
  end
  for _, name in ipairs(names("core/image/decode.c", "\"(%w+)\", vsg_%w+_decode")) do
    list[#list + 1] = { name = name, fuzzer = "decode_image" }
  end
  return list
end

return formats
