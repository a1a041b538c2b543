--- Run by spec/core/graph/memory_spec.lua: building, setting, compiling and
-- running while memory runs out. The graph and the net must stay as they were.
package.path = "./?.lua;" .. package.path
local nn = require "visage.nn"
local scarce = require "spec.support.scarce"
local tensor = require "visage.tensor"

local g = nn.graph { name = "scarce" }
local data = g:input { "data", 2, nil, nil }
local conv = g:conv2d(data, { name = "conv", out = 2, kernel = 3, pad = 1 })
g:output(g:add(g:relu(conv), data))
g:set("conv", "weight", tensor.ones { 2, 2, 3, 3 })
g:set("conv", "bias", tensor.zeros { 2 })
local half = tensor.zeros({ 2 }, "f16")
local x = tensor.ones { 2, 2, 3, 3 }
local turned = x:transpose(3, 4)
local net = g:compile { batch = 2, taps = { "conv" }, engine = "reference" }

local operations = {
  graph = function() return nn.graph { name = "another" } end,
  input = function() return nn.graph():input { "data", 1, 2, 2 } end,
  layer = function() return g:prelu(conv) end,
  output = function() return nn.graph():input { "data", 1 } end,
  set = function() return g:set("conv", "bias", half) end,
  get = function() return g:get("conv", "bias") end,
  compile = function() return g:compile { batch = 2, taps = { "conv" }, engine = "reference" } end,
  run = function() return net:run(x) end,
  run_a_view = function() return net:run(turned) end,
  compile_and_plan = function() return g:compile { batch = 2, engine = "reference" }:run(x) end,
}

scarce.each((...), operations, function(name)
  local nodes = #g:nodes()
  return function()
    assert(#g:nodes() == nodes, name .. " changed the graph")
    assert(net:run(x):get(1, 1, 2, 2) == 19, name .. " changed the net")
  end
end)
