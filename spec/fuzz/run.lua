--- make fuzz: runs each fuzzer for some seconds. spec/fuzz/NAME.c defines
-- LLVMFuzzerTestOneInput; a line "Seeds: PATTERN ..." in its opening comment
-- names files, from the checkout's root, to begin with. What a fuzzer finds
-- interesting is kept in build/fuzz/corpus/NAME; an input that breaks
-- something, in build/fuzz/NAME-crash-*.
package.path = "./?.lua;" .. package.path
local steps = require "spec.support.steps"
local system = require "visage.system"
local tree = require "spec.support.tree"

local seconds = assert(tonumber(arg[1]), "usage: run.lua SECONDS [NAME ...]")
local asked = {}
for i = 2, #arg do asked[arg[i]] = true end

-- Copies the seeds that the source names into the corpus.
local function sow(source, corpus)
  assert(system.mkdir_p(corpus))
  for patterns in tree.read(source):gmatch "Seeds: ([^\n]*)" do
    local copy = ('for f in %s; do cp "$f" "$0"; done'):format(patterns:gsub("%*/", ""))
    assert(system.run { "sh", "-ec", copy, corpus } == 0, source .. ": a seed is missing")
  end
end

local fuzz = steps.new()
for _, source in ipairs(tree.matching("^spec/fuzz/", "c")) do
  local name = source:match "([^/]+)%.c$"
  if not next(asked) or asked[name] then
    local corpus = "build/fuzz/corpus/" .. name
    sow(source, corpus)
    fuzz:run(name, {
      "build/fuzz/" .. name, "-max_total_time=" .. seconds, "-timeout=20",
      "-rss_limit_mb=2048", "-verbosity=0", "-print_final_stats=1",
      "-artifact_prefix=build/fuzz/" .. name .. "-", corpus,
    }, "^stat::")
  end
end
fuzz:finish()
