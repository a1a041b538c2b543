--- Photos by name and by list, and what each fault says.
local photo_list = require "visage.data.photo_list"
local system = require "visage.system"

describe("photo_list", function()
  local folder

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  local function write(name, text)
    assert(system.write_file(("%s/%s"):format(folder, name), text))
    return ("%s/%s"):format(folder, name)
  end

  it("opens folders to the bottom and takes photos as named", function()
    assert(system.mkdir_p(folder .. "/a/b"))
    for _, name in ipairs { "a/2.jpg", "a/b/1.png", "a/note.txt", "3.bin" } do write(name, "") end
    local list, drawn = photo_list.named { folder .. "/a", folder .. "/3.bin" }
    assert.same({
      { image = folder .. "/a/2.jpg", name = "2.jpg" },
      { image = folder .. "/a/b/1.png", name = "b/1.png" },
      { image = folder .. "/3.bin", name = "3.bin" },
    }, list)
    assert.is_false(drawn)
    write("a/SYNTHETIC", "")
    assert.is_true(select(2, photo_list.named { folder .. "/a" }))
    local none, text, code = photo_list.named { folder .. "/none" }
    assert.same({ folder .. "/none: no such photo or folder", "IO" }, { text, code, none })
  end)

  it("reads a CSV with boxes, with blanks and quotes in names", function()
    local path = write("list.csv", "\xEF\xBB\xBFx1,path,y1,x2,y2,more\r\n"
      .. '1,"a, ""b"" c.jpg",2,3.5,4,x\r\n-1, d.jpg,0,5,6,\r\n')
    assert.same({
      { image = folder .. '/a, "b" c.jpg', name = 'a, "b" c.jpg', box = { 1, 2, 3.5, 4 },
        line = 2 },
      { image = folder .. "/ d.jpg", name = " d.jpg", box = { -1, 0, 5, 6 }, line = 3 },
    }, photo_list.read(path))
  end)

  it("reads one path a line, from the folder that is named", function()
    local path = write("list.txt", "\xEF\xBB\xBFn1/a b.jpg\r\n\r\n/x/c.jpg\r\n")
    assert.same({
      { image = "/data/n1/a b.jpg", name = "n1/a b.jpg", line = 1 },
      { image = "/x/c.jpg", name = "/x/c.jpg", line = 3 },
    }, photo_list.read(path, "/data"))
  end)

  it("names what is wrong", function()
    local function refused(expected, text)
      local list, why, code = photo_list.read(write("list.csv", text))
      assert.is_nil(list)
      assert.equal(folder .. "/list.csv:" .. expected, why)
      assert.equal("FORMAT", code)
    end
    refused("1: no column path", "file,x1\n")
    refused("1: a box has four columns, x1, y1, x2 and y2", "path,x1,y1\n")
    refused("3: a photo without a name", "path,x\na.jpg,\n,1\n")
    refused("2: x2 is 'nan', wants a number", "path,x1,y1,x2,y2\na.jpg,1,2,nan,4\n")
    refused("3: y2 is '1e999', wants a number",
      "path,x1,y1,x2,y2\na.jpg,1,2,3,4\na.jpg,1,2,3,1e999\n")
    refused("2: 1 fields, the header has 2", "path,x\na.jpg\n")
    local _, why, code = photo_list.read(folder .. "/none.txt")
    assert.match("none.txt", why)
    assert.equal("IO", code)
  end)

  it("tells photos that are not there, and those that come again", function()
    write("a.jpg", "")
    local list = photo_list.read(write("list.txt", "a.jpg\nb.jpg\na.jpg\n"))
    assert.same({ "b.jpg (line 2)" }, photo_list.missing(list))
    assert.same({ { item = list[3], first = list[1] } }, photo_list.repeated(list))
    list[1].box, list[3].box = { 1, 2, 3, 4 }, { 1, 2, 3, 5 }
    assert.same({}, photo_list.repeated(list))
  end)
end)
