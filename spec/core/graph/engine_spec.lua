-- The engine "reference" against "naive", which has loops and sums in f64.
local layer = require "spec.support.layer"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

--- ||a - b|| / ||b||; b must have no NaN.
local function relative_error(a, b)
  local difference = (a - b):to("f64")
  local norm = (b:to("f64") ^ 2):sum() ^ 0.5
  return (difference ^ 2):sum() ^ 0.5 / norm
end

-- Channels, height, width, options. The last ones need several strips of
-- columns (core/cpu/conv2d.c).
local convolutions = {
  { 3, 33, 29, { out = 16, kernel = 7, stride = 2, pad = "same_tf" } },
  { 16, 14, 14, { out = 32, kernel = 1 } },
  { 16, 14, 15, { out = 32, kernel = 1, stride = 2 } },
  { 32, 7, 7, { out = 8, kernel = 3, pad = 1, bias = false } },
  { 12, 9, 9, { out = 24, kernel = 3, pad = 1, groups = 3 } },
  { 12, 9, 9, { out = 12, kernel = 3, stride = 2, pad = 1, groups = 12 } },
  { 12, 9, 9, { out = 24, kernel = 3, groups = 12, dilation = { 1, 3 }, pad = { 0, 2 } } },
  { 4, 5, 40, { out = 2, kernel = { 1, 9 }, stride = { 2, 3 }, dilation = { 1, 4 },
    pad = { 0, 0, 17, 1 } } },
  { 5, 3, 3, { out = 2, kernel = 3, pad = 6 } },
  { 64, 50, 61, { out = 2, kernel = 3, pad = 1 } },
  { 256, 31, 40, { out = 2, kernel = 3, stride = 1, pad = "same_tf", bias = false } },
}

describe("the reference engine", function()
  local random = tensor.generator(2)
  for _, case in ipairs(convolutions) do
    local C, H, W, options = table.unpack(case)
    it(("convolves %dx%dx%d with %dx as by definition"):format(C, H, W, options.out), function()
      local kernel = options.kernel
      local h, w = kernel, kernel
      if type(kernel) == "table" then h, w = kernel[1], kernel[2] end
      local slots = { weight = random:randn { options.out, C // (options.groups or 1), h, w },
        bias = options.bias ~= false and random:randn { options.out } or nil }
      local x = random:randn { 2, C, H, W }
      local y = layer.run("conv2d", { x }, options, slots, "reference")
      local z = layer.run("conv2d", { x }, options, slots, "naive")
      -- f32 sums of up to 2304 products: 3e-7 to 8e-7 is usual.
      assert.is_true(relative_error(y, z) < 1e-6)
    end)
  end

  it("multiplies a linear layer as by definition", function()
    local slots = { weight = random:randn { 70, 900 }, bias = random:randn { 70 } }
    local x = random:randn { 5, 900 }
    local y = layer.run("linear", { x }, { out = 70 }, slots, "reference")
    local z = layer.run("linear", { x }, { out = 70 }, slots, "naive")
    assert.is_true(relative_error(y, z) < 1e-6)
  end)

  --- A network with branches of every length: what is overwritten too early shows.
  local function tangle(seed)
    local g, pick = nn.graph(), tensor.generator(seed)
    local live = { g:input { "data", 4, 6, 6 } }
    for i = 1, 25 do
      local a, b = live[pick:integer(#live)], live[pick:integer(#live)]
      local kind = pick:integer(4)
      if kind == 1 then
        live[#live + 1] = g:conv2d(a, { name = "c" .. i, out = 4, kernel = 3, pad = 1 })
        g:set("c" .. i, "weight", pick:randn { 4, 4, 3, 3 } / 6)
        g:set("c" .. i, "bias", pick:randn { 4 })
      elseif kind == 2 then
        live[#live + 1] = g:relu(a)
      elseif kind == 3 then
        live[#live + 1] = g:max_pool(a, { kernel = 3, stride = 1, pad = 1 })
      else
        live[#live + 1] = g:l2_normalize(g:add(a, b))
      end
    end
    g:output(live[#live])
    return g, live
  end

  it("overwrites nothing that is still needed, in 30 networks of random shape", function()
    for seed = 1, 30 do
      local g, live = tangle(seed)
      local names = {}
      for i, node in ipairs(live) do names[i] = node.name end
      local x = tensor.generator(seed):randn { 3, 4, 6, 6 }
      -- With every node tapped nothing shares memory.
      local wanted = g:compile { batch = 3, taps = names, engine = "reference" }:run(x)
      local net = g:compile { batch = 4, engine = "reference" }
      assert.tensor(net:run(x)).near(wanted, 0)
    end
  end)

  it("gives a batch what it gives its images one by one", function()
    local g = tangle(7)
    local net = g:compile { batch = 3, engine = "reference" }
    local x = tensor.generator(7):randn { 3, 4, 6, 6 }
    local y = net:run(x)
    for i = 1, 3 do
      assert.tensor(net:run(x:narrow(1, i, 1))).near(y:narrow(1, i, 1), 0)
    end
  end)
end)
