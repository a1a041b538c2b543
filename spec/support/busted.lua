--- Runs the specs under this very program: ./visage spec/support/busted.lua
-- [busted's arguments]. The busted command would start a `lua` of its own first.
require "busted.runner" { standalone = false }
