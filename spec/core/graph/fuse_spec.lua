--- Which nodes are computed in one step, seen in the steps of the engine onednn.
-- That the numbers stay is spec/core/onednn/engine_spec.lua's.
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local PRESENT = false
for _, engine in ipairs(nn.engines()) do PRESENT = PRESENT or engine.name == "onednn" end

describe("the passes", function()
  if not PRESENT then
    pending "have no engine in this build: there was no dnnl.h"
    return
  end

  -- The nodes that have a step, reorders left out.
  local function steps(g, options)
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

  local function conv(g, x, name, channels)
    return g:conv2d(x, { name = name, out = channels or 16, kernel = 3, pad = 1 })
  end

  -- x -> c -> n -> s -> r
  local function chain()
    local g = nn.graph()
    local x = g:input { "data", 16, 6, 6 }
    x = g:scale(g:batch_norm(conv(g, x, "c"), { name = "n" }), { name = "s" })
    g:output(g:relu(x, { name = "r" }))
    return g
  end

  it("join a convolution, what scales it and its activation", function()
    assert.same({ "r" }, steps(chain()))
  end)

  it("leave out what they are told to", function()
    assert.same({ "s", "r" }, steps(chain(), { fuse = { activation = false } }))
    assert.same({ "c", "n", "s", "r" }, steps(chain(), { fuse = { fold = false } }))
    assert.same({ "c", "n", "s", "r" }, steps(chain(), { fuse = false }))
  end)

  it("stop at what somebody wants to see", function()
    assert.same({ "n", "s", "r" }, steps(chain(), { taps = { "n" } }))
    assert.same({ "c", "n", "s", "r" }, steps(chain(), { taps = { "c", "n" } }))
  end)

  it("stop at what two nodes read", function()
    local g = nn.graph()
    local c = conv(g, g:input { "data", 16, 6, 6 }, "c")
    g:output(g:relu(c, { name = "r" }))
    g:output(g:sigmoid(c, { name = "s" }))
    assert.same({ "c", "r", "s" }, steps(g))
  end)

  it("add a residual in the later of two convolutions", function()
    local g = nn.graph()
    local x = g:input { "data", 16, 6, 6 }
    local a, b = conv(g, x, "a"), conv(g, x, "b")
    g:output(g:relu(g:add(a, b, { name = "sum" }), { name = "r" }))
    assert.same({ "a", "r" }, steps(g))
    assert.same({ "a", "b", "sum", "r" }, steps(g, { fuse = { residual = false } }))
  end)

  it("add no two residuals, nor one of another shape, nor a node to itself", function()
    local g = nn.graph()
    local x = g:input { "data", 16, 6, 6 }
    local y = g:add(g:add(conv(g, x, "a"), x, { name = "once" }), x, { name = "twice" })
    g:output(y)
    assert.same({ "once", "twice" }, steps(g))
    g = nn.graph()
    local c = conv(g, g:input { "data", 16, 6, 6 }, "c")
    g:output(g:add(c, c, { name = "double" }))
    assert.same({ "c", "double" }, steps(g))
    g = nn.graph()
    x = g:input { "data", 16, 1, 1 }
    g:output(g:add(conv(g, g:input { "map", 16, 6, 6 }, "c"), x, { name = "wide" }))
    assert.same({ "c", "wide" }, steps(g))
  end)

  it("fold nothing after a residual or an activation", function()
    local g = nn.graph()
    local x = g:input { "data", 16, 6, 6 }
    g:output(g:batch_norm(g:relu(conv(g, x, "c"), { name = "r" }), { name = "n" }))
    assert.same({ "r", "n" }, steps(g))
  end)
end)
