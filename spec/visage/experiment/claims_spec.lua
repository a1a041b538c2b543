--- Claims as data: what equals what is claimed, what is missing, what is wrong in a file.
local claims = require "visage.experiment.claims"
local register = require "visage.weights.register"
local start_server = require("spec.support.server").start
local system = require "visage.system"

describe("a value equals what is claimed", function()
  it("within the difference that is allowed, the limit included", function()
    assert.is_true(claims.equal(0.979, 0.9795, 0.0006))
    assert.is_true(claims.equal(0.5, 0.75, 0.25))
    assert.is_false(claims.equal(0.979, 0.9785, 0.0004))
    assert.is_false(claims.equal(0.5, 0.5000001))
    assert.is_false(claims.equal(1, 0 / 0, 1))
  end)

  it("when all parts of a table do, and none is more or fewer", function()
    assert.is_true(claims.equal({ a = { 1, 2 } }, { a = { 1, 2 } }))
    assert.is_false(claims.equal({ 1, 2 }, { 1, 2, 3 }))
    assert.is_false(claims.equal({ 1, 2, 3 }, { 1, 2 }))
    assert.is_false(claims.equal({ a = 1 }, { b = 1 }))
    assert.is_true(claims.equal({}, {}))
  end)

  it("with a difference of its own for each part", function()
    local within = { score = 0.1 }
    assert.is_true(claims.equal({ box = 3, score = 1 }, { box = 3, score = 0.95 }, within))
    assert.is_false(claims.equal({ box = 3, score = 1 }, { box = 2.95, score = 1 }, within))
  end)

  it("when it is of the same kind", function()
    assert.is_false(claims.equal(1, "1"))
    assert.is_false(claims.equal({}, 1))
    assert.is_true(claims.equal("more", "more"))
  end)
end)

describe("a value in a line", function()
  it("has lists in brackets and names in order", function()
    assert.equal("box 1, 2, points (3, 4), (5, 6), score 0.5",
      claims.show { score = 0.5, box = { 1, 2 }, points = { { 3, 4 }, { 5, 6 } } })
    assert.equal("none", claims.show {})
    assert.equal("169396", claims.show(169396))
  end)
end)

