--- The loops over boxes; what suppression does is in spec/visage/face/boxes_spec.lua.
local core = require "visage.core.boxes"
local tensor = require "visage.tensor"

describe("core.boxes", function()
  it("finds the places above a threshold, or at it too", function()
    local t = tensor.from { { 0.5, 0.25 }, { 0.75, 0.5 } }:to "f32"
    assert.same({ 3 }, core.above(t, 0.5, false))
    assert.same({ 1, 3, 4 }, core.above(t, 0.5, true))
    assert.same({}, core.above(t, 1, true))
    assert.has_error(function() core.above(t:permute { 2, 1 }, 0.5, true) end)
    assert.has_error(function() core.above(t:to "f64", 0.5, true) end)
  end)

  it("gives the nearest f32", function()
    assert.equal(0.25, core.f32(0.25))
    assert.equal(1 + 2 ^ -23, core.f32(1 + 2 ^ -23 + 2 ^ -30))
  end)

  it("suppresses none of none, and takes only numbers", function()
    assert.same({}, core.suppress({}, 0.5, 0, false, false, false))
    for _, list in ipairs { { 1 }, { { 1, 2, 3, 4 } }, { { 1, 2, 3, 4, {} } } } do
      assert.has_error(function() core.suppress(list, 0.5, 0, false, false, false) end)
    end
  end)
end)
