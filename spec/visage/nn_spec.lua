local networks = require "spec.support.networks"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local tiny = networks.tiny

local function error_of(f, ...)
  local ok, text = pcall(f, ...)
  assert.is_false(ok)
  return text
end

local function assert_error(part, f, ...)
  local text = error_of(f, ...)
  assert.is_truthy(text:find(part, 1, true), ("'%s' is not in: %s"):format(part, text))
end

describe("nn.graph", function()
  it("gives nodes a name of their own where none is given", function()
    local g = nn.graph()
    local x = g:input { "data", 1, 2, 2 }
    assert.equal("relu#1", g:relu(x).name)
    assert.equal("relu#2", g:relu(x).name)
    assert.equal("conv2d 'c' (N,4,1,1)", tostring(g:conv2d(x, { name = "c", out = 4, kernel = 2 })))
  end)

  it("refuses a name that is taken", function()
    local g = tiny(2, 2)
    assert_error("relu: the conv2d at place 2 is called 'c'", g.relu, g, g:node "c", { name = "c" })
  end)

  it("refuses an unknown parameter at the caller's line and lists those there are", function()
    local g = tiny(2, 2)
    local line = debug.getinfo(1, "l").currentline + 1
    local text = error_of(function() g:relu(g:node "r", { slop = 1 }) end)
    local wanted = ("nn_spec.lua:%d: relu: no parameter is called 'slop'"):format(line)
    assert.is_truthy(text:find(wanted, 1, true))
    assert_error("it has name, out, kernel, stride, pad, dilation, groups, bias",
      g.conv2d, g, g:node "r", { outs = 1 })
  end)

  it("checks each parameter's kind and least value", function()
    local g = tiny(2, 2)
    local x = g:node "data"
    local function conv(options) return function() g:conv2d(x, options) end end
    assert_error("conv2d: out must be given (a whole number)", conv { kernel = 1 })
    assert_error("conv2d: out is 1.5, wants a whole number", conv { out = 1.5, kernel = 1 })
    assert_error("conv2d: stride is 0, at least 1 is needed",
      conv { out = 1, kernel = 1, stride = 0 })
    assert_error("conv2d: kernel is '3', wants a whole number or {h, w}",
      conv { out = 1, kernel = "3" })
    assert_error("conv2d: bias is a number, wants true or false",
      conv { out = 1, kernel = 1, bias = 0 })
    assert_error(
      "conv2d: pad has 3 numbers, wants n, {h, w}, {top, bottom, left, right} or \"same_tf\"",
      conv { out = 1, kernel = 1, pad = { 1, 2, 3 } })
    assert_error("conv2d: pad is 'same', wants n", conv { out = 1, kernel = 1, pad = "same" })
    assert_error("conv2d: no input is given", function()
      g:conv2d(nil, { out = 1, kernel = 1 })
    end)
  end)

  it("refuses a layer without an input and an input with a misspelt field", function()
    local g = nn.graph()
    assert_error("conv2d: no input is given; a node comes first", g.conv2d, g,
      { out = 1, kernel = 1 })
    assert_error("input: no field is called 'height'", g.input, g, { "image", 3, height = 8 })
    local x = g:input { "features", features = 2 }
    assert_error("relu: name is a table, wants a string", g.relu, g, x, { name = {} })
  end)

  it("refuses nodes of another graph", function()
    local a, b = tiny(2, 2), tiny(2, 2)
    assert_error("the node is of another graph", function() a:add(a:node "c", b:node "c") end)
    assert_error("wants a list of nodes", function() a:concat { a:node "c", "c" } end)
  end)

  it("says which nodes there are when one is not", function()
    local g = tiny(2, 2)
    assert_error("node: no node is called 'x'; there are data, c, r", g.node, g, "x")
  end)

  it("tells nodes, parameters and tensors to whoever draws or exports it", function()
    local g = tiny()
    local nodes = g:nodes()
    assert.same({ "data", "c", "r" }, { nodes[1].name, nodes[2].name, nodes[3].name })
    assert.same({ name = "c", layer = "conv2d", inputs = { "data" }, shape = { -1, 1, -1, -1 },
      multiply_adds = -1, parameters = { out = 1, kernel = { 1, 1 }, stride = { 1, 1 },
        pad = { 0, 0, 0, 0 }, dilation = { 1, 1 }, groups = 1, bias = true } }, nodes[2])
    assert.same({
      { node = "c", slot = "weight", name = "c.weight", shape = { 1, 1, 1, 1 }, set = true },
      { node = "c", slot = "bias", name = "c.bias", shape = { 1 }, set = true },
    }, g:tensors())
    assert.same({ "r" }, g:outputs())
    g:conv2d(g:node "r", { name = "wide", out = 1, kernel = 9, pad = { 2, 4 } })
    assert.same({ 2, 2, 4, 4 }, g:nodes()[4].parameters.pad)
    g:conv2d(g:node "r", { name = "tf", out = 1, kernel = 9, pad = "same_tf" })
    assert.equal("same_tf", g:nodes()[5].parameters.pad)
  end)

  it("prints layers, shapes, parameters and multiply-adds", function()
    assert.equal([[
graph 'tiny': 3 nodes, 2 parameters, 6 multiply-adds an image
  node  layer   from  shape      parameters  multiply-adds
  data  input         (N,1,2,3)  0           0
  c     conv2d  data  (N,1,2,3)  2           6
  r     relu    c     (N,1,2,3)  0           0
  outputs: r]], tostring(tiny(2, 3)))
  end)

  it("refuses weights of a size that an open input leaves open", function()
    local g = nn.graph()
    local x = g:flatten(g:input { "data", 1 })
    assert_error("the size of weight depends on the input's open height and width",
      g.linear, g, x, { out = 1 })
  end)

  it("checks tensors that are set", function()
    local g = tiny(2, 2)
    assert_error("c.weight: tensor is (1,2,1,1), wants (1,1,1,1)", g.set, g, "c", "weight",
      tensor.ones { 1, 2, 1, 1 })
    assert_error("c.bias: tensor is u8, wants a float", g.set, g, "c", "bias",
      tensor.ones({ 1 }, "u8"))
    assert_error("'c' has no tensor 'gamma'; it has weight, bias", g.set, g, "c", "gamma",
      tensor.ones { 1 })
    g:set("c", "bias", tensor.from({ 0.5 }, "f16"))
    assert.tensor(g:get("c", "bias")).near({ 0.5 }, 0)
  end)
end)

