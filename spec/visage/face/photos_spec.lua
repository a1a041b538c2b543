--- Each profile against its own program on the photos of ../shared/data. Here
-- every tenth photo and all of people/test and photos/; with VISAGE_LONG set, as
-- make test-long sets it, all 342.
local detections = require "spec.support.detections"
local face = require "visage.face"
local image = require "visage.image"
local networks = require "spec.support.networks"
local shared = require "spec.support.shared"

-- Pixels and probabilities. The goldens are rounded to 5e-4 and 5e-8; the largest
-- that was measured is 0.0022 pixels and 8e-6, in ipazc-1.0.0, whose package
-- computes coordinates in f32. Where a rule is not the program's, a box is off
-- by pixels or missing.
local PIXELS, SCORE = 0.01, 2e-5

local function is_chosen(i, name)
  return os.getenv "VISAGE_LONG" or i % 10 == 1 or name:match "^people/test/"
    or name:match "^photos/"
end

describe("equals its program on photos:", function()
  for _, profile in ipairs(detections.profiles) do
    it(profile.name, function()
      local weights = networks[face.profiles[profile.name].network]()
      if not weights then return pending "the detector's weights are not here" end
      if not shared.data "photos" then return pending "the photos are not here" end
      local names, photos = detections.photos(profile.golden)
      local detector = assert(face.detector {
        profile = profile.name, weights = weights, threads = 1,
      })
      for i, name in ipairs(names) do
        if is_chosen(i, name) then
          local found = detector:detect(assert(image.load(shared.data(name))))
          assert.equal(#photos[name], #found, name)
          for k, row in ipairs(photos[name]) do
            local box, points, score = detections.errors(found[k], row)
            assert.is_true(box < PIXELS and points < PIXELS and score < SCORE, name)
          end
        end
      end
      detector:close()
    end)
  end
end)

-- The photos in which the first face of one golden is off another's by more than
-- half a pixel, or their counts differ.
local function different(a, b)
  local names, ours = detections.photos(a)
  local _, theirs = detections.photos(b)
  local count = 0
  for _, name in ipairs(names) do
    local x, y = ours[name], theirs[name]
    local far = #x ~= #y
    for k = 1, x[1] and y[1] and 4 or 0 do far = far or math.abs(x[1][k] - y[1][k]) > 0.5 end
    if far then count = count + 1 end
  end
  return count, #names
end

it("no profile passes for another", function() -- a negative control
  for i, a in ipairs(detections.profiles) do
    for j = 1, i - 1 do
      local b = detections.profiles[j]
      local count, all = different(a.golden, b.golden)
      assert(count > 0.25 * all, ("%s, %s: %d of %d"):format(a.name, b.name, count, all))
    end
  end
end)
