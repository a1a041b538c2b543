--- Which nodes are computed in one step, seen in the steps of the engine onednn.
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local onednn = require "spec.support.onednn"
local tensor = require "visage.tensor"

describe("the passes", function()
  if not onednn.present then
    pending "have no engine in this build: there was no dnnl.h"
    return
  end

  local steps = onednn.steps

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

  it("fold a factor ahead, and an offset where nothing is padded", function()
    local function ahead(kind, options, channels)
      local g = nn.graph()
      local x = g:input { "data", 16, 6, 6 }
      x = kind(g, x)
      options.name, options.out = "c", channels or 16
      g:output(g:conv2d(x, options))
      return g
    end
    local function factor(g, x) return g:scale(x, { name = "s", bias = false }) end
    local function offset(g, x) return g:scale(x, { name = "s" }) end
    local function norm(g, x) return g:batch_norm(x, { name = "n" }) end
    assert.same({ "c" }, steps(ahead(factor, { kernel = 3, pad = 1 })))
    assert.same({ "s", "c" }, steps(ahead(offset, { kernel = 3, pad = 1 })))
    assert.same({ "s", "c" }, steps(ahead(offset, { kernel = 3, pad = { 0, 0, 0, 1 } })))
    assert.same({ "s", "c" }, steps(ahead(offset, { kernel = 3, pad = "same_tf" })))
    assert.same({ "c" }, steps(ahead(offset, { kernel = 1, pad = "same_tf" })))
    assert.same({ "c" }, steps(ahead(norm, { kernel = 3 })))
    assert.same({ "c" }, steps(ahead(norm, { kernel = 3, groups = 4 })))
    assert.same({ "n", "c" }, steps(ahead(norm, { kernel = 3 }), { fuse = { ahead = false } }))
    assert.same({ "n", "c" }, steps(ahead(norm, { kernel = 3 }), { taps = { "n" } }))
    -- Of two the padded convolution takes the second, a factor; the first has an offset.
    assert.same({ "n", "c" }, steps(ahead(function(g, x) return factor(g, norm(g, x)) end,
      { kernel = 3, pad = 1 })))
    assert.same({ "c" }, steps(ahead(function(g, x) return factor(g, norm(g, x)) end,
      { kernel = 3 })))
  end)

  it("fold ahead through a flatten, but not what somebody else reads", function()
    local g = nn.graph()
    local n = g:batch_norm(g:input { "data", 16, 6, 6 }, { name = "n" })
    g:output(g:linear(g:flatten(n, { name = "f" }), { name = "l", out = 4 }))
    assert.same({ "f", "l" }, steps(g))
    g:output(g:relu(n, { name = "r" }))
    assert.same({ "n", "f", "l", "r" }, steps(g))
  end)

  it("fold into the convolution before rather than ahead", function()
    local g = nn.graph()
    local x = g:batch_norm(conv(g, g:input { "data", 16, 6, 6 }, "a"), { name = "n" })
    g:output(g:conv2d(x, { name = "b", out = 16, kernel = 1 }))
    assert.same({ "n", "b" }, steps(g))
    assert.same({ "a", "b" }, steps(g, { fuse = { fold = false } }))
  end)

  it("are of engines that have them: the reference computes every node", function()
    local g = nn.graph()
    g:output(g:conv2d(g:scale(g:input { "data", 1, 1, 1 }, { name = "s" }),
      { name = "c", out = 1, kernel = 1 }))
    for _, t in ipairs(g:tensors()) do g:set(t.node, t.slot, tensor.ones(t.shape)) end
    local nodes = {}
    for i, node in ipairs(assert(g:compile { engine = "reference" }):nodes()) do
      nodes[i] = node.name
    end
    assert.same({ "s", "c" }, nodes)
  end)

  -- A net of parts that passes join, drawn: norms and scales before and after convolutions
  -- of all paddings and groups, residuals, squeeze-excite, activations; at its end a
  -- dense layer.
  local function drawn(seed)
    local g, pick = nn.graph(), tensor.generator(seed)
    local x = g:input { "data", 8, 7, 7 }
    local function affine(y)
      local kind = pick:integer(4)
      if kind == 1 then return g:batch_norm(y) end
      if kind == 2 then return g:scale(y) end
      return kind == 3 and g:scale(y, { bias = false }) or y
    end
    for _ = 1, 6 do
      local kernel, pad = 2 * pick:integer(2) - 1, pick:integer(3)
      local padding = pad == 1 and "same_tf" or kernel == 3 and pad == 2 and 1 or 0
      local y = affine(g:conv2d(affine(affine(x)), { out = 8, kernel = kernel, pad = padding,
        groups = 2 ^ (pick:integer(4) - 1) // 1 | 0, bias = pick:integer(2) == 1 }))
      if pick:integer(3) == 1 then
        local s = g:sigmoid(g:conv2d(affine(g:global_pool(y)), { out = 8, kernel = 1 }))
        y = g:mul(y, s)
      end
      if y.shape[3] == x.shape[3] and pick:integer(2) == 1 then y = g:add(y, x) end
      local after = pick:integer(4)
      x = after == 1 and g:relu(y) or after == 2 and g:prelu(y) or after == 3 and g:clip(y) or y
    end
    x = g:flatten(affine(x), { order = pick:integer(2) == 1 and "hwc" or "chw" })
    g:output(g:linear(affine(x), { out = 5, bias = pick:integer(2) == 1 }))
    networks.set_random(g, pick)
    return g
  end

  it("change no number, one by one and all, in 60 drawn nets", function()
    local applied = {}
    local ways = { true, false }
    for _, pass in ipairs { "fold", "ahead", "residual", "activation" } do
      ways[#ways + 1] = { [pass] = false }
    end
    for seed = 1, 60 do
      local g = drawn(seed)
      local x = tensor.generator(100 + seed):randn { 3, 8, 7, 7 }
      local wanted = assert(g:compile { batch = 3, engine = "reference" }):run(x)
      local all
      for _, way in ipairs(ways) do
        local net = assert(g:compile { batch = 3, engine = "onednn", fuse = way })
        local off = networks.relative_error(net:run(x), wanted)
        assert(off < 1e-5, ("net %d: off by %.2g"):format(seed, off))
        all = all or #net:steps()
        local pass = type(way) == "table" and next(way)
        if pass and #net:steps() > all then applied[pass] = (applied[pass] or 0) + 1 end
      end
    end
    -- Each is at work in many of them.
    for _, pass in ipairs { "fold", "ahead", "residual", "activation" } do
      assert.is_true((applied[pass] or 0) > 10, pass)
    end
  end)

  it("fold nothing after a residual or an activation", function()
    local g = nn.graph()
    local x = g:input { "data", 16, 6, 6 }
    g:output(g:batch_norm(g:relu(conv(g, x, "c"), { name = "r" }), { name = "n" }))
    assert.same({ "r", "n" }, steps(g))
  end)
end)
