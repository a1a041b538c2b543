--- Embeddings on disk: found again by bytes and settings, kept whole or not at
-- all, and done without when the disk or the file fails.
local lfs = require "lfs"
local sqlite = require "visage.core.sqlite"
local store = require "visage.store"
local system = require "visage.system"
local tensor = require "visage.tensor"

local BOX = { 1, 2, 3, 4 }

describe("the store", function()
  local folder, path, opened, faults

  local function open(name)
    faults = {}
    opened = assert(store.open(folder .. "/" .. name, {
      on_fault = function(text) faults[#faults + 1] = text end,
    }))
    return opened
  end

  -- A photo of the given bytes, written long ago unless `new`.
  local function photo(name, bytes, new)
    path = folder .. "/" .. name
    assert(system.write_file(path, bytes))
    if not new then assert(lfs.touch(path, os.time() - 100)) end
    local one = opened:photo(path)
    if one.unread then opened:named(one, system.sha256(bytes), #bytes) end
    return one
  end

  local function entry(one, settings, value)
    return {
      photo = one, settings = settings, region = BOX, status = "ok",
      vector = tensor.full({ 512 }, value or 1),
    }
  end

  local function overwrite(file, at, bytes)
    local f = assert(io.open(file, "r+b"))
    f:seek("set", at)
    f:write(bytes)
    f:close()
  end

  before_each(function() folder = assert(system.temp_dir()) end)

  after_each(function()
    if opened then opened:close() end
    opened = nil
    system.remove_tree(folder)
  end)

  it("finds what was added, by the image, the settings and the region", function()
    local s = open "cache"
    local one, a, b = photo("x", "hello"), s:settings "a", s:settings "b"
    assert.is_true(s:add { entry(one, a, 0.1) })
    assert.tensor(s:find(one.image, a, BOX).vector).near(tensor.full({ 512 }, 0.1), 0)
    assert.is_nil(s:find(one.image, b, BOX))
    assert.is_nil(s:find(one.image, a, nil))
    assert.is_nil(s:find(photo("y", "hallo").image, a, BOX))
    assert.same(a, s:settings "a")
  end)

  it("finds it in another run and under another file name", function()
    local s = open "cache"
    s:add { entry(photo("x", "hello"), s:settings "a") }
    s:close()
    s = open "cache"
    assert.equal("ok", s:find(photo("copy", "hello").image, s:settings "a", BOX).status)
  end)

  it("keeps failures with their reasons", function()
    local s = open "cache"
    local one, a = photo("x", "no image"), s:settings "a"
    s:add { { photo = one, settings = a, status = "unreadable", text = "x: no image" } }
    assert.same({ status = "unreadable", text = "x: no image" }, s:find(one.image, a))
  end)

  it("reads a known file no more, a changed one again", function()
    local s = open "cache"
    local one = photo("x", "hello")
    -- sha256 of "hello", FIPS 180-4.
    assert.equal("2cf24dba", (one.image:sub(1, 4):gsub(".", function(c)
      return ("%02x"):format(c:byte())
    end)))
    s:add { entry(one, s:settings "a") }
    assert.same({ image = one.image }, s:photo(path))
    assert.is_false(photo("x", "hellooo").image == one.image)
    assert(lfs.touch(path, os.time() - 50))
    assert.is_true(s:photo(path).unread)
  end)

  it("does not trust the time of a file that has just been written", function()
    local s = open "cache"
    s:add { entry(photo("x", "hello", true), s:settings "a") }
    assert.is_true(s:photo(path).unread)
  end)

  it("knows nothing of a file that is not there", function()
    assert.is_nil(open "cache":photo(folder .. "/none"))
  end)

  it("is for its user alone", function()
    open "cache"
    assert.equal("rwx------", lfs.attributes(folder .. "/cache", "permissions"))
    assert.equal("rw-------", lfs.attributes(opened.path, "permissions"))
  end)

  it("takes a row that the disk has changed for none", function()
    local s = open "cache"
    local one, a = photo("x", "hello"), s:settings "a"
    s:add { entry(one, a) }
    s.db:execute "update embeddings set vector = zeroblob(2048)"
    assert.is_nil(s:find(one.image, a, BOX))
    assert.is_true(s:add { entry(one, a, 2) })
    assert.equal(2, s:find(one.image, a, BOX).vector[1])
  end)

  it("names what is no store, and what to do", function()
    assert(system.mkdir_p(folder .. "/cache"))
    assert(system.write_file(folder .. "/cache/embeddings.sqlite", ("no"):rep(5000)))
    local s, text, code = store.open(folder .. "/cache")
    assert.same({ nil, "FORMAT" }, { s, code })
    assert.match("/cache/embeddings.sqlite: sqlite: file is not a database", text, 1, true)
    assert.match("remove the file to begin a new one", text, 1, true)
  end)

  it("leaves another version's file alone", function()
    open "cache".db:execute "pragma user_version = 7"
    local s, text, code = store.open(folder .. "/cache")
    assert.same({ nil, "UNSUPPORTED" }, { s, code })
    assert.match("has layout 7, this program's is 1", text, 1, true)
  end)

  it("names a folder that cannot be made", function()
    assert(system.write_file(folder .. "/cache", "a file"))
    local s, text, code = store.open(folder .. "/cache")
    assert.same({ nil, "IO" }, { s, code })
    assert.match("/cache: not a folder", text, 1, true)
  end)

  it("says once that the disk is full, and keeps what it has", function()
    local s = open "cache"
    local one, a = photo("x", "hello"), s:settings "a"
    assert.is_true(s:add { entry(one, a) })
    assert(s.db:execute "pragma max_page_count = 1")
    local many = {}
    for i = 1, 40 do many[i] = entry(photo("y" .. i, "y" .. i), a) end
    assert.is_false(s:add(many))
    assert.is_false(s:add(many))
    assert.equal(1, #faults)
    assert.match("database or disk is full; embeddings are not kept from now on", faults[1], 1,
      true)
    assert.equal("ok", s:find(one.image, a, BOX).status)
    assert.is_nil(s:find(many[1].photo.image, a, BOX))
  end)

  it("does without a file that breaks while it is open", function()
    local s = open "cache"
    local one, a = photo("x", "hello"), s:settings "a"
    local many = { entry(one, a) }
    for i = 2, 200 do many[i] = entry(photo("y" .. i, "y" .. i), a) end
    s:add(many)
    s:close()
    -- All but the first page, where the tables are described.
    local file = folder .. "/cache/embeddings.sqlite"
    overwrite(file, 4096, ("\255"):rep(lfs.attributes(file, "size") - 4096))
    s = open "cache"
    assert.is_nil(s:find(one.image, 1, BOX))
    assert.is_nil(s:settings "a")
    assert.is_false(s:add { entry(one, 1) })
    assert.equal(1, #faults)
    assert.match("malformed; remove the file to begin a new one; embeddings are neither",
      faults[1], 1, true)
  end)

  it("is where the environment says", function()
    local function folder_with(...)
      local status, text = system.run {
        "env", "-i", "HOME=/h", ..., system.program(), "-e",
        'print(require "visage.store".folder())', stderr = "merge",
      }
      assert.equal(0, status, text)
      return (text:gsub("\n", ""))
    end
    assert.equal("/h/.cache/visage", folder_with "A=")
    assert.equal("/x/visage", folder_with "XDG_CACHE_HOME=/x")
    assert.equal("/v", folder_with "VISAGE_CACHE=/v")
    assert.equal("nil", folder_with "VISAGE_CACHE=off")
  end)
end)

describe("visage.core.sqlite", function()
  it("gives blobs byte for byte, and numbers in their kind", function()
    local db = assert(sqlite.open ":memory:")
    local rows = assert(db:prepare "select ?, ?, ?, ?, ?"):run("a\0b", 1, 0.5, nil, "")
    assert.same({ { "a\0b", 1, 0.5, nil, "" } }, rows)
    assert.equal("integer", math.type(rows[1][2]))
  end)

  it("raises on mistakes and on what is closed", function()
    local db = assert(sqlite.open ":memory:")
    assert.has_error(function() db:prepare "selec" end, 'sqlite: near "selec": syntax error')
    local one = assert(db:prepare "select ?")
    assert.error_matches(function() one:run() end, "not as many values")
    assert.error_matches(function() one:run {} end, "string expected")
    db:close()
    assert.same({ { 2 } }, one:run(2))
    assert.has_error(function() db:execute "select 1" end, "core.sqlite is closed")
    one:close()
    assert.has_error(function() one:run(1) end, "core.sqlite.statement is closed")
  end)

  it("gives a fault of the world back", function()
    local db, text, code = sqlite.open "/nowhere/at/all"
    assert.same({ nil, "IO" }, { db, code })
    assert.equal("sqlite: unable to open database file", text)
  end)
end)
