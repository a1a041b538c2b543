--- Busted's output with one line more at its very end, the same in every run:
-- "N passed, N failed, N skipped". Errors count as failed, pending as skipped.
local busted = require "busted"
local system = require "visage.system"

-- Seconds from which a spec file is named as slow.
local SLOW = 10

return function(options)
  local kind = system.isatty(1) and "utfTerminal" or "plainTerminal"
  local handler = require("busted.outputHandlers." .. kind)(options)
  local subscribe = handler.subscribe
  local started = {}
  local slow = {}

  handler.subscribe = function(self, given)
    subscribe(self, given)
    busted.subscribe({ "file", "start" }, function(file)
      started[file.name] = system.clock()
      return nil, true
    end)
    busted.subscribe({ "file", "end" }, function(file)
      local seconds = system.clock() - started[file.name]
      if seconds >= SLOW then slow[#slow + 1] = ("slow: %.0f s %s"):format(seconds, file.name) end
      return nil, true
    end)
    busted.subscribe({ "exit" }, function()
      io.write("\n")
      for _, line in ipairs(slow) do io.write(line, "\n") end
      io.write(("%d passed, %d failed, %d skipped\n"):format(self.successesCount,
        self.failuresCount + self.errorsCount, self.pendingsCount))
      io.flush()
      return nil, true
    end)
  end
  return handler
end
