local places = require "visage.nn.places"

-- What load and save do with them is in load_spec and export_spec.
describe("visage.nn.places", function()
  local slot = { node = "a", slot = "weight", name = "a.weight" }

  local function place(given) return places.of(function() return given end, slot) end

  it("is the slot's own name, a name, a table of rules or none", function()
    assert.same({ name = "a.weight" }, (places.of(nil, slot)))
    assert.same({ name = "a.weight" }, (place(nil)))
    assert.same({ name = "w" }, (place "w"))
    assert.same({ name = "w", permute = { 2, 1 } }, (place { name = "w", permute = { 2, 1 } }))
    assert.is_nil((place(false)))
  end)

  it("says what is wrong with one", function()
    for text, given in pairs {
      ["names gave a number, wants a string, a table, false or nil"] = 1,
      ["the table that names gave has no name"] = {},
      ["reshape is a list of sizes, of which one may be -1"] = { name = "w", reshape = { 0.5 } },
      ["permute is a list of the axes, each once"] = { name = "w", permute = { 1, 1 } },
      ["transform is a function of a tensor"] = { name = "w", transform = "t" },
      ["no rule is called 'turn'; there are name, reshape, permute, transform"] =
        { name = "w", turn = 1 },
    } do
      assert.equal(text, select(2, place(given)))
    end
  end)

  it("tells an unknown key", function()
    assert.is_nil(places.key_fault({ a = 1 }, "option", { "a", "b" }))
    assert.equal("no option is called 'c'; there are a, b",
      places.key_fault({ c = 1 }, "option", { "a", "b" }))
  end)
end)
