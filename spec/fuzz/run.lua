--- make fuzz: runs a fuzzer for each loader and image codec for some seconds;
-- `run.lua SECONDS [NAME ...]`. spec/fuzz/NAME.c is a program; its option
-- --only picks the format. All small files of spec/golden and
-- spec/support/corpus are what each begins with. What a fuzzer finds interesting
-- is kept in build/fuzz/corpus/FORMAT; an input that breaks something, in
-- build/fuzz/FORMAT-crash-*. Then such a file belongs into
-- spec/support/corpus, which make test reads again.
package.path = "./?.lua;" .. package.path
local formats = require "spec.support.formats"
local steps = require "spec.support.steps"
local system = require "visage.system"

local seconds = assert(tonumber(arg[1]), "usage: run.lua SECONDS [NAME ...]")
local asked = {}
for i = 2, #arg do asked[arg[i]] = true end

-- Gathers the small files there are, named by their paths: a fuzzer drops those
-- of other formats.
local SOW = [[find spec/golden spec/support/corpus -type f -size -65k \
  ! -name '*.json' ! -name '*.py' ! -name '*.txt' |
  while read -r f; do cp "$f" "$0/$(echo "$f" | tr / -)"; done]]

local fuzz = steps.new()
for _, target in ipairs(formats.list()) do
  local name = target.name
  if not next(asked) or asked[name] then
    local corpus = "build/fuzz/corpus/" .. name
    assert(system.mkdir_p(corpus))
    assert(system.run { "sh", "-ec", SOW, corpus } == 0, "no seeds")
    fuzz:run(name, {
      "build/fuzz/" .. target.fuzzer, "--only=" .. name, "-max_total_time=" .. seconds,
      "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1",
      "-artifact_prefix=build/fuzz/" .. name .. "-", corpus,
    }, { "^stat::", "DONE" })
  end
end
fuzz:finish()
