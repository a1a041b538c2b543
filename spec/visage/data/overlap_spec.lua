local overlap = require "visage.data.overlap"
local weights = require "visage.weights"

describe("overlap.of", function()
  it("is what the data's makers state, and who says so", function()
    local found, source = overlap.of("VGGFace2", "VGGFace2 test")
    assert.equal("none claimed", found)
    assert.matches("identity_meta.csv", source)
    assert.equal("known 53", (overlap.of("VGGFace", "VGGFace2 train")))
    assert.equal("known all", (overlap.of("VGGFace2", "VGGFace2 train")))
    local dlib = assert(weights.select "dlib-resnet")[1]
    assert.equal("none claimed", (overlap.of(dlib.trained_on, "LFW")))
  end)

  it("is unknown where nobody says anything", function()
    for _, pair in ipairs { { "CASIA-WebFace", "LFW" }, { "VGGFace2", "LFW" }, { "VGGFace2" },
      { nil, "LFW" }, {} } do
      assert.same({ "unknown" }, { overlap.of(pair[1], pair[2]) })
    end
  end)

  it("is the worst of the data sets seen one after the other", function()
    assert.equal("unknown", (overlap.of("MS-Celeb-1M, then VGGFace2", "VGGFace2 test")))
    assert.equal("known all", (overlap.of("MS-Celeb-1M, then VGGFace2", "VGGFace2 train")))
  end)
end)
