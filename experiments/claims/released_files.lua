--- What can be said of VGGFace2's released lists without a photo or a network.
-- The counts are the data set's README and paper's (Cao et al., FG 2018) where these
-- give them; the others, and the hashes, are of the files as they were published.
local claims = require "visage.experiment.claims"
local system = require "visage.system"
local vggface2 = require "visage.data.vggface2"

local README = "the data set's README, and its files"
local FILES = "the released files"

local META = claims.vggface2("identity_meta.csv", "meta")
local AGE = claims.vggface2("test_agetemp_imglist.txt", "meta")
local POSE = claims.vggface2("test_posetemp_imglist.txt", "meta")
local TEST = claims.vggface2("test_list.txt", "meta")
local BOXES = claims.vggface2("loose_bb_test.csv", "bb_landmark")
local OVERLAP = claims.vggface2("class_overlap_vgg1_2.txt", "meta")

local function set_of(list)
  local set = {}
  for _, value in ipairs(list) do set[value] = true end
  return set
end

local function hash(need, sha256)
  return {
    key = "sha256." .. need.name, says = need.name .. " is the file as it was released",
    source = FILES, needs = { need }, expected = sha256,
    find = function(here) return assert(system.sha256_file(here[need.name])) end,
  }
end

-- How many subjects a list of templates has, and how many photos: one number when
-- every subject has as many.
local function list_counts(path)
  local files = assert(vggface2.list(path))
  local subjects = vggface2.by_subject(files)
  local each = #subjects[1].files
  for _, subject in ipairs(subjects) do
    if #subject.files ~= each then each = "unequal" end
  end
  return { subjects = #subjects, photos = #files, each = each }
end

-- The listed photos that are not among all photos of the test set.
local function absent(here, list)
  local there, missing = set_of(assert(vggface2.list(here["test_list.txt"]))), {}
  for _, file in ipairs(assert(vggface2.list(here[list]))) do
    if not there[file] then missing[#missing + 1] = file end
  end
  return missing
end

-- Photos that a subject has twice in the list: { "PHOTO at I and J" }.
local function repeated(path)
  local found = {}
  for _, subject in ipairs(vggface2.by_subject(assert(vggface2.list(path)))) do
    local place = {}
    for i, file in ipairs(subject.files) do
      if place[file] then
        found[#found + 1] = ("%s at %d and %d"):format(file, place[file], i)
      end
      place[file] = i
    end
  end
  return found
end

-- The people of identity_meta.csv by id.
local function people(here)
  local by_id, list = {}, assert(vggface2.identities(here["identity_meta.csv"]))
  for _, one in ipairs(list) do by_id[one.id] = one end
  return by_id, list
end

return {
  hash(META, "3e0caaeb1cc30bf784edbfdf77e988cfedb56eaf3d2ba87d7724e4a8f7ff737f"),
  hash(AGE, "6cdbbde54eb948bd49fd1bedfe05442fc80632524f344b6ccf3a5ea500db3e00"),
  hash(POSE, "fbd48f81feada42719f6e2c9168bb4a0d427aba1447f3295f01bdc4cab68a7fd"),
  hash(TEST, "ddee596d95c2e4077da8caf4fab6aa468aa4fd5de4dc31cc09e63735d6156f94"),
  hash(BOXES, "da9e3efe538411a257717c003d52d4c5209ed1fc4558380fa5b20fe8a7e9cc8a"),
  {
    key = "identities", says = "9,131 people, 8,631 of them to train on and 500 to test",
    source = "Cao et al. 2018, abstract; the README of ox-vgg/vgg_face2",
    needs = { META }, expected = { all = 9131, train = 8631, test = 500 },
    find = function(here)
      local _, list = people(here)
      local found = { all = #list, train = 0, test = 0 }
      for _, one in ipairs(list) do
        local part = one.train and "train" or "test"
        found[part] = found[part] + 1
      end
      return found
    end,
  },
  {
    key = "images", says = "3,311,286 photos, 87 to 843 of a person, 169,396 to test",
    source = FILES, needs = { META },
    expected = { all = 3311286, train = 3141890, test = 169396, least = 87, most = 843 },
    find = function(here)
      local _, list = people(here)
      local found = { all = 0, train = 0, test = 0, least = math.huge, most = 0 }
      for _, one in ipairs(list) do
        local part, n = one.train and "train" or "test", math.tointeger(one.samples)
        found.all, found[part] = found.all + n, found[part] + n
        found.least, found.most = math.min(found.least, n), math.max(found.most, n)
      end
      return found
    end,
  },
  {
    key = "men", says = "59.7 % of the people are men", source = "Cao et al. 2018",
    needs = { META }, expected = 0.597, within = 0.0005,
    find = function(here)
      local men, _, list = 0, people(here)
      for _, one in ipairs(list) do men = men + (one.gender == "m" and 1 or 0) end
      return men / #list
    end,
  },
  {
    key = "classes", says = "which class of the softmax heads is whose",
    source = "the order of " .. FILES, needs = { META },
    expected = {
      [" A._J._Buckley"] = 2, [" Channing_Tatum"] = 1418, [" Elisabeth_Röhm"] = 2289,
      [" Sharon_Stone"] = 7422, [" Stevie_Ray"] = 7687,
    },
    find = function(here)
      local index, found = {}, {}
      local names = assert(require("visage.models").labels.rebuild(here["identity_meta.csv"]))
      for i, name in ipairs(names) do index[name] = i - 1 end
      for _, name in ipairs { "A._J._Buckley", "Channing_Tatum", "Elisabeth_Röhm",
        "Sharon_Stone", "Stevie_Ray" } do
        found[" " .. name] = index[" " .. name]
      end
      return found
    end,
  },
  {
    key = "test_list", says = "169,396 photos of 500 people in the test set", source = FILES,
    needs = { TEST }, expected = { subjects = 500, photos = 169396, each = "unequal" },
    find = function(here) return list_counts(here["test_list.txt"]) end,
  },
  {
    key = "age_list", says = "100 subjects with 20 photos each for the age templates",
    source = README, needs = { AGE }, expected = { subjects = 100, photos = 2000, each = 20 },
    find = function(here) return list_counts(here["test_agetemp_imglist.txt"]) end,
  },
  {
    key = "pose_list", says = "368 subjects with 30 photos each for the pose templates",
    source = README, needs = { POSE }, expected = { subjects = 368, photos = 11040, each = 30 },
    find = function(here) return list_counts(here["test_posetemp_imglist.txt"]) end,
  },
  {
    key = "age_missing", says = "two photos of the age list, both of n009286, are not there",
    source = FILES, needs = { AGE, TEST },
    expected = { "n009286/0020_01.jpg", "n009286/0266_01.jpg" },
    find = function(here) return absent(here, "test_agetemp_imglist.txt") end,
  },
  {
    key = "age_twice", says = "one photo is in two templates of one subject, n009286",
    source = FILES, needs = { AGE }, expected = { "n009286/0031_01.jpg at 11 and 19" },
    find = function(here) return repeated(here["test_agetemp_imglist.txt"]) end,
  },
  {
    key = "pose_missing", says = "every photo of the pose list is there", source = FILES,
    needs = { POSE, TEST }, expected = {},
    find = function(here) return absent(here, "test_posetemp_imglist.txt") end,
  },
  {
    key = "both_lists", says = "70 subjects are in the age list and in the pose list",
    source = FILES, needs = { AGE, POSE }, expected = 70,
    find = function(here)
      local aged, both = {}, 0
      for _, subject in ipairs(vggface2.by_subject(
        assert(vggface2.list(here["test_agetemp_imglist.txt"])))) do
        aged[subject.name] = true
      end
      for _, subject in ipairs(vggface2.by_subject(
        assert(vggface2.list(here["test_posetemp_imglist.txt"])))) do
        both = both + (aged[subject.name] and 1 or 0)
      end
      return both
    end,
  },
  {
    key = "age_sexes", says = "54 men and 46 women in the age list", source = FILES,
    needs = { AGE, META }, expected = { m = 54, f = 46 },
    find = function(here)
      local by_id, found = people(here), { m = 0, f = 0 }
      for _, subject in ipairs(vggface2.by_subject(
        assert(vggface2.list(here["test_agetemp_imglist.txt"])))) do
        local one = assert(by_id[subject.name], subject.name .. ": not in identity_meta.csv")
        found[one.gender] = (found[one.gender] or 0) + 1
      end
      return found
    end,
  },
  {
    key = "overlap", says = "53 people are in VGGFace too", source = README, needs = { OVERLAP },
    expected = 53,
    find = function(here)
      -- The first line names the columns.
      return #assert(vggface2.list(here["class_overlap_vgg1_2.txt"])) - 1
    end,
  },
  {
    key = "boxes", says = "169,396 boxes, of which 3,338 begin outside their photo",
    source = FILES, needs = { BOXES },
    expected = { boxes = 169396, left = 213, above = 3183, either = 3338 },
    find = function(here)
      local found = { boxes = 0, left = 0, above = 0, either = 0 }
      local function count(key, yes) found[key] = found[key] + (yes and 1 or 0) end
      for _, box in pairs(assert(vggface2.boxes(here["loose_bb_test.csv"]))) do
        count("boxes", true)
        count("left", box[1] < 0)
        count("above", box[2] < 0)
        count("either", box[1] < 0 or box[2] < 0)
      end
      return found
    end,
  },
}
