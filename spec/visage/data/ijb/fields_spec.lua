local fields = require "visage.data.ijb.fields"
local system = require "visage.system"

describe("fields of IJB's lists", function()
  it("lie between tabs where there are some, else between blanks", function()
    assert.same({ "a", "b", "1" }, fields.split "a b  1")
    assert.same({ "a b", "1" }, fields.split "a b\t1")
  end)

  it("come by the names of their columns, in any order and case", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local path = folder .. "/list.csv"
    assert(system.write_file(path, 'other,File,ID\nx,"a, b",7\n\ny,c,8\n'))
    local found = {}
    assert(fields.rows(path, { { "ID" }, { "FILENAME", "FILE" } }, function(row, line)
      found[#found + 1] = { row.ID, row.FILENAME, line }
      return true
    end))
    assert.same({ { "7", "a, b", 2 }, { "8", "c", 4 } }, found)
    -- What the visitor refuses ends it.
    local ok, why = fields.rows(path, { { "ID" } }, function(row, line)
      return fields.fault(path, line, "no %s", row.ID)
    end)
    assert.is_nil(ok)
    assert.equal(path .. ":2: no 7", why)
    assert(system.write_file(path, 'ID,FILE\n7,"a\n'))
    ok, why = fields.rows(path, { { "ID" } }, function() return true end)
    assert.is_nil(ok)
    assert.matches("list.csv:2: .*quote is not closed", why)
  end)

  it("know whole numbers and paths that stay below", function()
    assert.equal(7, fields.id "007")
    for _, text in ipairs { "-1", "1.5", "", "99999999999999999999" } do
      assert.is_nil(fields.id(text))
    end
    assert.is_true(fields.is_below "img/1.jpg")
    for _, name in ipairs { "", "/etc/x.jpg", "../x.jpg", "a/../../x.jpg", "a\0" } do
      assert.is_false(fields.is_below(name))
    end
  end)
end)