describe("claims", function()
  local folder

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  local function write(name, text)
    assert(system.mkdir_p((folder .. "/" .. name):match "^(.*)/"))
    assert(system.write_file(folder .. "/" .. name, text))
    return folder .. "/" .. name
  end

  local GOOD = '{ key = "a", says = "s", source = "o", expected = 1, find = function() end }'

  it("are read from files, in their order", function()
    local list = assert(claims.load { write("one.lua", ("return { %s }"):format(GOOD)),
      write("two.lua", ("return { %s }"):format((GOOD:gsub('"a"', '"b"')))) })
    assert.same({ "a", "b" }, { list[1].key, list[2].key })
  end)

  it("say which file and claim is wrong", function()
    for text, expected in pairs {
      ["return 1"] = "bad.lua: wanted a list of claims",
      ["return {"] = "bad.lua:1:",
      ["return { 1 }"] = "bad.lua: claim 1: a claim is a table",
      [("return { %s, %s }"):format(GOOD, GOOD)] = "claim 2: key 'a' is there twice",
      [("return { %s }"):format((GOOD:gsub('"a"', '"a b"')))] = "key 'a b' is not one word",
      [("return { %s }"):format((GOOD:gsub("expected = 1,", "")))] = "nothing is expected",
      [("return { %s }"):format((GOOD:gsub("find = ", "found = ")))] = "no field is called 'found'",
      [("return { %s }"):format((GOOD:gsub('source = "o",', "")))] = "source is a nil",
    } do
      local list, why = claims.load { write("bad.lua", text) }
      assert.is_nil(list)
      assert.truthy(why:find(expected, 1, true), why)
    end
  end)

  local function claim(fields)
    local one = { key = "k", says = "s", source = "o", expected = 1 }
    function one.find() return 1 end
    for key, value in pairs(fields) do one[key] = value end
    return one
  end

  local function finder(fields)
    local places = { data = folder .. "/data", photos = folder .. "/photos", quiet = true }
    for key, value in pairs(fields or {}) do places[key] = value end
    return claims.finder(places)
  end

  it("hold, or do not", function()
    local none = finder()
    assert.equal("PASS", claims.judge(claim {}, none).verdict)
    local wrong = claims.judge(claim { find = function() return 2 end }, none)
    assert.same({ "FAIL", "2" }, { wrong.verdict, wrong.found })
    local raised = claims.judge(claim { find = function() error("no such thing", 0) end }, none)
    assert.same({ "FAIL", "could not be measured: no such thing" },
      { raised.verdict, raised.found })
    local nothing = claims.judge(claim { find = function() return nil, "gone" end }, none)
    assert.same({ "FAIL", "could not be measured: gone" }, { nothing.verdict, nothing.found })
  end)

  it("let Ctrl-C through", function()
    assert.has_error(function()
      claims.judge(claim { find = function() error("interrupted!", 0) end }, finder())
    end, "interrupted!")
  end)

  it("are MISSING without one of their files, and then not tried", function()
    local needs = { claims.data("list.txt", "http://example.org/", "meta"),
      claims.photo("face.jpg", { address = "http://example.org/face" }) }
    local tried = false
    local one = claim { needs = needs, find = function() tried = true return 1 end }
    local found = claims.judge(one, finder())
    assert.equal("MISSING", found.verdict)
    assert.same({
      { file = "list.txt", address = "http://example.org/", folder = folder .. "/data/meta" },
      { file = "face.jpg", address = "http://example.org/face", folder = folder .. "/photos" },
    }, found.lacking)
    write("data/meta/list.txt", "x")
    assert.equal(1, #claims.judge(one, finder()).lacking)
    assert.is_false(tried)
    write("photos/face.jpg", "x")
    assert.equal("PASS", claims.judge(one, finder()).verdict)
  end)

  it("say where VGGFace2 is had, for whatever of it they need", function()
    local lacking = select(2, finder()(claims.vggface2("test_list.txt", "meta")))[1]
    assert.match("/vgg_face2/", lacking.address, 1, true)
    assert.equal(folder .. "/data/meta", lacking.folder)
  end)

  it("are given the paths of what they need", function()
    local path = write("data/list.txt", "x")
    write("data/test/n000001/a.jpg", "x")
    local seen
    claims.judge(claim {
      needs = { claims.data("list.txt", "a"), claims.data("test", "a") },
      find = function(here) seen = here return 1 end,
    }, finder(), "the run")
    assert.same({ ["list.txt"] = path, test = folder .. "/data/test", run = "the run" }, seen)
  end)

  describe("on files of the manifest", function()
    local server, environment
    local getenv = os.getenv

    before_each(function()
      write("served/a.bin", "12345")
      server = start_server(folder)
      for _, name in ipairs { "a", "unlicensed", "absent" } do
        assert(register.put(folder .. "/weights", {
          name = name, file = "sub/" .. name .. ".bin", bytes = 5, sha256 = system.sha256 "12345",
          licence = name == "unlicensed" and "none stated" or "MIT", loader = "photo",
          data_terms = "none",
          source = { kind = "url", url = ("http://127.0.0.1:%s/%s.bin"):format(server.port,
            name == "unlicensed" and "a" or name) },
        }))
      end
      environment = stub(os, "getenv").invokes(function(name)
        if name == "VISAGE_WEIGHTS" then return folder .. "/weights" end
        return getenv(name)
      end)
    end)

    after_each(function()
      environment:revert()
      server.close()
    end)

    it("fetch what is not here, unless told not to", function()
      local path, lacking = finder()(claims.weights "a")
      assert.is_nil(path)
      assert.same({ { file = "sub/a.bin", folder = folder .. "/weights",
        address = ("http://127.0.0.1:%s/a.bin"):format(server.port) } }, lacking)
      assert.equal(folder .. "/weights/sub/a.bin", finder { fetch = true }(claims.weights "a"))
      assert.equal(folder .. "/weights/sub/a.bin", finder()(claims.weights "a"))
    end)

    it("want the terms accepted where no licence is stated", function()
      local _, lacking = finder { fetch = true }(claims.weights "unlicensed")
      assert.truthy(lacking[1].why:find("licence none stated", 1, true))
      assert.truthy(finder { fetch = true, accept_terms = true }(claims.weights "unlicensed"))
    end)

    it("say why a download failed, and try it once", function()
      local find = finder { fetch = true }
      local _, lacking = find(claims.weights "absent")
      assert.truthy(lacking[1].why:find("404", 1, true), lacking[1].why)
      local _, again = find(claims.weights "absent")
      assert.equal(lacking, again)
    end)

    it("take no other file of the same name for it", function()
      write("weights/sub/a.bin", "54321")
      local path, lacking = finder()(claims.weights "a")
      assert.is_nil(path)
      assert.truthy(lacking[1].why:find("wants " .. system.sha256 "12345", 1, true))
      write("photos/a.bin", "another")
      assert.is_nil((finder()(claims.photo("a.bin", { entry = "a" }))))
      local own = write("photos/a.bin", "12345")
      assert.equal(own, (finder()(claims.photo("a.bin", { entry = "a" }))))
    end)
  end)
end)
