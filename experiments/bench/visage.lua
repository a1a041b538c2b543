--- visage itself, measured by bench.lua as its peers are: a program that is told by lines
-- of JSON what to do (lua/visage/bench/peer.lua). Not to be run by hand.
local loader = require "visage.loader"
local nn = require "visage.nn"
local server = require "visage.bench.server"
local system = require "visage.system"
local tensor = require "visage.tensor"

local works = {}

-- A network that visage itself exported.
function works.network(job)
  local x = assert(tensor.load(job.input))
  local net = assert(assert(nn.import(job.model)):compile {
    batch = x:size(1), threads = job.threads, engine = job.engine, precision = job.precision,
  })
  local y
  return {
    run = function() y = assert(net:run(x)) end,
    save = function(path) assert(loader.write(path, y)) end,
    about = ("visage %s, engine %s"):format(system.version, net:info().engine),
  }
end

server.serve(works)
