--- Layouts of photo sets told by the names of folders and files.
local photo_sets = require "visage.data.photo_sets"
local system = require "visage.system"

describe("photo_sets", function()
  local root

  before_each(function() root = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(root) end)

  local function write(...)
    for _, file in ipairs { ... } do
      local path = root .. "/" .. file
      assert(system.mkdir_p(path:match "^(.*)/"))
      assert(system.write_file(path, ""))
    end
  end

  local function read(options)
    local list, layout = photo_sets.read(root, options)
    assert(list, layout)
    local out = {}
    for i, photo in ipairs(list) do out[i] = ("%s %s"):format(photo.subject, photo.key) end
    return layout, out, list
  end

  it("knows VGGFace2, and which part of it", function()
    write("test/n000001/0002_01.jpg", "test/n000001/0001_01.jpg", "meta/x.csv")
    local layout, photos, list = read()
    assert.equal("vggface2", layout)
    assert.same({ "n000001 n000001/0001_01.jpg", "n000001 n000001/0002_01.jpg" }, photos)
    assert.equal(root .. "/test/n000001/0001_01.jpg", list[1].path)
    assert.equal("VGGFace2 test", list.people)
    assert.same({}, list.unfit)
    local again, same = read { images = "test" }
    assert.same({ "vggface2", photos }, { again, same })
    write("other/x/1.jpg")
    assert.equal("folders", (read { images = "other" }))
  end)

  it("knows ages in names, in a folder of the data too", function()
    write("images/001A02.JPG", "images/001A43a.JPG", "images/notes.jpg", "points/readme.txt")
    local layout, photos, list = read { images = "images" }
    assert.equal("fgnet", layout)
    assert.same({ "001 001A02.JPG", "001 001A43a.JPG" }, photos)
    assert.same({ 43, { "notes.jpg" } }, { list[2].age, list.unfit })
    layout = read { layout = "fgnet" }
    assert.equal("fgnet", layout)
  end)

  it("takes one folder a person where nothing else fits", function()
    write("Tony Blair/1.jpg", "anna/x.png")
    local layout, photos = read()
    assert.equal("folders", layout)
    assert.same({ "Tony Blair Tony Blair/1.jpg", "anna anna/x.png" }, photos)
    assert.equal("folders", (read { layout = "folders" }))
  end)

  it("says what it looked for", function()
    write("a.jpg")
    local none, text, code = photo_sets.read(root)
    assert.is_nil(none)
    assert.truthy(text:find("wanted one folder a person; nor are there VGGFace2's folders", 1,
      true), text)
    assert.equal("FORMAT", code)
    assert.truthy(select(2, photo_sets.read(root, { layout = "agedb" })):find(
      "none of 1 photos", 1, true))
    assert.truthy(select(2, photo_sets.read(root, { layout = "vggface2" })):find(
      "no photos in", 1, true))
    assert.same({ root .. "/absent: no such folder", "IO" },
      { select(2, photo_sets.read(root .. "/absent")) })
  end)
end)
