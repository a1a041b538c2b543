local tables = require "visage.bench.tables"

describe("visage.bench.tables", function()
  it("writes Markdown with four digits and a dash for nothing", function()
    local text = tables.markdown("A machine.", {
      ratios = { { "m", "b1", 123.456, "p", 61.728, 2.0, 1.9, 2.1, "yes", "0 of 4" } },
      rates = { { "m", "b1", "p", nil, "images", nil, nil, nil, nil, nil, nil, "a|b" } },
      parts = { { "m", "b1", "p", "decode", 0.25 } },
    })
    assert.truthy(text:find("\nA machine.\n", 1, true))
    assert.truthy(text:find("\n| m | b1 | 123.5 | p | 61.73 | 2 | 1.9 | 2.1 | yes | 0 of 4 |\n", 1,
      true))
    assert.truthy(text:find("\n| m | b1 | p | decode | 0.25 |\n", 1, true))
    assert.truthy(text:find("\n| m | b1 | p | - | images | - | - | - | - | - | - | a/b |\n", 1,
      true))
  end)
end)
