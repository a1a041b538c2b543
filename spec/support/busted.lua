--- Runs the specs under this very program: ./visage spec/support/busted.lua
-- [busted's arguments]. The busted command would start a `lua` of its own first.
-- Nothing that an earlier version of the code computed is taken from the user's
-- cache, and nothing is left there.
require("visage.system").setenv("VISAGE_CACHE", "off")
require "busted.runner" { standalone = false }
