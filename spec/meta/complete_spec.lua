--- Every part has its spec, every public function its documentation.
local tree = require "spec.support.tree"

-- A file is tested by the spec at its path; a part of a module, which that
-- module requires, may be tested by the module's.
local function has_spec(path)
  local name = path:gsub("%.lua$", ""):gsub("^lua/", ""):gsub("/init$", "")
  if tree.has("spec/" .. name .. "_spec.lua") then return true end
  local above = name:match "^(.*)/"
  local whole = "lua/" .. above .. ".lua"
  return tree.has(whole) and has_spec(whole)
    and tree.read(whole):find('require "' .. name:gsub("/", ".") .. '"', 1, true) ~= nil
end

-- The names of the layers or loaders that a .def file lists.
local function listed(path)
  local names = {}
  for name in tree.read(path):gmatch "\nVSG_%u+%(([%w_]+)" do names[#names + 1] = name end
  return names
end

-- Lines that define a function of the module's table (not a method of a hidden
-- type, not a local) and lack a "---" block right above.
local function undocumented(path)
  local text = "\n" .. tree.read(path)
  local module = text:match "\nreturn ([%w_]+)%s*$"
  local found = {}
  if not module then return found end
  local above, documented = "", false
  for line in text:gmatch "([^\n]*)\n" do
    if line:match "^%-%-%-" then documented = true end
    local name = line:match("^function " .. module .. "[.:]([%w_]+)")
    if name and not (documented and above:match "^%-%-") then
      found[#found + 1] = ("%s: %s.%s"):format(path, module, name)
    end
    if not line:match "^%-%-" then documented = false end
    above = line
  end
  return found
end

describe("a spec is there for", function()
  for _, path in ipairs(tree.matching("^lua/visage/", "lua")) do
    it(path, function() assert(has_spec(path), "no spec for " .. path) end)
  end

  for _, list in ipairs { "core/graph/layers.def", "core/loader/loaders.def" } do
    if tree.has(list) then
      for _, name in ipairs(listed(list)) do
        local folder = list:match "^(.*)/"
        it(folder .. "/" .. name .. ".c", function()
          assert(tree.has(("%s/%s.c"):format(folder, name)), "no such file")
          assert(tree.has(("spec/%s/%s_spec.lua"):format(folder, name)), "no spec")
        end)
      end
    end
  end
end)

describe("documentation is there for", function()
  for _, path in ipairs(tree.matching("^lua/visage/", "lua")) do
    it(path, function() assert.same({}, undocumented(path)) end)
  end

  for _, path in ipairs(tree.matching("^lua/visage/[%w_]+%.lua$", "lua")) do
    local name = path:match "([%w_]+)%.lua$"
    local page = ("lua/visage/doc/%s.md"):format(name)
    if tree.has(page) then
      it("all that visage." .. name .. " gives, in its page", function()
        local text, missing = tree.read(page), {}
        for key in pairs(require("visage." .. name)) do
          if not text:find("%f[%w_]" .. key .. "%f[^%w_]") then missing[#missing + 1] = key end
        end
        assert.same({}, missing)
      end)
    end
  end
end)
