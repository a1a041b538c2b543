local shared = require "spec.support.shared"
local system = require "visage.system"
local templates = require "visage.templates"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"

local AGE = system.root() .. "/experiments/templates/vggface2_age.lua"
local POSE = system.root() .. "/experiments/templates/vggface2_pose.lua"

-- Twenty image records called 1 to 20, those of `gone` missing.
local function images(gone)
  local list = {}
  for i = 1, 20 do list[i] = { file = tostring(i), missing = (gone or {})[i] } end
  return list
end

local function files(list)
  local names = {}
  for i, image in ipairs(list) do names[i] = image.file end
  return table.concat(names, " ")
end

describe("a definition", function()
  it("of the age templates deals 20 photos to four templates", function()
    local def = assert(templates.load(AGE))
    local made = assert(templates.build(def, "n1", images()))
    assert.equal("1 2 3 4 5", files(made.young1))
    assert.equal("6 7 8 9 10", files(made.young2))
    assert.equal("11 12 13 14 15", files(made.mature1))
    assert.equal("16 17 18 19 20", files(made.mature2))
  end)

  it("may be a function of a subject's images", function()
    local def = assert(templates.check(function(subject, list)
      return { young1 = { list[1] }, young2 = { list[2] }, mature1 = { list[3] },
        mature2 = { list[subject == "n1" and 4 or 5] } }
    end))
    assert.equal("4", files(templates.build(def, "n1", images()).mature2))
    assert.equal("5", files(templates.build(def, "n2", images()).mature2))
  end)

  it("without pairings gets those of the age templates", function()
    local def = assert(templates.load(AGE))
    local short = assert(templates.check(function() end))
    assert.same(def.pairings, short.pairings)
    assert.same(def.groups, short.groups)
  end)

  it("has the pairings that its template names allow, and its own", function()
    local mine = { { { "a", "b" }, { "a", "c" } }, { { "c", "a" }, { "c", "d" } } }
    local positions = { a = { 1 }, b = { 2 }, c = { 3 }, d = { 4 } }
    local def = assert(templates.check { templates = positions, groups = { "x", "y" },
      pairings = { mine = mine }, pairing = "mine" })
    assert.same({ mine = mine }, def.pairings)
    assert.same({ "a", "b", "c", "d" }, templates.names(def))
    def = assert(templates.load(AGE))
    assert.same({ "reproduction", "all_cross", "paper" }, templates.pairing_names(def))
    assert.same({ "paper", "all_cross" }, templates.pairing_names(assert(templates.load(POSE))))
  end)

  it("may have a pairing that is a function of the groups", function()
    local base = dofile(AGE)
    base.pairings = { first = function(groups)
      local cell = { groups[1] .. "1", groups[2] .. "1" }
      return { { cell, cell }, { cell, cell } }
    end }
    local def = assert(templates.check(base))
    assert.same({ "young1", "mature1" }, def.pairings.first[2][2])
    assert.is_truthy(def.pairings.reproduction)
  end)

  it("that is a function must give the templates that are paired", function()
    local def = assert(templates.check(function(_, list)
      return { young1 = { list[1] }, young2 = { list[2] } }
    end))
    assert.has_error(function() templates.build(def, "n1", images()) end,
      "templates: the pairings want template mature1; of n1 there are young1, young2")
  end)

  it("takes changes over what the file says", function()
    local def = assert(templates.load(AGE, { pairing = "paper", pooling = "vggface2" }))
    assert.same({ "paper", "vggface2" }, { def.pairing, def.pooling })
  end)

  local function refused(change, expected)
    local base = dofile(AGE)
    for key, value in pairs(change) do base[key] = value end
    local def, text, code = templates.check(base, "mine.lua")
    assert.is_nil(def)
    assert.equal("FORMAT", code)
    assert.truthy(text:find(expected, 1, true), text)
  end

  it("says what is wrong with it", function()
    refused({ tempaltes = {} }, "mine.lua: no field is called 'tempaltes'; there are allow_dup")
    refused({ pooling = "median" }, "no rule is called 'median'")
    refused({ pairing = "other" }, "no pairing is called 'other'; there are all_cross, paper")
    refused({ missing = "panic" }, "missing = 'panic'; there are omit_subject, use_rest")
    refused({ groups = { "young" } }, "groups: 1 of them, wanted 2 or more")
    refused({ groups = { "young", "a/b" } }, "groups: 'a/b' at place 2; wanted a text without /")
    refused({ groups = { "young", "young" } }, "groups: 'young' is there twice")
    refused({ pairings = { mine = 3 } }, "pairing mine is a number, wanted rows of cells")
    refused({ images_per_subject = "20" }, "images_per_subject is a string, wanted a number")
    refused({ pairings = { reproduction = { { { "young1", "old2" } } } } },
      "cell 1 1 names template 'old2'; there are mature1, mature2, young1, young2")
    refused({ pairings = { reproduction = { { { "young1", "young2" } } } } },
      "pairing reproduction, cell 1 2 is missing; 2 groups make 2 x 2 cells")
  end)

  it("with a mistake in its Lua gives the file and the line", function()
    local path = os.tmpname()
    finally(function() os.remove(path) end)
    assert(system.write_file(path, "return {\n  name = }\n"))
    local def, text = templates.load(path)
    assert.is_nil(def)
    assert.truthy(text:find(":2: ", 1, true), text)
  end)

  it("that is not there is no mistake in its Lua", function()
    local def, text, code = templates.load("/absent/mine.lua")
    assert.is_nil(def)
    assert.truthy(text:find("/absent/mine.lua", 1, true), text)
    assert.equal("IO", code)
  end)
end)

