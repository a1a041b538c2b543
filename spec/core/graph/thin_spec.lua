--- Places that nobody reads are not computed: seen in the steps of the engine onednn, and
-- in results that stay what they were.
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local onednn = require "spec.support.onednn"
local tensor = require "visage.tensor"

-- A network of random shape in which single places are read with a stride.
local function strided(seed)
  local g, pick = nn.graph(), tensor.generator(seed)
  local live, sizes = { g:input { "data", 8, 13, 12 } }, { 1 }
  local function add(node, size)
    live[#live + 1], sizes[#sizes + 1] = node, size
  end
  for i = 1, 30 do
    -- The newest more often than the others, so that most have one reader.
    local at = pick:integer(3) > 1 and #live or pick:integer(#live)
    local x, kind = live[at], pick:integer(10)
    if kind <= 2 then
      add(g:conv2d(x, { name = "k1_" .. i, out = 8, kernel = 1, stride = 2 }), sizes[at] + 1)
    elseif kind <= 4 then
      local pad = kind == 3 and "same_tf" or { 1, 1, 2, 0 }
      add(g:conv2d(x, { name = "k3_" .. i, out = 8, kernel = 3, pad = pad }), sizes[at])
    elseif kind == 5 then
      add(g:relu(x), sizes[at])
    elseif kind == 6 then
      add(g:batch_norm(x), sizes[at])
    elseif kind == 7 then
      add(g:prelu(x), sizes[at])
    elseif kind == 8 then
      local y = g:batch_norm(g:conv2d(x, { name = "se" .. i, out = 8, kernel = 1 }))
      add(g:mul(y, g:sigmoid(g:global_pool(y))), sizes[at])
    else
      local other = at
      for k, size in ipairs(sizes) do
        if size == sizes[at] and pick:integer(2) == 1 then other = k end
      end
      add(g:relu(g:add(x, live[other])), sizes[at])
    end
  end
  g:output(live[#live])
  networks.set_random(g, pick)
  return g, live
end

describe("a pass that leaves out places", function()
  if not onednn.present then
    pending "has no engine in this build: there was no dnnl.h"
    return
  end

  local steps = onednn.steps

  -- a -> b, then b + a; two 1x1 convolutions read every other place of the sum.
  local function block()
    local g = nn.graph()
    local a = g:conv2d(g:input { "data", 16, 9, 9 }, { name = "a", out = 16, kernel = 3, pad = 1 })
    local b = g:conv2d(a, { name = "b", out = 16, kernel = 3, pad = 1 })
    local sum = g:relu(g:add(b, a), { name = "sum" })
    local c = g:conv2d(sum, { name = "c", out = 16, kernel = 1, stride = 2 })
    local d = g:conv2d(sum, { name = "d", out = 16, kernel = 1, stride = 2 })
    g:output(g:add(c, d, { name = "out" }))
    return g
  end

  it("takes them of a residual that others read whole", function()
    assert.same({ "a", "a", "sum", "c", "out" }, steps(block()))
    assert.same({ "a", "sum", "c", "out" }, steps(block(), { fuse = { thin = false } }))
  end)

  it("stops at what somebody wants to see", function()
    assert.same({ "a", "sum", "c", "out" }, steps(block(), { taps = { "sum" } }))
  end)

  -- The gate of a squeeze-excite block looks at all places of a map that is read with a
  -- stride: it takes the mean before the convolution.
  it("takes the mean of a convolution of single places before it", function()
    local g = nn.graph()
    local x = g:conv2d(g:input { "data", 16, 9, 9 }, { name = "x", out = 16, kernel = 3 })
    local y = g:batch_norm(g:conv2d(x, { name = "y", out = 16, kernel = 1, bias = false }))
    local gate = g:sigmoid(g:global_pool(g:scale(y, { name = "scaled" }), { name = "mean" }),
      { name = "gate" })
    local sum = g:relu(g:add(g:mul(y, gate), x), { name = "sum" })
    g:output(g:conv2d(sum, { name = "out", out = 16, kernel = 1, stride = 2 }))
    local random = tensor.generator(5)
    networks.set_random(g, random)
    local data = random:randn { 3, 16, 9, 9 }
    local steps_of = {
      none = { "x", "batch_norm#1", "x", "gate", "x", "sum", "out" },
      mean = { "x", "batch_norm#1", "x", "mean", "gate", "x", "sum", "out" },
      scaled = { "x", "batch_norm#1", "scaled", "mean", "gate", "batch_norm#1", "x", "sum",
        "out" },
    }
    for _, taps in ipairs { {}, { "mean" }, { "scaled" } } do
      local o = { batch = 3, taps = taps }
      local named, found = {}, table.pack(assert(g:compile(o)):run(data))
      for _, step in ipairs(g:compile(o):steps()) do
        named[#named + 1] = step.by ~= "reorder" and step.node or nil
      end
      assert.same(steps_of[taps[1] or "none"], named)
      o.engine = "reference"
      local wanted = table.pack(assert(g:compile(o)):run(data))
      assert.tensor(found[1]).near(wanted[1], 1e-5)
      for _, name in ipairs(taps) do assert.tensor(found[2][name]).near(wanted[2][name], 1e-5) end
    end
  end)

  it("changes no number, in networks of random shape", function()
    local changed = 0
    for seed = 1, 40 do
      local g, live = strided(seed)
      local x, tap = tensor.generator(seed):randn { 2, 8, 13, 12 }, live[11].name
      for _, taps in ipairs { {}, { tap } } do
        local o = { batch = 2, taps = taps }
        local ours, tapped = assert(g:compile(o)):run(x)
        local count = #g:compile(o):steps()
        o.fuse = { thin = false }
        changed = changed + (count ~= #g:compile(o):steps() and 1 or 0)
        o.engine, o.fuse = "reference", nil
        local theirs, wanted = assert(g:compile(o)):run(x)
        local size = theirs:to("f64"):norm()
        assert(((ours - theirs):to("f64"):norm()) <= 1e-5 * size, seed)
        if taps[1] then
          size = wanted[tap]:to("f64"):norm()
          assert((tapped[tap] - wanted[tap]):to("f64"):norm() <= 1e-5 * size, seed)
        end
      end
    end
    assert(changed > 20, changed)
  end)

  it("plans anew for another size of an open input", function()
    local g = nn.graph()
    local x = g:input { "data", 3, nil, nil }
    x = g:relu(g:conv2d(x, { name = "a", out = 8, kernel = 4, stride = 3, pad = "same_tf" }))
    g:output(g:conv2d(x, { name = "b", out = 8, kernel = 1, stride = 2 }))
    networks.set_random(g, tensor.generator(2))
    local ours, theirs = g:compile {}, g:compile { engine = "reference" }
    for _, size in ipairs { { 20, 31 }, { 9, 7 }, { 20, 31 }, { 3, 1 } } do
      local data = tensor.generator(1):randn { 1, 3, table.unpack(size) }
      assert.tensor(ours:run(data)).near(theirs:run(data), 1e-5)
    end
  end)
end)
