--- What the specs of the engine onednn and of the passes share.
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local onednn = {
  --- Whether this build has the engine.
  present = false,
}

for _, engine in ipairs(nn.engines()) do
  onednn.present = onednn.present or engine.name == "onednn"
end

--- The nodes that have a step, in the order of the run, reorders left out.
-- @tparam core.graph g tensors that are not set become ones
-- @tparam[opt] table options of g:compile
-- @treturn {string,...}
function onednn.steps(g, options)
  for _, t in ipairs(g:tensors()) do
    if not t.set then g:set(t.node, t.slot, tensor.ones(t.shape)) end
  end
  options = options or {}
  options.engine = "onednn"
  local list = {}
  for _, step in ipairs(assert(g:compile(options)):steps()) do
    if step.by ~= "reorder" then list[#list + 1] = step.node end
  end
  return list
end

return onednn
