--- Ages in file names: FG-NET, AgeDB, CACD.
local ages = require "visage.data.ages"
local system = require "visage.system"

describe("ages", function()
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

  local function short(list)
    local out = {}
    for i, photo in ipairs(list) do
      assert.equal(root .. "/" .. photo.key, photo.path)
      out[i] = { photo.key, photo.subject, photo.age, photo.sex }
    end
    return out
  end

  it("reads FG-NET: subject, age and several photos of one age", function()
    write("images/001A02.JPG", "images/001A43a.JPG", "images/001A43b.JPG", "images/082A00.jpg",
      "images/Thumbs.jpg", "readme.txt")
    local list = assert(ages.read(root))
    assert.equal("fgnet", list.layout.name)
    assert.same({
      { "images/001A02.JPG", "001", 2 }, { "images/001A43a.JPG", "001", 43 },
      { "images/001A43b.JPG", "001", 43 }, { "images/082A00.jpg", "082", 0 },
    }, short(list))
    assert.same({ "images/Thumbs.jpg" }, list.unfit)
  end)

  it("reads AgeDB: the name is the subject, the first number is not", function()
    write("0_MariaCallas_35_f.jpg", "1_MariaCallas_40_F.jpg", "2_Guy_de_X_7_m.jpg")
    local list = assert(ages.read(root))
    assert.equal("agedb", list.layout.name)
    assert.same({
      { "0_MariaCallas_35_f.jpg", "MariaCallas", 35, "f" },
      { "1_MariaCallas_40_F.jpg", "MariaCallas", 40, "f" },
      { "2_Guy_de_X_7_m.jpg", "Guy_de_X", 7, "m" },
    }, short(list))
    assert.same({}, list.unfit)
  end)

  it("reads CACD: names with underscores, accents and dots", function()
    write("53_Robin_Williams_0001.jpg", "27_Zoë_Bell_0012.jpg", "61_Robert_De_Niro_Jr._0003.jpg",
      "14_F\xE9lix_0001.jpg")
    local list = assert(ages.read(root))
    assert.equal("cacd", list.layout.name)
    assert.same({
      { "14_F\xE9lix_0001.jpg", "F\xE9lix", 14 }, { "27_Zoë_Bell_0012.jpg", "Zoë_Bell", 27 },
      { "53_Robin_Williams_0001.jpg", "Robin_Williams", 53 },
      { "61_Robert_De_Niro_Jr._0003.jpg", "Robert_De_Niro_Jr.", 61 },
    }, short(list))
  end)

  it("keeps to the layout that is asked for, and lists what does not fit", function()
    write("0_MariaCallas_35_f.jpg", "53_Robin_Williams_0001.jpg", "200_Too_Old_0001.jpg",
      "x y.jpg")
    local list = assert(ages.read(root, "cacd"))
    assert.same({ { "53_Robin_Williams_0001.jpg", "Robin_Williams", 53 } }, short(list))
    assert.same({ "0_MariaCallas_35_f.jpg", "200_Too_Old_0001.jpg", "x y.jpg" }, list.unfit)
    local none, text, code = ages.read(root, "fgnet")
    assert.same({ nil, root .. ": none of 4 photos, such as 0_MariaCallas_35_f.jpg, is named as in"
      .. " FG-NET; wanted 001A02.JPG", "FORMAT" }, { none, text, code })
    assert.error_matches(function() ages.read(root, "imdb") end, "no layout 'imdb'")
  end)

  it("refuses photos without ages, and folders without photos", function()
    write("n000002/0001_01.jpg", "n000002/0002_01.jpg", "n000002/53_Robin_Williams_0001.jpg")
    local none, text, code = ages.read(root)
    assert.is_nil(none)
    assert.truthy(text:find("wanted 001A02.JPG (FG-NET), 0_MariaCallas_35_f.jpg (AgeDB),"
      .. " 53_Robin_Williams_0001.jpg (CACD)", 1, true), text)
    assert.equal("FORMAT", code)
    assert(system.mkdir_p(root .. "/empty"))
    assert.equal(root .. "/empty: no photos in it", select(2, ages.read(root .. "/empty")))
    assert.equal("IO", select(3, ages.read(root .. "/absent")))
  end)
end)
