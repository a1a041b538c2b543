local golden = require "spec.support.golden"
local image = require "visage.image"
local mtcnn = require "visage.models.mtcnn"
local nn = require "visage.nn"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local shared = require "spec.support.shared"
local tensor = require "visage.tensor"

-- Of float32 sums in another order than OpenCV's, some thousand products each.
local TOLERANCE = 1e-5

local arrays = assert(tensor.load(golden.path "caffe.npz"))

local function path(name) return golden.path("caffe/" .. name) end

--- The names of the layers of a golden net.
local function layers(net)
  local names = {}
  for key in pairs(arrays) do
    local name = key:match("^" .. net .. "/(.+)$")
    if name and name ~= "input" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

--- Asserts that every layer of the golden net is as OpenCV has it. A layer that
-- adds nothing (Split, Dropout) has no node; renamed tells whose it is.
local function compare(net, source, renamed)
  local names, taps = layers(net), {}
  for i, name in ipairs(names) do taps[i] = renamed[name] or name end
  local g = assert(nn.import(source))
  for _, engine in ipairs { "reference", "naive" } do
    local results = { assert(g:compile { batch = 2, taps = taps, engine = engine })
      :run(arrays[net .. "/input"]) }
    local got = results[#results]
    for i, name in ipairs(names) do
      local wanted = arrays[net .. "/" .. name]
      assert.same(wanted:shape(), got[taps[i]]:shape(), name)
      local off = networks.relative_error(got[taps[i]], wanted)
      assert(off < TOLERANCE, ("%s is off by %g (%s)"):format(name, off, engine))
    end
  end
  return g
end

describe("nn.import of Caffe", function()
  it("equals OpenCV at each V1 layer, with blobs of the old shape", function()
    local g = compare("first", { path "first.prototxt", path "first.caffemodel" },
      { split = "relu1", drop = "concat" })
    assert.same({ "prob" }, g:outputs())
  end)

  it("equals OpenCV at each V2 layer, out of the caffemodel alone", function()
    local g = compare("second", path "second.caffemodel", {})
    assert.same({ "each", "top" }, g:outputs())
  end)

  it("equals OpenCV at each layer of SE blocks through Axpy", function()
    compare("squeezed", { path "squeezed.prototxt", path "squeezed.caffemodel" }, {})
  end)
end)

describe("the Caffe nets of MTCNN", function()
  local SIZES = { pnet = { 3, 36, 28 }, rnet = { 3, 24, 24 }, onet = { 3, 48, 48 } }
  local PARTS = { pnet = "det1", rnet = "det2", onet = "det3" }

  -- A case's pixels (H,W,C), u8: a crop of a photo, or noise; nil without photos.
  local function pixels_of(case, size)
    if case.noise then return networks.pixels(case.noise, { size[2], size[3], 3 }) end
    local photo = shared.data("photos/" .. case.photo)
    if not photo then return nil end
    local x, y, w, h = table.unpack(case.box)
    return assert(image.load(photo)):narrow(1, y + 1, h):narrow(2, x + 1, w):contiguous()
  end

  local function input(u8)
    return ((u8:to "f32" - 127.5) / 128):permute({ 3, 1, 2 }):contiguous():unsqueeze(1)
  end

  -- The part's graph out of its two files; nil without them.
  local function import(part, sizes)
    local base = shared.weights("mtcnn/" .. PARTS[part] .. ".prototxt")
    if not base then return nil end
    return assert(nn.import({ base, (base:gsub("prototxt$", "caffemodel")) },
      { inputs = { data = sizes } }))
  end

  for _, part in ipairs(mtcnn.parts) do
    it("give what OpenCV gives: " .. part, function()
      local cases = golden.load("caffe").mtcnn[part]
      local g = import(part, SIZES[part])
      if not g then return pending("the weights of MTCNN are not here") end
      local net = assert(g:compile())
      for i, case in ipairs(cases) do
        local u8 = pixels_of(case, SIZES[part])
        if not u8 then return pending("the photos are not here") end
        assert.equal(case.pixels, pixels.sha256(u8))
        local results = { net:run(input(u8)) }
        for k, name in ipairs(g:outputs()) do
          local wanted = arrays[("mtcnn/%s/%d/%s"):format(part, i - 1, name)]
          assert.same(wanted:shape(), results[k]:shape())
          -- Of probabilities near 0 the other one, near 1, is the scale.
          assert.is_true(networks.relative_error(results[k], wanted) < TOLERANCE)
        end
      end
    end)

    -- They were trained on images of Matlab, whose rows are columns here; what
    -- facenet-pytorch made of them sees images the usual way.
    it("give what facenet-pytorch's port gives for the image turned over: " .. part, function()
      local weights, g = networks.mtcnn(), import(part, SIZES[part])
      if not (g and weights) then return pending("the weights of MTCNN are not here") end
      local port = mtcnn.build { part = part }
      assert(port:load(weights[part], mtcnn.variants["facenet-pytorch"].names))
      local x = tensor.generator(62):rand({ 2, table.unpack(SIZES[part]) }) * 2 - 1
      local ours = { assert(g:compile { batch = 2 }):run(x) }
      local theirs = { assert(port:compile { batch = 2 })
        :run(x:permute({ 1, 2, 4, 3 }):contiguous()) }
      -- Here outputs come by name, prob1 last; there the probabilities come first.
      table.insert(ours, 1, table.remove(ours))
      for i, y in ipairs(theirs) do
        if y:dims() == 4 then y = y:permute { 1, 2, 4, 3 } end
        assert.is_true(networks.relative_error(ours[i], y) < TOLERANCE)
      end
      assert.equal(#theirs, #ours)
    end)
  end
end)
