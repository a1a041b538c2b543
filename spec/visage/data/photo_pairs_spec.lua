--- Lists of pairs of photos: what is read, and what each fault says.
local photo_pairs = require "visage.data.photo_pairs"
local system = require "visage.system"

describe("photo_pairs", function()
  local folder, path

  setup(function()
    folder = assert(system.temp_dir())
    path = folder .. "/pairs.csv"
  end)
  teardown(function() system.remove_tree(folder) end)

  local function read(text)
    assert(system.write_file(path, text))
    return photo_pairs.read(path)
  end

  it("reads paths, truth and group in any order of the columns", function()
    local list = assert(read("\xEF\xBB\xBFsame,photo1,photo2,group\r\n"
      .. '1,a.jpg,"b, ""c"".jpg",x\r\nNo,/a.jpg,d/e.jpg,\r\n'))
    assert.same({
      repeated = {},
      {
        same = true, group = "x", line = 2, files = { "a.jpg", 'b, "c".jpg' },
        paths = { folder .. "/a.jpg", folder .. '/b, "c".jpg' },
      },
      {
        same = false, line = 3, files = { "/a.jpg", "d/e.jpg" },
        paths = { "/a.jpg", folder .. "/d/e.jpg" },
      },
    }, list)
  end)

  it("names what is wrong", function()
    local function refused(expected, text)
      local list, why, code = read(text)
      assert.is_nil(list)
      assert.equal(path .. expected, why)
      assert.equal("FORMAT", code)
    end
    refused(": the header has no photo1", "")
    refused(": the header has 'label'; wants photo1, photo2, same and perhaps group, each once",
      "photo1,photo2,label\n")
    refused(": no pairs in it", "photo1,photo2,same\n")
    refused(":3: same is 'perhaps', wants 1 or 0",
      "photo1,photo2,same\na,b,1\na,b,perhaps\n")
    refused(":2: 2 fields, the header has 3", "photo1,photo2,same\na,b\n")
    refused(":2: a photo without a name", 'photo1,photo2,same\na,"",0\n')
  end)

  it("lists each photo once and those that are missing", function()
    assert(system.write_file(folder .. "/a.jpg", ""))
    local list = assert(read "photo1,photo2,same\na.jpg,b.jpg,1\nb.jpg,a.jpg,0\n")
    local photos, missing = photo_pairs.photos(list)
    assert.same({ { key = "a.jpg", path = folder .. "/a.jpg" },
      { key = "b.jpg", path = folder .. "/b.jpg" } }, photos)
    assert.same({ 2, 1 }, list[2].places)
    assert.same({ "b.jpg" }, missing)
    assert.same({ { line = 3, first = 2 } }, list.repeated)
  end)
end)
