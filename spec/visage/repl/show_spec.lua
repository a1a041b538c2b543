local show = require "visage.repl.show"

describe("visage.repl.show", function()
  it("quotes strings and escapes what would move the cursor", function()
    assert.equal([["a\"b\nc\0"]], show.value 'a"b\nc\0')
    assert.equal('"grüße"', show.value "grüße")
  end)

  it("shows plain tables with sorted keys", function()
    assert.equal("{}", show.value {})
    assert.equal("{ 1, \"a\", { 2 } }", show.value { 1, "a", { 2 } })
    assert.equal("{ 1, [true] = 5, b = 3, c = 2, [\"d e\"] = 4 }",
      show.value { 1, c = 2, b = 3, ["d e"] = 4, [true] = 5 })
  end)

  it("breaks wide tables and cuts long, deep and endless ones", function()
    local long = {}
    for i = 1, 100 do long[i] = i end
    assert.matches("80 more", show.value(long))
    assert.matches("^{\n  \"x+\",\n", show.value { ("x"):rep(50), ("y"):rep(50) })
    assert.equal("{ { { { ... } } } }", show.value { { { { { 1 } } } } })
    local ring = {}
    ring[1] = ring
    assert.equal("{ { the table around it } }", show.value(ring))
    assert.matches("%(5000 bytes%)$", show.value(("x"):rep(5000)))
  end)

  it("leaves objects to their __tostring", function()
    local object = setmetatable({}, { __tostring = function() return "object" end })
    assert.equal("{ object }", show.value { object })
  end)

  it("sets values beside each other, or below when one is tall", function()
    local tall = setmetatable({}, { __tostring = function() return "1\n2" end })
    assert.equal("1\tnil", show.values { n = 2, 1 })
    assert.equal("1\n2\n3", show.values { n = 2, tall, 3 })
  end)
end)
