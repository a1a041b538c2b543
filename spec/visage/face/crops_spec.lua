--- Crop rules, by hand and against the golden's crops.
local crops = require "visage.face.crops"
local golden = require "spec.support.golden"
local image = require "visage.image"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local shared = require "spec.support.shared"

local function region(box, rule, width, height)
  return { crops.region(box, width or 100, height or 80, rule) }
end

describe("crops.region", function()
  it("shifts a clamped box and cuts it at the far edges (reproduction_csv)", function()
    -- X, Y, W, H = -22, -6, 60, 70: x and y become 0, width and height stay.
    assert.same({ 0, 0, 60, 70 }, region({ -22, -6, 38, 64 }, "reproduction_csv"))
    assert.same({ 90, 70, 10, 10 }, region({ 90, 70, 150, 150 }, "reproduction_csv"))
  end)

  it("extends by 1.3 and keeps the aspect at 112/128 or more (paper)", function()
    -- Centre 50, 40; height 40 * 1.3 = 52; width max(20, 35) * 1.3 = 45.5:
    -- rounded edges 27.25 -> 27, 72.75 -> 73, 14, 66; pixels 27..73 and 14..66
    -- counted from 1.
    assert.same({ 26, 13, 47, 53 }, region({ 40, 20, 60, 60 }, "paper"))
  end)

  it("extends by 1.1 from the upper left corner on (paper_no_face)", function()
    -- Width 25 * 1.1 = 27.5: centre round(40 + 13.75) = 54, half round(13.75) =
    -- 14; height 40 * 1.1 = 44: centre 42, half 22; pixels 40..68 and 20..64
    -- counted from 1.
    assert.same({ 39, 19, 29, 45 }, region({ 40, 20, 65, 60 }, "paper_no_face"))
    assert.same({ 89, 69, 11, 11 }, region({ 90, 70, 150, 150 }, "paper_no_face"))
  end)

  it("keeps partial pixels and what is inside (box)", function()
    assert.same({ 10, 0, 11, 21 }, region({ 10.2, -3.5, 20.1, 20.5 }, "box"))
  end)

  it("has nothing left of a box outside", function()
    assert.same({}, region({ 100, 10, 120, 30 }, "detector_box"))
  end)

  it("takes a table as a rule", function()
    assert.same({ -5, -5, 10, 10 },
      region({ -5, -5, 5, 5 }, { round = "truncate", edge = "zero" }))
  end)

  it("raises where it is called", function()
    local _, text = pcall(function() crops.region({ 0, 0, 1, 1 }, 9, 9, "tight") end)
    assert.truthy(text:find("crops_spec.lua:", 1, true), text)
    _, text = pcall(function() crops.crop(networks.pixels(1, { 8, 8, 3 }), { 0, 0, 1, 1 }, "t") end)
    assert.truthy(text:find("crops_spec.lua:", 1, true), text)
  end)

  it("raises for a rule that does not round", function()
    assert.has_error(function() region({ 0, 0, 1, 1 }, { edge = "cut" }) end,
      "crop rule: round is nil; there are matlab, matlab_centre, outward, truncate")
  end)

  it("raises with the rules there are", function()
    assert.has_error(function() region({ 0, 0, 1, 1 }, "tight") end,
      "crop rule tight: there is no such rule; there are box, detector_box, paper, "
        .. "paper_no_face, reproduction_csv")
  end)
end)

describe("crops.crop", function()
  it("fills with zeros outside where the rule says so", function()
    local img = networks.pixels(1, { 8, 8, 3 })
    local face = crops.crop(img, { -2, -2, 2, 2 }, { round = "truncate", edge = "zero" })
    assert.same({ 4, 4, 3 }, face:shape())
    assert.equal(0, face:narrow(1, 1, 2):sum())
    assert.tensor(face:narrow(1, 3, 2):narrow(2, 3, 2)).near(img:narrow(1, 1, 2):narrow(2, 1, 2), 0)
  end)

  it("says which box leaves nothing", function()
    local face, text = crops.crop(networks.pixels(1, { 8, 8, 3 }), { 9, 0, 12, 4 }, "box")
    assert.is_nil(face)
    assert.truthy(text:find("9,0,12,4 leaves no pixels of a 8x8 image", 1, true))
  end)

  it("cuts the bytes that the reproduction's recipe cuts", function()
    local folder = shared.data "vggface2/samples/loose"
    if not folder then return pending "vggface2/samples is not here" end
    local recipe = golden.load "experiment1"
    local function check(case)
      local img = assert(image.load(folder .. "/" .. case.file))
      local x, y, w, h = table.unpack(case.box)
      local face = crops.crop(img, { x, y, x + w, y + h }, "reproduction_csv")
      assert.equal(case.crop, pixels.sha256(face))
    end
    for _, case in ipairs(recipe.photos) do check(case) end
    for _, case in ipairs(recipe.crop_cases) do check(case) end
  end)
end)
