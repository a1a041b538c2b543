--- Which detector a name opens, and what it refuses.
local face = require "visage.face"

describe("face.detector", function()
  it("raises for a profile that there is not", function()
    assert.has_error(function() face.detector { profile = "best" } end,
      "face.detector: no profile best; there are facenet-pytorch, ipazc-0.1.1, ipazc-1.0.0, "
      .. "matlab, retinaface")
  end)

  it("raises for an option that neither it nor the profile has", function()
    assert.error_matches(function() face.detector { threshold = { 0.5, 0.5, 0.5 } } end,
      "face.detector: no option 'threshold'; there are about, cells, crop, device, engine,")
  end)

  it("raises for a value that would be read as another", function()
    local function fails(options, text)
      assert.error_matches(function() face.detector(options) end, text, 1, true)
    end
    fails({ min_face_size = "20" }, "face.detector: min_face_size is a string, wants a number")
    fails({ scan = "row" }, "face.detector: scan is 'row'; there are columns, rows")
    fails({ profile = { network = "yolo" } },
      "face.detector: network is 'yolo'; there are mtcnn, retinaface")
    fails({ weights = { pent = "mtcnn-det1" } },
      "face.detector: weights: no option 'pent'; there are onet, pnet, rnet")
    fails({ profile = "retinaface", weights = "x.pth" },
      "face.detector: weights: options are a table, not string")
  end)

  it("says which file is missing", function()
    local detector, text, code = face.detector { weights = { pnet = "/no/such.pt" } }
    assert.is_nil(detector)
    assert.equal("IO", code)
    assert.truthy(text:find("/no/such.pt", 1, true))
  end)
end)
