local subjects = require "visage.experiment.subjects"
local system = require "visage.system"

describe("subjects", function()
  local folder

  local function write(name, text)
    local path = folder .. "/" .. name
    assert(system.mkdir_p(path:match("^(.*)/")))
    assert(system.write_file(path, text or ""))
  end

  before_each(function()
    folder = assert(system.temp_dir())
    for _, file in ipairs { "n000002/1.jpg", "n000002/2.jpg", "n000002/3.jpg", "n000001/1.jpg" } do
      write("test/" .. file)
    end
    write("meta/list.txt", "n000002/1.jpg\nn000002/9.jpg\nn000001/1.jpg\nn000001/2.jpg\n")
    write("meta/all.txt", "n000002/1.jpg\nn000002/9.jpg\nn000001/1.jpg\nn000001/2.jpg\n")
  end)

  after_each(function() system.remove_tree(folder) end)

  -- "1 -2": the first photo of the second subject is there, the second missing.
  local function summary(list)
    local parts = {}
    for s, subject in ipairs(list) do
      local words = { subject.name }
      for i, one in ipairs(subject.images) do
        words[i + 1] = (one.missing and "-" or "") .. one.file:match("(%d+)%.jpg")
      end
      parts[s] = table.concat(words, " ")
    end
    return parts
  end

  it("come from files that stand for the folders where there is no list", function()
    local list = assert(subjects.read({ images_per_subject = 2 }, {
      root = folder, photos = false, files = { "a/1.jpg", "b/1.jpg", "a/2.jpg", "a/3.jpg" },
    }))
    assert.same({ "a 1 2", "b 1" }, summary(list))
  end)

  it("come from the definition's list, in its order, with what is missing", function()
    local list = assert(subjects.read({ list = "list.txt" }, { root = folder }))
    assert.same({ "n000002 1 -9", "n000001 1 -2" }, summary(list))
    assert.equal(folder .. "/test/n000002/1.jpg", list[1].images[1].path)
  end)

  it("come from the folders without a list, and so many photos as wanted", function()
    assert.same({ "n000001 1", "n000002 1 2 3" },
      summary(assert(subjects.read({}, { root = folder }))))
    assert.same({ "n000001 1", "n000002 1 2" },
      summary(assert(subjects.read({ images_per_subject = 2 }, { root = folder }))))
  end)

  it("are at least one", function()
    write("meta/empty.txt", "\n")
    local list, text, code = subjects.read({ name = "mine", list = "empty.txt" },
      { root = folder })
    assert.is_nil(list)
    assert.equal("mine: no subject in empty.txt", text)
    assert.equal("FORMAT", code)
  end)

  it("without photos miss only what the inventory lacks", function()
    write("meta/all.txt", "n000002/1.jpg\nn000001/1.jpg\nn000001/2.jpg\n")
    local list = assert(subjects.read({ list = "list.txt", inventory = "all.txt" },
      { root = folder, photos = false }))
    assert.same({ "n000002 1 -9", "n000001 1 2" }, summary(list))
  end)

  it("get the published boxes, corner to corner", function()
    write("bb_landmark/boxes.csv", 'NAME_ID,X,Y,W,H\n"n000002/1",-3,4,10,20\n')
    local list = assert(subjects.read({ list = "list.txt" }, { root = folder }))
    assert(subjects.add_boxes(list, folder .. "/bb_landmark/boxes.csv"))
    assert.same({ -3, 4, 7, 24 }, list[1].images[1].box)
    assert.is_nil(list[2].images[1].box)
  end)

  it("say which list or folder is not there", function()
    local list, text = subjects.read({ list = "absent.txt" }, { root = folder })
    assert.is_nil(list)
    assert.truthy(text:find("no absent.txt in it", 1, true))
    list, text = subjects.read({}, { root = folder, images = "valid" })
    assert.is_nil(list)
    assert.truthy(text:find("no photos in valid", 1, true))
    list, text = subjects.read({ name = "mine" }, { root = folder, photos = false })
    assert.is_nil(list)
    assert.truthy(text:find("mine names no list", 1, true))
  end)

  describe("numbered by the rows of a matrix", function()
    local function rows(count)
      local list = assert(subjects.read({ list = "list.txt" }, { root = folder }))
      list[2].images[2].missing = false
      local ok, text, code = subjects.number(list, count)
      local found = {}
      for _, subject in ipairs(list) do
        for _, one in ipairs(subject.images) do found[#found + 1] = one.row or 0 end
      end
      return ok and found, text, code
    end

    it("of all listed photos", function() assert.same({ 1, 2, 3, 4 }, rows(4)) end)

    it("of the subjects with none missing", function() assert.same({ 0, 0, 1, 2 }, rows(2)) end)

    it("of the photos that are not missing", function() assert.same({ 1, 0, 2, 3 }, rows(3)) end)

    it("of another size say what would fit", function()
      local found, text, code = rows(5)
      assert.is_nil(found)
      assert.equal("SHAPE", code)
      assert.equal("5 embeddings; the list has 4 images, 2 of them of subjects with none"
        .. " missing, 3 not missing", text)
    end)
  end)
end)
