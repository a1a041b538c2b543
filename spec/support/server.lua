--- A file server on 127.0.0.1, for specs of downloads: range_server.py.
local system = require "visage.system"

local server = {}

--- Serves FOLDER/served; it stops when `close` is called.
-- @tparam string folder
-- @treturn table {port, close}
function server.start(folder)
  local process = io.popen(("python3 %s/spec/support/range_server.py %s/served"
    .. " %s/port"):format(system.root(), folder, folder), "w")
  local stop, port = system.clock() + 10
  repeat port = system.read_file(folder .. "/port")
  until port or system.clock() > stop
  return {
    port = assert(port, "the server did not start"),
    close = function() process:close() end,
  }
end

return server
