--- numpy's arrays of objects, which are pickles: core/loader/pickle_numpy.c.
local corrupt = require "spec.support.corrupt"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local system = require "visage.system"
local tensor = require "visage.tensor"

local function path(name) return golden.path("weights/" .. name) end

local HEADER = "\x93NUMPY\1\0"
  .. string.pack("<s2", "{'descr': '|O', 'fortran_order': False, 'shape': (), }\n")

--- An .npy of objects whose pickle has these opcodes.
local function npy(opcodes)
  return HEADER .. "\x80\2" .. opcodes .. "."
end

local NEW = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\1b\x87R"

--- A dtype as opcodes.
local function dtype(name, order)
  return "cnumpy\ndtype\nX" .. string.pack("<s4", name) .. "K\0K\1\x87R(K\3X"
    .. string.pack("<s4", order) .. "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
end

--- An array (n) of dtype whose elements are pushed by data.
local function array(n, type, data)
  return NEW .. "(K\1K" .. string.char(n) .. "\x85" .. dtype(type, "<") .. "\x89" .. data .. "tb"
end

local function refused(bytes, wanted, code)
  local got, text, came = loader.decode(bytes, "a.npy")
  assert.is_nil(got)
  assert.equal(code or "FORMAT", came)
  assert.truthy(text:find(wanted, 1, true), text)
end

describe("an .npy of objects", function()
  --- layer() of spec/golden/weights.py
  local function check(tensors, prefix, stream)
    local weights = stream:rand({ 2, 3 }, "f64"):to "f32"
    local biases = stream:rand({ 3, 2 }, "f64")
    assert.tensor(tensors[prefix .. "weights"]).near(weights, 0)
    assert.tensor(tensors[prefix .. "biases"]).near(biases, 0) -- in Fortran order
    assert.same({ "i32", { 1, -2 } },
      { tensors[prefix .. "big"]:dtype(), tensors[prefix .. "big"]:totable() })
  end

  for _, name in ipairs { "objects.npy", "numpy1.npy" } do
    it(name .. " gives the arrays in dictionaries by their keys, numbers as notes", function()
      local got, stream = assert(loader.read(path(name))), tensor.generator(9)
      assert.equal("npy", got.format)
      assert.equal(6, #got.order)
      check(got.tensors, "pnet.conv1.", stream)
      check(got.tensors, "rnet.", stream)
      assert.same({ ["pnet.conv1.step"] = "4", ["pnet.conv1.alpha"] = "0.25",
        ["rnet.step"] = "4", ["rnet.alpha"] = "0.25" }, got.meta)
    end)
  end

  it("gives the arrays of an array, and those of an .npz behind its names", function()
    local got = assert(loader.read(path "list.npy"))
    assert.same({ "0", "1" }, got.order)
    assert.same({ 0, 1, 2 }, got.tensors["0"]:totable())
    got = assert(loader.read(path "objects.npz"))
    assert.same({ 1, 1 }, got.tensors["pair.1"]:totable()[1])
    check(got.tensors, "tree.pnet.conv1.", tensor.generator(9))
  end)

  it("names a class or function that is not numpy's, and calls none", function()
    refused(system.read_file(path "hostile.npy"), "posix.system", "UNSUPPORTED")
    refused(npy "cos\nsystem\nX\4\0\0\0true\x85R", "os.system", "UNSUPPORTED")
    refused(npy "cnumpy\nload\nX\1\0\0\0x\x85R", "numpy.load", "UNSUPPORTED")
    refused(npy "cnumpy\nndarray\nK\0\x85R", "a call of numpy.ndarray")
    refused(npy "c_codecs\ndecode\n)R", "_codecs.decode", "UNSUPPORTED")
    refused(npy "ctorch\nFloatStorage\n", "torch.FloatStorage", "UNSUPPORTED")
  end)

  it("reads bytes, and letters that are bytes", function()
    local letters = "c_codecs\nencode\nX\5\0\0\0\1\xc3\xbf\xc2\x80X\6\0\0\0latin1\x86R"
    for bytes, data in pairs { ["C\3abc"] = { 97, 98, 99 }, [letters] = { 1, 255, 128 } } do
      local got = assert(loader.decode(npy(array(3, "u1", bytes)), "a.npy"))
      assert.same(data, got.tensors.tensor:totable())
    end
  end)

  it("refuses arrays whose elements do not fit", function()
    refused(npy(array(4, "u1", "C\3abc")), "an array has 3 bytes, 4 wanted")
    local encode = "c_codecs\nencode\nX"
    refused(npy(array(2, "u1", encode .. "\5\0\0\0\1\xc3\xbf\xc2\x80)\x86R")), "over 2 letters")
    refused(npy(array(3, "u1", encode .. "\3\0\0\0a\xe2\x82)\x86R")), "has not 3 letters")
    refused(npy(array(1, "V8", "C\3abc")), "numpy's type 'V8'", "UNSUPPORTED")
    refused(npy(array(1, "O8", "C\3abc")), "an array of 1 objects holds bytes")
    refused(npy(array(2, "O8", "](K\1e")), "an array of 2 objects holds a list")
    refused(npy(array(1, "f4", "N")), "the elements of an array are None")
    refused(npy(array(1, "u1", "C\1a") .. "Nb"), "a state of a tensor")
    refused(npy(NEW .. "Nb"), "the state of an array is None")
    refused(npy "K\1" .. "x", "1 bytes are left after the pickle")
  end)

  it("does not repeat one piece of the file into any number of arrays", function()
    local opcodes = { "]C\xff", ("x"):rep(255), "q\0", "0", dtype("u1", "<"), "q\1", "0(" }
    for _ = 1, 400 do opcodes[#opcodes + 1] = NEW .. "(K\1K\xff\x85h\1\x89h\0tb" end
    refused(npy(table.concat(opcodes) .. "e"), "the arrays have more bytes than the file")
  end)

  it("survives an array that is in itself, and every cut and flipped byte", function()
    local itself = NEW .. "q\0(K\1)" .. dtype("O8", "|") .. "\x89](h\0etb"
    refused(npy(itself), "64 deep")
    local whole = assert(system.read_file(path "numpy1.npy"))
    corrupt.each(whole, function(bytes, what)
      local ok = corrupt.survives(bytes, what)
      if what:find "^cut" then assert.is_false(ok) end
    end)
  end)
end)