describe("a missing photo", function()
  it("leaves the subject out and is named", function()
    local def = assert(templates.load(AGE))
    local made, why = templates.build(def, "n1", images { [3] = true, [17] = true })
    assert.is_nil(made)
    assert.equal("2 of 20 images missing: 3, 17", why)
  end)

  it("is one of five that are named, and all are counted", function()
    local def, gone = assert(templates.load(AGE)), {}
    for i = 1, 7 do gone[i] = true end
    assert.equal("7 of 20 images missing: 1, 2, 3, 4, 5, and 2 more",
      select(2, templates.build(def, "n1", images(gone))))
  end)

  it("leaves its template with the rest where the definition says so", function()
    local def = assert(templates.load(AGE, { missing = "use_rest" }))
    local made = assert(templates.build(def, "n1", images { [3] = true }))
    assert.equal("1 2 4 5", files(made.young1))
    local gone = { [6] = true, [7] = true, [8] = true, [9] = true, [10] = true }
    local none, why = templates.build(def, "n1", images(gone))
    assert.is_nil(none)
    assert.equal("no image is left for template young2", why)
  end)

  it("is more than a subject with too few photos can have", function()
    local def = assert(templates.load(AGE))
    local made, why = templates.build(def, "n1", { { file = "1" } })
    assert.is_nil(made)
    assert.equal("1 images, the definition wants 20", why)
  end)
end)

describe("a photo in two templates", function()
  local function twice()
    local list = images()
    list[19].file = "11"
    return list
  end

  it("is an error that names it", function()
    local def = assert(templates.load(AGE))
    assert.has_error(function() templates.build(def, "n9", twice()) end,
      "templates: image 11 of n9 is in template mature1 and in template mature2;"
      .. " allow_duplicates = true in the definition lets it be")
  end)

  it("is let be when the definition says so", function()
    local def = assert(templates.load(AGE, { allow_duplicates = true }))
    assert.truthy(templates.build(def, "n9", twice()))
  end)

  it("of a subject that is omitted is not judged", function()
    local def = assert(templates.load(AGE))
    local list = twice()
    list[1].missing = true
    assert.is_nil((templates.build(def, "n9", list)))
  end)
end)

