--- Runs a list of checks one after the other, each a program, and counts them.
-- A program whose last line is "N passed, N failed, N skipped" counts as that;
-- any other is one check, passed when its status is 0.
local system = require "visage.system"

local steps = {}

-- make may add a line of its own after it.
local COUNTS = "(%d+) passed, (%d+) failed, (%d+) skipped\n[^\n]*\n*$"

local function show(text)
  io.write(text)
  io.flush()
end

local function wanted(line, patterns)
  for _, pattern in ipairs(patterns) do
    if line:find(pattern) then return true end
  end
  return false
end

--- Starts a list of steps.
function steps.new()
  return setmetatable({ passed = 0, failed = 0, skipped = 0 }, { __index = steps })
end

--- Adds to the counts.
function steps:count(passed, failed, skipped)
  self.passed = self.passed + passed
  self.failed = self.failed + failed
  self.skipped = self.skipped + skipped
end

--- Runs a command (as system.run takes it), its output shown as it comes; or,
-- with `only`, those lines alone that match one of these patterns, unless it
-- fails.
function steps:run(name, command, only)
  local pieces, tail = {}, ""
  local begun = system.clock()
  show(("== %s\n"):format(name))
  command.stderr = "merge"
  command.each = function(text)
    if only then pieces[#pieces + 1] = text else show(text) end
    tail = (tail .. text):sub(-200)
  end
  local status, why = system.run(command)
  if not status then show(why .. "\n") end
  for line in table.concat(pieces):gmatch "[^\n]*\n" do
    if status ~= 0 or wanted(line, only) then show(line) end
  end
  local passed, failed, skipped = tail:match(COUNTS)
  if status == 0 and passed then
    self:count(tonumber(passed), tonumber(failed), tonumber(skipped))
  elseif status == 0 then
    self:count(1, 0, 0)
  else
    self:count(tonumber(passed) or 0, math.max(tonumber(failed) or 0, 1), tonumber(skipped) or 0)
  end
  show(("== %s: %s, %.0f s\n"):format(name, status == 0 and "passed" or "FAILED",
    system.clock() - begun))
end

--- Counts a check that cannot be made here, with the reason.
function steps:skip(name, reason)
  show(("== %s: skipped, %s\n"):format(name, reason))
  self:count(0, 0, 1)
end

--- Prints the line that ends every run and leaves the program.
function steps:finish()
  show(("%d passed, %d failed, %d skipped\n"):format(self.passed, self.failed, self.skipped))
  os.exit(self.failed == 0 and self.passed > 0, true)
end

return steps
