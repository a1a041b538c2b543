--- True under the sanitizers' build, whose allocator keeps freed memory back and
-- never fails: what memory is taken and what happens without it is tested in
-- the build that people use.
local system = require "visage.system"

return system.program():find("/san/", 1, true) ~= nil
