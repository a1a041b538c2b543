--- A detector's network: which file it takes, and what it says without one.
local mtcnn = require "visage.models.mtcnn"
local network = require "visage.face.network"
local networks = require "spec.support.networks"
local shared = require "spec.support.shared"
local tensor = require "visage.tensor"

describe("network.open", function()
  it("takes each part's own file and says which it was", function()
    local weights = networks.mtcnn()
    if not weights then return pending "mtcnn's .pt files are not here" end
    for _, part in ipairs(mtcnn.parts) do
      local net, from = network.open(mtcnn, part, { weights = weights }, 1)
      assert.equal(weights[part], from.path)
      assert.is_true(from.known)
      net:close()
    end
  end)

  it("takes the original Caffe files, which hold the same numbers", function()
    local weights = networks.mtcnn()
    local there = shared.weights "mtcnn/det1.caffemodel"
    if not (weights and there) then return pending "mtcnn's weights are not here" end
    for i, part in ipairs(mtcnn.parts) do
      local caffe = { [part] = shared.weights(("mtcnn/det%d.caffemodel"):format(i)) }
      local side = ({ pnet = 40, rnet = 24, onet = 48 })[part]
      local x = tensor.generator(i):rand({ 2, 3, side, side }) * 2 - 1
      local ours = { assert(network.open(mtcnn, part, { weights = caffe }, 2)):run(x) }
      local theirs = { assert(network.open(mtcnn, part, { weights = weights }, 2)):run(x) }
      assert.equal(#theirs, #ours)
      for k, y in ipairs(theirs) do assert.tensor(ours[k]).near(y, 0) end
    end
  end)

  it("names the file that is not there, and the tensors that do not fit", function()
    local net, text, code = network.open(mtcnn, "onet", { weights = { onet = "/no/such.pt" } }, 1)
    assert.is_nil(net)
    assert.equal("IO", code)
    assert.truthy(text:find("/no/such.pt", 1, true))
    net, text = network.open(mtcnn, "onet", { weights = { onet = {} } }, 1)
    assert.is_nil(net)
    assert.truthy(text:find("mtcnn onet: ", 1, true))
  end)
end)
