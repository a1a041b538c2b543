--- Embeddings with their photos: a .npy and a CSV, written row by row.
local extraction = require "visage.data.extraction"
local lfs = require "lfs"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("an extraction", function()
  local folder

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  local function create(name, options)
    return assert(extraction.create(("%s/%s.npy"):format(folder, name),
      ("%s/%s.csv"):format(folder, name), options))
  end

  local POINTS = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 }, { 9, 10.5 } }

  -- Rows {1,2}, {NaN,NaN} and {5,6}, of s/1.jpg to s/3.jpg, in two batches.
  local function write(name, synthetic)
    local files <close> = create(name, { rows = 3, shape = { 2 }, synthetic = synthetic })
    assert(files:add {
      items = { { image = "/d/s/1.jpg" }, { image = "/d/s/2.jpg" } },
      embeddings = tensor.from { { 1, 2 }, { 0 / 0, 0 / 0 } }, status = { "ok", "no_face" },
      faces = { { box = { 0, 1, 2.5, 3 }, score = 0.5, points = POINTS } },
    })
    assert(files:add {
      items = { { image = '/d/s/3,".jpg' } }, embeddings = tensor.from { { 5, 6 } },
      status = { "ok" }, faces = {},
    })
    return assert(files:finish())
  end

  it("says in a line what each row is", function()
    write "x"
    assert.equal([[
path,status,x1,y1,x2,y2,score,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,]]
      .. [[mouth_left_x,mouth_left_y,mouth_right_x,mouth_right_y
/d/s/1.jpg,ok,0,1,2.5,3,0.5,1,2,3,4,5,6,7,8,9,10.5
/d/s/2.jpg,no_face,,,,,,,,,,,,,,,
"/d/s/3,"".jpg",ok,,,,,,,,,,,,,,,
]], system.read_file(folder .. "/x.csv"))
    local rows, lines, synthetic = assert(extraction.read { folder .. "/x.csv" })
    assert.same({ { 1, 2 }, { 5, 6 } }, { rows[1]:totable(), rows[3]:totable() })
    assert.same({ "no_face", '/d/s/3,".jpg', false },
      { lines[2].status, lines[3].path, synthetic })
  end)

  it("has columns for what was measured of the photos", function()
    for name, synthetic in pairs { x = false, y = true } do
      local files <close> = create(name, {
        rows = 2, shape = { 1 }, measured = { "blur", "yaw" }, synthetic = synthetic,
      })
      assert(files:add {
        items = { { image = "s/1.jpg" }, { image = "s/2.jpg" } },
        embeddings = tensor.from { { 1 }, { 2 } }, status = { "ok", "ok" },
        faces = { { box = { 0, 1, 2, 3 }, score = 0.5, points = POINTS } },
        measured = { { yaw = -3.25 } },
      })
      assert(files:finish())
      local _, lines = assert(extraction.read { ("%s/%s.csv"):format(folder, name) })
      assert.same({ "", "-3.25", "10.5", "ok" }, { lines[1].blur, lines[1].yaw,
        lines[1].mouth_right_y, lines[1].status })
      assert.same({ "", "", "s/2.jpg" }, { lines[2].blur, lines[2].yaw, lines[2].path })
    end
  end)

  it("is NumPy's format 1.0, its data at a multiple of 64 bytes", function()
    write "x"
    local bytes = system.read_file(folder .. "/x.npy")
    assert.equal("\x93NUMPY\1\0", bytes:sub(1, 8))
    assert.equal(0, (10 + string.unpack("<I2", bytes, 9)) % 64)
    assert.equal(string.pack("<ff", 5, 6), bytes:sub(-8))
  end)

  it("holds maps as they are, and gives them back as rows", function()
    -- More numbers in a row than are written at a time.
    local maps = tensor.arange(1, 2 * 3 * 40 * 100, 1, "f32"):reshape { 2, 3, 40, 100 }
    do
      local files <close> = create("maps", { rows = 2, shape = { 3, 40, 100 } })
      assert(files:add {
        items = { { image = "s/1.jpg" }, { image = "s/2.jpg" } }, embeddings = maps,
        status = { "ok", "ok" }, faces = {},
      })
      assert(files:finish())
    end
    assert.tensor(assert(tensor.load(folder .. "/maps.npy"))).near(maps, 0)
    assert.tensor(extraction.read { folder .. "/maps.csv" }).near(maps:reshape { 2, -1 }, 0)
    local files <close> = create("other", { rows = 1, shape = { 3, 40 } })
    assert.error_matches(function()
      files:add { items = { {} }, embeddings = maps:narrow(1, 1, 1), status = {}, faces = {} }
    end, "rows of 3 x 40 x 100, the file's are 3 x 40")
  end)

  it("is one of several shards, in their order", function()
    write "x"
    write("y", true)
    local rows, lines, synthetic = extraction.read { folder .. "/x.csv", folder .. "/y.csv" }
    assert.same({ 6, 6, true }, { #rows, #lines, synthetic })
    assert.equal("SYNTHETIC", lines[4].data)
  end)

  it("gives images their rows by folder and name", function()
    write "x"
    local rows, lines = extraction.read { folder .. "/x.csv" }
    local images = { { file = "s/1.jpg" }, { file = "s/2.jpg" }, { file = "t/1.jpg" } }
    assert.equal(1, extraction.number(images, rows, lines))
    assert.same({ 1, nil, nil }, { images[1].row, images[2].row, images[3].row })
    assert.same({ nil, "no_face", true },
      { images[1].missing, images[2].missing, images[3].missing })
    assert.same({ { 0, 1, 2.5, 3 }, nil }, { images[1].found, images[2].found })
    assert.same({ box = { 0, 1, 2.5, 3 }, score = 0.5, points = POINTS, measured = {} },
      images[1].face)
    lines[1].blur, lines[1].nose_y = "12.5", ""
    extraction.number(images, rows, lines)
    assert.same({ box = { 0, 1, 2.5, 3 }, score = 0.5, measured = { blur = 12.5 } },
      images[1].face)
    assert.same({ "s/1.jpg", "s/2.jpg", 's/3,".jpg' },
      extraction.files { folder .. "/x.csv" })
  end)

  it("takes a whole path before a path's end, and no end that is two photos'", function()
    local rows = tensor.from { { 1 }, { 2 } }
    local lines = { { path = "a/s/1.jpg" }, { path = "b/s/1.jpg" } }
    local images = { { path = "b/s/1.jpg" } }
    assert.equal(1, extraction.number(images, rows, lines))
    assert.equal(2, images[1].row)
    local found, why, code = extraction.number({ { path = "c/s/1.jpg" } }, rows, lines)
    assert.is_nil(found)
    assert.equal("two photos of the extraction end in s/1.jpg; which is c/s/1.jpg?", why)
    assert.equal("VALUE", code)
  end)

  it("knows the network that made it, where its results lie beside it", function()
    assert.is_nil(extraction.made_by(folder .. "/x.csv"))
    assert(system.write_file(folder .. "/results.json", '{"models":[{"name":"tiny"}]}'))
    assert.same({ name = "tiny" }, extraction.made_by(folder .. "/x.csv"))
    assert(system.write_file(folder .. "/results.json", "[1, 2"))
    assert.is_nil(extraction.made_by(folder .. "/x.npy"))
  end)

  it("leaves nothing when it is not finished", function()
    do
      local files <close> = create("x", { rows = 3, shape = { 2 } })
      local ok, text, code = files:finish()
      assert.same({ nil, "FORMAT" }, { ok, code })
      assert.match("x.npy: 0 of 3 rows", text, 1, true)
    end
    for name in lfs.dir(folder) do assert.match("^%.", name) end
  end)

  it("is refused when its files do not belong together", function()
    write "x"
    assert(tensor.save(folder .. "/x.npy", tensor.zeros { 4, 2 }))
    local rows, text, code = extraction.read { folder .. "/x.csv" }
    assert.same({ nil, "SHAPE" }, { rows, code })
    assert.match("x.npy: 4 rows; .*x.csv has 3 lines", text)
    write "x"
    do
      local files <close> = create("wide", { rows = 1, shape = { 3 } })
      assert(files:add { items = { { image = "s/1.jpg" } }, embeddings = tensor.ones { 1, 3 },
        status = { "ok" }, faces = {} })
      assert(files:finish())
    end
    text = select(2, extraction.read { folder .. "/x.csv", folder .. "/wide.csv" })
    assert.match("wide.csv: rows of 3 numbers; those of .*x.csv have 2", text)
    assert(system.write_file(folder .. "/x.csv", "a,b\n1,2\n"))
    rows, text = extraction.read { folder .. "/x.csv" }
    assert.is_nil(rows)
    assert.match("x.csv: no columns path and status", text, 1, true)
  end)
end)
