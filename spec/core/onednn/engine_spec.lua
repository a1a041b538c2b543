--- The engine "onednn" against "reference", its specification: every layer in each
-- of its ways, tangled graphs, whole networks; batches, threads, taps and passes.
local exports = require "spec.support.exports"
local models = require "visage.models"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local onednn = require "spec.support.onednn"
local tensor = require "visage.tensor"

-- Winograd's F(4x4,3x3) has a relative error of about 1e-6 a layer.
local MOST = 1e-5

local function relative_error(a, b)
  local norm = (b:to("f64") ^ 2):sum() ^ 0.5
  return ((a - b):to("f64") ^ 2):sum() ^ 0.5 / (norm > 0 and norm or 1)
end

local function compile(g, options)
  options.engine = options.engine or "onednn"
  return assert(g:compile(options))
end

-- All results of both engines must agree.
local function agree(g, inputs, options)
  local o = { batch = inputs[1]:size(1) }
  for key, value in pairs(options or {}) do o[key] = value end
  local ours = table.pack(compile(g, o):run(table.unpack(inputs)))
  o.engine, o.threads, o.fuse = "reference", nil, nil
  local theirs = table.pack(compile(g, o):run(table.unpack(inputs)))
  for i = 1, #g:outputs() do
    local error_ = relative_error(ours[i], theirs[i])
    assert(error_ < MOST, ("output %d is off by %.2g"):format(i, error_))
  end
  for name, t in pairs(ours[#g:outputs() + 1] or {}) do
    local error_ = relative_error(t, theirs[#g:outputs() + 1][name])
    assert(error_ < MOST, ("%s is off by %.2g"):format(name, error_))
  end
end

describe("the engine onednn", function()
  if not onednn.present then
    pending "is not in this build: there was no dnnl.h"
    return
  end

  describe("agrees with the reference on", function()
    for _, case in ipairs(exports.cases()) do
      it(case.name, function() agree(case.graph, case.inputs) end)
    end
  end)

  local CONVOLUTIONS = {
    { 3, 33, 29, { out = 16, kernel = 7, stride = 2, pad = "same_tf" } },
    { 3, 21, 20, { out = 33, kernel = 3 } },
    { 16, 14, 15, { out = 32, kernel = 1, stride = 2 } },
    { 64, 14, 15, { out = 48, kernel = 3, pad = 1 } },
    { 48, 8, 9, { out = 64, kernel = 3, pad = { 1, 0, 0, 1 }, bias = false } },
    { 33, 7, 7, { out = 40, kernel = 3, pad = 1 } },
    { 12, 9, 9, { out = 24, kernel = 3, pad = 1, groups = 3 } },
    { 40, 9, 9, { out = 40, kernel = 3, stride = 2, pad = 1, groups = 40 } },
    { 12, 9, 9, { out = 24, kernel = 3, groups = 12, dilation = { 1, 3 }, pad = { 0, 2 } } },
    { 4, 5, 40, { out = 2, kernel = { 1, 9 }, stride = { 2, 3 }, dilation = { 1, 4 },
      pad = { 0, 0, 17, 1 } } },
    { 5, 3, 3, { out = 2, kernel = 3, pad = 6 } },
    { 1, 1, 1, { out = 1, kernel = 1 } },
  }
  local AFTER = { "nothing", "batch_norm", "scale", "residual", "relu", "clip", "sigmoid",
    "prelu" }

  -- x -> convolution -> batch norm -> ... and what may be fused.
  local function after(g, x, kind, other)
    if kind == "nothing" then return x end
    if kind == "residual" then return g:relu(g:add(other, g:batch_norm(x, { name = "n" }))) end
    if kind == "clip" then return g:clip(x, { low = -0.5, high = 0.25 }) end
    if kind == "relu" then return g:relu(g:scale(g:batch_norm(x)), { slope = 0.25 }) end
    return g[kind](g, x)
  end

  for i, case in ipairs(CONVOLUTIONS) do
    local C, H, W, options = table.unpack(case)
    for _, kind in ipairs(AFTER) do
      it(("%dx%dx%d convolved (%d), then %s"):format(C, H, W, i, kind), function()
        local random = tensor.generator(i)
        local g = nn.graph()
        local x = g:input { "data", C, H, W }
        local y = g:conv2d(x, options)
        local z = kind == "residual" and g:conv2d(x, options)
        g:output(after(g, y, kind, z))
        networks.set_random(g, random)
        agree(g, { random:randn { 3, C, H, W } })
        agree(g, { random:randn { 3, C, H, W } }, { fuse = false, threads = 1 })
      end)
    end
  end

  it("computes a squeeze-excite block in one pass at its end", function()
    local random = tensor.generator(5)
    for _, channels in ipairs { 16, 20, 3 } do
      local g = nn.graph()
      local x = g:input { "data", channels, 6, 5 }
      local shortcut = g:conv2d(x, { out = channels, kernel = 1 })
      local y = g:conv2d(x, { out = channels, kernel = 3, pad = 1 })
      local s = g:relu(g:conv2d(g:global_pool(y), { out = 4, kernel = 1 }))
      s = g:sigmoid(g:conv2d(s, { out = channels, kernel = 1 }))
      g:output(g:relu(g:add(g:mul(y, s), shortcut), { name = "end" }))
      networks.set_random(g, random)
      agree(g, { random:randn { 2, channels, 6, 5 } })
      local by
      for _, step in ipairs(compile(g, { batch = 2 }):steps()) do
        if step.node == "end" and step.by ~= "reorder" then by = step.by end
      end
      assert.equal("visage: channels", by)
    end
  end)

  it("overwrites nothing that is still needed, in 60 networks of random shape", function()
    for seed = 1, 60 do
      local g, live = networks.tangle(seed)
      local x = tensor.generator(100 + seed):randn { 2, 8, 6, 6 }
      agree(g, { x })
      agree(g, { x }, { taps = { live[7].name, live[20].name }, threads = 2 })
    end
  end)

  it("gives each image what it gets alone, in every batch and on every number of threads",
    function()
      local g = networks.tangle(3)
      local x = tensor.generator(7):randn { 41, 8, 6, 6 }
      local alone = compile(g, { batch = 1, threads = 1 })
      local each = {}
      for i = 1, 41 do each[i] = alone:run(x:narrow(1, i, 1)) end
      for threads = 1, 3 do
        local net = compile(g, { batch = 41, threads = threads })
        for _, n in ipairs { 41, 1, 2, 5, 33, 17 } do
          local y = net:run(x:narrow(1, 1, n))
          assert.is_true(relative_error(y, tensor.cat({ table.unpack(each, 1, n) }, 1)) < MOST)
        end
      end
    end)

  it("takes open sizes and an empty batch", function()
    local random = tensor.generator(9)
    local g = nn.graph()
    g:output(g:prelu(g:conv2d(g:input { "data", 3, nil, nil }, { out = 10, kernel = 3 })))
    networks.set_random(g, random)
    for _, size in ipairs { { 12, 12 }, { 3, 30 }, { 40, 7 } } do
      agree(g, { random:randn { 2, 3, size[1], size[2] } })
    end
    local net = compile(g, { batch = 2 })
    assert.same({ 0, 10, 6, 6 }, net:run(tensor.zeros { 0, 3, 8, 8 }):shape())
  end)

  it("computes a batch in chunks, on every thread, and one by one what is left", function()
    local g = networks.tangle(3)
    local x = tensor.generator(2):randn { 37, 8, 6, 6 }
    local wanted = compile(g, { batch = 37, engine = "reference" }):run(x)
    for _, threads in ipairs { 1, 2, 3, 40 } do
      local net = compile(g, { batch = 37, threads = threads })
      for _, n in ipairs { 1, 2, 3, 7, 36, 37 } do
        assert.tensor(net:run(x:narrow(1, 38 - n, n))).near(wanted:narrow(1, 38 - n, n), 1e-5)
      end
    end
  end)

  -- Two convolutions of single places, 16 channels of 8x8 to 16.
  local function small()
    local g = nn.graph()
    local x = g:conv2d(g:input { "data", 16, 8, 8 }, { name = "a", out = 16, kernel = 1 })
    g:output(g:conv2d(x, { name = "b", out = 16, kernel = 1 }))
    networks.set_random(g, tensor.generator(4))
    return g
  end

  it("tells what memory it takes before it runs", function()
    local info = compile(small(), { batch = 5, threads = 2 }):info()
    assert.equal(2 * (16 * 16 + 16) * 4, info.weights)
    local seen = {}
    for i, part in ipairs(info.parts) do
      -- The input in blocks of channels and the first map, 4 KiB each; the second one
      -- takes the input's place.
      assert.equal(part.images * 8192, part.activations)
      seen[i] = { part.images, part.workers, part.threads }
    end
    assert.same({ { 2, 2, 1 }, { 1, 2, 1 }, { 1, 1, 2 } }, seen)
    -- On each thread, and a cache line; what scratchpads take is the library's affair.
    local scratch = (info.parts[1].scratch + 63) // 64 * 64
    assert.equal(2 * (2 * 8192 + scratch + 64), info.bytes)
  end)

  it("has weights once: it lets go of what it has packed", function()
    local g, x = small(), tensor.generator(5):randn { 4, 16, 8, 8 }
    local net = compile(g, { batch = 4 })
    local y = net:run(x)
    local packed = net:info().weights
    g:clear()
    assert.equal(packed, net:info().weights)
    assert.tensor(net:run(x)).near(y, 0)
    assert.tensor(net:run(x:narrow(1, 1, 1))).near(y:narrow(1, 1, 1), 1e-5)
  end)

  it("keeps what a reference kernel reads", function()
    local g = nn.graph()
    local x = g:scale(g:input { "data", features = 6 }, { name = "s" })
    g:output(g:l2_normalize(x))
    networks.set_random(g, tensor.generator(6))
    local x6 = tensor.generator(7):randn { 3, 6 }
    local wanted = compile(g, { batch = 3, engine = "reference" }):run(x6)
    local net = compile(g, { batch = 3 })
    g:clear()
    assert.tensor(net:run(x6)).near(wanted, 1e-5)
  end)

  -- Who computes a node, reorders apart.
  local function by(net, node)
    for _, step in ipairs(net:steps()) do
      if step.node == node and step.by ~= "reorder" then return step.by end
    end
  end

  -- True where blocks have 16 channels: the names of oneDNN's kernels tell.
  local function wide()
    return by(compile(small(), { batch = 1 }), "a"):find "avx512" ~= nil
  end

  it("convolves few channels, and pools them, for any size without making code", function()
    local random = tensor.generator(12)
    -- Channels, those of the result, kernel, height, width: rows of 1 to 14 places, which
    -- are tiles of 1 to 6, and 1 to 3 blocks of results.
    for i, case in ipairs {
      { 3, 10, 3, 4, 3 }, { 3, 10, 3, 12, 13 }, { 10, 16, 3, 5, 16 }, { 16, 32, 3, 4, 9 },
      { 28, 48, 3, 11, 11 }, { 48, 64, 2, 4, 4 }, { 17, 33, { 1, 3 }, 3, 10 },
      { 64, 128, 2, 4, 4 }, { 1, 1, 2, 8, 15 },
    } do
      local C, out, kernel, H, W = table.unpack(case)
      local g = nn.graph()
      local x = g:conv2d(g:input { "data", C },
        { name = "c", out = out, kernel = kernel, bias = i % 2 > 0 })
      x = g:prelu(x, { name = "p" })
      local y = g:max_pool(x,
        { name = "pool", kernel = { 2, i == 1 and 1 or 2 }, stride = 2, ceil = true })
      g:output(y)
      g:output(g:conv2d(y, { name = "few", out = 4, kernel = 1 }))
      g:output(g:softmax(g:conv2d(x, { name = "two", out = 2, kernel = 1 }), { axis = 1 }))
      networks.set_random(g, random)
      local inputs = { random:randn { 3, C, H, W } }
      agree(g, inputs)
      agree(g, inputs, { threads = 2 })
      agree(g, inputs, { fuse = false })
      agree(g, inputs, { taps = { "p", "c" } })
      local net = compile(g, { batch = 3 })
      net:run(inputs[1])
      for _, node in ipairs { "p", "pool", "few", "two" } do
        assert.equal("visage: direct", by(net, node))
      end
    end
  end)

  it("does the PReLUs around a depthwise convolution in its pass", function()
    local random = tensor.generator(15)
    -- Channels, height, width, stride, padding: rows of 1 to 128 places, which are tiles
    -- of 7 and single ones; an odd place at the edge that no window reads.
    for _, case in ipairs {
      { 20, 9, 8, 1, 1 }, { 64, 7, 7, 1, 1 }, { 33, 14, 15, 2, 1 }, { 16, 6, 30, 2, 1 },
      { 16, 3, 3, 1, 0 }, { 17, 1, 9, 1, 1 }, { 16, 12, 16, 2, 0 }, { 5, 4, 128, 1, 1 },
      { 16, 9, 9, 1, { 1, 0, 0, 1 } }, { 16, 9, 9, 2, { 0, 1, 1, 0 } },
    } do
      local C, H, W, stride, pad = table.unpack(case)
      local g = nn.graph()
      local x = g:conv2d(g:input { "data", 3, H, W }, { name = "c", out = C, kernel = 1 })
      local y = g:prelu(x, { name = "before" })
      y = g:conv2d(y, { name = "d", out = C, kernel = 3, stride = stride, pad = pad, groups = C })
      y = g:prelu(g:batch_norm(y, { name = "n" }), { name = "after" })
      g:output(g:conv2d(y, { name = "last", out = 4, kernel = 1 }))
      networks.set_random(g, random)
      local inputs = { random:randn { 3, 3, H, W } }
      for _, o in ipairs { {}, { threads = 2 }, { fuse = false }, { fuse = { fold = false } },
        { taps = { "c" } }, { taps = { "before" } }, { taps = { "n" } }, { taps = { "after" } } } do
        agree(g, inputs, o)
      end
      agree(g, { inputs[1]:narrow(1, 2, 1) }, { threads = 3 })
      local way = wide() and "visage: depthwise" or "visage: channels"
      local net = compile(g, { batch = 3 })
      assert.equal(way, by(net, "after"))
      assert.equal(not wide() and way or nil, (by(net, "before")))
      -- Whoever else reads the first PReLU needs its numbers.
      local tapped = compile(g, { batch = 3, taps = { "before" } })
      assert.equal("visage: channels", by(tapped, "before"))
      assert.equal(way, by(tapped, "after"))
    end
  end)

  it("does no PReLU twice between depthwise convolutions", function()
    local random = tensor.generator(16)
    local g = nn.graph()
    local x = g:input { "data", 16, 6, 6 }
    for _ = 1, 4 do
      x = g:prelu(g:conv2d(x, { out = 16, kernel = 3, pad = 1, groups = 16 }))
    end
    g:output(x)
    networks.set_random(g, random)
    agree(g, { random:randn { 2, 16, 6, 6 } })
  end)

  it("goes over P-Net's maps in tiles, of every size of image", function()
    local random = tensor.generator(13)
    local g = models.find("mtcnn").build { part = "pnet" }
    networks.set_random(g, random)
    -- Maps of 1x1, of one tile, of tiles of 16x48 and parts of them; odd sizes are
    -- pooled with half a window at the edge.
    for _, size in ipairs { { 12, 12 }, { 13, 15 }, { 42, 106 }, { 43, 109 }, { 81, 203 } } do
      local inputs = { random:randn { 2, 3, size[1], size[2] } }
      for _, o in ipairs { {}, { threads = 1 }, { threads = 3 }, { taps = { "prelu3" } },
        { fuse = false } } do
        agree(g, inputs, o)
      end
      agree(g, { inputs[1]:narrow(1, 1, 1) }, { threads = 2 })
    end
  end)

  it("pools NaN to NaN and infinities as numbers, as the reference does", function()
    local random = tensor.generator(14)
    local g = nn.graph()
    local x = g:prelu(g:conv2d(g:input { "data", 1 }, { out = 3, kernel = 2 }))
    g:output(g:max_pool(x, { kernel = 2, stride = 2, ceil = true }))
    networks.set_random(g, random)
    local numbers = random:randn({ 240 }):totable()
    numbers[25], numbers[100], numbers[185] = 0 / 0, -(0 / 0), math.huge
    local input = tensor.from(numbers):to("f32"):reshape { 1, 1, 12, 20 }
    local ours, theirs = compile(g, { batch = 1 }):run(input):reshape { -1 }:totable(),
      compile(g, { batch = 1, engine = "reference" }):run(input):reshape { -1 }:totable()
    local count = 0
    for i, v in ipairs(theirs) do
      count = count + (v ~= v and 1 or 0)
      assert.is_true(v ~= v and ours[i] ~= ours[i] or v == ours[i]
        or math.abs(v - ours[i]) < 1e-5, i)
    end
    assert.is_true(count >= 6 and count < #theirs)
  end)

  it("leaves passes out by their names, with the same result", function()
    local g = networks.tangle(11)
    local x = tensor.generator(1):randn { 2, 8, 6, 6 }
    for _, pass in ipairs { "fold", "ahead", "residual", "activation", "thin", "winograd",
      "own" } do
      agree(g, { x }, { fuse = { [pass] = false } })
    end
    assert.has_error(function() g:compile { fuse = { fuze = false } } end,
      "compile: fuse: no pass is called 'fuze'; there are fold, ahead, residual, activation, thin,"
        .. " winograd, own")
  end)

  it("takes Winograd's algorithm and loops of its own where they may be used", function()
    local random = tensor.generator(15)
    local g = nn.graph()
    local x = g:conv2d(g:input { "data", 32 }, { name = "c", out = 32, kernel = 3, pad = 1 })
    x = g:prelu(g:conv2d(x, { name = "d", out = 10, kernel = 3 }), { name = "p" })
    g:output(x)
    networks.set_random(g, random)
    local inputs = { random:randn { 2, 32, 9, 9 } }
    local function ways(fuse)
      local net = compile(g, { batch = 2, fuse = fuse })
      net:run(inputs[1])
      return { by(net, "c"):find "wino" ~= nil, by(net, "p") == "visage: direct" }
    end
    assert.same({ wide(), true }, ways(true))
    assert.same({ false, true }, ways { winograd = false })
    assert.same({ wide(), false }, ways { own = false })
    for _, fuse in ipairs { { winograd = false }, { own = false } } do
      agree(g, inputs, { fuse = fuse })
    end
  end)

  it("runs the networks without a slow step", function()
    for _, spec in ipairs { "resnet50", "senet50", "vgg16", "mobilefacenet", "iresnet" } do
      local network, variant = models.find(spec)
      local o = { name = spec, width = variant.input.width, height = variant.input.height,
        pooling = variant.pooling, feature = variant.feature }
      for key, value in pairs(variant.build or {}) do o[key] = value end
      local g = network.build(o)
      for _, t in ipairs(g:tensors()) do g:set(t.node, t.slot, tensor.ones(t.shape)) end
      for _, step in ipairs(compile(g, { batch = 1 }):steps()) do
        assert(not step.by:find "^ref:" and not step.by:find "^simple" and not step.by:find "^gemm",
          ("%s: %s is computed by %s"):format(spec, step.node, step.by))
      end
    end
  end)
end)
