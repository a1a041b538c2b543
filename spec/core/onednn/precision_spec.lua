--- bf16 and int8 on the engine "onednn" against f32 on "reference": each kind of layer,
-- whole networks, and what a processor without them says.
local calibrated = require "spec.support.calibrated"
local exports = require "spec.support.exports"
local models = require "visage.models"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local system = require "visage.system"
local tensor = require "visage.tensor"

local function has(precision)
  local g = networks.tiny(4, 4)
  for _, engine in ipairs(nn.engines()) do
    local o = { engine = "onednn", precision = precision, ranges = { data = { 0, 1 } } }
    if engine.name == "onednn" and g:compile(o) then return true end
  end
end

-- bf16 keeps 8 bits, so that rounding changes a number by 2^-8 of itself at most and,
-- at the root of the mean square over many, by less than 2^-9. A convolution rounds its
-- input, its weights and its result: three of them, where nothing cancels. Sums of terms
-- of both signs are smaller than the terms, but so are sums of their errors, whose signs
-- are drawn.
local ULP = 2 ^ -9
local MOST = 3 * ULP

-- Engines differ in the order of f32 sums.
local SUMS = 1e-5

local function relative_error(a, b)
  local norm = b:to("f64"):norm()
  return (a:to "f64" - b:to "f64"):norm() / (norm > 0 and norm or 1)
end

local function run(g, x, options)
  return assert(g:compile(options)):run(x)
end

-- A map of 20 channels that a convolution made, a second one, and numbers per channel.
local function begin(g)
  local x = g:input { "data", 5, 9, 7 }
  local a = g:conv2d(x, { name = "a", out = 20, kernel = 3, pad = 1 })
  local b = g:conv2d(x, { name = "b", out = 20, kernel = 1 })
  return a, b
end

-- What follows two convolutions, and how many more roundings it has.
local AFTER = {
  { "nothing", 0, function(_, a) return a end },
  { "a batch norm of its own", 1, function(g, a, b) return g:batch_norm(g:add(a, b)) end },
  { "relu", 0, function(g, a) return g:relu(a) end },
  { "prelu", 1, function(g, a) return g:prelu(a) end },
  { "prelu of a sum", 2, function(g, a, b) return g:prelu(g:add(a, b)) end },
  { "a residual", 1, function(g, a, b) return g:relu(g:add(a, b)) end },
  { "clip", 0, function(g, a) return g:clip(a, { low = -0.5, high = 0.25 }) end },
  { "sigmoid", 1, function(g, a) return g:sigmoid(a) end },
  { "max_pool", 0, function(g, a) return g:max_pool(a, { kernel = 3, stride = 2 }) end },
  { "avg_pool", 1, function(g, a)
    return g:avg_pool(a, { kernel = 3, stride = 2, ceil = true })
  end },
  { "global_pool", 1, function(g, a) return g:global_pool(a) end },
  { "concat", 0, function(g, a, b) return g:concat({ a, b }, { axis = 1 }) end },
  { "concat with a map of the reference engine", 0, function(g, a, b)
    return g:concat({ a, g:softmax(b, { axis = 1 }) }, { axis = 1 })
  end },
  { "a gate", 3, function(g, a, b)
    local s = g:sigmoid(g:conv2d(g:global_pool(a), { name = "s", out = 20, kernel = 1 }))
    return g:relu(g:add(g:mul(a, s), b))
  end },
  { "a depthwise convolution", 3, function(g, a)
    return g:conv2d(a, { name = "d", out = 20, kernel = 3, groups = 20 })
  end },
  { "prelus around a depthwise convolution", 4, function(g, a)
    local y = g:prelu(g:conv2d(a, { name = "w", out = 64, kernel = 1 }), { name = "before" })
    y = g:conv2d(y, { name = "d", out = 64, kernel = 3, pad = 1, stride = 2, groups = 64 })
    return g:prelu(y, { name = "after" })
  end },
  { "a dense layer", 3, function(g, a) return g:linear(g:flatten(a), { name = "l", out = 6 }) end },
  { "a layer of the reference engine", 1, function(g, a)
    return g:conv2d(g:l2_normalize(a, { axis = 1 }), { name = "c", out = 4, kernel = 1 })
  end },
}

