local loader = require "visage.loader"
local models = require "visage.models"
local nearest = require "visage.weights.nearest"
local networks = require "spec.support.networks"
local shared = require "spec.support.shared"

describe("the nearest network", function()
  it("is the one whose tensors a file holds by name and shape", function()
    local tensors = networks.keras "resnet50"
    local found = nearest.networks(tensors)
    assert.equal("resnet50:keras", found[1].spec)
    -- 53 convolutions and 53 batch norms of four tensors.
    assert.same({ 265, 265 }, { found[1].found, found[1].wanted })
    tensors["conv1/7x7_s2/kernel:0"] = nil
    assert.equal(264, nearest.networks(tensors)[1].found)
    assert.same({}, nearest.networks {})
  end)

  it("knows names that a variant changes first", function()
    local caffe = shared.weights "mtcnn/det1.caffemodel"
    if not caffe then return pending "det1.caffemodel is not here" end
    local found = nearest.networks(assert(loader.read(caffe)).tensors)
    assert.same({ "mtcnn:caffe, pnet", 13, 13 },
      { found[1].spec, found[1].found, found[1].wanted })
  end)

  it("tells MTCNN's parts", function()
    local path = networks.weight "mtcnn-rnet"
    if not path then return pending "rnet.pt is not here" end
    local found = nearest.networks(assert(loader.read(path)).tensors)
    assert.equal("mtcnn:facenet-pytorch, rnet", found[1].spec)
    assert.equal(found[1].wanted, found[1].found)
  end)
end)

describe("the nearest file", function()
  it("is told by its numbers, in whatever order", function()
    local path, caffe = networks.weight "mtcnn-pnet", shared.weights "mtcnn/det1.caffemodel"
    if not path or not caffe then return pending "mtcnn's files are not here" end
    local found = nearest.files(assert(loader.read(caffe)).tensors)
    if not found[1] then return pending "mtcnn-pnet is not in a folder of weights" end
    assert.same({ "mtcnn-pnet", 1 }, { found[1].name, found[1].share })
    for _, row in ipairs(nearest.files(assert(loader.read(path)).tensors, found[1].path)) do
      assert.not_equal(found[1].path, row.path)
    end
  end)
end)

describe("models.graphs", function()
  it("gives a detector's parts, a network's one graph, none of a drawn one", function()
    local parts = models.graphs "mtcnn"
    assert.equal("rnet", parts.rnet:name())
    assert.equal("senet50", models.graphs("senet50:keras")[""]:name())
    assert.same({}, models.graphs "tiny")
    assert.is_nil((models.graphs "nothing"))
  end)
end)
