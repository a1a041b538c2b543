--- Rows of the store as bytes.
local row = require "visage.store.row"
local tensor = require "visage.tensor"

describe("a row of the store", function()
  local entry = {
    status = "ok", vector = tensor.from { 1, -0.1, 3e-45, 1 / 0 },
    face = { box = { 1.25, 2, 30, 40.5 }, score = 0.1, points = { { 1, 2 }, { 3.5, 4 } } },
  }

  it("comes back to the bit", function()
    local back = row.unpack({ row.pack(entry, "k") }, "k")
    assert.same(entry.vector:totable(), back.vector:totable())
    assert.same({ "ok", entry.face }, { back.status, back.face })
  end)

  it("holds four bytes a number", function()
    local _, _, vector, face = row.pack(entry, "k")
    assert.equal("\0\0\128\63", vector:sub(1, 4))
    assert.same({ 16, 8 * 9 }, { #vector, #face })
  end)

  it("holds a failure with its reason", function()
    local back = row.unpack({ row.pack({ status = "unreadable", text = "why\0" }, "k") }, "k")
    assert.same({ status = "unreadable", text = "why\0" }, back)
  end)

  it("is none when a byte, a type or its key has changed", function()
    for column = 1, 5 do
      local columns = { row.pack(entry, "k") }
      columns[column] = columns[column] .. "x"
      assert.is_nil(row.unpack(columns, "k"))
      columns[column] = 7
      assert.is_nil(row.unpack(columns, "k"))
    end
    assert.is_nil(row.unpack({ row.pack(entry, "k") }, "other"))
    assert.is_nil(row.unpack({}, "k"))
  end)

  it("tells regions apart by all their bits", function()
    assert.equal("", row.region(nil))
    assert.equal(32, #row.region { 1, 2, 3, 4 })
    assert.not_equal(row.region { 1, 2, 3, 4 }, row.region { 1, 2, 3, 4 + 2 ^ -40 })
  end)
end)