-- True when the loops of depthwise.c compute the node.
local function is_own(g, node, options)
  for _, step in ipairs(assert(g:compile(options)):steps()) do
    if step.node == node and step.by == "visage: depthwise" then return true end
  end
end

-- x -> a convolution and a depthwise one that leave numbers alone but for the factors
-- (64) -> the same numbers, with PReLUs of those slopes around the second.
local function around(factors, before, after)
  local g, one, middle = nn.graph(), tensor.zeros { 64, 64, 1, 1 }, tensor.zeros { 64, 1, 3, 3 }
  local x = g:input { "data", 64, 1, 2 }
  x = g:conv2d(x, { name = "c", out = 64, kernel = 1, bias = false })
  x = g:conv2d(g:prelu(x, { name = "p" }),
    { name = "d", out = 64, kernel = 3, pad = 1, groups = 64, bias = false })
  x = g:prelu(x, { name = "q" })
  g:output(g:conv2d(x, { name = "last", out = 64, kernel = 1, bias = false }))
  for i = 1, 64 do
    one[i][i][1][1] = 1
    middle[i][1][2][2] = factors[i]
  end
  g:set("c", "weight", one)
  g:set("d", "weight", middle)
  g:set("last", "weight", one)
  g:set("p", "slope", tensor.full({ 64 }, before))
  g:set("q", "slope", tensor.full({ 64 }, after))
  return g
end

describe("bf16", function()
  if not has "bf16" then
    pending "is not computed in on this machine"
    return
  end

  for _, case in ipairs(AFTER) do
    local name, more, layer = table.unpack(case)
    for _, fuse in ipairs { true, false } do
      it(("is within its rounding: convolutions, then %s%s"):format(name,
        fuse and "" or ", unfused"), function()
        local g = nn.graph()
        g:output(layer(g, begin(g)))
        exports.fill(g, 1)
        local x = tensor.generator(2):randn { 3, 5, 9, 7 }
        local y = run(g, x, { batch = 3, precision = "bf16", fuse = fuse })
        local wanted = run(g, x, { batch = 3, engine = "reference" })
        local found = relative_error(y, wanted)
        assert(found < MOST + (more + (fuse and 0 or 2)) * ULP, ("off by %.2g"):format(found))
        assert(found > SUMS, ("off by %.2g: computed with f32"):format(found))
      end)
    end
  end

  it("rounds to the nearest, to even between two, and keeps what is no number", function()
    local g = nn.graph()
    local x = g:input { "data", 16, 1, 2 }
    x = g:conv2d(x, { name = "c", out = 16, kernel = 1, bias = false })
    g:output(g:prelu(x, { name = "p" }))
    local one = tensor.zeros { 16, 16, 1, 1 }
    for i = 1, 16 do one[i][i][1][1] = 1 end
    g:set("c", "weight", one)
    -- 1 + 2^-8 lies between the bf16 1 and 1 + 2^-7, 1 + 3 x 2^-8 between 1 + 2^-7 and 1 + 2^-6.
    g:set("p", "slope", tensor.from { 1 + 2 ^ -8, 1 + 3 * 2 ^ -8, 1 + 2 ^ -8 + 2 ^ -20,
      1 + 2 ^ -8 - 2 ^ -20, 1, 0, 0.5, 2, 1, 1, 1, 1, 1, 1, 1, 1 })
    local data = tensor.full({ 1, 16, 1, 2 }, -1)
    data[1][9][1][1] = 0 / 0
    local y = run(g, data, { precision = "bf16" })
    assert.tensor(y:narrow(2, 1, 8):narrow(4, 2, 1):reshape { 8 })
      .near({ -1, -1 - 2 ^ -6, -1 - 2 ^ -7, -1, -1, 0, -0.5, -2 }, 0)
    local none = y[1][9][1][1]
    assert.is_true(none ~= none)
  end)

  it("rounds so behind a depthwise convolution, too", function()
    local factors = { 1 + 2 ^ -8, 1 + 3 * 2 ^ -8, 1 + 2 ^ -8 + 2 ^ -20, 1 + 2 ^ -8 - 2 ^ -20 }
    for i = 5, 64 do factors[i] = i end
    local g, data = around(factors, -1, 0.5), tensor.full({ 1, 64, 1, 2 }, -1)
    assert.is_true(is_own(g, "q", { precision = "bf16" }))
    local y = run(g, data, { precision = "bf16" }):narrow(4, 2, 1)
    assert.tensor(y:narrow(2, 1, 5):reshape { 5 }).near({ 1, 1 + 2 ^ -6, 1 + 2 ^ -7, 1, 5 }, 0)
    data[1][9][1][1] = 0 / 0
    local none = run(g, data, { precision = "bf16" })[1][9][1][1]
    assert.is_true(none ~= none)
  end)

  it("runs the networks without a slow step", function()
    for _, spec in ipairs { "resnet50", "senet50", "vgg16", "mobilefacenet", "iresnet" } do
      for _, step in ipairs(assert(networks.filled(spec):compile { precision = "bf16" }):steps()) do
        assert.is_nil(networks.slow(step.by), ("%s: %s"):format(spec, step.node))
      end
    end
  end)

  it("says so", function()
    local net = assert(networks.tiny(4, 4):compile { precision = "bf16" })
    assert.equal("bf16", net:info().precision)
    assert.truthy(tostring(net):find("engine onednn, bf16, batch up to 1", 1, true))
  end)

  it("is no precision of a processor without it", function()
    local code = "local g = require 'spec.support.networks'.tiny(4, 4)"
      .. " print((select(2, g:compile { engine = 'onednn', precision = 'bf16' })))"
    local status, text = system.run { "env", "ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI",
      system.program(), "-e", code }
    assert.equal(0, status)
    assert.equal("compile: engine onednn has no bf16 on this machine; it has fp32, int8\n", text)
  end)
end)

