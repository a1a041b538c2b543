--- Compares the C code with clang-format's opinion; with --write, follows it.
-- Tables of rows ("= {" and then lines that start with "{") are left as they are:
-- clang-format would set their rows in two columns.
package.path = "./?.lua;" .. package.path
local system = require "visage.system"
local tree = require "spec.support.tree"

local FOLDER = "build/format/" -- inside the checkout, so that .clang-format is found
local OFF, ON = "// clang-format off\n", "// clang-format on\n"

local function guard(text)
  return (text:gsub("([^\n]*= {\n +{.-\n *};\n)", OFF .. "%1" .. ON))
end

local function unguard(text)
  return (text:gsub(" *" .. OFF:gsub("%-", "%%-"), ""):gsub(" *" .. ON:gsub("%-", "%%-"), ""))
end

local files = tree.files("c", "h")
local command = { "clang-format", "-i" }
for _, path in ipairs(files) do
  local copy = FOLDER .. path
  assert(system.mkdir_p(copy:match "^(.*)/"))
  assert(system.write_file(copy, guard(tree.read(path))))
  command[#command + 1] = copy
end
assert(system.run(command) == 0)

local differ = 0
for _, path in ipairs(files) do
  local wanted = unguard(assert(system.read_file(FOLDER .. path)))
  if wanted ~= tree.read(path) then
    differ = differ + 1
    if arg[1] == "--write" then
      assert(system.write_file(path, wanted))
    else
      print(path .. ": not as clang-format has it")
      assert(system.write_file(FOLDER .. path, wanted))
      local _, text = system.run { "diff", "-u", path, FOLDER .. path }
      io.write(text)
    end
  end
end
os.exit(differ == 0 or arg[1] == "--write", true)
