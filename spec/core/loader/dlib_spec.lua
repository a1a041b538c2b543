local loader = require "visage.loader"
local corrupt = require "spec.support.corrupt"
local weights = require "visage.weights"

-- A writer of dlib's serialisation, for networks of a few numbers.

local function integer(value)
  local magnitude, bytes = math.abs(value), ""
  repeat
    bytes = bytes .. string.char(magnitude & 0xff)
    magnitude = magnitude >> 8
  until magnitude == 0
  return string.char(#bytes | (value < 0 and 0x80 or 0)) .. bytes
end

local function integers(...)
  local list = { ... }
  for i, value in ipairs(list) do list[i] = integer(value) end
  return table.concat(list)
end

local function word(text) return integer(#text) .. text end

local function tensor(n, k, rows, columns, ...)
  return integers(2, n, k, rows, columns) .. string.pack(("<f"):rep(n * k * rows * columns), ...)
end

local function alias(...) return integers(1, ...) end

-- 1.0 four times: learning rates and weight decays.
local rates = integers(1, 0):rep(4)
local state = "110" .. tensor(0, 0, 0, 0):rep(3)

local con = word "con_4" .. tensor(6, 1, 1, 1, 1, 2, 3, 4, 0.5, -0.5)
  .. integers(2, 1, 2, 1, 1, 0, 0) .. alias(2, 1, 1, 2) .. alias(1, 2, 1, 1) .. rates
local affine = word "affine_" .. tensor(4, 1, 1, 1, 10, 20, 30, 40)
  .. alias(1, 2, 1, 1) .. alias(1, 2, 1, 1) .. integer(0)
local fc = word "fc_2" .. integers(3, 2) .. tensor(6, 1, 1, 1, 1, 2, 3, 4, 5, 6)
  .. alias(2, 3, 1, 1) .. alias(0, 0, 0, 0) .. integer(1) .. rates

--- loss <- fc <- add_prev <- tag <- relu <- affine <- con <- image.
local function network(first)
  return integer(1) .. word "loss_metric_2" .. integers(1, -4, 3, -2)
    .. integers(2, 2, 1, 2, 2, 3)
    .. word "input_rgb_image_sized" .. integers(245, -1, 117, 0, 104, 0) .. integers(150, 150)
    .. (first or con) .. state .. integer(1)
    .. affine .. state
    .. word "relu_" .. state
    .. word "add_prev_" .. state
    .. fc .. state
end

local function read(bytes)
  local got, text, code = loader.decode(bytes, "a.dat")
  return got, text, code
end

describe("dlib", function()
  it("names the layers with parameters from the input on", function()
    local got = assert(read(network()))
    assert.equal("dlib", got.format)
    assert.same({ "01.con.weight", "01.con.bias", "02.affine.gamma", "02.affine.beta",
      "03.fc.weight" }, got.order)
    local t = got.tensors
    assert.same({ { { { 1, 2 } } }, { { { 3, 4 } } } }, t["01.con.weight"]:totable())
    assert.same({ 0.5, -0.5 }, t["01.con.bias"]:totable())
    assert.same({ 10, 20 }, t["02.affine.gamma"]:totable())
    assert.same({ 30, 40 }, t["02.affine.beta"]:totable())
    assert.same({ { 1, 2, 3 }, { 4, 5, 6 } }, t["03.fc.weight"]:totable())
  end)

  it("notes strides, padding and the input's means", function()
    local meta = assert(read(network())).meta
    assert.equal("stride 1x1 pad 0x0", meta["01.con"])
    assert.equal("rgb 150x150 mean 122.5 117 104", meta.input)
  end)

  it("names file and offset of what is wrong", function()
    for _, case in ipairs {
      { network() .. "x", "1 bytes are left after the last layer" },
      { network(word "con_4" .. tensor(5, 1, 1, 1, 1, 2, 3, 4, 5)
        .. con:sub(#word "con_4" + #tensor(6, 1, 1, 1, 1, 2, 3, 4, 5, 6) + 1)),
        "con.bias of 2 elements, the layer has 1 left" },
      { (network():gsub("110", "1x0", 1)), "byte 0x78 came, a boolean wanted" },
      { network():sub(1, -2), "1 bytes wanted, 0 left" },
    } do
      local got, text, code = read(case[1])
      assert.is_nil(got)
      assert.equal("FORMAT", code)
      assert.truthy(text:find("^a%.dat: offset %d+: "), text)
      assert.truthy(text:find(case[2], 1, true), text)
    end
  end)

  it("names the kind of a layer, loss or input that it does not know", function()
    for from, to in pairs { relu_ = "silu_", loss_metric_2 = "loss_metric_9",
      input_rgb_image_sized = "input_rgb_image_giant" } do
      local got, text, code = read((network():gsub(from, to)))
      assert.is_nil(got)
      assert.equal("UNSUPPORTED", code)
      assert.truthy(text:find("'" .. to .. "' of dlib", 1, true), text)
    end
  end)

  it("survives every cut and flipped byte", function()
    corrupt.each(network(), function(bytes, what)
      local ok = corrupt.survives(bytes, what)
      if what:find("^cut") then assert.is_false(ok) end
    end)
  end)

  it("reads the face ResNet: 29 convolutions, 5,614,592 numbers", function()
    local path = weights.find "dlib-resnet"
    if not path then return pending("dlib-resnet is not installed") end
    local got = assert(loader.read(path))
    local numbers, convolutions = 0, 0
    for name, t in pairs(got.tensors) do
      numbers = numbers + t:numel()
      if name:find("con.weight", 1, true) then convolutions = convolutions + 1 end
    end
    assert.equal(29, convolutions)
    assert.equal(5614592, numbers)
    assert.equal("rgb 150x150 mean 122.782 117.001 104.298", got.meta.input)
    assert.same({ 256, 128 }, got.tensors["59.fc.weight"]:shape())
  end)
end)
