--- make test-long: lint, the specs under the sanitizers, the fuzzers.
package.path = "./?.lua;" .. package.path
local steps = require "spec.support.steps"

local long = steps.new()
long:run("lint", { "./visage", "spec/support/lint.lua" })
long:run("specs under the sanitizers", { "make", "--no-print-directory", "test", "SAN=1" })
long:run("fuzzers", { "make", "--no-print-directory", "fuzz" })
long:finish()
