--- make test-long: lint, an installed visage, the specs under the sanitizers,
-- the detectors on every photo, the fuzzers.
package.path = "./?.lua;" .. package.path
local steps = require "spec.support.steps"

local long = steps.new()
long:run("lint", { "./visage", "spec/support/lint.lua" })
long:run("install", { "sh", "-ec", [[
  rm -rf build/installed
  make -s install PREFIX="$PWD/build/installed"
  there=$(realpath build/installed)
  cd / && "$there/bin/visage" info | grep "in *$there/share/visage$"]] })
long:run("specs under the sanitizers", { "make", "--no-print-directory", "test", "SAN=1" })
long:run("detectors on every photo", { "env", "VISAGE_LONG=1", "./visage",
  "spec/support/busted.lua", "spec/visage/face/photos_spec.lua" })
long:run("fuzzers", { "make", "--no-print-directory", "fuzz" })
long:finish()