-- 8 bits round by half of 1/127 of the largest number, which is below 5 times the root
-- of the mean square of numbers like these, 1.8 times that of weights. So each rounding's
-- share is 5 / 127 / 12^(1/2), 1.2 %; that of weights 0.4 %. A convolution rounds its
-- input, its weights and its result: 1.7 % together, as independent errors add.
local STEP = 5 / 127 / 12 ^ 0.5

local function once(x)
  return function()
    local y = x
    x = nil
    return y
  end
end

describe("int8", function()
  if not has "int8" then
    pending "is not computed in on this machine"
    return
  end

  for _, case in ipairs(AFTER) do
    local name, more, layer = table.unpack(case)
    for _, fuse in ipairs { true, false } do
      it(("is within its rounding: convolutions, then %s%s"):format(name,
        fuse and "" or ", unfused"), function()
        local g = nn.graph()
        local y = layer(g, begin(g))
        -- What is asked for is f32; a convolution more shows how it is kept.
        if #y.shape == 4 then y = g:conv2d(y, { name = "last", out = 7, kernel = 1 }) end
        g:output(y)
        exports.fill(g, 1)
        local x = tensor.generator(2):randn { 3, 5, 9, 7 }
        local ranges = nn.calibrate(g, once(x))
        local found = relative_error(
          run(g, x, { batch = 3, precision = "int8", ranges = ranges, fuse = fuse }),
          run(g, x, { batch = 3, engine = "reference" }))
        assert(found < STEP * (4 + more) ^ 0.5, ("off by %.2g"):format(found))
        assert(found > SUMS, ("off by %.2g: computed with f32"):format(found))
      end)
    end
  end

  -- Whole numbers from -127 to 127, so that nothing is rounded but the sums, in f32.
  local function whole(random, shape, least)
    return (random:rand(shape, "f64") * (127 - least) + least):to("i32"):to "f32"
  end

  for _, case in ipairs {
    { "negative numbers", { 33, 8, 7 }, { out = 20, kernel = 3, pad = 1 }, -127 },
    { "none", { 33, 8, 7 }, { out = 20, kernel = 3, pad = 1 }, 0 },
    { "a photo's channels", { 3, 15, 15 }, { out = 16, kernel = 7, stride = 2, pad = 3 }, -127 },
    { "groups", { 12, 6, 6 }, { out = 24, kernel = 3, groups = 3 }, -127 },
    { "groups of one", { 24, 6, 6 }, { out = 24, kernel = 3, groups = 24 }, -127 },
    { "strides", { 16, 9, 8 }, { out = 32, kernel = 1, stride = 2, bias = false }, 0 },
  } do
    local name, size, options, least = table.unpack(case)
    it("is exact on whole numbers: " .. name, function()
      local random, g = tensor.generator(4), nn.graph()
      local x = g:input { "data", table.unpack(size) }
      x = g:conv2d(x, { name = "c", out = options.out, kernel = options.kernel,
        stride = options.stride, pad = options.pad, groups = options.groups,
        bias = options.bias })
      g:output(g:relu(x))
      local shape = {}
      for _, t in ipairs(g:tensors()) do
        g:set("c", t.slot, whole(random, t.shape, -127))
        if t.slot == "weight" then shape = t.shape end
      end
      local weight = g:get("c", "weight")
      for c = 1, shape[1] do weight[c][1][1][1] = 127 end
      local data = whole(random, { 2, table.unpack(size) }, least)
      local top = least < 0 and 127 or 255
      local ranges = { data = { least, top } }
      assert(relative_error(run(g, data, { batch = 2, precision = "int8", ranges = ranges }),
        run(g, data, { batch = 2, engine = "naive" })) < 1e-6)
    end)
  end

  it("rounds to the nearest, and what is out of its range to the end of it", function()
    local g = nn.graph()
    local x = g:input { "data", 4, 1, 2 }
    x = g:prelu(x, { name = "p" })
    g:output(g:conv2d(x, { name = "c", out = 4, kernel = 1, bias = false }))
    g:set("p", "slope", tensor.ones { 4 })
    local one = tensor.zeros { 4, 4, 1, 1 }
    for i = 1, 4 do one[i][i][1][1] = 1 end
    g:set("c", "weight", one)
    local data = tensor.from { 0.26, -0.24, 63.5, -70, 0.74, 1000, -0.26, 0 }
    -- 0.5 is 1: from -64 to 63.5.
    local ranges = { ["p"] = { -63.5, 63.5 } }
    local y = run(g, data:reshape { 1, 4, 1, 2 }, { precision = "int8", ranges = ranges })
    assert.tensor(y:reshape { 8 }).near({ 0.5, 0, 63.5, -64, 0.5, 63.5, -0.5, 0 }, 1e-6)
  end)

  it("rounds so behind a depthwise convolution, too", function()
    local factors, numbers = {}, {}
    for i = 1, 64 do factors[i] = i > 32 and 1 / 8 or 1 / 32 end
    for i = 1, 128 do numbers[i] = ({ 1, -1, 3, -3, 127, -127, 63, -64, 5 })[i % 9 + 1] end
    local data = tensor.from(numbers):to("f32"):reshape { 1, 64, 1, 2 }
    -- 1/16 is 1. Of the first half of the channels halves are rounded, of the second
    -- all is 2 of those a whole number, which saturates.
    for low, top in pairs { [-127 / 16] = 127, [0] = 255 } do
      local ranges = { data = { -127, 127 }, c = { -127, 127 }, p = { -127, 127 },
        q = { low, top / 16 } }
      local g, o = around(factors, 1, 1), { precision = "int8", ranges = ranges }
      local y = run(g, data, o)
      assert.is_true(is_own(g, "q", o))
      local wanted = {}
      for i, x in ipairs(numbers) do
        local n = x * (i > 64 and 2 or 1 / 2)
        local even = 2 * math.floor(n / 2 + 0.5)
        n = n % 1 == 0 and n or even
        wanted[i] = math.min(math.max(n, low < 0 and -128 or 0), top) / 16
      end
      assert.tensor(y:reshape { 128 }).near(wanted, 1e-6)
    end
  end)

  it("runs the networks without a slow step", function()
    for _, spec in ipairs { "resnet50", "senet50", "vgg16", "mobilefacenet", "iresnet" } do
      local g, ranges = networks.filled(spec), {}
      for _, node in ipairs(g:nodes()) do ranges[node.name] = { -1, 1 } end
      for _, step in ipairs(assert(g:compile { precision = "int8", ranges = ranges }):steps()) do
        assert.is_nil(networks.slow(step.by), ("%s: %s"):format(spec, step.node))
      end
    end
  end)

  it("wants ranges, and says what is wrong with them", function()
    local g = networks.tiny(4, 4)
    assert.has_error(function() g:compile { precision = "int8" } end,
      "compile: int8 wants the ranges of the nodes' numbers, as nn.calibrate finds them")
    for _, range in ipairs { { 1, 0 }, { 0 }, { 0 / 0, 1 }, { 0, 1 / 0 }, {} } do
      assert.has_error(function() g:compile { precision = "int8", ranges = { c = range } } end,
        "compile: ranges: 'c' wants { low, high }")
    end
    assert.has_error(function() g:compile { precision = "int8", ranges = 1 } end,
      "compile: ranges is a number, wants a table")
  end)
end)

