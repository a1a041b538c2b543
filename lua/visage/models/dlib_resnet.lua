--- dlib's face recognition ResNet, dlib_face_recognition_resnet_model_v1.dat:
-- 29 convolutions, 150x150 RGB, 128 numbers that are not normalised; Euclidean
-- distance below 0.6 means the same person. Topology: anet_type in dlib's
-- examples/dnn_face_recognition_ex.cpp (public domain).

local nn = require "visage.nn"

local dlib_resnet = { name = "dlib-resnet", default = "dlib" }

-- Width and number of blocks of each level, input first; every level but the
-- first opens with a block that halves the map.
local levels = { { 32, 3 }, { 64, 4 }, { 128, 3 }, { 256, 3 }, { 256, 1 } }

-- dlib's convolutions pad only where the stride is 1. Its affine layer is a
-- trained batch normalisation folded to one factor and one offset per channel.
-- Nodes with weights carry the numbers that visage.loader gives the file's
-- layers, from the input on; all others say where they are.
local function con_affine(g, x, place, out, kernel, stride)
  local pad = stride == 1 and kernel // 2 or 0
  local n = place.number
  place.number = n + 2
  x = g:conv2d(x, {
    name = ("%02d.con"):format(n), out = out, kernel = kernel, stride = stride, pad = pad,
  })
  return g:scale(x, { name = ("%02d.affine"):format(n + 1) })
end

local function branch(g, x, place, name, width, stride)
  local y = con_affine(g, x, place, width, 3, stride)
  y = g:relu(y, { name = name .. ".relu" })
  return con_affine(g, y, place, width, 3, 1)
end

-- dlib adds tensors of different sizes as if the smaller one had zeros after
-- its last channel, row and column.
local function add_padded(g, x, y, name, sizes)
  local function grown(t, label, channels, side)
    if channels == 0 and side == 0 then return t end
    return g:zero_pad(t, {
      name = ("%s.%s"):format(name, label), channels = channels, bottom = side, right = side,
    })
  end
  local width = math.max(sizes.x[1], sizes.y[1])
  local side = math.max(sizes.x[2], sizes.y[2])
  x = grown(x, "pad_skip", width - sizes.x[1], side - sizes.x[2])
  y = grown(y, "pad", width - sizes.y[1], side - sizes.y[2])
  return g:relu(g:add(y, x, { name = name .. ".add" }), { name = name }), width, side
end

local function down(g, x, place, name, channels, side, width)
  local y = branch(g, x, place, name, width, 2)
  x = g:avg_pool(x, { name = name .. ".skip", kernel = 2, stride = 2 })
  return add_padded(g, x, y, name, {
    x = { channels, (side - 2) // 2 + 1 }, y = { width, (side - 3) // 2 + 1 },
  })
end

local function body(g, x, place, side, channels)
  for l, level in ipairs(levels) do
    local width, blocks = table.unpack(level)
    for b = 1, blocks do
      local name = ("level%d.%d"):format(#levels - l, b)
      if b == 1 and l > 1 then
        x, channels, side = down(g, x, place, name, channels, side, width)
      else
        local y = branch(g, x, place, name, width, 1)
        x = g:relu(g:add(y, x, { name = name .. ".add" }), { name = name })
      end
    end
  end
  return x
end

--- Builds the graph.
-- @tparam table options width and height, equal
-- @treturn graph
function dlib_resnet.build(options)
  if options.width ~= options.height then
    error(("model dlib-resnet: the input is square, got %dx%d"):format(options.width,
      options.height), 2)
  end
  local g, place = nn.graph { name = options.name }, { number = 1 }
  local x = g:input { "data", 3, options.height, options.width }
  x = g:relu(con_affine(g, x, place, 32, 7, 2), { name = "stem" })
  x = g:max_pool(x, { name = "stem.pool", kernel = 3, stride = 2 })
  local side = ((options.height - 7) // 2 + 1 - 3) // 2 + 1
  x = g:global_pool(body(g, x, place, side, 32), { name = "pool", mode = "avg" })
  x = g:flatten(x, { name = "flatten" })
  g:output(g:linear(x, { name = "59.fc", out = 128, bias = false }))
  return g
end

-- dlib keeps the dense weight as in, out.
local function names(node, slot)
  local name = node .. "." .. slot
  return node == "59.fc" and { name = name, permute = { 2, 1 } } or name
end

dlib_resnet.variants = {
  dlib = {
    about = "dlib_face_recognition_resnet_model_v1.dat of the dlib project",
    input = { width = 150, height = 150, channels = 3 },
    -- dlib/dnn/input.h, input_rgb_image: its default averages, and / 256.
    preprocess = { order = "rgb", mean = { 122.782, 117.001, 104.298 }, scale = 1 / 256 },
    resize = "bilinear",
    align = "dlib-from-mtcnn5",
    feature = "59.fc",
    distance = "euclidean",
    -- dlib's example: closer than this is the same person.
    threshold = 0.6,
    names = names,
    weights = { "dlib-resnet" },
  },
}

return dlib_resnet