describe("compile", function()
  it("gives outputs in the order of the calls, then taps by name", function()
    local g = tiny(1, 2)
    g:output(g:node "c")
    local net = g:compile { batch = 1, taps = { "data", "c" } }
    local r, c, taps = net:run(tensor.from { { { { -1, 2 } } } })
    assert.tensor(r).near({ { { { 0, 2 } } } }, 0)
    assert.tensor(c).near({ { { { -1, 2 } } } }, 0)
    assert.tensor(taps.data).near({ { { { -1, 2 } } } }, 0)
    assert.tensor(taps.c).near({ { { { -1, 2 } } } }, 0)
  end)

  it("runs smaller batches and refuses larger ones", function()
    local net = tiny(1, 1):compile { batch = 3 }
    assert.tensor(net:run(tensor.from { { { { 1 } } }, { { { 2 } } } })).near(
      { { { { 1 } } }, { { { 2 } } } }, 0)
    assert.same({ 0, 1, 1, 1 }, net:run(tensor.zeros { 0, 1, 1, 1 }):shape())
    assert_error("run: a batch of 4 images, compiled for at most 3", net.run, net,
      tensor.zeros { 4, 1, 1, 1 })
  end)

  it("takes several inputs", function()
    local g = nn.graph()
    local a, b = g:input { "a", features = 2 }, g:input { "b", features = 2 }
    g:output(g:add(a, b))
    local net = g:compile { batch = 2 }
    assert.tensor(net:run(tensor.from { { 1, 2 } }, tensor.from { { 3, 4 } })).near({ { 4, 6 } }, 0)
    assert_error("run: got 1 inputs, wants 2", net.run, net, tensor.zeros { 1, 2 })
    assert_error("run: input 'b' has 2 images, the first input 1", net.run, net,
      tensor.zeros { 1, 2 }, tensor.zeros { 2, 2 })
  end)

  it("refuses inputs of another shape or dtype, saying what came", function()
    local net = tiny(2, 2):compile()
    assert_error("run: input 'data' is (1,1,2,3), wants (N,1,2,2)", net.run, net,
      tensor.zeros { 1, 1, 2, 3 })
    assert_error("run: input 'data' is (2,2), wants (N,1,2,2)", net.run, net, tensor.zeros { 2, 2 })
    assert_error("run: input 'data' is u8, wants f32", net.run, net,
      tensor.zeros({ 1, 1, 2, 2 }, "u8"))
  end)

  it("takes a view that is not contiguous", function()
    local net = tiny(2, 2):compile()
    local x = tensor.from { { { { 1, 2 }, { 3, 4 } } } }
    assert.tensor(net:run(x:transpose(3, 4))).near({ { { { 1, 3 }, { 2, 4 } } } }, 0)
  end)

  it("plans open sizes as they come and keeps the 16 most recent", function()
    local net = tiny():compile { batch = 2 }
    assert.equal(0, net:info().plans)
    for size = 1, 20 do
      local x = tensor.ones { 1, 1, size, size + 1 }
      assert.tensor(net:run(x)).near(x, 0)
    end
    assert.equal(16, net:info().plans)
    net:run(tensor.ones { 2, 1, 20, 21 })
    assert.equal(16, net:info().plans)
  end)

  it("does not change the graph, and later changes do not reach the net", function()
    local g = tiny(1, 1)
    local before = tostring(g)
    local net = g:compile {}
    g:set("c", "weight", tensor.full({ 1, 1, 1, 1 }, 7))
    g:relu(g:node "r")
    local one = tensor.ones { 1, 1, 1, 1 }
    assert.tensor(net:run(one)).near(one, 0)
    assert.is_nil(before:find("relu#1", 1, true))
    assert.tensor(g:compile():run(one)).near(one * 7, 0)
  end)

  it("shares f32 weights with whoever set them, and copies what it must convert", function()
    local g, one = tiny(1, 1), tensor.ones { 1, 1, 1, 1 }
    local weight, bias = tensor.ones { 1, 1, 1, 1 }, tensor.zeros({ 1 }, "f64")
    g:set("c", "weight", weight)
    g:set("c", "bias", bias)
    local net = g:compile { engine = "reference" }
    weight:fill(3)
    bias:fill(9)
    assert.tensor(net:run(one)).near(one * 3, 0)
  end)

  it("lists what is not there: outputs, taps, tensors, options", function()
    local g = nn.graph { name = "g" }
    local x = g:input { "data", 3, 8, 8 }
    assert_error("compile: graph 'g' has no output", g.compile, g)
    g:conv2d(x, { name = "unused", out = 1, kernel = 1 })
    g:output(g:batch_norm(g:conv2d(x, { name = "conv", out = 4, kernel = 3, bias = false }),
      { name = "bn", affine = false }))
    assert_error("compile: 3 tensors are not set: conv.weight (4,3,3,3), bn.mean (4,), bn.var (4,)",
      g.compile, g)
    assert_error("compile: taps: no node is called 'cnv'; there are data, unused, conv, bn",
      g.compile, g, { taps = { "cnv" } })
    assert_error(
      "compile: no option is called 'tap'; there are device, engine, batch, taps, threads, fuse, "
        .. "precision",
      g.compile, g, { tap = {} })
    assert_error("compile: batch is 0, wants a whole number from 1 to 2147483647", g.compile, g,
      { batch = 0 })
  end)

  it("refuses more threads than a machine can start", function()
    local g = nn.graph()
    g:output(g:relu(g:input { "image", 1, 2, 2 }))
    assert_error("compile: threads is 100000, wants a whole number from 0 to 1024",
      g.compile, g, { threads = 100000 })
  end)

  it("measures lists itself, whatever their __len says", function()
    local g = nn.graph()
    local x = g:input { "image", 1, 2, 2 }
    g:output(x)
    local liar = setmetatable({}, { __len = function() return -1 end })
    assert.equal(1, select("#", g:compile({ taps = liar }):run(tensor.zeros { 1, 1, 2, 2 })))
    local pair = setmetatable({ x, x }, { __len = function() return 1 << 60 end })
    assert.same({ -1, 1, 4, 2 }, g:concat(pair, { axis = 2 }).shape)
  end)

  it("never runs elsewhere than asked", function()
    local g = tiny(1, 1)
    local net, text, code = g:compile { device = "cuda" }
    assert.is_nil(net)
    assert.equal("cuda: this build has no GPU backend", text)
    assert.equal("DEVICE", code)
    net, text = g:compile { engine = "turbo" }
    assert.is_nil(net)
    assert.matches("^turbo: this build has no such engine for cpu; it has .*reference, naive$",
      text)
    assert_error("no device is called 'tpu'; there are auto, cpu, cuda", g.compile, g,
      { device = "tpu" })
    assert.equal("cpu", g:compile { device = "auto" }:info().device)
  end)

  it("prints the engine of each node", function()
    local text = tostring(tiny(2, 2):compile { batch = 4, engine = "naive" })
    local head = "net of 'tiny' on cpu: engine naive, fp32, batch up to 4, plans 1"
    assert.is_truthy(text:find(head, 1, true))
    assert.is_truthy(text:find("c     conv2d  naive", 1, true))
  end)

  it("computes only what outputs and taps need", function()
    local g = tiny(1, 1)
    g:prelu(g:node "r", { name = "unused" })
    local nodes = g:compile():nodes()
    assert.same({ "c", "r" }, { nodes[1].name, nodes[2].name })
  end)

  it("overwrites results that nobody needs: 20 layers take the room of two", function()
    local g = nn.graph()
    local x = g:input { "data", 1, 16, 16 }
    for _ = 1, 20 do x = g:relu(x) end
    g:output(x)
    assert.equal(2 * 16 * 16 * 4, g:compile { engine = "reference" }:info().bytes)
    assert.equal(3 * 2 * 16 * 16 * 4,
      g:compile { engine = "reference", batch = 3 }:info().bytes)
  end)

  it("tells what memory it takes before it runs", function()
    local net = tiny(8, 8):compile { engine = "reference", batch = 5, threads = 2 }
    local info = net:info()
    -- One weight and one bias; the map before the relu is 8 * 8 floats an image.
    assert.equal(2 * 4, info.weights)
    assert.same({ { images = 3, workers = 2, threads = 1, activations = 3 * 256, scratch = 0 } },
      info.parts)
    assert.equal(5 * 256, info.bytes)
    assert.matches("memory: weights 0.0 KB, to run 1.3 KB\n"
      .. "    3 images on each of 2 threads: activations 0.8 KB, scratchpad 0.0 KB, for each\n",
      tostring(net), 1, true)
    assert.same({}, tiny():compile():info().parts)
  end)

  it("refuses what does not fit into memory before it allocates", function()
    local g, x = nn.graph(), tensor.zeros { 1, 1, 1000, 1000 }
    g:output(g:relu(g:relu(g:input { "data", 1, 1000, 1000 })))
    -- 4 MB for each of 2^31 - 1 images.
    local ok, text = pcall(g.compile, g, { engine = "reference", batch = 2147483647 })
    assert.is_false(ok)
    assert.matches("^plan: no memory for 8589934588000000 bytes, %d+ are available$", text)
    assert.error_matches(function() x:expand({ 10000000, 1, 1000, 1000 }):clone() end,
      "^tensor: no memory for 40000000000000 bytes, %d+ are available$")
  end)

  it("runs one pixel, a line of 10,000, and nothing", function()
    for _, engine in ipairs(nn.engines()) do
      local g = nn.graph()
      local y = g:conv2d(g:input { "data", 3 }, { name = "c", out = 2, kernel = 3, pad = 1 })
      g:output(g:global_pool(g:relu(y), { mode = "max" }))
      g:set("c", "weight", tensor.ones { 2, 3, 3, 3 })
      g:set("c", "bias", tensor.zeros { 2 })
      local net = g:compile { engine = engine.name, batch = 2 }
      -- The middle of the kernel alone, three of its places, and all nine.
      for sizes, wanted in pairs { [{ 1, 1 }] = 3, [{ 10000, 1 }] = 9, [{ 1, 10000 }] = 9,
        [{ 3, 3 }] = 27 } do
        assert.tensor(net:run(tensor.ones { 1, 3, sizes[1], sizes[2] })).near(
          { { { { wanted } }, { { wanted } } } }, 1e-6)
      end
      assert.same({ 0, 2, 1, 1 }, net:run(tensor.ones { 0, 3, 5, 5 }):shape())
    end
  end)

  it("lets go of a graph's tensors", function()
    local g = tiny(1, 1)
    local net = g:compile()
    g:clear()
    assert.is_nil(g:get("c", "weight"))
    assert_error("compile: 2 tensors are not set: c.weight (1,1,1,1), c.bias (1,)", g.compile, g)
    local one = tensor.ones { 1, 1, 1, 1 }
    assert.tensor(net:run(one)).near(one, 0)
  end)

  it("keeps a skip connection's numbers until they are added", function()
    local g = nn.graph()
    local x = g:input { "data", features = 2 }
    local a = g:relu(x)
    local y = a
    for _ = 1, 5 do y = g:add(y, a) end -- 6a
    g:output(g:mul(y, a)) -- 6a^2
    local out = g:compile { batch = 2 }:run(tensor.from { { 1, 2 }, { 3, -1 } })
    assert.tensor(out).near({ { 6, 24 }, { 54, 0 } }, 0)
  end)

  it("gives the same numbers at any number of threads, run after run", function()
    local g = nn.graph()
    local random = tensor.generator(5)
    g:output(g:conv2d(g:input { "data", 8, 20, 20 }, { name = "c", out = 8, kernel = 3, pad = 1 }))
    g:set("c", "weight", random:rand { 8, 8, 3, 3 })
    g:set("c", "bias", random:rand { 8 })
    local x = random:rand { 2, 8, 20, 20 }
    local one, two = g:compile { batch = 2, threads = 1 }, g:compile { batch = 2, threads = 2 }
    local y = one:run(x)
    assert.tensor(two:run(x)).near(y, 1e-5) -- sums of 72 products below 1, perhaps split
    assert.tensor(one:run(x)).near(y, 0)
  end)

  it("stops between nodes when it is interrupted", function()
    local system = require "visage.system"
    -- 600 convolutions by loops, 30 s or more in all; the signal comes after 1 s.
    local code = [[
      local nn, tensor = require "visage.nn", require "visage.tensor"
      local g = nn.graph()
      local x = g:input { "data", 32, 64, 64 }
      for i = 1, 600 do
        x = g:conv2d(x, { name = "c" .. i, out = 32, kernel = 3, pad = 1, bias = false })
        g:set("c" .. i, "weight", tensor.zeros { 32, 32, 3, 3 })
      end
      g:output(x)
      local net = g:compile { engine = "naive" }
      print "running"
      net:run(tensor.zeros { 1, 32, 64, 64 })
      print "done"]]
    local start = system.clock()
    local _, text = system.run { "timeout", "-s", "INT", "1", system.program(), "-e", code,
      stderr = "merge" }
    assert.is_true(system.clock() - start < 10)
    assert.is_nil(text:find("done", 1, true), text)
    assert.is_truthy(text:find("interrupted", 1, true), text)
  end)

  it("frees what is closed, and says so when it is used", function()
    local g = tiny(1, 1)
    local net = g:compile()
    net:close()
    net:close()
    assert_error("core.net is closed", net.run, net, tensor.zeros { 1, 1, 1, 1 })
  end)
end)

