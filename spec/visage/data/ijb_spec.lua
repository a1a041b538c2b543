local ijb = require "visage.data.ijb"
local made = require "spec.support.ijb"
local system = require "visage.system"

describe("ijb", function()
  local root

  before_each(function() root = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(root) end)

  local function read(set)
    return assert(ijb.read(assert(ijb.find(root, set)), root .. "/photos"))
  end

  -- Puts a text over a file, or changes the one that is there.
  local function change(name, f)
    local path = root .. "/" .. name
    local text = f(system.read_file(path) or "")
    assert(system.write_file(path, text))
  end

  local function ids(p, rows)
    local list = {}
    for i, row in ipairs(rows) do list[i] = p.templates[row].id end
    return list
  end

  local function pairs_in(p)
    local list = {}
    assert(ijb.pairs(p, function(chunk)
      for i = 1, #chunk.first do
        list[#list + 1] = { p.templates[chunk.first[i]].id, p.templates[chunk.second[i]].id,
          chunk.same[i] == 1 }
      end
    end))
    return list
  end

  it("reads NIST's lists: faces with boxes, sightings as media, shared faces once", function()
    made.write_nist(root)
    local p = read()
    assert.same({ "IJB-C", "nist" }, { p.set, p.layout })
    assert.equal(12, #p.faces)
    assert.equal(9, #p.templates)
    assert.same({ "G1", "G2" }, { p.galleries[1].name, p.galleries[2].name })
    assert.same({ { 1, 2 }, { 3, 4 }, { 10, 11, 12, 13, 14 } },
      { ids(p, p.galleries[1].rows), ids(p, p.galleries[2].rows), ids(p, p.probes.rows) })
    local video = p.templates[p.row_of[10]]
    assert.same({ "101", { 6, 7, 8 }, { "21", "21", "22" } },
      { video.subject, video.faces, video.media })
    assert.same({ key = "frames/2.jpg", path = root .. "/photos/frames/2.jpg",
      box = { 2, 20, 42, 70 } }, p.faces[7])
    -- Template 14 is the photo that 10 has too.
    assert.same({ 8 }, p.templates[p.row_of[14]].faces)
    assert.same(made.PAIRS, pairs_in(p))
    change("protocols/ijbc_11_G1_G2_matches.csv", function(text)
      return (text:gsub(",", ", "):gsub("\n", " \r\n"))
    end)
    assert.same(made.PAIRS, pairs_in(p))
    assert.same({ genuine = 5, impostor = 15, repeated = 0 }, ijb.check_pairs(p))
    assert.same({}, p.repeated)
  end)

  it("reads InsightFace's lists: points, scores, media, whose the templates are", function()
    made.write_insightface(root, { 0.9, 0.8, 1, 1, 1, 0.25, 1, 1, 1, 1, 1, 1, 1 })
    local p = read "ijbc"
    assert.same({ "IJB-C", "insightface" }, { p.set, p.layout })
    assert.same({ 13, 9 }, { #p.faces, #p.templates })
    assert.same({ { 30.5, 40 }, { 70, 40 }, { 50, 60 }, { 35, 80 }, { 65, 80 } },
      p.faces[6].points)
    assert.same({ 0.9, 0.25 }, { p.scores[1], p.scores[6] })
    local video = p.templates[p.row_of[10]]
    assert.same({ "101", { 6, 7, 8 }, { 21, 21, 22 } },
      { video.subject, video.faces, video.media })
    assert.same({ "6.jpg", root .. "/photos/6.jpg" }, { p.faces[6].key, p.faces[6].path })
    assert.same({ { 1, 2 }, { 3, 4 } },
      { ids(p, p.galleries[1].rows), ids(p, p.galleries[2].rows) })
    assert.same(made.PAIRS, pairs_in(p))
  end)

  it("minds no byte order mark, carriage return, tab, empty line or lacking last end", function()
    made.write_insightface(root)
    for _, name in ipairs { "face_tid_mid", "name_5pts_score", "template_pair_label" } do
      change("meta/ijbc_" .. name .. ".txt", function(text)
        text = text:gsub(" ", "\t"):gsub("\n", "\r\n")
        return "\xEF\xBB\xBF" .. text:gsub("^(.-\n)", "%1\r\n \n"):gsub("\r\n$", "")
      end)
    end
    change("meta/ijbc_1N_gallery_G1.csv", function(text)
      text = text:gsub("img/1.jpg", '"img/1, a ""b"".jpg"')
      return "\xEF\xBB\xBF" .. text:gsub("\n", "\r\n")
    end)
    local p = read()
    assert.same({ 13, 9 }, { #p.faces, #p.templates })
    assert.same(made.PAIRS, pairs_in(p))
  end)

  it("knows faces without a box", function()
    made.write_nist(root)
    change("protocols/ijbc_1N_gallery_G1.csv", function(text)
      return (text:gsub("1,20,40,50", ",,,"):gsub("3,20,40,50", "NaN,NaN,NaN,NaN"))
    end)
    local p = read()
    assert.is_nil(p.faces[1].box or p.faces[3].box)
    assert.same({ 2, 20, 42, 70 }, p.faces[2].box)
  end)

  it("does without galleries, points or pairs that are not there", function()
    made.write_insightface(root)
    for _, name in ipairs {
      "1N_gallery_G2.csv", "name_5pts_score.txt", "template_pair_label.txt",
    } do
      assert(os.remove(("%s/meta/ijbc_%s"):format(root, name)))
    end
    local p = read()
    assert.same({ 0, 9 }, { #p.galleries, #p.templates })
    assert.is_nil(p.faces[1].points or p.probes or p.pairs or p.templates[1].subject)
  end)

  it("leaves out pairs of omitted templates", function()
    made.write_nist(root)
    local p = read()
    p.templates[p.row_of[1]].omitted = true
    p.templates[p.row_of[12]].omitted = true
    assert.same({ genuine = 2, impostor = 10, repeated = 0 }, ijb.check_pairs(p))
    for _, template in ipairs(p.templates) do template.omitted = true end
    assert.same({ genuine = 0, impostor = 0, repeated = 0 }, ijb.check_pairs(p))
  end)

  it("counts what comes again", function()
    made.write_nist(root)
    change("protocols/ijbc_11_G1_G2_matches.csv", function(text) return text .. "10,1\n2,10\n" end)
    change("protocols/ijbc_1N_gallery_G1.csv", function(text)
      return text .. text:match "\n(1,101,img/2[^\n]*\n)"
    end)
    local p = read()
    local found = ijb.check_pairs(p)
    assert.same({ 6, 16, 2 }, { found.genuine, found.impostor, found.repeated })
    assert.equal("1 and 10", found.example)
    assert.same({ { path = root .. "/protocols/ijbc_1N_gallery_G1.csv", line = 5 } }, p.repeated)
  end)

  local function fails(expected, name, f)
    local p, why, code
    if name:find "matches" or name:find "pair_label" then
      change(name, f)
      p, why, code = ijb.check_pairs(read())
    else
      change(name, f)
      p, why, code = ijb.read(assert(ijb.find(root)), root)
    end
    assert.is_nil(p)
    assert.equal(("%s/%s"):format(root, name) .. expected, why)
    assert.equal("FORMAT", code)
  end

  -- Puts a line in the place of one.
  local function line(number, wanted)
    return function(text)
      local n = 0
      return (text:gsub("([^\n]*)\n", function(old)
        n = n + 1
        return (n == number and wanted or old) .. "\n"
      end))
    end
  end

  it("says where a list of NIST's is wrong", function()
    local G1, MATCHES = "protocols/ijbc_1N_gallery_G1.csv", "protocols/ijbc_11_G1_G2_matches.csv"
    for _, case in ipairs {
      { ":3: 8 fields, the header has 9", G1, line(3, "1,101,img/2.jpg,12,2,20,40,50") },
      { ":3: TEMPLATE_ID is '-1', wants a number", G1, line(3, "-1,101,img/2.jpg,12,2,20,40,50,") },
      { ":3: template 1 is of subject 7, before it was of 101", G1,
        line(3, "1,7,img/2.jpg,12,2,20,40,50,") },
      { ":3: wants a subject, a file and a sighting, has '101', '../2.jpg' and '12'", G1,
        line(3, "1,101,../2.jpg,12,2,20,40,50,") },
      { ":3: the face is '2', '20', '-4', '50', wants x, y, width and height", G1,
        line(3, "1,101,img/2.jpg,12,2,20,-4,50,") },
      { ":3: the face is '2', '', '4', '50', wants x, y, width and height", G1,
        line(3, "1,101,img/2.jpg,12,2,,4,50,") },
      { (":2: template 1 is in %s/%s too"):format("ROOT", G1), "protocols/ijbc_1N_gallery_G2.csv",
        line(2, "1,101,img/4.jpg,14,4,20,40,50,") },
      { ": no column FILENAME or FILE; there are TEMPLATE_ID, SUBJECT_ID, PHOTO", G1,
        line(1, "TEMPLATE_ID,SUBJECT_ID,PHOTO") },
      { ": no header line", G1, function() return " \n" end },
      { ":4: there is no template 99", MATCHES, line(4, "1,99") },
      { ":4: wants two templates, has '1,13,1'", MATCHES, line(4, "1,13,1") },
      { ":20: wants two templates, has '4 14'", MATCHES, line(20, "4 14") },
      { ":20: wants two templates, has '4,'", MATCHES, line(20, "4, ") },
    } do
      made.write_nist(root)
      fails(case[1]:gsub("ROOT", root), case[2], case[3])
    end
  end)

  it("says where a list of InsightFace's is wrong", function()
    local FACES, POINTS = "meta/ijbc_face_tid_mid.txt", "meta/ijbc_name_5pts_score.txt"
    local PAIRS = "meta/ijbc_template_pair_label.txt"
    for _, case in ipairs {
      { ":2: wants a name, a template and a medium, has '2.jpg 1'", FACES, line(2, "2.jpg 1") },
      { ":2: wants a name, a template and a medium, has 'a b.jpg 1 12'", FACES,
        line(2, "a b.jpg 1 12") },
      { ":2: wants a name, a template and a medium, has '/2.jpg 1 12'", FACES,
        line(2, "/2.jpg 1 12") },
      { ":2: 9.jpg, where the list of templates has 2.jpg", POINTS,
        line(2, "9.jpg 1 1 2 2 3 3 4 4 5 5 0.5") },
      { ":2: wants a name and eleven numbers, has '2.jpg 1 1 2 2 3 3 4 4 5 5'", POINTS,
        line(2, "2.jpg 1 1 2 2 3 3 4 4 5 5") },
      { ":2: wants a name and eleven numbers, has '2.jpg 1 1 2 2 3 3 4 4 5 5 nan'", POINTS,
        line(2, "2.jpg 1 1 2 2 3 3 4 4 5 5 nan") },
      { ": 12 faces, the list of templates has 13", POINTS, function(text)
        return (text:gsub("13.jpg[^\n]*\n", ""))
      end },
      { ":14: 14.jpg, where the list of templates has no more faces", POINTS, function(text)
        return text .. "14.jpg 1 1 2 2 3 3 4 4 5 5 0.5\n"
      end },
      { ":2: template '77' has no faces", "meta/ijbc_1N_gallery_G1.csv",
        line(2, "77,101,img/1.jpg,11,1,20,40,50,") },
      { ":20: wants two templates and 1 or 0, has '4 14'", PAIRS, line(20, "4 14") },
      { ":20: wants two templates and 1 or 0, has '4 14 2'", PAIRS, line(20, "4 14 2") },
      { ":21: there is no template 15", PAIRS, function(text) return text .. "15 1 0" end },
      { ": no faces in it", FACES, function() return "\n" end },
    } do
      made.write_insightface(root)
      fails(case[1], case[2], case[3])
    end
  end)

  it("looks for its files", function()
    local files, why, code = ijb.find(root)
    assert.is_nil(files)
    assert.equal(root .. ": neither meta/ijbc_face_tid_mid.txt (InsightFace's package) nor"
      .. " protocols/ijbc_1N_gallery_G1.csv, _G2.csv and ijbc_1N_probe_mixed.csv (NIST's) is in it",
      why)
    assert.equal("IO", code)
    made.write_insightface(root)
    assert(system.write_file(root .. "/meta/ijbb_face_tid_mid.txt", "1.jpg 1 1\n"))
    files, why = ijb.find(root)
    assert.is_nil(files)
    assert.equal(root .. " holds IJB-B and IJB-C; say which with --set", why)
    assert.equal("IJB-B", ijb.find(root, "ijbb").set)
    assert.is_nil(ijb.find(root, "ijbb").pairs)
  end)
end)
