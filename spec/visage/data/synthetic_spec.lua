local image = require "visage.image"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"

describe("a synthetic tree", function()
  local root, lacking

  setup(function()
    root = assert(system.temp_dir())
    lacking = synthetic.draw(root, 2, tensor.generator(1))
  end)

  teardown(function() system.remove_tree(root) end)

  it("is read as VGGFace2 is", function()
    local subjects = vggface2.by_subject(
      assert(vggface2.list(vggface2.find(root, "test_agetemp_imglist.txt"))))
    assert.same({ "n900001", "n900002" }, { subjects[1].name, subjects[2].name })
    assert.same({ 20, 20 }, { #subjects[1].files, #subjects[2].files })
    assert.equal(root .. "/test", vggface2.images(root))
  end)

  it("lacks one photo of the last subject, on disk and in the lists", function()
    assert.equal("n900002", lacking)
    assert.same({ 20, 19 }, {
      #vggface2.subjects(root .. "/test")[1].files, #vggface2.subjects(root .. "/test")[2].files,
    })
    local boxes = vggface2.boxes(vggface2.find(root, "loose_bb_test.csv"))
    assert.is_nil(boxes["n900002/0007_01"])
    assert.equal(4, #boxes["n900002/0008_01"])
    assert.equal(39, #vggface2.list(vggface2.find(root, "test_list.txt")))
  end)

  it("shows drawings, whose boxes lie inside", function()
    local img = assert(image.load(root .. "/test/n900001/0001_01.jpg"))
    assert.same({ 140, 120, 3 }, img:shape())
    assert.is_true(img:to("f32"):var() > 100)
    for key, b in pairs(vggface2.boxes(vggface2.find(root, "loose_bb_test.csv"))) do
      assert.is_true(b[1] >= 0 and b[2] >= 0 and b[1] + b[3] <= 120 and b[2] + b[4] <= 140, key)
    end
  end)

  it("is marked, and drawn alike from one seed", function()
    assert.is_true(synthetic.is_marked(root))
    assert.is_false(synthetic.is_marked(root .. "/test"))
    local again = assert(system.temp_dir())
    finally(function() system.remove_tree(again) end)
    synthetic.draw(again, 2, tensor.generator(1))
    local name = "/test/n900002/0020_01.jpg"
    assert.equal(system.sha256_file(root .. name), system.sha256_file(again .. name))
  end)
end)
