local loader = require "visage.loader"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("visage.loader's .h5", function()
  local folder, path
  before_each(function()
    folder = assert(system.temp_dir())
    path = folder .. "/x.h5"
  end)
  after_each(function() assert(system.remove_tree(folder)) end)

  local function check(tensors, order)
    assert(loader.write(path, tensors, order))
    local got = assert(loader.read(path))
    assert.equal("keras_h5", got.format)
    local count = 0
    for name, t in pairs(tensors) do
      count = count + 1
      local same = got.tensors[name]
      assert.same({ t:dtype(), t:shape() }, { same:dtype(), same:shape() })
      if t:numel() > 0 then assert.tensor(same).near(t, 0) end
    end
    assert.equal(count, #got.order)
    return got
  end

  it("is read back, every dtype and shape", function()
    local stream = tensor.generator(3)
    local tensors = { ["s.scalar"] = tensor.from({ 2.5 }):reshape {},
      ["n.none"] = tensor.zeros { 0, 3 }, plain = stream:rand { 2, 3, 1, 2 },
      ["conv1/7x7/bn/gamma:0"] = stream:rand { 5 } }
    for _, dtype in ipairs { "f16", "f32", "f64", "i32", "i64", "u8" } do
      tensors["d." .. dtype] = tensor.from({ 1, 2, 3 }, dtype)
    end
    check(tensors)
    check({})
  end)

  it("has groups of any size: trees of one and two levels", function()
    for _, count in ipairs { 8, 9, 257 } do
      local tensors, one = {}, tensor.from { 1 }
      for i = 1, count do tensors[("l%d.w"):format(i)] = one end
      check(tensors)
    end
  end)

  it("names layers and weights in the order given, in pieces when they are many", function()
    local tensors, order = {}, {}
    for i = 1, 3 do
      for _, slot in ipairs { "kernel:0", "bias:0" } do
        local name = ("l%d/%s"):format(i, slot)
        tensors[name] = tensor.from { i }
        table.insert(order, name)
      end
    end
    local got = check(tensors, order)
    assert.same(order, got.order)
    assert.equal("l1\nl1\nl2\nl2\nl3\nl3\n", got.meta.weight_layers)
    local long = {}
    for i = 1, 40 do long[("%04d"):format(i) .. ("x"):rep(5000) .. ".w"] = tensor.from { i } end
    assert(loader.write(path, long)) -- the reader has no paths of that length
    assert.truthy(system.read_file(path):find("layer_names3\0", 1, true))
  end)

  it("gives the same bytes for equal tensors", function()
    local tensors = { ["b.w"] = tensor.from { 1, 2 }, ["a.w"] = tensor.from { 3 } }
    assert(loader.write(path, tensors))
    local first = assert(system.read_file(path))
    assert(loader.write(path, assert(loader.read(path)).tensors))
    assert.equal(first, assert(system.read_file(path)))
  end)

  it("is refused where names make no groups, and for bf16", function()
    local one = tensor.ones { 1 }
    for text, tensors in pairs {
      ["makes no path"] = { ["a//b"] = one }, ["the name \"\""] = { [""] = one },
      ["no bf16; convert"] = { a = one:to "bf16" },
      ["'a/a' is a tensor and a group"] = { a = one, ["a/a/b"] = one },
    } do
      assert.error_matches(function() loader.write(path, tensors) end, text)
    end
    assert.error_matches(function() loader.write(path, one) end, "a %.h5 holds tensors by name")
  end)

  it("leaves what was there when the disk is full", function()
    assert(loader.write(path, { ["a.w"] = tensor.ones { 4 } }))
    local first = assert(system.read_file(path))
    -- Files of this process may not grow past 64 KiB; a write beyond fails as on a full disk.
    local code = ([[local loader, tensor = require "visage.loader", require "visage.tensor"
      for _, name in ipairs { "x.h5", "x.safetensors", "x.npz" } do
        local ok, text, code = loader.write(%q .. "/" .. name, { ["a.w"] = tensor.ones { 100000 } })
        assert(not ok and code == "IO", text)
      end]]):format(folder)
    assert.equal(0, system.run { "bash", "-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" -e \"$1\"",
      system.program(), code })
    assert.equal(first, assert(system.read_file(path)))
    local names = {}
    for name in require "lfs".dir(folder) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ ".", "..", "x.h5" }, names)
  end)
end)
