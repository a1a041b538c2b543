local loader = require "visage.loader"
local corrupt = require "spec.support.corrupt"
local system = require "visage.system"
local golden = require "spec.support.golden"
local shared = require "spec.support.shared"

--- Adds to `leaves` what a golden's description holds, under joined names. Keys
-- of JSON's lists start at 1, Python's at 0.
local function flatten(description, name, leaves)
  if type(description) ~= "table" or description.tensor then
    leaves[name] = description
    return leaves
  end
  local shift = #description > 0 and 1 or 0
  for key, value in pairs(description) do
    if shift == 1 then key = math.tointeger(key) - 1 end
    flatten(value, (name and name .. "." or "") .. key, leaves)
  end
  return leaves
end

local function assert_equals_golden(got, description)
  local wanted, tensors = flatten(description, nil, {}), 0
  for name, value in pairs(wanted) do
    if type(value) == "table" then
      local tensor = assert(got.tensors[name], name)
      tensors = tensors + 1
      assert.equal(value.tensor == "bool" and "u8" or value.tensor, tensor:dtype(), name)
      assert.same(value.shape, tensor:shape(), name)
      if tensor:numel() > 0 then
        assert.same(value.values, tensor:reshape({ -1 }):totable(), name)
      end
    else
      local note = assert(got.meta[name], name)
      assert.equal(type(value) == "number" and value or tostring(value),
        type(value) == "number" and tonumber(note) or note, name)
    end
  end
  assert.equal(tensors, #got.order)
end

describe("pytorch", function()
  local facts = golden.load "pytorch"
  local function path(name) return golden.path("pytorch/" .. name) end

  for name, description in pairs(facts.files) do
    it("reads " .. name .. " as PyTorch does", function()
      local got = assert(loader.read(path(name)))
      assert.equal("pytorch", got.format)
      assert_equals_golden(got, facts.files[description] or description)
    end)
  end

  --- The golden writes a path of keys with "/" for the dictionary's borders.
  local function joined(name) return (name:gsub("/", ".")) end

  it("lets tied tensors share storage, as PyTorch does", function()
    for name, pairs_of in pairs(facts.shared) do
      local tensors = assert(loader.read(path(name))).tensors
      for _, pair in ipairs(pairs_of) do
        local a, b = tensors[joined(pair[1])], tensors[joined(pair[2])]
        b:fill(7)
        local found = 0
        for _, value in ipairs(a:reshape({ -1 }):totable()) do
          if value == 7 then found = found + 1 end
        end
        assert.truthy(found >= b:numel(), pair[2])
      end
    end
  end)

  it("keeps of classes that it does not know what is data, and nothing else", function()
    local meta = assert(loader.read(path "lightning.ckpt")).meta
    local kept = {}
    for name, value in pairs(meta) do
      local key = name:match "^hyper_parameters%.(.*)$"
      if key then kept[key] = value end
    end
    assert.same({
      lr = "0.125", ["arguments.batch"] = "8", ["arguments.names.0"] = "x",
      ["arguments.names.1"] = "y", ["ids.0"] = "4", ["counts.seen"] = "7",
    }, kept)
  end)

  for name, what in pairs(facts.errors) do
    it(("refuses %s (%s)"):format(name, what.why), function()
      local got, text, code = loader.read(path(name))
      if got then
        assert.is_true(what.may_load)
        return
      end
      assert.equal(what.names and "UNSUPPORTED" or "FORMAT", code)
      assert.truthy(text:find(name .. ": offset %d+: "), text)
      if what.names then assert.truthy(text:find(what.names, 1, true), text) end
    end)
  end

  for _, name in ipairs { "good_by_hand.pt", "state_dict.pt", "legacy.pt" } do
    it("survives every third cut and flipped byte of " .. name, function()
      corrupt.each(assert(system.read_file(path(name))), function(bytes, what)
        local ok = corrupt.survives(bytes, what)
        if what:find("^cut") then assert.is_false(ok) end
      end, 3)
    end)
  end

  --- A legacy file with this pickle as its object, and what follows that.
  local function legacy_of(pickle, rest)
    local legacy = assert(system.read_file(path("hostile_legacy.pt")))
    local head = legacy:sub(1, assert(legacy:find("\x80\2}X\1\0\0\0w", 1, true)) - 1)
    return head .. "\x80\2" .. pickle .. "." .. (rest or "\x80\2].")
  end

  it("refuses a dictionary that would be repeated without end", function()
    -- Each of 30 lists holds the one before twice: 2^30 leaves.
    local doubled = "]K\1a"
    for i = 1, 30 do
      doubled = doubled .. ("q%c0(h%ch%cl"):format(i, i, i)
    end
    local got, why, code = loader.decode(legacy_of(doubled), "bomb.pt")
    assert.is_nil(got)
    assert.equal("FORMAT", code)
    assert.truthy(why:find("over 1048576 values", 1, true), why)
  end)

  it("refuses an object of many attributes that is looked through without end", function()
    local function text(s) return "X" .. string.pack("<I4", #s) .. s end
    local module = ""
    for _, key in ipairs { "_parameters", "_buffers", "_modules" } do
      module = module .. text(key) .. "}"
    end
    local listed = "]cm\nC\n)\x81q\0}(" .. text("k") .. "q\1Nq\2" .. ("h\1h\2"):rep(1500)
      .. module .. "ub0(" .. ("h\0"):rep(400) .. "e"
    local got, why, code = loader.decode(legacy_of(listed), "object.pt")
    assert.is_nil(got)
    assert.equal("FORMAT", code)
    assert.truthy(why:find("over 1048576 values", 1, true), why)
  end)

  it("refuses many storages that are named without end", function()
    local parts = { "X\7\0\0\0storageq\0ctorch\nFloatStorage\nq\1X\3\0\0\0cpuq\2K\0q\3]" }
    for i = 1, 16000 do
      parts[#parts + 1] = ("(h\0h\1X\5\0\0\0%05dh\2h\3tq\4Q0"):format(i)
    end
    local got, why, code = loader.decode(legacy_of(table.concat(parts)
      .. ("h\4Q0"):rep(40000)), "often.pt")
    assert.is_nil(got)
    assert.equal("FORMAT", code)
    assert.truthy(why:find("16000 storages, named too often", 1, true), why)
  end)

  it("refuses notes that repeat a long string without end", function()
    -- One string of a MiB, listed 200 times.
    local text = string.pack("<I4", 1 << 20) .. ("x"):rep(1 << 20)
    local listed = "(X" .. text .. "q\0" .. ("h\0"):rep(199) .. "l"
    local got, why, code = loader.decode(legacy_of(listed), "notes.pt")
    assert.is_false(got and true or false)
    assert.equal("FORMAT", code)
    assert.truthy(why:find("^notes.pt: offset %d+: names and notes of over 64 MiB"), why)
  end)

  it("takes no stride from the file where none is needed", function()
    local key = "X\1\0\0\0000"
    local huge = "\x8a\8\0\0\0\0\0\0\0\x40" -- 2^62
    local function view(shape, strides, offset)
      return "ctorch._utils\n_rebuild_tensor_v2\n(("
        .. "X\7\0\0\0storagectorch\nFloatStorage\n" .. key .. "X\3\0\0\0cpuK\2tQ"
        .. "K" .. offset .. "(" .. shape .. "t(" .. strides .. "ttR"
    end
    local row = view("K\1K\2", huge .. "K\1", "\0")
    local empty = view("K\4K\0", huge .. huge, "\2")
    local data = "\x80\2]" .. key .. "a." .. string.pack("<i8ff", 2, 3, 5)
    local file = legacy_of("(" .. row .. empty .. "l", data)
    local tensors = assert(loader.decode(file, "strides.pt")).tensors
    assert.same({ 3, 5 }, tensors["0"]:slice({ { 1, 1, 3 }, {} }):reshape({ -1 }):totable())
    assert.same({ { 9, 15 }, { 15, 25 } },
      tensors["0"]:transpose(1, 2):matmul(tensors["0"]):totable())
    -- Under the sanitizer 3 * 2^62 would be an overflow.
    assert.same({ 0 }, tensors["1"]:select(1, 4):shape())
  end)

  it("reads the real checkpoints under their own names", function()
    for file, count in pairs {
      ["mtcnn/pnet.pt"] = 13, ["mtcnn/rnet.pt"] = 16, ["mtcnn/onet.pt"] = 21,
      ["mobilefacenet/068.ckpt"] = 333, ["mobilefacenet/mobilefacenet.pt"] = 307,
      ["retinaface/mobilenet0.25_Final.pth"] = 300,
    } do
      local at = shared.weights(file)
      if not at then return pending("no " .. file) end
      assert.equal(count, #assert(loader.read(at)).order, file)
    end
    local got = assert(loader.read(shared.weights "mobilefacenet/068.ckpt"))
    assert.same({ 64, 3, 3, 3 }, got.tensors["net_state_dict.conv1.conv.weight"]:shape())
    assert.equal("68", got.meta.epoch)
  end)
end)
