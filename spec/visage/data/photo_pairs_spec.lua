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

  it("reads paths, truth and what else there is, columns in any order", function()
    local list = assert(read("\xEF\xBB\xBFsame,photo1,photo2,group,group_sex,quality1,quality2\r\n"
      .. '1,a.jpg,"b, ""c"".jpg",x,f,3,2.5\r\nNo,/a.jpg,d/e.jpg,,m,,7\r\n'))
    local quality = list[2].quality
    assert.is_true(quality ~= quality, "unknown quality is NaN")
    list[2].quality = nil
    assert.same({
      repeated = {}, labels = { "group", "group_sex" },
      {
        same = true, groups = { group = "x", group_sex = "f" }, line = 2, quality = 2.5,
        files = { "a.jpg", 'b, "c".jpg' },
        paths = { folder .. "/a.jpg", folder .. '/b, "c".jpg' },
      },
      {
        same = false, groups = { group_sex = "m" }, line = 3, files = { "/a.jpg", "d/e.jpg" },
        paths = { "/a.jpg", folder .. "/d/e.jpg" },
      },
    }, list)
  end)

  it("names what is wrong", function()
    local function refused(expected, text)
      local list, why, code = read(text)
      assert.is_nil(list)
      assert.equal(path .. ":" .. expected, why)
      assert.equal("FORMAT", code)
    end
    refused("1: the header has no photo1", "")
    refused("1: the header has 'label'; wants photo1, photo2, same and perhaps subject1, subject2,"
      .. " quality1, quality2, group, group_NAME, each once", "photo1,photo2,label\n")
    refused("1: the header has one of subject1 and subject2; wants both",
      "photo1,photo2,same,subject1\n")
    refused(" no pairs in it", "photo1,photo2,same\n")
    refused("3: same is 'perhaps', wants 1 or 0",
      "photo1,photo2,same\na,b,1\na,b,perhaps\n")
    refused("2: 2 fields, the header has 3", "photo1,photo2,same\na,b\n")
    refused("2: a photo without a name", 'photo1,photo2,same\na,"",0\n')
    refused("3: a photo beside itself", "photo1,photo2,same\na,b,1\na,a,1\n")
    refused("2: quality2 is 'good', wants a number",
      "photo1,photo2,same,quality1,quality2\na,b,1,1,good\n")
    refused("2: same is '1', the subjects are x and y",
      "photo1,photo2,same,subject1,subject2\na,b,1,x,y\n")
    refused("2: a subject without a name",
      "photo1,photo2,same,subject1,subject2\na,b,0,x,\n")
  end)

  it("lists each photo once and those that are missing", function()
    assert(system.write_file(folder .. "/a.jpg", ""))
    local list = assert(read "photo1,photo2,same\na.jpg,b.jpg,1\nb.jpg,a.jpg,0\n")
    assert.equal("/x/a.jpg", assert(photo_pairs.read(path, "/x"))[1].paths[1])
    local photos, missing = photo_pairs.photos(list)
    assert.same({ { key = "a.jpg", path = folder .. "/a.jpg" },
      { key = "b.jpg", path = folder .. "/b.jpg" } }, photos)
    assert.same({ 2, 1 }, list[2].places)
    assert.same({ "b.jpg (line 2)" }, missing)
    assert.same({ { line = 3, first = 2 } }, list.repeated)
  end)

  describe("say who is on the photos", function()
    -- The rule, the subjects of all pairs and the lines that contradict others.
    local function named(text)
      local list = assert(read(text))
      local rule, wrong = photo_pairs.name_subjects(list)
      local names, lines = {}, {}
      for i, pair in ipairs(list) do
        names[i] = table.concat(pair.subjects, " "):gsub("[^ ]*/", "")
      end
      for i, pair in ipairs(wrong) do lines[i] = pair.line end
      return rule, names, lines
    end

    it("by the list's columns", function()
      local rule, names = named "photo1,photo2,same,subject1,subject2\na,b,1,x,x\na,c,0,x,y\n"
      assert.equal("the list's columns subject1 and subject2", rule)
      assert.same({ "x x", "x y" }, names)
    end)

    it("by folders that are one person's each", function()
      local rule, names = named "photo1,photo2,same\nx/a,x/b,1\nx/a,y/a,0\n"
      assert.equal("the photos' folders", rule)
      assert.same({ "x x", "x y" }, names)
    end)

    it("else by what the pairs of one person link", function()
      local rule, names, lines = named(
        "photo1,photo2,same\na,b,1\nc,d,1\nd,b,1\na,e,0\na,d,0\n")
      assert.equal("photos linked by pairs of one person are one subject", rule)
      assert.same({ "b b", "b b", "b b", "b e", "b b" }, names)
      assert.same({ 6 }, lines)
    end)
  end)
end)
