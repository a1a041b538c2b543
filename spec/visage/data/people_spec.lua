local people = require "visage.data.people"
local system = require "visage.system"

describe("people", function()
  it("reads one folder a person and refuses a folder without any", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    for _, file in ipairs { "bo/1.JPG", "anna/2.png", "anna/1.jpg", "empty/x.txt" } do
      assert(system.mkdir_p((folder .. "/" .. file):match("^(.*)/")))
      assert(system.write_file(folder .. "/" .. file, ""))
    end
    assert.same({
      { name = "anna", photos = { folder .. "/anna/1.jpg", folder .. "/anna/2.png" } },
      { name = "bo", photos = { folder .. "/bo/1.JPG" } },
    }, people.read(folder))
    local _, text = people.read(folder .. "/anna")
    assert.truthy(text:find("one folder a person", 1, true))
    assert.truthy(select(2, people.read(folder .. "/absent")):find("no such folder", 1, true))
  end)
end)