-- What is overwritten too early is off by as much as it is large.
describe("networks of random shape", function()
  for precision, most in pairs { bf16 = 0.05, int8 = 0.3 } do
    it(("overwrite nothing that is still needed, in %s"):format(precision), function()
      if not has(precision) then return pending(precision .. " is not computed in here") end
      for seed = 1, 60 do
        local g, live = networks.tangle(seed)
        local x = tensor.generator(100 + seed):randn { 2, 8, 6, 6 }
        local ranges, taps = nn.calibrate(g, once(x)), { live[7].name, live[20].name }
        for _, o in ipairs { { batch = 2 }, { batch = 2, taps = taps, threads = 1 } } do
          o.precision, o.ranges = precision, ranges
          local found = relative_error((run(g, x, o)), (run(g, x, { batch = 2 })))
          assert(found < most, ("seed %d is off by %.2g"):format(seed, found))
        end
      end
    end)
  end
end)

-- Where every block adds as much as came (branch 1), rounding the weights alone to bf16,
-- all else in f32, already moves embeddings by 1e-3 (spec/support/calibrated.lua).
describe("embeddings of photos by a calibrated ResNet-50", function()
  it("stay where they were", function()
    local faces = networks.sample_faces(8)
    if not faces then return pending "no vggface2 in $VISAGE_DATA" end
    local model = assert(models.load("resnet50:keras", { weights = networks.keras "resnet50" }))
    for i, img in ipairs(faces) do faces[i] = model:prepare(img) end
    local odd = tensor.stack({ faces[1], faces[3], faces[5], faces[7] }, 1)
    local even = tensor.stack({ faces[2], faces[4], faces[6], faces[8] }, 1)
    local g = calibrated.seed(model:weighted(), 5, odd, 1 / 16)
    model:close()
    local function embed(options)
      options.batch = 4
      return run(g, even, options):to("f64"):reshape { 4, -1 }
    end
    local a, ranges = embed {}, nn.calibrate(g, once(odd))
    for precision, most in pairs { bf16 = 1e-4, int8 = 5e-3 } do
      local b = has(precision) and embed { precision = precision, ranges = ranges } or a
      for i = 1, 4 do
        local distance = 1 - (a[i] * b[i]):sum() / (a[i]:norm() * b[i]:norm())
        assert(distance <= most, ("%s: 1 - cosine is %.2g"):format(precision, distance))
      end
    end
  end)
end)

describe("precisions", function()
  it("that an engine lacks are an error that says what it has", function()
    local g = networks.tiny(4, 4)
    for _, engine in ipairs { "reference", "naive" } do
      local net, text, code = g:compile { engine = engine, precision = "bf16" }
      assert.is_nil(net)
      assert.equal(("compile: engine %s has no bf16 on this machine; it has fp32"):format(engine),
        text)
      assert.equal("DEVICE", code)
    end
    assert.has_error(function() g:compile { precision = "fp8" } end,
      "compile: no precision is called 'fp8'; there are fp32, bf16, int8")
  end)
end)
