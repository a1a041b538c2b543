-- Sizes that the Keras networks have by TensorFlow, and where padding goes.
local nn = require "visage.nn"

--- The size of each stage of ResNet-50 (stride in the first 1x1) as Keras has it.
local function stages(size)
  local g = nn.graph()
  local x = g:input { "data", 3, size, size }
  local sizes = {}
  local function add(node)
    x = node
    sizes[#sizes + 1] = x.shape[3]
  end
  add(g:conv2d(x, { out = 1, kernel = 7, stride = 2, pad = "same_tf" }))
  add(g:max_pool(x, { kernel = 3, stride = 2 }))
  for _ = 3, 5 do add(g:conv2d(x, { out = 1, kernel = 1, stride = 2 })) end
  add(g:avg_pool(x, { kernel = 7, stride = 7 }))
  return sizes
end

describe("windows", function()
  it("have the sizes of Keras' ResNet-50 at every input size", function()
    assert.same({ 112, 55, 28, 14, 7, 1 }, stages(224))
    assert.same({ 99, 49, 25, 13, 7, 1 }, stages(197))
    assert.same({ 128, 63, 32, 16, 8, 1 }, stages(256))
    assert.same({ 150, 74, 37, 19, 10, 1 }, stages(299))
  end)

  it("have Caffe's sizes with ceil: 112 pools to 56, MTCNN's R-Net 22 to 11 to 4", function()
    local g = nn.graph()
    local x = g:input { "data", 1, 112, 22 }
    local y = g:max_pool(x, { kernel = 3, stride = 2, ceil = true })
    assert.same({ -1, 1, 56, 11 }, y.shape)
    y = g:conv2d(y, { out = 1, kernel = 3 })
    y = g:max_pool(y, { kernel = 3, stride = 2, ceil = true })
    assert.equal(4, y.shape[4])
  end)

  it("leave open sizes open and give them per run", function()
    local g = nn.graph()
    local x = g:input { "data", 1 }
    x = g:max_pool(x, { kernel = 3, stride = 2, pad = "same_tf" })
    assert.equal("max_pool 'max_pool#1' (N,1,?,?)", tostring(x))
    g:output(x)
    local net = g:compile()
    local tensor = require "visage.tensor"
    assert.same({ 1, 1, 99, 112 }, net:run(tensor.zeros { 1, 1, 197, 224 }):shape())
    assert.same({ 1, 1, 128, 1 }, net:run(tensor.zeros { 1, 1, 255, 1 }):shape())
  end)

  it("take no pad that is not there: an image too small is refused when it comes", function()
    local g = nn.graph()
    g:output(g:max_pool(g:input { "data", 1 }, { name = "p", kernel = 5, stride = 1 }))
    local net = g:compile()
    local tensor = require "visage.tensor"
    assert.error_matches(function() net:run(tensor.zeros { 1, 1, 9, 4 }) end,
      "max_pool 'p': a window of 5 does not fit the width 4 padded by 0", 1, true)
  end)
end)
