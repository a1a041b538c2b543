--- MTCNN's three networks: their tensors, their sizes.
local loader = require "visage.loader"
local mtcnn = require "visage.models.mtcnn"
local networks = require "spec.support.networks"
local tensor = require "visage.tensor"

local variant = mtcnn.variants["facenet-pytorch"]

local function parameters(g)
  local n = 0
  for _, t in ipairs(g:tensors()) do
    local size = 1
    for _, d in ipairs(t.shape) do size = size * d end
    n = n + size
  end
  return n
end

local function filled(part)
  local g, random = mtcnn.build { part = part }, tensor.generator(1)
  for _, t in ipairs(g:tensors()) do
    g:set(t.node, t.slot, (random:rand(t.shape) - 0.5) * 0.2)
  end
  return g
end

describe("mtcnn", function()
  it("has the published numbers of parameters", function()
    -- The sums over Zhang et al.'s Caffe files.
    assert.equal(6632, parameters(mtcnn.build { part = "pnet" }))
    assert.equal(100178, parameters(mtcnn.build { part = "rnet" }))
    assert.equal(389040, parameters(mtcnn.build { part = "onet" }))
  end)

  it("runs P-Net on any size, one cell for 12 pixels and one more for every two", function()
    local net <close> = filled("pnet"):compile { batch = 1 }
    local p, offset = net:run(tensor.ones { 1, 3, 12, 12 })
    assert.same({ 1, 2, 1, 1 }, p:shape())
    assert.same({ 1, 4, 1, 1 }, offset:shape())
    p = net:run(tensor.ones { 1, 3, 31, 48 })
    -- 31: conv 29, pool 15 (rounded up), 13, 11.
    assert.same({ 1, 2, 11, 19 }, p:shape())
    assert.tensor(p:sum(2)).near(tensor.ones { 1, 11, 19 }, 1e-6)
  end)

  it("gives probabilities, offsets and landmarks, in this order", function()
    local net <close> = filled("onet"):compile { batch = 2 }
    local p, offset, marks = net:run(tensor.ones { 2, 3, 48, 48 })
    assert.same({ 2, 2 }, p:shape())
    assert.same({ 2, 4 }, offset:shape())
    assert.same({ 2, 10 }, marks:shape())
  end)

  it("takes facenet-pytorch's files as they are", function()
    local paths = networks.mtcnn()
    if not paths then return pending "mtcnn's .pt files are not here" end
    for part, path in pairs(paths) do
      local file = assert(loader.read(path))
      assert(mtcnn.build({ part = part }):load(file.tensors, variant.names))
    end
  end)
end)
