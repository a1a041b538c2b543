--- Photos of a folder or a list, with all labels that lie beside them or are named.
local argparse = require "argparse"
local labelled_photos = require "visage.experiment.labelled.photos"
local system = require "visage.system"

describe("labelled_photos", function()
  local root

  before_each(function() root = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(root) end)

  local function write(name, text)
    local path = root .. "/" .. name
    assert(system.mkdir_p(path:match "^(.*)/"))
    assert(system.write_file(path, text or ""))
    return path
  end

  -- A run of these options that keeps what it hears.
  local function run_of(options)
    local run = { options = options, data = {}, rules = {}, counts = {}, said = {} }
    function run:rule(name, value) self.rules[name] = value end
    function run:count(kind, n) self.counts[kind] = n end
    function run:say(format, ...) table.insert(self.said, format:format(...)) end
    function run.keep(_, list) return list end
    return run
  end

  it("has its options", function()
    local parser = argparse "x"
    labelled_photos.options(parser)
    local o = parser:parse { "--layout", "fgnet", "--list", "a", "--labels", "b",
      "--estimated-ages", "c" }
    assert.same({ "fgnet", "a", "b", "c" }, { o.layout, o.list, o.labels, o.estimated_ages })
  end)

  it("takes what lies with VGGFace2 and what is named", function()
    write "test/n000001/0001_01.jpg"
    write "test/n000001/0002_01.jpg"
    write "test/n000009/0001_01.jpg"
    write("meta/identity_meta.csv", "Class_ID, Name, Sample_Num, Flag, Gender\n"
      .. 'n000001, "A", 2, 0, m\nn000009, "B", 1, 0, f\n')
    write("attributes/09-Eyeglasses.txt", "n000001/0002_01.jpg\t1\n")
    local run = run_of { data = root, labels = write("race.csv", "subject,race\nn000009,Asian\n"),
      estimated_ages = write("ages.csv", "path,age\nn000001/0001_01.jpg,31\n") }
    local photos, layout = labelled_photos.read(run)
    assert.equal("vggface2", layout)
    assert.same({ "m", 31, true, {} }, { photos[1].sex, photos[1].age, photos[1].estimated,
      photos[1].labels })
    assert.same({ "m", { Eyeglasses = "yes" } }, { photos[2].sex, photos[2].labels })
    assert.same({ "f", { race = "Asian" } }, { photos[3].sex, photos[3].labels })
    assert.same({ "vggface2", root, "VGGFace2 test", 2, 3 }, { run.data.name, run.data.path,
      run.data.people, run.data.subjects, run.data.images })
    assert.truthy(run.rules.ages:find "^ESTIMATED")
    assert.truthy(run.rules.labels:find("ages.csv (1 of 3 photos; ESTIMATED ages)", 1, true))
    run.options.limit = 1
    assert.same({ 2, 1 }, { #labelled_photos.read(run), run.data.subjects })
  end)

  it("takes a list, says what is not there and what comes again", function()
    local list = write("list.csv", "path,subject,age\na.jpg,x,3\nb.jpg,y,4\na.jpg,x,3\n")
    write "a.jpg"
    local run = run_of { list = list }
    local photos, layout = labelled_photos.read(run)
    assert.same({ "list", 2, 3, root .. "/b.jpg", 1 }, { layout, #photos, photos[1].age,
      photos[2].path, run.counts.repeated_photos })
    assert.equal("1 of 2 photos are not there and count as failures, such as b.jpg", run.said[1])
    -- Embeddings of a file need no photos.
    run = run_of { list = list, embeddings = "x.npy" }
    labelled_photos.read(run)
    assert.same({ "2 photos of 2 people; known: age of 2" }, run.said)
    assert.equal("none", run.rules.labels)
  end)

  it("wants labels that are of these photos", function()
    local list = write("list.csv", "path,subject\nd/a.jpg,x\nd/b.jpg,y\n")
    local other = write("other.csv", "path,hat\ne/a.jpg,1\n")
    assert.error_matches(function()
      labelled_photos.read(run_of { list = list, labels = other })
    end, "other.csv: no photo here has labels in it; its first is e/a, ours d/a")
  end)

  it("wants a folder or a list", function()
    for _, options in ipairs { {}, { data = root, list = "x" } } do
      assert.error_matches(function() labelled_photos.read(run_of(options)) end,
        "give a folder with %-%-data DIR, or a list with %-%-list FILE")
    end
  end)
end)
