--- Softmax layers: against scikit-learn's minimum and PyTorch's steps.
local golden = require "spec.support.golden"
local softmax_head = require "visage.nn.softmax_head"
local system = require "visage.system"
local tensor = require "visage.tensor"

local NAMES = { "a", "b", "c" }

-- The features and classes of spec/golden/softmax_head.py.
local function drawn()
  local x, labels = tensor.generator(11):rand({ 30, 4 }, "f64") * 2 - 1, {}
  for i = 1, 30 do
    local k = (i - 1) % 3
    labels[i] = NAMES[k + 1]
    x:set(x:get(i, k + 1) + 0.8 * k, i, k + 1)
  end
  x:select(2, 2):copy(x:select(2, 2) * 10)
  return x, labels
end

local x, labels = drawn()

describe("softmax_head.train", function()
  it("ends where scikit-learn's logistic regression does", function()
    for _, row in ipairs(golden.load("softmax_head").plain) do
      local head, report = softmax_head.train(x, labels, {
        decay = row.decay, standardise = false, tolerance = 1e-10,
      })
      assert.is_true(report.converged)
      -- Its tolerance is 1e-7, of a gradient that is C N times ours.
      assert.tensor(head.weight).near(row.weight, 1e-7)
      assert.tensor(head.bias).near(row.bias, 1e-7)
    end
  end)

  it("standardises as its StandardScaler, and takes features as they are after", function()
    for _, row in ipairs(golden.load("softmax_head").scaled) do
      local head, report = softmax_head.train(x, labels, { decay = row.decay, tolerance = 1e-10 })
      assert.tensor(softmax_head.probabilities(head, x)).near(row.probabilities, 1e-7)
      assert.near(row.loss, softmax_head.loss(head, x, labels), 1e-8)
      assert.near(row.loss, report.losses[#report.losses], 1e-8)
    end
  end)

  it("takes PyTorch's steps", function()
    local wanted = golden.load "softmax_head_sgd"
    local head, report = softmax_head.train(x, labels, {
      method = "sgd", epochs = 6, batch = 8, rate = 0.05, momentum = 0.9, decay = 0.02,
      standardise = false,
    })
    -- Sums of f64 in another order.
    assert.tensor(head.weight).near(wanted.weight, 1e-12)
    assert.tensor(head.bias).near(wanted.bias, 1e-12)
    for epoch, loss in ipairs(wanted.losses) do assert.near(loss, report.losses[epoch], 1e-12) end
  end)

  it("comes to one minimum by both ways, in whatever order the rows are", function()
    local one = softmax_head.train(x, labels, { decay = 0.1, tolerance = 1e-10 })
    local other = softmax_head.train(x, labels, {
      decay = 0.1, method = "sgd", epochs = 400, batch = 30, generator = tensor.generator(3),
    })
    assert.tensor(other.weight).near(one.weight, 1e-6)
  end)

  it("is hand-checked where symmetry gives the answer", function()
    -- Features -1 of a and 1 of b: W = (-w, w), and ln(1 + e^-2w) + w^2 is least where
    -- w = 1 / (1 + e^2w), which is at w = 0.337416...
    local head = softmax_head.train(tensor.from({ { -1 }, { 1 } }, "f64"), { "a", "b" }, {
      decay = 1, standardise = false, tolerance = 1e-12,
    })
    local w = head.weight:get(2, 1)
    assert.near(1 / (1 + math.exp(2 * w)), w, 1e-10)
    assert.near(0.337416, w, 1e-6)
    assert.near(-w, head.weight:get(1, 1), 1e-12)
    assert.near(0, head.bias:norm(), 1e-12)
  end)

  it("follows the steps with the layer as it is then", function()
    local seen = {}
    local _, report = softmax_head.train(x, labels, {
      method = "sgd", epochs = 2, on_step = function(epoch, loss, head)
        seen[epoch] = { loss, softmax_head.loss(head(), x, labels) }
      end,
    })
    assert.equal(2, #seen)
    assert.equal(report.losses[2], seen[2][1])
    assert.is_true(seen[2][2] < seen[1][2])
  end)

  it("leaves features that never change alone", function()
    local wide = tensor.cat({ x, tensor.full({ 30, 1 }, 7, "f64") }, 2)
    local head = softmax_head.train(wide, labels, {})
    assert.tensor(head.weight:select(2, 5)).near({ 0, 0, 0 }, 0)
    assert.tensor(head.weight:narrow(2, 1, 4)).near(softmax_head.train(x, labels, {}).weight, 1e-9)
  end)

  it("raises what it cannot learn from", function()
    local function fails(text, ...)
      local ok, why = pcall(softmax_head.train, ...)
      assert.is_false(ok)
      assert.match(text, why, 1, true)
    end
    fails("features of 30 x 4 for 2 labels", x, { "a", "b" })
    fails("1 class, wants 2", x:narrow(1, 1, 2), { "a", "a" })
    fails("no row is of class 'd'", x, labels, { classes = { "a", "b", "c", "d" } })
    fails("row 3 is of 'c', which is no class", x, labels, { classes = { "a", "b" } })
    fails("no method 'adam'; there are lbfgs, sgd", x, labels, { method = "adam" })
    fails("no option 'rates'", x, labels, { rates = 1 })
    local broken = x:clone()
    broken:set(0 / 0, 5, 2)
    fails("row 5 of the features is not finite", broken, labels)
    fails("not a number in epoch", x * 1e200, labels,
      { method = "sgd", rate = 1e200, standardise = false })
  end)
end)

describe("a softmax layer's file", function()
  local folder

  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  it("is read back, names that need quotes included", function()
    local names = { 'Anne,_"Princess"', " leading", "c" }
    local called = {}
    for i = 1, 30 do called[i] = names[(i - 1) % 3 + 1] end
    local head = softmax_head.train(x, called, { classes = names })
    for _, extension in ipairs { "safetensors", "npz", "h5" } do
      local path = folder .. "/head." .. extension
      head.features = extension ~= "h5" and "a network, " .. extension or nil
      assert(softmax_head.save(head, path))
      local loaded = assert(softmax_head.load(path))
      assert.same({ names, head.features }, { loaded.classes, loaded.features })
      -- The file is f32.
      assert.tensor(loaded.weight).near(head.weight, 1e-6)
      assert.tensor(softmax_head.probabilities(loaded, x))
        .near(softmax_head.probabilities(head, x), 1e-5)
    end
  end)

  it("is a network that gives the same probabilities", function()
    local head = softmax_head.train(x, labels, {})
    local net <const> = assert(softmax_head.graph(head):compile { batch = 30 })
    finally(function() net:close() end)
    assert.tensor(net:run(x:to "f32")).near(softmax_head.probabilities(head, x):to "f32", 1e-5)
  end)

  it("that is none, or lacks names, is said to be so", function()
    assert(tensor.save(folder .. "/other.npz", { weight = tensor.ones { 2 } }))
    local head, text = softmax_head.load(folder .. "/other.npz")
    assert.is_nil(head)
    assert.match("other.npz: not a softmax layer", text, 1, true)
    assert(softmax_head.save(softmax_head.train(x, labels, {}), folder .. "/short.npz"))
    assert(system.write_file(folder .. "/short.csv", "class\na\nb\n"))
    head, text = softmax_head.load(folder .. "/short.npz")
    assert.is_nil(head)
    assert.match("2 names in its column class, the layer has 3", text, 1, true)
    assert.is_nil((softmax_head.load(folder .. "/none.npz")))
  end)
end)

describe("softmax_head.loss", function()
  it("is ln C where the layer knows nothing", function()
    local head = { weight = tensor.zeros({ 3, 4 }, "f64"), bias = tensor.zeros({ 3 }, "f64"),
      classes = NAMES }
    assert.near(math.log(3), softmax_head.loss(head, x, labels), 1e-12)
    assert.tensor(softmax_head.probabilities(head, x))
      .near(tensor.full({ 30, 3 }, 1 / 3, "f64"), 1e-15)
  end)

  it("does not overflow, and goes through many rows", function()
    local head = { weight = tensor.from({ { 1e4 }, { -1e4 } }, "f64"),
      bias = tensor.zeros({ 2 }, "f64"), classes = { "a", "b" } }
    local many, truth = tensor.ones({ 2500, 1 }, "f64"), {}
    for i = 1, 2500 do truth[i] = i <= 2500 - 5 and "a" or "b" end
    -- Five rows of b lose 2e4 each.
    assert.near(5 * 2e4 / 2500, softmax_head.loss(head, many, truth), 1e-9)
    assert.same({ 2500, 2 }, softmax_head.probabilities(head, many):shape())
  end)
end)
