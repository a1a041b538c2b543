--- What is done when memory runs out: operations with their first allocation
-- failing, then their second, and so on until none fails. A spec calls
-- scarce.failures with a script; the script, a child with scarce.c preloaded,
-- calls scarce.each.
local system = require "visage.system"

local scarce = {}

local MOST = 200 -- allocations of one operation, at most

--- Runs spec/support/SCRIPT with scarce.c preloaded.
-- @tparam string script
-- @treturn integer how many failed allocations it survived
-- @treturn string what it printed
function scarce.failures(script)
  local support = system.root() .. "/spec/support/"
  local library = system.temp_name "/tmp/visage-scarce" .. ".so"
  local status, text = system.run {
    "sh", "-c", 'cc -shared -fPIC $(pkg-config --cflags lua5.4) -o "$1" "$2"', "sh",
    library, support .. "scarce.c", stderr = "merge",
  }
  assert(status == 0, text)
  status, text = system.run {
    "env", "LD_PRELOAD=" .. library, system.program(), support .. script, library,
    stderr = "merge",
  }
  os.remove(library)
  assert(status == 0, text)
  return tonumber(text:match "failures%s+(%d+)"), text
end

local function settle()
  collectgarbage()
  collectgarbage()
end

local function sorted_names(operations)
  local names = {}
  for name in pairs(operations) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- In the child: every operation must raise as often as an allocation fails,
-- and leak nothing.
-- @tparam string library the compiled scarce.c
-- @tparam table operations name -> function
-- @tparam function prepare called with the name before each attempt; gives a
--   function that raises unless all is as it was then
function scarce.each(library, operations, prepare)
  local memory = assert(package.loadlib(library, "luaopen_scarce"))()
  local failures = 0
  for _, name in ipairs(sorted_names(operations)) do
    operations[name]() -- what libraries allocate once, they have now
    for n = 0, MOST do
      settle()
      local check = prepare(name)
      memory.arm(n)
      local ok, text = pcall(operations[name])
      memory.disarm()
      if ok then break end
      settle()
      failures = failures + 1
      assert(text:find "no memory for %d+ bytes", name .. ": " .. text)
      assert(memory.live() == 0, name .. " leaks")
      check()
      assert(n < MOST, name .. " never succeeds")
    end
  end
  print("failures", failures)
end

return scarce
