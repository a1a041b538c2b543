local shared = require "spec.support.shared"
local system = require "visage.system"
local vggface2 = require "visage.data.vggface2"

-- The counts were taken from the released lists of the dataset's meta folder.
local META = shared.data("vggface2/meta")
local needs_meta = META and it or function(name)
  it(name, function() pending("no vggface2/meta in $VISAGE_DATA") end)
end

describe("vggface2", function()
  local folder

  setup(function()
    folder = assert(system.temp_dir())
    for _, file in ipairs { "train/n000002/0002_01.jpg", "train/n000002/0001_01.jpg",
      "train/n000003/0001_01.png", "train/n000002/notes.txt", "meta/list.txt",
      "mine/anna/1.jpg" } do
      assert(system.mkdir_p((folder .. "/" .. file):match("^(.*)/")))
      assert(system.write_file(folder .. "/" .. file, "NAME_ID,X\n"))
    end
  end)

  teardown(function() system.remove_tree(folder) end)

  it("finds the photos in test/, train/ or where it is told", function()
    assert.equal(folder .. "/train", vggface2.images(folder))
    assert.equal(folder .. "/mine", vggface2.images(folder, "mine"))
    local _, text, code = vggface2.images(folder, "absent")
    assert.truthy(text:find("--images SUBDIR", 1, true))
    assert.equal("IO", code)
  end)

  it("lists subjects and their photos in byte order", function()
    assert.same({
      { name = "n000002", files = { "n000002/0001_01.jpg", "n000002/0002_01.jpg" } },
      { name = "n000003", files = { "n000003/0001_01.png" } },
    }, vggface2.subjects(folder .. "/train"))
  end)

  it("finds lists in meta/ and says where it looked", function()
    assert.equal(folder .. "/meta/list.txt", vggface2.find(folder, "list.txt"))
    local _, text = vggface2.find(folder, "absent.csv")
    assert.truthy(text:find("absent.csv", 1, true))
  end)

  it("reads a list of files, with the lines that came before", function()
    local path = folder .. "/meta/files.txt"
    assert(system.write_file(path, "\xEF\xBB\xBFa b/1.jpg\r\n\r\n'c'/2.jpg\r\na b/1.jpg\r\n"))
    local files, repeated = vggface2.list(path)
    assert.same({ "a b/1.jpg", "'c'/2.jpg", "a b/1.jpg" }, files)
    assert.same({ { text = "a b/1.jpg", line = 4, first = 1 } }, repeated)
    assert(system.write_file(path, "a/1.jpg\n\n/2.jpg\n"))
    local none, text, code = vggface2.list(path)
    assert.is_nil(none)
    assert.equal(path .. ":3: '/2.jpg' begins with a /; wanted FOLDER/FILE", text)
    assert.equal("FORMAT", code)
  end)

  it("names the columns of a file that is no identity_meta.csv", function()
    local path = folder .. "/meta/other.csv"
    assert(system.write_file(path, 'NAME_ID,X\n"n000002/0001_01",1\n'))
    local identities, text, code = vggface2.identities(path)
    assert.is_nil(identities)
    assert.equal(path .. ": the columns are NAME_ID, X; wanted Class_ID, Name and Flag", text)
    assert.equal("FORMAT", code)
  end)

  it("names a box file's row that lacks a number", function()
    for _, row in ipairs { "1,2,3", "1,2,wide,4" } do
      assert(system.write_file(folder .. "/meta/boxes.csv",
        ('NAME_ID,X,Y,W,H\n"n000002/0001_01",%s\n'):format(row)))
      local _, text, code = vggface2.boxes(folder .. "/meta/boxes.csv")
      assert.truthy(text:find(":2: n000002/0001_01 has 3 numbers, wanted 4", 1, true))
      assert.equal("FORMAT", code)
    end
  end)

  it("groups a list by subject in its order", function()
    assert.same({ { name = "b", files = { "b/1", "b/2" } }, { name = "a", files = { "a/1" } } },
      vggface2.by_subject { "b/1", "a/1", "b/2" })
  end)

  needs_meta("reads 9,131 identities, 8,631 of them for training", function()
    local identities = assert(vggface2.identities(META .. "/identity_meta.csv"))
    local train, photos = 0, 0
    for _, identity in ipairs(identities) do
      train = train + (identity.train and 1 or 0)
      photos = photos + identity.samples
    end
    assert.same({ 9131, 8631, 3311286 }, { #identities, train, photos })
    assert.equal("14th_Dalai_Lama", identities[1].name)
  end)

  needs_meta("reads the boxes, negative ones as published", function()
    local boxes = assert(vggface2.boxes(META .. "/loose_bb_test.csv"))
    local count, negative = 0, 0
    for _, box in pairs(boxes) do
      count = count + 1
      negative = negative + ((box[1] < 0 or box[2] < 0) and 1 or 0)
    end
    assert.same({ 169396, 3338 }, { count, negative })
    assert.same({ -22, -66, 454, 592 }, boxes["n001293/0144_01"])
  end)

  needs_meta("reads the age list: 100 subjects of 20 photos", function()
    local subjects = vggface2.by_subject(vggface2.list(META .. "/test_agetemp_imglist.txt"))
    assert.equal(100, #subjects)
    for _, subject in ipairs(subjects) do assert.equal(20, #subject.files) end
  end)
end)