describe("the engines of this build", function()
  it("can all be compiled for, a device's default first", function()
    local g = nn.graph()
    g:output(g:relu(g:input { "data", 1, 2, 2 }))
    local first = {}
    for _, engine in ipairs(nn.engines()) do
      first[engine.device] = first[engine.device] or engine.name
      local net = assert(g:compile { device = engine.device, engine = engine.name })
      assert.equal(engine.name, net:info().engine)
    end
    assert.equal(first.cpu, g:compile():info().engine)
  end)
end)

describe("the layer vocabulary", function()
  it("prints", function()
    local text = tostring(nn.layers())
    assert.is_truthy(text:find([[
l2_normalize: divides by the Euclidean norm along an axis
  axis  integer  default 1      axis, the batch not counted
  eps   number   default 1e-12  least norm to divide by
]], 1, true))
    assert.is_truthy(text:find('  order  choice  default "chw"  slowest to fastest axis', 1, true))
  end)

  it("has a method, a line of text and documented parameters for each layer", function()
    local methods = getmetatable(nn.graph()).__index
    for _, layer in ipairs(nn.layers()) do
      assert.equal("function", type(methods[layer.name]), layer.name)
      assert.is_truthy(layer.about:find "%w", layer.name)
      for _, parameter in ipairs(layer.parameters) do
        assert.is_truthy(parameter.about:find "%w", layer.name .. "." .. parameter.name)
        assert.is_truthy(parameter.kind:find "%w")
      end
    end
  end)

  it("names the tensors of each layer that has some", function()
    local g, words = nn.graph(), {}
    local x = g:input { "image", 3, 4, 4 }
    g:linear(g:flatten(x), { out = 1 })
    for _, node in ipairs { g:conv2d(x, { out = 1, kernel = 1 }), g:batch_norm(x), g:scale(x) } do
      g:prelu(node)
    end
    for _, layer in ipairs(nn.layers()) do words[layer.name] = layer.tensors or "" end
    for _, slot in ipairs(g:tensors()) do
      local layer = g:node(slot.node).layer
      assert.is_truthy(words[layer]:find("%f[%w]" .. slot.slot .. "%f[%W]"), slot.name)
    end
    assert.equal("", words.relu)
  end)
end)
