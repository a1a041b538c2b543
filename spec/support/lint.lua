--- make lint: luacheck, the rules of spec/meta, the C code's format. (That
-- warnings are errors is the Makefile's business.)
package.path = "./?.lua;" .. package.path
local steps = require "spec.support.steps"
local system = require "visage.system"
local tree = require "spec.support.tree"

local luacheck = { "luacheck", "-q", "--no-cache" }
table.move(tree.files "lua", 1, #tree.files "lua", #luacheck + 1, luacheck)

local lint = steps.new()
lint:run("luacheck", luacheck)
lint:run("spec/meta", { "./visage", "spec/support/busted.lua", "spec/meta" })
if system.run { "clang-format", "--version" } then
  lint:run("clang-format", { "./visage", "spec/support/format.lua" })
else
  lint:skip("clang-format", "it is not installed")
end
lint:finish()
