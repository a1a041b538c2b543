--- The pyramid and P-Net's candidates.
local golden = require "spec.support.golden"
local profiles = require "visage.face.profiles"
local proposals = require "visage.face.proposals"
local tensor = require "visage.tensor"

-- A P-Net that finds a face in the given cells, with the offsets of its column.
local function fake_net(height, width, cells)
  local p = tensor.zeros { 1, 2, height, width }
  local offset = tensor.zeros { 1, 4, height, width }
  for x = 1, width do offset:select(4, x):fill((x - 1) / 100) end
  for _, cell in ipairs(cells) do p:set(cell[3], 1, 2, cell[1] + 1, cell[2] + 1) end
  return { run = function() return p, offset end }
end

local function options(name)
  local o = { preprocess = { order = "rgb", mean = { 127.5, 127.5, 127.5 }, scale = 1 / 128 } }
  for k, v in pairs(profiles[name]) do o[k] = v end
  return o
end

describe("proposals.scales", function()
  it("goes down from 12 / 20 by 0.709 while 12 pixels are left", function()
    for _, name in ipairs { "facenet-pytorch", "ipazc-0.1.1", "ipazc-1.0.0", "matlab" } do
      local scales = proposals.scales(60, 40, profiles[name])
      -- 24, 17.0, 12.06 pixels of the shorter side.
      assert.equal(3, #scales)
      assert.near(0.6 * 0.709 ^ 2, scales[3], 1e-15)
    end
  end)

  it("has none for an image that is too small for a face", function()
    assert.same({}, proposals.scales(19, 100, profiles["facenet-pytorch"]))
  end)

  it("counts them as mtcnn 1.0.0 does", function()
    for size, wanted in pairs(golden.load("mtcnn_ipazc1").scales) do
      local width, height, least = size:match "(%d+),(%d+),(%d+)"
      local o = setmetatable({ min_face_size = tonumber(least) },
        { __index = profiles["ipazc-1.0.0"] })
      local found = proposals.scales(tonumber(width), tonumber(height), o)
      -- With 40 the package has scales whose images P-Net cannot take, and gives up.
      if least == "40" then wanted = {} end
      assert.equal(#wanted, #found, size)
      for i, scale in ipairs(wanted) do assert.near(1, found[i] / scale, 1e-15) end
    end
  end)

  it("equals the package's", function()
    for _, scales in pairs(golden.load("mtcnn_ipazc").pyramid) do
      local width, height = scales[1][2] / 0.6, scales[1][3] / 0.6
      local found = proposals.scales(math.floor(width), math.floor(height),
        profiles["ipazc-0.1.1"])
      -- numpy's power differs from C's by a bit of the last place.
      for i, row in ipairs(scales) do assert.near(1, row[1] / found[i], 1e-15) end
    end
  end)
end)

describe("proposals.find", function()
  -- 20x20: one scale, 0.6, one 12x12 or 13x13 image; the net is not asked.
  local img = tensor.zeros({ 20, 20, 3 }, "u8")

  local function find(photo, net, o) return proposals.find(photo, net, o, {}) end

  it("puts a cell's field of view on the image and squares it", function()
    local found = find(img, fake_net(5, 7, { { 1, 0, 0.9 } }),
      options "facenet-pytorch")
    -- x: floor(1 / 0.6) to floor(12 / 0.6); y: floor(3 / 0.6) to floor(14 / 0.6),
    -- which is 1 short of a square.
    assert.same({ 1, 4.5, 20, 23.5 }, table.move(found[1], 1, 4, 1, {}))
    assert.near(0.9, found[1][5], 1e-7)
  end)

  it("reads a lone candidate's offsets from the mirrored column only in ipazc-0.1.1", function()
    local net = fake_net(5, 7, { { 1, 0, 0.9 } })
    -- Column 0 holds 0, its mirror, column 6, holds 0.06: 1, 5, 20, 23 becomes
    -- 2.14, 6.08, 21.14, 24.08, then a square, then whole pixels.
    local plain = find(img, net, options "facenet-pytorch")[1]
    local mirrored = find(img, net, options "ipazc-0.1.1")[1]
    assert.equal(1, plain[1])
    assert.same({ 2, 5, 21, 24 }, table.move(mirrored, 1, 4, 1, {}))
  end)

  it("reads a lone candidate's offsets from the transposed place only in matlab", function()
    local net = fake_net(5, 7, { { 1, 0, 0.9 } })
    -- Row 1, column 0 is the eighth in rows of 7; the eighth in columns of 5 is row
    -- 2 of column 1, where offsets are 0.01: 1.19, 5.18, 20.19, 23.18, squared.
    local found = find(img, net, options "matlab")[1]
    assert.same({ 1, 4, 20, 23 }, table.move(found, 1, 4, 1, {}))
    local o = options "matlab"
    o.fix = false
    found = find(img, net, o)[1]
    assert.near(1.19, found[1], 1e-6)
    assert.near(4.68, found[2], 1e-6)
  end)

  it("moves the cell on the scaled image, to fractions, in ipazc-1.0.0", function()
    -- Column 3 holds 0.03: (7 + 11 * 0.03) / 0.6, (3 + 11 * 0.03) / 0.6, 11 / 0.6 wide.
    local larger, net = tensor.zeros({ 24, 24, 3 }, "u8"), fake_net(5, 7, { { 1, 3, 0.9 } })
    local found = find(larger, net, options "ipazc-1.0.0")[1]
    assert.near(7.33 / 0.6, found[1], 1e-6)
    assert.near(3.33 / 0.6, found[2], 1e-6)
    assert.near(18.33 / 0.6, found[3], 1e-6)
  end)

  it("takes what is at the threshold, except in ipazc-1.0.0", function()
    local o = options "facenet-pytorch"
    o.thresholds = { 0.5, 0.7, 0.7 }
    assert.equal(1, #find(img, fake_net(5, 7, { { 2, 2, 0.5 } }), o))
    assert.equal(0, #find(img, fake_net(5, 7, { { 2, 2, 0.49 } }), o))
    o.passes = "above"
    assert.equal(0, #find(img, fake_net(5, 7, { { 2, 2, 0.5 } }), o))
  end)
end)
