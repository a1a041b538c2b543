--- Run by spec/core/graph/memory_spec.lua in a child with scarce.c preloaded:
-- building, setting, compiling and running with the first allocation failing,
-- then the second, and so on until none fails. Each time it must raise and leak
-- nothing, and the graph and the net must be as they were.
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local scarce = assert(package.loadlib((...), "luaopen_scarce"))()

local g = nn.graph { name = "scarce" }
local data = g:input { "data", 2, nil, nil }
local conv = g:conv2d(data, { name = "conv", out = 2, kernel = 3, pad = 1 })
g:output(g:add(g:relu(conv), data))
g:set("conv", "weight", tensor.ones { 2, 2, 3, 3 })
g:set("conv", "bias", tensor.zeros { 2 })
local half = tensor.zeros({ 2 }, "f16")
local x = tensor.ones { 2, 2, 3, 3 }
local turned = x:transpose(3, 4)
local net = g:compile { batch = 2, taps = { "conv" } }

local operations = {
  graph = function() return nn.graph { name = "another" } end,
  input = function() return nn.graph():input { "data", 1, 2, 2 } end,
  layer = function() return g:prelu(conv) end,
  output = function() return nn.graph():input { "data", 1 } end,
  set = function() return g:set("conv", "bias", half) end,
  get = function() return g:get("conv", "bias") end,
  compile = function() return g:compile { batch = 2, taps = { "conv" } } end,
  run = function() return net:run(x) end,
  run_a_view = function() return net:run(turned) end,
  compile_and_plan = function() return g:compile { batch = 2 }:run(x) end,
}

local function settle()
  collectgarbage()
  collectgarbage()
end

local failures, names = 0, {}
for name in pairs(operations) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do
  operations[name]() -- what libraries allocate once, they have now
  for n = 0, 200 do
    settle()
    local nodes = #g:nodes()
    scarce.arm(n)
    local ok, text = pcall(operations[name])
    scarce.disarm()
    if ok then break end
    settle()
    failures = failures + 1
    assert(text:find "no memory for %d+ bytes", name .. ": " .. text)
    assert(scarce.live() == 0, name .. " leaks")
    assert(#g:nodes() == nodes, name .. " changed the graph")
    assert(net:run(x):get(1, 1, 2, 2) == 19, name .. " changed the net")
    assert(n < 200, name)
  end
end
print("failures", failures)
