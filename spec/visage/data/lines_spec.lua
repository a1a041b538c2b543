local lines = require "visage.data.lines"
local system = require "visage.system"

describe("lines", function()
  it("have no mark before, nothing at their ends and know their numbers", function()
    assert.same({ { text = "a b", line = 1 }, { text = " c", line = 4 } },
      lines.of "\xEF\xBB\xBFa b \t\r\n\n  \n c")
    assert.same({}, lines.of "")
  end)

  it("come from a file, or the reason why not", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    assert(system.write_file(folder .. "/list.txt", "x\r\ny\r\n"))
    assert.same({ { text = "x", line = 1 }, { text = "y", line = 2 } },
      lines.read(folder .. "/list.txt"))
    local list, why, code = lines.read(folder .. "/none.txt")
    assert.is_nil(list)
    assert.matches("none.txt", why)
    assert.equal("IO", code)
  end)

  it("come one by one without the file being held", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    assert(system.write_file(folder .. "/list.txt", "\xEF\xBB\xBFx\r\n\n \ny z \t\n\xFF"))
    local found = {}
    for text, line in assert(lines.each(folder .. "/list.txt")) do
      found[#found + 1] = { text = text, line = line }
    end
    assert.same({
      { text = "x", line = 1 }, { text = "y z", line = 4 }, { text = "\xFF", line = 5 },
    }, found)
    local each, why, code = lines.each(folder .. "/none.txt")
    assert.is_nil(each)
    assert.matches("none.txt", why)
    assert.equal("IO", code)
  end)

  it("that come again are told, with the line that has them first", function()
    assert.same({ { text = "a", line = 3, first = 1 }, { text = "a", line = 5, first = 1 } },
      lines.repeated(lines.of "a\nb\na\n\na"))
  end)
end)
