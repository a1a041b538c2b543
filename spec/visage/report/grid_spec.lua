local grid = require "visage.report.grid"

describe("a grid", function()
  local function has(node, ...)
    for _, text in ipairs { ... } do
      assert.truthy(node.html:find(text, 1, true), text .. " in " .. node.html)
    end
  end

  it("has columns of numbers to the right and shows that values are missing", function()
    has(grid({ "a", "b" }, { { "x" }, { "y", 2, class = "differs" } }, { false, true }),
      '<td class="number">–</td>', '<tr class="differs">', '<td class="number">2</td>')
  end)

  it("gives all numbers of a column a point where some have one", function()
    has(grid({ "a", "b" }, { { "x", 1 }, { "y", 0.5 } }), "<td>1.0000</td>", "<td>0.5000</td>")
  end)

  it("shows a long path by its end, the whole one as a tooltip", function()
    local path = "/a/very/long/folder/of/somebody/Tony_Blair/Tony_Blair_0001.jpg"
    has(grid({ "a", "photo" }, { { "x", path } }),
      ('<td class="long" title="%s">…/Tony_Blair/Tony_Blair_0001.jpg</td>'):format(path))
  end)

  it("marks many columns, which are printed small", function()
    local columns, row = {}, {}
    for i = 1, 9 do columns[i], row[i] = "c" .. i, i end
    has(grid(columns, { row }), 'class="scroll many"')
    has(grid({ "a" }, { { 1 } }), 'class="scroll"')
  end)

  it("lets names break after their underscores", function()
    has(grid({ "val_at" }, { { 1 } }), "val_<wbr>at")
  end)
end)
