local loader = require "visage.loader"
local corrupt = require "spec.support.corrupt"
local lfs = require "lfs"
local system = require "visage.system"

--- A .npy of the given version around a header text and element bytes.
local function npy(header, elements, version)
  local format = (version or 1) == 1 and "<I2" or "<I4"
  return "\x93NUMPY" .. string.char(version or 1, 0)
    .. string.pack(format, #header + 1) .. header .. "\n" .. elements
end

local function header(descr, shape, fortran)
  return ("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"):format(descr,
    fortran and "True" or "False", shape)
end

local function read(bytes)
  local got, text, code = loader.decode(bytes, "a.npy")
  return got and got.tensors.arr_0, text, code
end

local function listing(folder)
  local names = {}
  for name in lfs.dir(folder) do
    if name ~= "." and name ~= ".." then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

describe("npy", function()
  local folder
  setup(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(lfs.mkdir(folder))
  end)
  teardown(function()
    for _, name in ipairs(listing(folder)) do os.remove(folder .. "/" .. name) end
    lfs.rmdir(folder)
  end)

  it("reads every type in both byte orders and widens what has no dtype", function()
    for _, case in ipairs {
      { "f4", "f", { 1.5, -2 }, "f32" }, { "f8", "d", { 1e300, -2 }, "f64" },
      { "i4", "i4", { 7, -8 }, "i32" }, { "i8", "i8", { 1 << 40, -8 }, "i64" },
      { "i2", "i2", { 7, -8 }, "i32" }, { "u2", "I2", { 7, 65535 }, "i32" },
      { "u4", "I4", { 7, 4294967295 }, "i64" }, { "u1", "B", { 7, 255 }, "u8" },
      { "i1", "b", { 7, -128 }, "i32" }, { "b1", "B", { 0, 1 }, "u8" },
    } do
      local descr, format, values, dtype = table.unpack(case)
      for _, order in ipairs { "<", ">" } do
        local data = string.pack(order .. format .. format, values[1], values[2])
        local mark = descr:sub(2) == "1" and "|" or order
        local tensor = assert(read(npy(header(mark .. descr, "(2,)"), data)))
        assert.equal(dtype, tensor:dtype())
        assert.same(values, tensor:totable())
      end
    end
  end)

  it("reads half floats as f16: 1.5 is 0x3e00", function()
    local tensor = assert(read(npy(header(">f2", "(1,)"), "\x3e\x00")))
    assert.equal("f16", tensor:dtype())
    assert.equal(1.5, tensor[1])
  end)

  it("reads Fortran order as the same array", function()
    -- (2, 3) in Fortran order: columns {1, 4}, {2, 5}, {3, 6}.
    local data = string.pack("<ffffff", 1, 4, 2, 5, 3, 6)
    local tensor = assert(read(npy(header("<f4", "(2, 3)", true), data)))
    assert.same({ { 1, 2, 3 }, { 4, 5, 6 } }, tensor:totable())
  end)

  it("reads versions 2 and 3, scalars, empty arrays and Python 2's long sizes", function()
    for version = 2, 3 do
      assert.same({ 1 }, assert(read(npy(header("|u1", "(1,)"), "a", version))):shape())
    end
    assert.same({}, assert(read(npy(header("|u1", "()"), "a"))):shape())
    assert.same({ 0, 4 }, assert(read(npy(header("<f4", "(0, 4)"), ""))):shape())
    assert.same({ 2, 1 }, assert(read(npy(header("|u1", "(2L, 1L)"), "ab"))):shape())
  end)

  it("names file and offset of what is wrong", function()
    local huge = "(4611686018427387904, 0, 4611686018427387904)"
    for _, case in ipairs {
      { npy(header("<f4", "(3,)"), "12345678"), "12 bytes wanted, 8 left" },
      { npy(header("|u1", "(1,)"), "ab"), "1 bytes are left" },
      { npy(header("|u1", "(1"), "a"), "a digit wanted" },
      { npy("{'descr': '|u1', 'shape': (1,)}", "a"), "is missing" },
      { npy("{'descr': '|u1', 'colour': 1}", "a"), "unknown key 'colour'" },
      { npy(header("<f8", "(4611686018427387904, 4)"), ""), "too large" },
      { npy(header("<f8", huge), ""), "too large" },
      { npy(header("<f8", "(99999999999999999999,)"), ""), "beyond 64 bits" },
      { npy(header("|u1", "(-1,)"), ""), "a digit wanted" },
      { npy(header("|u1", "(1,)"), "a", 9), "npy version 9.0" },
    } do
      local tensor, text, code = read(case[1])
      assert.is_nil(tensor)
      assert.equal("FORMAT", code)
      assert.truthy(text:find("^a%.npy: offset %d+: ") and text:find(case[2], 1, true), text)
    end
  end)

  it("refuses structures and types that have no dtype", function()
    for descr, reason in pairs { ["<c8"] = "'<c8'", ["<u8"] = "'<u8'", ["<U4"] = "'<U4'" } do
      local tensor, text, code = read(npy(header(descr, "(1,)"), "12345678"))
      assert.is_nil(tensor)
      assert.equal("UNSUPPORTED", code)
      assert.truthy(text:find(reason, 1, true), text)
    end
    local structured = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"
    assert.equal("UNSUPPORTED", select(3, read(npy(structured, "1234"))))
  end)

  it("survives every cut and flipped byte", function()
    local whole = npy(header("<i2", "(2, 3)", true), "abcdefghijkl")
    corrupt.each(whole, function(bytes, what)
      local ok = corrupt.survives(bytes, what)
      if what:find("^cut") then assert.is_false(ok) end
    end)
  end)

  it("says no such file with the code IO", function()
    local got, text, code = loader.read(folder .. "/absent.npy")
    assert.is_nil(got)
    assert.equal("IO", code)
    assert.truthy(text:find("absent.npy: No such file", 1, true))
  end)

  it("writes what numpy writes, to the byte", function()
    local tensor = assert(read(npy(header("<f4", "(3,)"), string.pack("<fff", 1, 2, 3))))
    local path = folder .. "/three.npy"
    assert(loader.write(path, tensor))
    -- numpy 1.26: numpy.save of float32 [1, 2, 3] has a header of 0x76 bytes.
    local text = header("<f4", "(3,)")
    local wanted = "\x93NUMPY\1\0\x76\0" .. text .. (" "):rep(0x75 - #text) .. "\n"
      .. string.pack("<fff", 1, 2, 3)
    assert.equal(wanted, assert(system.read_file(path)))
  end)

  it("leaves nothing behind when the file cannot be written", function()
    local tensor = assert(read(npy(header("|u1", "(1,)"), "a")))
    local ok, text, code = loader.write(folder .. "/no/such.npy", tensor)
    assert.is_nil(ok)
    assert.equal("IO", code)
    assert.truthy(text:find("No such file", 1, true))
    assert(lfs.mkdir(folder .. "/taken.npy"))
    local before = listing(folder)
    ok, text, code = loader.write(folder .. "/taken.npy", tensor)
    assert.is_nil(ok)
    assert.equal("IO", code)
    assert.truthy(text:find("Is a directory", 1, true), text)
    assert.same(before, listing(folder))
    lfs.rmdir(folder .. "/taken.npy")
  end)

  it("does not replace what is no regular file", function()
    local pipe = folder .. "/pipe"
    assert(system.run { "mkfifo", pipe })
    local ok, text, code = loader.write(pipe, require("visage.tensor").ones { 1 })
    assert.same({ pipe .. ": not a regular file; writing would replace it", "IO" },
      { text, code })
    assert.is_nil(ok)
    assert.equal("named pipe", lfs.attributes(pipe, "mode"))
    os.remove(pipe)
  end)

  it("says that numpy has no bf16", function()
    local tensor = require("visage.tensor").zeros({ 1 }, "bf16")
    assert.error_matches(function() loader.write(folder .. "/b.npy", tensor) end,
      "numpy has no bf16")
    assert.is_nil(lfs.attributes(folder .. "/b.npy"))
  end)
end)
