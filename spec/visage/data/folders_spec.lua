local folders = require "visage.data.folders"
local lfs = require "lfs"
local system = require "visage.system"

describe("folders", function()
  local root

  setup(function()
    root = assert(system.temp_dir())
    for _, name in ipairs { "b.JPG", "a.jpeg", "c.png", "notes.txt", ".hidden.jpg" } do
      assert(system.write_file(root .. "/" .. name, ""))
    end
    assert(system.mkdir_p(root .. "/sub.jpg"))
  end)

  teardown(function() system.remove_tree(root) end)

  it("tells photos by their extension in any case", function()
    assert.is_true(folders.is_photo "x.JPEG")
    assert.is_false(folders.is_photo "x.txt")
    assert.is_false(folders.is_photo "jpg")
  end)

  it("lists photos in byte order, without hidden files and folders", function()
    assert.same({ "a.jpeg", "b.JPG", "c.png" }, folders.photos(root))
    assert.same({ "sub.jpg" }, folders.list(root, "directory"))
  end)

  it("lists photos in the folders below too, but follows no link to a folder", function()
    assert(system.mkdir_p(root .. "/sub.jpg/more"))
    assert(system.write_file(root .. "/sub.jpg/more/d.png", ""))
    assert(lfs.link("..", root .. "/sub.jpg/circle", true))
    assert.same({ "a.jpeg", "b.JPG", "c.png", "sub.jpg/more/d.png" },
      folders.photos_below(root))
  end)

  it("says which folder is not there", function()
    local names, text, code = folders.photos(root .. "/absent")
    assert.is_nil(names)
    assert.equal(root .. "/absent: no such folder", text)
    assert.equal("IO", code)
  end)
end)
