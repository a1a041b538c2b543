local pairings = require "visage.templates.pairings"

local AGE = { "young", "mature" }

describe("the pairing", function()
  it("reproduction is that of two groups", function()
    assert.same({
      { { "young1", "young2" }, { "young1", "mature1" } },
      { { "mature2", "young2" }, { "mature1", "mature2" } },
    }, pairings.reproduction(AGE))
    assert.is_nil(pairings.reproduction { "a", "b", "c" })
  end)

  it("paper takes the row's first and the column's second template", function()
    assert.same({
      { { "young1", "young2" }, { "young1", "mature2" } },
      { { "mature1", "young2" }, { "mature1", "mature2" } },
    }, pairings.paper(AGE))
    local rows = pairings.paper { "front", "side", "back" }
    assert.same({ "side1", "back2" }, rows[2][3])
    assert.same({ "back1", "back2" }, rows[3][3])
  end)

  it("all_cross takes the four of two groups, the same in both triangles", function()
    local rows = pairings.all_cross { "a", "b", "c" }
    assert.same({ { "a1", "c1" }, { "a1", "c2" }, { "a2", "c1" }, { "a2", "c2" } }, rows[1][3])
    assert.same(rows[1][3], rows[3][1])
    assert.same({ "b1", "b2" }, rows[2][2])
  end)
end)
