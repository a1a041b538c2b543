--- Progress on standard error: a bar with rate and time left on a terminal,
-- plain lines every few seconds elsewhere, nothing when quiet.
local system = require "visage.system"

local progress = {}
progress.__index = progress

local BAR = 24
-- Seconds between two drawings: a terminal can be redrawn, a log file grows.
local TERMINAL, LOG = 0.2, 10

--- Starts counting.
-- @tparam string label
-- @tparam integer total
-- @tparam[opt] table options quiet; terminal (told from standard error)
-- @treturn table with step(n) and done()
function progress.new(label, total, options)
  options = options or {}
  local terminal = options.terminal
  if terminal == nil then terminal = system.isatty(2) end
  local now = system.clock()
  return setmetatable({
    label = label, total = total, count = 0, started = now, drawn = now,
    quiet = options.quiet or false, terminal = terminal,
    out = options.out or io.stderr,
  }, progress)
end

local function clock_text(seconds)
  local s = math.floor(seconds + 0.5)
  if s < 3600 then return ("%d:%02d"):format(s // 60, s % 60) end
  return ("%d:%02d:%02d"):format(s // 3600, s // 60 % 60, s % 60)
end

--- The line that stands there now.
-- @tparam number now as system.clock gives it
-- @treturn string
function progress:text(now)
  local share = self.total > 0 and self.count / self.total or 1
  local took = now - self.started
  local rate = took > 0 and self.count / took or 0
  local left = rate > 0 and clock_text((self.total - self.count) / rate) or "?"
  local counts = ("%d/%d  %.1f/s  %s left"):format(self.count, self.total, rate,
    left)
  if not self.terminal then return ("%s: %s"):format(self.label, counts) end
  local full = math.floor(share * BAR)
  return ("%s [%s%s] %s"):format(self.label, ("#"):rep(full),
    ("."):rep(BAR - full), counts)
end

local function draw(self, now)
  self.drawn, self.shown = now, self.count
  if self.terminal then
    self.out:write("\r", self:text(now), "\27[K")
    self.out:flush()
  else
    self.out:write(self:text(now), "\n")
  end
end

--- Counts n more.
-- @tparam[opt=1] integer n
function progress:step(n)
  self.count = self.count + (n or 1)
  local now = system.clock()
  if self.quiet or now - self.drawn < (self.terminal and TERMINAL or LOG) then
    return
  end
  draw(self, now)
end

--- Ends the line.
function progress:done()
  if self.quiet then return end
  if self.shown ~= self.count then draw(self, system.clock()) end
  if self.terminal then self.out:write("\n") end
end

return progress
