--- LFW's lists: what is read, and what each fault says.
local lfw = require "visage.data.lfw"
local system = require "visage.system"

describe("lfw", function()
  local folder

  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  local function file(text)
    local path = folder .. "/list.txt"
    assert(system.write_file(path, text))
    return path
  end

  local function refused(expected, reader, text)
    local list, why, code = reader(file(text))
    assert.is_nil(list)
    assert.equal(folder .. "/list.txt" .. expected, why)
    assert.equal("FORMAT", code)
  end

  local TWO_FOLDS = "2\t1\nAnn\t1\t2\nAnn\t1\tBo\t3\nCy\t4\t10\nCy\t2\tDi\t1\n"

  it("reads folds of pairs, of one person and of two", function()
    local list = assert(lfw.pairs(file(TWO_FOLDS)))
    assert.equal(2, list.folds)
    assert.equal(4, #list)
    assert.same({
      fold = 1, same = false, line = 3, subjects = { "Ann", "Bo" },
      files = { "Ann/Ann_0001.jpg", "Bo/Bo_0003.jpg" },
    }, list[2])
    assert.same({ "Cy/Cy_0004.jpg", "Cy/Cy_0010.jpg" }, list[3].files)
    assert.same({ 1, 1, 2, 2 }, { list[1].fold, list[2].fold, list[3].fold, list[4].fold })
  end)

  it("takes blanks, CRLF, a byte order mark and empty lines", function()
    local text = "\xEF\xBB\xBF" .. TWO_FOLDS:gsub("\n", "\r\n") .. "\r\n"
    assert.same(lfw.pairs(file(TWO_FOLDS)), lfw.pairs(file(text)))
    assert.same(lfw.pairs(file(TWO_FOLDS)), lfw.pairs(file((TWO_FOLDS:gsub("\t", "  ")))))
  end)

  it("takes a name with blanks between tabs, and quotes as they are", function()
    local list = assert(lfw.pairs(file("1\t1\nAnn B. \"Bo\" Cy\t1\t2\nAnn B.\t1\tO'Di, Ed\t1\n")))
    assert.same({ 'Ann B. "Bo" Cy', 'Ann B. "Bo" Cy' }, list[1].subjects)
    assert.equal("O'Di, Ed/O'Di, Ed_0001.jpg", list[2].files[2])
  end)

  it("reads a development list as one fold", function()
    assert.equal(1, assert(lfw.pairs(file "1\nAnn\t1\t2\nAnn\t1\tBo\t3\n")).folds)
  end)

  it("tells a pair that comes again, in either order", function()
    local list = assert(lfw.pairs(file "1 2\nAnn 1 2\nAnn 2 1\nAnn 1 Bo 1\nBo 1 Ann 1\n"))
    assert.same({ { line = 3, first = 2 }, { line = 5, first = 4 } }, list.repeated)
  end)

  it("names the line that is wrong", function()
    refused(":1: wants the number of folds and of pairs in each, such as 10 300", lfw.pairs, "")
    refused(":1: wants the number of folds and of pairs in each, such as 10 300", lfw.pairs,
      "Ann\t1\t2\n")
    refused(": 1 pairs; its first line says 1 folds of 1 + 1, which is 2", lfw.pairs,
      "1 1\nAnn 1 2\n")
    refused(":2: 4 fields, wants 3: name, number, number", lfw.pairs,
      "1 1\nAnn 1 Bo 2\nAnn 1 Bo 2\n")
    refused(":4: 3 fields, wants 4: name, number, name, number", lfw.pairs,
      "1 1\nAnn 1 2\n\nAnn 1 2\n")
    refused(":2: photos '1' and 'x', wants whole numbers from 1 on", lfw.pairs,
      "1 1\nAnn 1 x\nAnn 1 Bo 2\n")
    refused(":2: photos '0' and '2', wants whole numbers from 1 on", lfw.pairs,
      "1 1\nAnn 0 2\nAnn 1 Bo 2\n")
    refused(":2: a photo beside itself", lfw.pairs, "1 1\nAnn 2 2\nAnn 1 Bo 2\n")
    refused(":3: two people wanted, both are Ann", lfw.pairs, "1 1\nAnn 1 2\nAnn 1 Ann 2\n")
    refused(":2: a name with a folder in it", lfw.pairs, "1 1\n../Ann 1 2\nAnn 1 Bo 2\n")
  end)

  it("says which file is not there", function()
    local _, why, code = lfw.pairs(folder .. "/absent.txt")
    assert.truthy(why:find("absent.txt", 1, true))
    assert.equal("IO", code)
  end)

  it("lists the photos once and those that are missing with their line", function()
    assert(system.mkdir_p(folder .. "/Ann"))
    assert(system.write_file(folder .. "/Ann/Ann_0001.jpg", ""))
    local list = assert(lfw.pairs(file(TWO_FOLDS)))
    local photos, missing = lfw.photos(list, folder)
    assert.same({ 1, 2 }, list[1].places)
    assert.same({ 1, 3 }, list[2].places)
    assert.same({ key = "Bo/Bo_0003.jpg", path = folder .. "/Bo/Bo_0003.jpg", name = "Bo" },
      photos[3])
    assert.equal(7, #photos)
    assert.equal("Ann/Ann_0002.jpg (line 2)", missing[1])
    assert.equal(6, #missing)
  end)

  local POINTS = "\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10.5"

  it("reads five points a photo, on the released size", function()
    local map = assert(lfw.landmarks(file("lfw/Ann/Ann_0001.jpg" .. POINTS .. "\r\n"
      .. "Ann\\Ann_0002.jpg" .. POINTS .. "\nlfw/Ann/Ann_0001.jpg" .. POINTS)))
    assert.same({ side = 250, { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 }, { 9, 10.5 } },
      map["Ann/Ann_0001.jpg"])
    assert.is_table(map["Ann/Ann_0002.jpg"])
  end)

  it("gives photos their points, all of them", function()
    local photos = { { key = "Ann/Ann_0001.jpg" }, { key = "Bo/Bo_0001.jpg" } }
    assert.is_true(lfw.add_points({ photos[1] }, file("lfw/Ann/Ann_0001.jpg" .. POINTS)))
    assert.same({ 9, 10.5 }, photos[1].points[5])
    local ok, why, code = lfw.add_points(photos, file("lfw/Ann/Ann_0001.jpg" .. POINTS))
    assert.is_nil(ok)
    assert.equal(folder .. "/list.txt: no line for 1 of 2 photos, such as Bo/Bo_0001.jpg", why)
    assert.equal("FORMAT", code)
  end)

  it("refuses points that are none, and two opinions on one photo", function()
    local wants = "wants NAME/PHOTO.jpg and ten numbers"
    refused(":1: " .. wants, lfw.landmarks, "Ann/Ann_0001.jpg\t1\t2\n")
    refused(":1: " .. wants, lfw.landmarks, "Ann/Ann_0001.jpg" .. POINTS:gsub("7", "nan"))
    refused(":1: " .. wants, lfw.landmarks, "Ann_0001.jpg" .. POINTS)
    refused(":2: other points of Ann/Ann_0001.jpg than in line 1", lfw.landmarks,
      "Ann/Ann_0001.jpg" .. POINTS .. "\nAnn/Ann_0001.jpg" .. POINTS:gsub("7", "8"))
  end)
end)
