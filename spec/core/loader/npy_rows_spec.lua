local loader = require "visage.loader"
local search = require "visage.metrics.search"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("the rows of a .npy", function()
  local folder
  setup(function() folder = assert(system.temp_dir()) end)
  teardown(function() system.remove_tree(folder) end)

  -- A file around a header for descr and shape, a tuple's text.
  local function written(descr, shape, elements, fortran)
    local path = folder .. "/a.npy"
    local header = ("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n"):format(descr,
      fortran and "True" or "False", shape)
    assert(system.write_file(path, "\x93NUMPY\1\0" .. string.pack("<I2", #header) .. header
      .. elements))
    return path
  end

  local function saved(t)
    local path = folder .. "/t.npy"
    assert(loader.write(path, t))
    return path
  end

  it("are read from any place, of any type and number of axes", function()
    local random = tensor.generator(1)
    for _, shape in ipairs { { 9 }, { 9, 4 }, { 9, 2, 3 } } do
      for _, dtype in ipairs { "f32", "f64", "f16", "u8", "i64" } do
        local all = (random:rand(shape) * 200):to(dtype)
        local rows <close> = assert(loader.rows(saved(all)))
        assert.same({ shape, dtype, 9 }, { rows:shape(), rows:dtype(), #rows })
        for _, part in ipairs { { 1, 9 }, { 4, 2 }, { 9, 1 }, { 10, 0 }, { 1, 1 } } do
          local got = assert(rows:read(table.unpack(part)))
          assert.equal(dtype, got:dtype())
          assert.tensor(got).near(all:narrow(1, table.unpack(part)), 0)
        end
      end
    end
  end)

  it("are widened and turned where that is needed", function()
    local rows <close> = assert(loader.rows(written(">i2", "(3, 2)",
      string.pack(">i2i2i2i2i2i2", 1, -2, 300, 4, 5, -6))))
    assert.same({ "i32", { { 300, 4 }, { 5, -6 } } }, { rows:dtype(), rows:read(2, 2):totable() })
    local turned <close> = assert(loader.rows(written(">f4", "(2,)", string.pack(">ff", 1.5, -8))))
    assert.same({ 1.5, -8 }, turned:read(1, 2):totable())
  end)

  it("come in blocks", function()
    local rows <close> = assert(loader.rows(saved(tensor.arange(1, 7))))
    local seen = {}
    for block, first in rows:blocks(3) do seen[#seen + 1] = { first, block:totable() } end
    assert.same({ { 1, { 1, 2, 3 } }, { 4, { 4, 5, 6 } }, { 7, { 7 } } }, seen)
    for block in rows:blocks() do assert.equal(7, #block) end
    assert.has_error(function() rows:blocks(0) end, "blocks: of 0 rows, wants 1 or more")
    local none <close> = assert(loader.rows(saved(tensor.zeros { 0, 3 })))
    assert.is_nil(none:blocks()())
  end)

  it("are a gallery", function()
    local random = tensor.generator(2)
    local probes, gallery = random:randn { 5, 8 }, random:randn { 90, 8 }
    local rows <close> = assert(loader.rows(saved(gallery)))
    local scores, places = search.best(probes, rows:blocks(17), { k = 3 })
    local again, there = search.best(probes, gallery, { k = 3 })
    assert.same(there:totable(), places:totable())
    assert.tensor(scores).near(again, 0)
  end)

  it("are refused where they do not lie together, or are no numbers", function()
    local function refused(text, code, path)
      local rows, message, came = loader.rows(path)
      assert.is_nil(rows)
      assert(message:find(text, 1, true), message)
      assert.equal(code, came)
    end
    local four = string.pack("<ffff", 1, 2, 3, 4)
    refused("Fortran's order has no rows", "UNSUPPORTED", written("<f4", "(2, 2)", four, true))
    refused("a number has no rows", "UNSUPPORTED", written("<f4", "()", four:sub(1, 4)))
    refused("elements of numpy's type '|O'", "UNSUPPORTED", written("|O", "(1,)", "."))
    refused("16 bytes came, 5 elements of 4 wanted", "FORMAT", written("<f4", "(5,)", four))
    refused("16 bytes came, 3 elements of 4 wanted", "FORMAT", written("<f4", "(3,)", four))
    refused("the shape is too large", "FORMAT",
      written("<f4", "(9223372036854775807, 9, 9)", four))
    assert(system.write_file(folder .. "/x.npy", "not numpy's"))
    refused("the magic bytes are missing", "FORMAT", folder .. "/x.npy")
    refused("No such file", "IO", folder .. "/none.npy")
    refused("not a regular file", "IO", folder)
  end)

  it("raise outside of the file, after closing, and where the file has shrunk", function()
    local path = saved(tensor.zeros { 4, 1000 })
    local rows = assert(loader.rows(path))
    for _, part in ipairs { { 1, 5 }, { 5, 1 }, { 2, -1 }, { 2, 1 << 62 } } do
      assert.error_matches(function() rows:read(table.unpack(part)) end, "the file has 4")
    end
    assert.error_matches(function() rows:read(0, 1) end, "rows count from 1")
    local file = assert(io.open(path, "wb"))
    file:write "short"
    file:close()
    local block, text, code = rows:read(1, 4)
    assert.same({ nil, "IO" }, { block, code })
    assert(text:find("ends at offset", 1, true), text)
    assert.error_matches(rows:blocks(), "ends at offset")
    rows:close()
    rows:close()
    assert.error_matches(function() rows:read(1, 1) end, "core.rows is closed")
  end)
end)
