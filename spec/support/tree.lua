--- The project's own files, found by walking its folders.
local lfs = require "lfs"
local system = require "visage.system"

local tree = {}

local TOP = { "core", "lua", "experiments", "weights", "notebooks", "spec" }

local function walk(folder, found)
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    local mode = name:sub(1, 1) ~= "." and lfs.attributes(path, "mode")
    if mode == "directory" then
      walk(path, found)
    elseif mode == "file" then
      found[#found + 1] = path
    end
  end
end

--- True when the project has this path.
function tree.has(path)
  return lfs.attributes(system.root() .. "/" .. path) ~= nil
end

--- The paths, from the checkout's root, of all files whose name ends with one of
-- the endings ("c", "lua"), sorted.
function tree.files(...)
  local root = system.root()
  local endings = {}
  for _, ending in ipairs { ... } do endings[ending] = true end
  local found, list = {}, {}
  for _, folder in ipairs(TOP) do
    if tree.has(folder) then walk(root .. "/" .. folder, found) end
  end
  for _, path in ipairs(found) do
    if endings[path:match "%.(%w+)$"] then list[#list + 1] = path:sub(#root + 2) end
  end
  table.sort(list)
  return list
end

--- The files among tree.files(ending) whose path matches a Lua pattern.
function tree.matching(pattern, ending)
  local list = {}
  for _, path in ipairs(tree.files(ending)) do
    if path:find(pattern) then list[#list + 1] = path end
  end
  return list
end

--- The text of one of them.
function tree.read(path)
  return assert(system.read_file(system.root() .. "/" .. path))
end

return tree
