local corrupt = require "spec.support.corrupt"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local image = require "visage.image"
local mtcnn = require "visage.models.mtcnn"
local nn = require "visage.nn"
local networks = require "spec.support.networks"
local pixels = require "spec.support.pixels"
local shared = require "spec.support.shared"
local system = require "visage.system"
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

  it("lets the prototxt lead, wherever it is in the list", function()
    local g = assert(nn.import({ path "first.caffemodel", path "first.prototxt" }))
    assert.same({ "prob" }, g:outputs())
    local file = assert(loader.read(path "first.caffemodel"))
    table.remove(file.network.operators)
    assert.same({ "fc" }, assert(nn.import(file)):outputs())
  end)

  it("equals OpenCV at each layer of SE blocks through Axpy", function()
    compare("squeezed", { path "squeezed.prototxt", path "squeezed.caffemodel" }, {})
  end)
end)

describe("a Caffe net", function()
  -- Imports a text with blobs given as nested tables; the input is (N,2,2,3).
  local function import(text, blobs, options)
    local file = assert(loader.decode("input: 'data' input_dim: [1, 2, 2, 3]\n" .. text, "a"))
    for name, value in pairs(blobs or {}) do file.tensors[name] = tensor.from(value) end
    return nn.import(file, options)
  end

  local X = { { { { 1, -2, 3 }, { -4, 5, -6 } }, { { 7, -8, 9 }, { -10, 11, -12 } } } }

  -- The outputs for X.
  local function run(text, blobs, options)
    return assert(import(text, blobs, options)):compile():run(tensor.from(X))
  end

  local function layer(body) return "layer { bottom: 'data' top: 'y' " .. body .. " }\n" end

  -- Code and text of an import that fails.
  local function fault(...)
    local g, text, code = import(...)
    assert.is_nil(g)
    return code .. ": " .. text
  end

  it("is for testing: other layers are left out, Dropout does nothing", function()
    local g = assert(import(layer "name: 'a' type: 'ReLU' include { phase: TRAIN }"
      .. layer "name: 'b' type: 'Sigmoid' exclude { phase: TEST }"
      .. layer "name: 'c' type: 'ReLU' include { phase: TEST stage: 'deploy' }"
      .. layer "name: 'd' type: 'ReLU' include { min_level: 1 } include { max_level: -1 }"
      .. layer "name: 'e' type: 'Sigmoid' include { phase: TEST min_level: -1 max_level: 0 }"
      .. "layer { name: 'f' type: 'Dropout' bottom: 'y' top: 'z' exclude { phase: TRAIN } }"
      .. "layer { name: 'g' type: 'Silence' bottom: 'data' }"))
    assert.same({ "data", "e" }, { g:nodes()[1].name, g:nodes()[2].name })
    assert.equal(2, #g:nodes())
    assert.same({ "e" }, g:outputs())
  end)

  it("has Input layers and those that read data as inputs", function()
    local g = assert(nn.import(assert(loader.decode([[
      layer { name: "in" type: "Input" top: "a" top: "b"
        input_param { shape { dim: [1, 2, 4, 5] } shape { dim: [1, 7] } } }
      layer { name: "fed" type: "Data" top: "c" top: "label" }
      layer { name: "r" type: "ReLU" bottom: "a" top: "r" }
      layer { name: "s" type: "ReLU" bottom: "b" top: "s" }
      layer { name: "t" type: "ReLU" bottom: "c" top: "t" }
    ]], "a")), { inputs = { c = { 3, -1, -1 } } }))
    assert.same({ -1, 2, 4, 5 }, g:node("r").shape)
    assert.same({ -1, 7 }, g:node("s").shape)
    assert.same({ -1, 3, -1, -1 }, g:node("t").shape)
    assert.same({ "r", "s", "t" }, g:outputs())
  end)

  it("asks for the sizes of data that no file tells", function()
    local g, text, code = nn.import(assert(loader.decode([[
      layer { name: "fed" type: "HDF5Data" top: "x" }
      layer { name: "r" type: "ReLU" bottom: "x" top: "r" } ]], "a")))
    assert.same({ nil, "import: prototxt: the file has no sizes of 'x'; "
      .. "inputs = { NAME = { C, H, W } } gives them", "UNSUPPORTED" }, { g, text, code })
  end)

  it("multiplies by a second bottom, and Axpy adds a third", function()
    local pooled = "layer { name: 'p' type: 'Pooling' bottom: 'data' top: 'p' "
      .. "pooling_param { pool: MAX global_pooling: true } }\n"
    local flat = "layer { name: 'f' type: 'Flatten' bottom: 'p' top: 'f' }\n"
    local wanted = { { { { 5, -10, 15 }, { -20, 25, -30 } },
      { { 77, -88, 99 }, { -110, 121, -132 } } } }
    assert.tensor(run(pooled .. flat .. "layer { name: 's' type: 'Scale' "
      .. "bottom: 'data' bottom: 'f' top: 's' scale_param { axis: 0 } }")).near(wanted, 0)
    for _, factor in ipairs { "p", "f" } do
      assert.tensor(run(pooled .. flat .. ("layer { name: 'a' type: 'Axpy' bottom: '%s' "
        .. "bottom: 'data' bottom: 'data' top: 'a' }"):format(factor), {},
        { outputs = { "a" } })).near(tensor.from(wanted) + tensor.from(X), 0)
    end
  end)

  it("takes the larger of three, exactly", function()
    local y = run("layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }\n"
      .. "layer { name: 'b' type: 'Bias' bottom: 'data' top: 'b' }\n"
      .. "layer { name: 'm' type: 'Eltwise' bottom: 'data' bottom: 'r' bottom: 'b' top: 'm' "
      .. "eltwise_param { operation: MAX } }", { ["b.1"] = { 0.5, 20 } })
    assert.tensor(y).near({ { { { 1.5, 0, 3.5 }, { 0, 5.5, 0 } },
      { { 27, 12, 29 }, { 10, 31, 8 } } } }, 0)
  end)

  it("adds, subtracts and multiplies what is one size", function()
    local function eltwise(param)
      return run(layer("name: 'e' type: 'Eltwise' bottom: 'data' bottom: 'data' eltwise_param { "
        .. param .. " }"))
    end
    local x = tensor.from(X)
    assert.tensor(eltwise "").near(x * 3, 0)
    assert.tensor(eltwise "coeff: [1, -3, 0.5]").near(x * -1.5, 0)
    assert.tensor(eltwise "operation: PROD").near(x * x * x, 0)
    assert.truthy(fault(layer "name: 'p' type: 'Pooling' pooling_param { kernel_size: 2 }"
      .. "layer { name: 'e' type: 'Eltwise' bottom: 'data' bottom: 'y' top: 'z' }"):find(
      "FORMAT: import: prototxt: Eltwise 'e': bottom 2 is (N,2,1,2), those before are (N,2,2,3)",
      1, true))
  end)

  it("normalises by statistics times a factor, 0 for none", function()
    local text = layer "name: 'n' type: 'BatchNorm' batch_norm_param { eps: 1 }"
    local y = run(text, { ["n.1"] = { 0.5, 1 }, ["n.2"] = { 1.5, 4 }, ["n.3"] = { 0.5 } })
    -- mean 1 and 2, variance 3 and 8
    assert.tensor(y).near({ { { { 0, -1.5, 1 }, { -2.5, 2, -3.5 } },
      { { 5 / 3, -10 / 3, 7 / 3 }, { -4, 3, -14 / 3 } } } }, 1e-6)
    local nothing = { ["n.1"] = { 9, 9 }, ["n.2"] = { 9, 9 }, ["n.3"] = { 0 } }
    assert.tensor(run(text, nothing)).near(X, 0)
  end)

  it("rounds pooling down where a fork's net says so", function()
    for param, width in pairs { [""] = 2, ["round_mode: FLOOR"] = 1, ["round_mode: CEIL"] = 2,
      ["ceil_mode: false"] = 1, ["ceil_mode: true"] = 2 } do
      assert.equal(width, import(layer("name: 'p' type: 'Pooling' pooling_param { kernel_size: 2 "
        .. "stride: 2 " .. param .. " }")):node("p").shape[4])
    end
  end)

  it("takes blobs with more or fewer ones in front", function()
    local y = run(layer("name: 'c' type: 'Convolution' "
      .. "convolution_param { num_output: 1 kernel_size: 1 }"),
      { ["c.1"] = { { { { 1 } }, { { 10 } } } }, ["c.2"] = { { { { 100 } } } } })
    assert.tensor(y).near({ { { { 171, 18, 193 }, { -4, 215, -26 } } } }, 0)
  end)

  -- What the layer says, its blobs, what is wrong with it.
  local CASES = {
    { "type: 'LRN'", "UNSUPPORTED: import: prototxt: 1 operator has no layer: LRN 'l' (N,2,2,3)" },
    { "type: 'ReLU' relu_param { other: 1 }", "relu_param.other is not known" },
    { "type: 'Pooling' pooling_param { pool: STOCHASTIC kernel_size: 2 }", "pool is STOCHASTIC" },
    { "type: 'Pooling' pooling_param { kernel_size: 1 stride: 2 }",
      "its last window lies outside the image" },
    { "type: 'Pooling'",
      "FORMAT: import: prototxt: Pooling 'l': has no pooling_param.kernel_size" },
    { "type: 'Convolution' convolution_param { num_output: 1 kernel_size: [1, 1, 1] }",
      "convolution_param.kernel_size has 3 axes" },
    { "type: 'Convolution' convolution_param { kernel_size: 1 }",
      "has no convolution_param.num_output" },
    { "type: 'Convolution' convolution_param { num_output: 1 kernel_size: 1 axis: -2 }",
      "axis is not 1" },
    { "type: 'Convolution' convolution_param { num_output: 1 kernel_size: 1 }",
      "the file has no tensor 'l.1'" },
    { "type: 'Convolution' convolution_param { num_output: 1 kernel_size: 1 bias_term: false }",
      "blob 1 is (3), wants (1,2,1,1)", { ["l.1"] = { 1, 2, 3 } } },
    { "type: 'Convolution' convolution_param { num_output: 1 kernel_size: 1 bias_term: false }",
      "has over 1 blobs", { ["l.1"] = { { { { 1 } }, { { 2 } } } }, ["l.2"] = { 3 } } },
    { "type: 'InnerProduct' inner_product_param { num_output: 1 axis: 2 }", "axis is not 1" },
    { "type: 'BatchNorm' batch_norm_param { use_global_stats: false }", "the batch's own" },
    { "type: 'Scale' bottom: 'data' scale_param { axis: 1 }",
      "a second bottom is multiplied from axis 0 on" },
    { "type: 'Scale' scale_param { num_axes: 2 }", "it is not one factor per channel" },
    { "type: 'Bias' bias_param { axis: 3 }", "it is not one number per channel" },
    { "type: 'Softmax' softmax_param { axis: 0 }", "axis 0 of 4" },
    { "type: 'Softmax' softmax_param { axis: 4 }", "axis 4 of 4" },
    { "type: 'Flatten' flatten_param { axis: 2 }", "it flattens axes 2 to -1" },
    { "type: 'Reshape' reshape_param { shape { dim: [2, 6] } }",
      "its first axis is not the batch's" },
    { "type: 'Reshape' reshape_param { shape { dim: 6 } axis: 2 }",
      "it does not reshape a whole image" },
    { "type: 'Reshape' reshape_param { shape { dim: [0, 5, -1] } }", "12 numbers do not make" },
    { "type: 'Eltwise' bottom: 'data' eltwise_param { operation: MAX coeff: [1, 2] }",
      "MAX of 2 bottoms with 2 of coeff" },
    { "type: 'Dropout' dropout_param { scale_train: false }", "scale_train is false" },
    { "type: 'Sigmoid' top: 'z'", "1 bottoms and 2 tops" },
    { "type: 'Axpy'", "1 bottoms" },
  }

  it("survives broken files: none raises", function()
    local function survives(text, tensors, what)
      local file = loader.decode(text, what)
      if not file then return end
      for name, value in pairs(tensors) do file.tensors[name] = value end
      local g, told, code = nn.import(file)
      assert(g or code == "FORMAT" or code == "UNSUPPORTED", told)
      -- What the importer did not foresee is told with its own place.
      assert(g or not told:find("lua/visage", 1, true), told)
    end
    for _, name in ipairs { "first", "second" } do
      local text = assert(system.read_file(path(name .. ".prototxt")))
      local tensors = assert(loader.read(path(name .. ".caffemodel"))).tensors
      corrupt.each(text, function(bytes, what) survives(bytes, tensors, what) end, 7)
      for at, number in text:gmatch "()(%d+)" do
        for _, other in ipairs { "0", "-1", "-7", "1000000007", "9007199254740992", "'x'" } do
          survives(text:sub(1, at - 1) .. other .. text:sub(at + #number), tensors, other)
        end
      end
      for at, line in text:gmatch "()(  [^\n{}]*\n)" do -- a field less
        survives(text:sub(1, at - 1) .. text:sub(at + #line), tensors, line)
      end
    end
  end)

  it("does not make gigabytes of a few bytes", function()
    local file = assert(loader.decode("input: 'x' input_dim: [1, 2000000000, 1, 1]\n"
      .. "layer { name: 'e' type: 'Eltwise' bottom: 'x' bottom: 'x' top: 'y' "
      .. "eltwise_param { coeff: [2, 3] } }", "a"))
    local g, text = nn.import(file)
    assert.same({ nil, "import: prototxt: Eltwise 'e': makes 2000000000 numbers, "
      .. "what the file holds allows 8388608 more" },
      { g, text })
  end)

  it("is refused with the layer and what is wrong", function()
    for _, case in ipairs(CASES) do
      local text = fault(layer("name: 'l' " .. case[1]), case[3])
      assert(text:find(case[2], 1, true), text)
    end
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

  it("are in the caffemodels as they were trained, from which what is needed is taken", function()
    local base = shared.weights "mtcnn/det1.caffemodel"
    if not base then return pending("the weights of MTCNN are not here") end
    local g = assert(nn.import(base, { outputs = { "conv4-2", "conv4-1" },
      inputs = { data12face = SIZES.pnet } }))
    local case = golden.load("caffe").mtcnn.pnet[4]
    local offsets, scores = g:compile():run(input(networks.pixels(case.noise, { 36, 28, 3 })))
    local wanted = arrays["mtcnn/pnet/3/conv4-2"]
    assert.is_true(networks.relative_error(offsets, wanted) < TOLERANCE)
    assert.same({ 1, 2, 13, 9 }, scores:shape())
    local all, text = nn.import(base, { inputs = { data12face = SIZES.pnet,
      label12face = { 7 } } })
    assert.is_nil(all)
    assert.truthy(text:find("4 operators have no layer: Slice 'slicer_label' (N,7)", 1, true), text)
  end)
end)
