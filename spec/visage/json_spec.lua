local json = require "visage.json"

describe("json", function()
  it("keeps every digit of a double", function()
    assert.equal("[0.1,0.30000000000000004,1e+300,3,null]",
      (json.encode({ 0.1, 0.1 + 0.2, 1e300, 3, 1 / 0 }):gsub("%s", "")))
  end)

  it("holds UTF-8 whatever bytes a name has", function()
    assert.same({ ["n\u{FFFD}"] = { "Zo\u{EB}", "lat\u{FFFD}in\u{FFFD}" } },
      json.decode(json.encode { ["n\xE9"] = { "Zo\u{EB}", "lat\xE9in\xFF" } }))
  end)

  it("tells an object from an array", function()
    assert.equal("{}", (json.encode(json.object {}):gsub("%s", "")))
    assert.equal("[]", (json.encode({}):gsub("%s", "")))
  end)

  it("says where a text is no JSON", function()
    local value, text = json.decode "{"
    assert.is_nil(value)
    assert.truthy(text)
  end)
end)
