local bee = require "visage.data.bee"
local scores = require "visage.metrics.scores"
local system = require "visage.system"

local FLT_MAX = 0x1.fffffep127

describe("BEE matrices", function()
  local path

  setup(function() path = assert(system.temp_dir()) .. "/x.mtx" end)
  teardown(function() system.remove_tree(path:match "^(.*)/") end)

  local function read(head, format, ...)
    assert(system.write_file(path, head .. string.pack(format, ...)))
    return bee.read(path)
  end

  it("hold similarities in either order of bytes", function()
    local out, sets = assert(read("S2\ngallery.xml\nprobes.xml\nMF 2 3 \x78\x56\x34\x12\n",
      "<ffffff", 0.5, 1, -2, -FLT_MAX, 0.25, 8))
    assert.same({ target = "gallery.xml", query = "probes.xml" }, sets)
    assert.same({ "f32", { 2, 3 }, { 0.5, 1, -2 } }, { out:dtype(), out:shape(), out[1]:totable() })
    assert.is_true(out:get(2, 1) ~= out:get(2, 1))
    out = assert(read("S2\na\nb\nMF 1 2 \x12\x34\x56\x78\n", ">ff", 0.5, -3))
    assert.same({ { 0.5, -3 } }, out:totable())
  end)

  it("hold distances, which are negated", function()
    local out = assert(read("D2\na\nb\nMF 2 1 \x78\x56\x34\x12\n", "<ff", 0.5, FLT_MAX))
    assert.equal(-0.5, out:get(1, 1))
    assert.is_true(out:get(2, 1) ~= out:get(2, 1))
  end)

  it("hold masks, and longer rows than are read at once", function()
    local mask = assert(read("S2\na\nb\nMB 2 2 \x78\x56\x34\x12\n", "BBBB", 0xff, 0x7f, 0, 0xff))
    assert.same({ { 1, 0 }, { 2, 1 } }, mask:totable())
    local matrix = assert(read("S2\na\nb\nMF 2 2 \x78\x56\x34\x12\n", "<ffff", 1, 2, 3, 4))
    local set = scores.from_matrix(matrix, mask)
    assert.same({ { 1, 4 }, { 2 }, 1 },
      { set.genuine:totable(), set.impostor:totable(), set.ignored })
    local wide = assert(read("S2\na\nb\nMB 1 5000 \x78\x56\x34\x12\n", "c5000",
      ("\xff"):rep(4999) .. "\x7f"))
    assert.same({ 4999, 1, 0 }, { wide:sum(), wide:get(1, 4097), wide:get(1, 5000) })
  end)

  it("say what is wrong with them", function()
    for _, case in ipairs {
      { "S3\na\nb\n", "does not begin with S2 or D2" },
      { "S2\na\nb\nMX 1 1 \x78\x56\x34\x12\n", "its fourth line is not MF or MB" },
      { "S2\na\nb\nMF 1 1 abcd\n", "its fourth line is not MF or MB" },
      { "S2\na\nb\nMF 2 1 \x78\x56\x34\x12\n", "2 x 1 elements of 4 bytes, the file has 4" },
      { "S2\na\nb\nMF 0 1 \x78\x56\x34\x12\n", "0 x 1 elements" },
      { "S2\na\nb\nMF 4611686018427387905 1 \x78\x56\x34\x12\n", "x 1 elements of 4 bytes" },
      { "S2\na\nb\nMF 99999999999999999999 1 \x78\x56\x34\x12\n", "too many x 1 elements" },
    } do
      local out, why, code = read(case[1], "<f", 1)
      assert.is_nil(out)
      assert.truthy(why:find(case[2], 1, true), why)
      assert.equal("FORMAT", code)
    end
    assert.is_nil((bee.read(path .. ".absent")))
  end)
end)
