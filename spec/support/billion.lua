--- 10^9 impostor scores in constant memory: ./visage spec/support/billion.lua
-- [MILLIONS]. Cosines of embeddings of 64 numbers come tile by tile from the core
-- and are counted; at the end the time, the peak of memory, and the count at a
-- threshold are shown. Minutes, so no part of make test, whose stream_spec does
-- the same with less.
local stream = require "visage.metrics.stream"
local system = require "visage.system"
local tensor = require "visage.tensor"

local ROWS = 1000
local tiles = math.tointeger(tonumber(arg[1] or 1000))
local generator = tensor.generator(1)

local function unit_rows()
  local x = generator:randn { ROWS, 64 }
  return x / x:norm(2, 2, true)
end

local start = system.clock()
local gallery = unit_rows():transpose(1, 2)
local counts = stream.new { thresholds = { 0.5 } }
for _ = 1, tiles do
  local scores <close> = unit_rows():matmul(gallery)
  stream.add(counts, { impostor = scores })
end
stream.add(counts, { genuine = tensor.ones { 1 } })

local seconds = system.clock() - start
local decided, at = stream.counts(counts, 0.5), stream.tar_at_far(counts, 1e-6)
print(("%d scores, %.1f s, %d at or above 0.5"):format(decided.fp + decided.tn, seconds,
  decided.fp))
print(("FAR 1e-6 at %.4f, reached %.3g"):format(at.threshold, at.far))
for line in io.lines "/proc/self/status" do
  if line:find "^VmHWM" then print(line) end
end