describe("the released age list", function()
  it("gives 99 of 100 subjects; n009286 lacks two photos", function()
    local meta = shared.data("vggface2/meta")
    if not meta then return pending("no vggface2/meta in $VISAGE_DATA") end
    local there = {}
    for _, file in ipairs(vggface2.list(meta .. "/test_list.txt")) do there[file] = true end
    local def, kept, omitted = assert(templates.load(AGE)), 0, {}
    for _, subject in ipairs(vggface2.by_subject(
      vggface2.list(meta .. "/test_agetemp_imglist.txt"))) do
      local list = {}
      for i, file in ipairs(subject.files) do
        list[i] = { file = file, missing = not there[file] }
      end
      local made, why = templates.build(def, subject.name, list)
      if made then kept = kept + 1 else omitted[subject.name] = why end
      if subject.name == "n009286" then
        -- With the rest of its photos it would be the one with a photo in two
        -- templates.
        def.missing = "use_rest"
        assert.error_matches(function() templates.build(def, subject.name, list) end,
          "image n009286/0031_01.jpg of n009286 is in template mature1 and in template mature2")
        def.missing = "omit_subject"
      end
    end
    assert.equal(99, kept)
    assert.same({ n009286 = "2 of 20 images missing: n009286/0020_01.jpg, n009286/0266_01.jpg" },
      omitted)
  end)
end)

describe("the released pose list", function()
  it("gives 368 subjects of six templates, none omitted", function()
    local meta = shared.data("vggface2/meta")
    if not meta then return pending("no vggface2/meta in $VISAGE_DATA") end
    local def, kept = assert(templates.load(POSE)), 0
    for _, subject in ipairs(vggface2.by_subject(
      vggface2.list(meta .. "/test_posetemp_imglist.txt"))) do
      local list = {}
      for i, file in ipairs(subject.files) do list[i] = { file = file } end
      local made = assert(templates.build(def, subject.name, list))
      assert.equal(30, #list)
      assert.equal(subject.files[16], made.three_quarter2[1].file)
      kept = kept + 1
    end
    assert.equal(368, kept)
  end)
end)

describe("a matrix", function()
  -- Unit vectors at 0, 60, 90 and 150 degrees: each cosine is known.
  local function at(degrees)
    local angle = math.rad(degrees)
    return tensor.from({ math.cos(angle), math.sin(angle) }, "f64")
  end
  local pooled = { young1 = at(0), young2 = at(60), mature1 = at(90), mature2 = at(150) }

  local function matrix(pairing)
    return templates.matrix(assert(templates.load(AGE, { pairing = pairing })), pooled)
  end

  local function near(expected, actual)
    for i = 1, 2 do
      for j = 1, 2 do assert.near(expected[i][j], actual[i][j], 1e-15) end
    end
  end

  local c30, c60, c90, c150 = math.sqrt(3) / 2, 0.5, 0, -math.sqrt(3) / 2

  it("pairs templates as the reproduction does", function()
    -- (y1,y2) 60, (y1,m1) 90, (m2,y2) 90, (m1,m2) 60 degrees.
    near({ { c60, c90 }, { c90, c60 } }, matrix "reproduction")
  end)

  it("pairs templates as the paper does", function()
    -- (y1,m2) 150, (m1,y2) 30 degrees.
    near({ { c60, c150 }, { c30, c60 } }, matrix "paper")
  end)

  it("averages all four cross pairs", function()
    local cross = (c90 + c150 + c30 + c90) / 4
    near({ { c60, cross }, { cross, c60 } }, matrix "all_cross")
  end)

  it("is averaged cell by cell, and its age effect is diagonal less off-diagonal", function()
    local mean = templates.mean { { { 0.8, 0.4 }, { 0.2, 0.6 } }, { { 0.6, 0.6 }, { 0.4, 1 } } }
    near({ { 0.7, 0.5 }, { 0.3, 0.8 } }, mean)
    assert.near(0.35, templates.effect(mean), 1e-15)
  end)

  it("of three groups has the mean of three cells less that of six", function()
    local m = { { 0.9, 0.1, 0.2 }, { 0.3, 0.6, 0.4 }, { 0.5, 0.3, 0.6 } }
    assert.near(0.7 - 0.3, templates.effect(m), 1e-15)
    local same, other = templates.sides(m)
    assert.near(0.7, same, 1e-15)
    assert.near(0.3, other, 1e-15)
  end)

  it("takes another pairing than the definition's", function()
    local def = assert(templates.load(AGE))
    near(matrix "paper", templates.matrix(def, pooled, "paper"))
  end)
end)
