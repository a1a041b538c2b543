--- The work "start": how often a second visage can be started; nobody else is. Two cases:
-- a script of one line, and ResNet-50 ready to run, its file's hash verified.
local models = require "visage.models"
local networks = require "visage.bench.networks"

local start = {}

--- The works.
-- @tparam table o threads (a list, of which the last counts), seed
-- @tparam string folder for the weights
-- @treturn function for a generic for: the next work, as in works/network.lua
function start.works(o, folder)
  return coroutine.wrap(function()
    local g = assert(networks.build("resnet50", o.seed))
    local _, variant = models.find "resnet50:keras"
    local weights = folder .. "/resnet50.h5"
    assert(g:save(weights, variant.names))
    for _, case in ipairs { "print", "resnet50" } do
      coroutine.yield {
        kind = "start", model = "visage", unit = "starts", units = 1, families = {},
        case = "start_" .. case, check = function() return 0 end,
        job = {
          work = "start", case = case, weights = weights, threads = o.threads[#o.threads],
          engine = o.engine, precision = "fp32",
        },
      }
    end
    os.remove(weights)
  end)
end

return start
