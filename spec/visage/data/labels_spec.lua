--- Labels of photos and people: CSVs, MAAD-Face, VGGFace2's attribute files.
local labels = require "visage.data.labels"
local shared = require "spec.support.shared"
local system = require "visage.system"

describe("labels", function()
  local root

  before_each(function() root = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(root) end)

  local function write(name, text)
    local path = root .. "/" .. name
    assert(system.mkdir_p(path:match "^(.*)/"))
    assert(system.write_file(path, text))
    return path
  end

  local function refuses(expected, path)
    local set, text, code = labels.read(path)
    assert.is_nil(set)
    assert.truthy(text:find(expected, 1, true), text)
    assert.equal("FORMAT", code)
  end

  it("are a photo's by its last folder and name, in whatever columns there are", function()
    local path = write("x.csv", "\xEF\xBB\xBFPath,Subject,age,Gender,hat,race\r\n"
      .. "a/b/1.jpg,p,12.5,Female,1,\r\n\"b/2 \"\"x\"\", y.jpg\",q,,m,0,Asian\r\n"
      .. "b/3.jpg,q,7,,true,African\r\n")
    local set = assert(labels.read(path))
    assert.same({ "age", "sex", "hat", "race" }, set.names)
    assert.same({ age = "age", sex = "sex", hat = "binary", race = "category" }, set.kinds)
    assert.same({ age = 12.5, sex = "f", hat = "yes" }, set.of["b/1"])
    assert.same({ sex = "m", hat = "no", race = "Asian" }, set.of['b/2 "x", y'])
    local photos = { { path = "/other/b/1.jpg" }, { path = "/b/9.jpg" }, { path = "b/3.png" } }
    assert.equal(2, labels.add(photos, set))
    assert.same({ path = "/other/b/1.jpg", age = 12.5, sex = "f", labels = { hat = "yes" } },
      photos[1])
    assert.same({ path = "/b/9.jpg", labels = {} }, photos[2])
    assert.same({ path = "b/3.png", age = 7, labels = { hat = "yes", race = "African" } },
      photos[3])
    local list = assert(labels.photos(set))
    assert.same({ path = root .. "/a/b/1.jpg", key = "a/b/1.jpg", subject = "p" }, list[1])
    assert.equal("/d/b/3.jpg", labels.photos(set, "/d")[3].path)
  end)

  it("are a photo's by its name alone where the file has no folders", function()
    local set = assert(labels.read(write("x.csv", "file,age\n001A02.JPG,2\n")))
    local photos = { { key = "images/001A02.JPG", path = "/d/images/001A02.JPG" } }
    assert.equal(1, labels.add(photos, set))
    assert.equal(2, photos[1].age)
    assert.is_nil(labels.photos(set))
  end)

  it("are a person's where the key is one; what a photo has already stays", function()
    local set = assert(labels.read(write("race.csv",
      "subject,race,sex\nn1,African,f\nn2,Asian,m\n")))
    local photos = { { key = "n1/1.jpg", subject = "n1", sex = "m" },
      { key = "n3/1.jpg", subject = "n3" } }
    assert.equal(1, labels.add(photos, set))
    assert.same({ "m", "African" }, { photos[1].sex, photos[1].labels.race })
    assert.same({}, photos[2].labels)
  end)

  it("say which ages are estimates", function()
    local set = assert(labels.read(write("x.csv",
      "path,estimated_age\nn1/1.jpg,31.5\nn1/2.jpg,40\n")))
    local photos = { { key = "n1/1.jpg", subject = "n1" }, { key = "n1/2.jpg", age = 39 } }
    labels.add(photos, set)
    assert.same({ 31.5, true }, { photos[1].age, photos[1].estimated })
    assert.same({ 39, false }, { photos[2].age, photos[2].estimated })
  end)

  it("reads the columns of VGGFace2's identities and of VGGFace2-1200", function()
    local set = assert(labels.read(write("m.csv", "Class_ID, Name, Sample_Num, Flag, Gender\n"
      .. 'n000007, "Anne,_Princess_Royal", 205, 1, f\n')))
    assert.same({ "subject", { "sex" }, { sex = "f" } }, { set.by, set.names, set.of.n000007 })
    set = assert(labels.read(write("r.csv", ",Class_ID,Name,Sample_Num,Flag,Gender,Race\n"
      .. '14,n000015," ""A_B""",248,1,m,African\n')))
    assert.same({ { "sex", "Race" }, { sex = "m", Race = "African" } },
      { set.names, set.of.n000015 })
  end)

  it("reads MAAD-Face: -1 is no, 0 is not known, unwanted rows stay out", function()
    local path = write("MAAD_Face.csv", "Filename,Identity,Male,Young,Asian\n"
      .. "n000002/0001_01.jpg,2,-1,1,0\nn000002/0002_01.jpg,2,-1,0,0\n"
      .. "n000003/0001_01.jpg,3,1,0,0\n")
    local set = assert(labels.read(path))
    assert.same({ Male = "no", Young = "yes" }, set.of["n000002/0001_01"])
    assert.same({ Male = "yes" }, set.of["n000003/0001_01"])
    set = assert(labels.read(path, { ["n000002/0002_01"] = true }))
    assert.same({ "n000002/0002_01" }, set.keys)
    assert.same({ Male = "no" }, set.of["n000002/0002_01"])
    write("MAAD_Face.csv", "Filename,Identity,Male\nn000002/0001_01.jpg,2\n")
    local none, text = labels.read(path, { ["n000002/0001_01"] = true })
    assert.is_nil(none)
    assert.truthy(text:find("MAAD_Face.csv:2: 2 fields, the header has 3", 1, true), text)
  end)

  it("reads VGGFace2's attribute files, one an attribute", function()
    write("a/01-Male.txt", "n000002/0032_01.jpg\t0\r\nn000003/0001_01.jpg\t1\r\n")
    write("a/09-Eyeglasses.txt", "n000002/0032_01.jpg\t1\n")
    write("a/pairs.txt", "nothing to us\n")
    local set = assert(labels.read(root .. "/a"))
    assert.same({ "Male", "Eyeglasses" }, set.names)
    assert.same({ Male = "no", Eyeglasses = "yes" }, set.of["n000002/0032_01"])
    assert.same({ Male = "yes" }, set.of["n000003/0001_01"])
    write("a/10-Sunglasses.txt", "n000002/0032_01.jpg\t0\nn000002/0032_01.jpg\t2\n")
    refuses("10-Sunglasses.txt:2: 'n000002/0032_01.jpg\t2', wants a photo, a tab and 0 or 1",
      root .. "/a")
    write("a/10-Sunglasses.txt", "n000002/0032_01.jpg\t0\nn000002/0032_01.jpg\t1\n")
    refuses("10-Sunglasses.txt:2: n000002/0032_01.jpg comes twice, with 0 and with 1", root .. "/a")
    assert(system.mkdir_p(root .. "/none"))
    refuses("none: no attribute file in it; wanted such as 01-Male.txt", root .. "/none")
  end)

  it("say with the line what is wrong", function()
    refuses("no column path or subject; the columns are a, b", write("x.csv", "a,b\n1,2\n"))
    refuses("x.csv:2: sex is 'x', wants m or f", write("x.csv", "path,sex\n1.jpg,x\n"))
    refuses("x.csv:3: age is '-4', wants years", write("x.csv", "path,age\n1.jpg,4\n2.jpg,-4\n"))
    refuses("x.csv:2: age is 'nan', wants years", write("x.csv", "path,age\n1.jpg,nan\n"))
    refuses("x.csv:2: a row without a path", write("x.csv", "path,age\n,4\n"))
    refuses("two columns of sex", write("x.csv", "path,sex,gender\n1.jpg,m,f\n"))
    refuses("x.csv:3: other labels of b/1 than in line 2",
      write("x.csv", "path,age\na/b/1.jpg,4\nc/b/1.jpg,5\n"))
    assert.equal("IO", select(3, labels.read(root .. "/absent.csv")))
  end)

  it("list rows that come again", function()
    local set = assert(labels.read(write("x.csv", "path,age\nb/1.jpg,4\nb/2.jpg,4\nb/1.jpg,4\n")))
    assert.same({ { key = "b/1", line = 4, first = 2 } }, set.repeated)
    assert.same({ "b/1", "b/2" }, set.keys)
  end)

  it("knows the sex of VGGFace2's people", function()
    local path = shared.data "vggface2/meta/identity_meta.csv"
    if not path then return pending "no identity_meta.csv here" end
    local set = assert(labels.read(path))
    assert.equal(9131, #set.keys)
    assert.same({ "f", "m", "m", "m" }, { set.of.n000002.sex, set.of.n000003.sex,
      set.of.n000004.sex, set.of.n000005.sex })
  end)
end)
