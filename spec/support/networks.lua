--- Networks for specs: the seeded Keras weights of spec/golden/experiment1.py,
-- synthetic pixels, and real weight files where they are here.
local face = require "visage.face"
local golden = require "spec.support.golden"
local image = require "visage.image"
local lfs = require "lfs"
local models = require "visage.models"
local nn = require "visage.nn"
local shared = require "spec.support.shared"
local system = require "visage.system"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"
local weights = require "visage.weights"

local networks = {}

--- data (1,H,W) -> conv "c" of ones, 1x1 -> relu "r"; the output is r.
function networks.tiny(height, width)
  local g = nn.graph { name = "tiny" }
  local x = g:input { "data", 1, height, width }
  x = g:relu(g:conv2d(x, { name = "c", out = 1, kernel = 1 }), { name = "r" })
  g:output(x)
  g:set("c", "weight", tensor.ones { 1, 1, 1, 1 })
  g:set("c", "bias", tensor.zeros { 1 })
  return g
end

--- The path of a file of the manifest, or nil: in the folders that
-- visage.weights searches, or beside the checkout.
function networks.weight(name)
  local entry = assert(weights.select(name))[1]
  local path = weights.locate(entry) or shared.weights(entry.file)
  return path and lfs.attributes(path, "mode") == "file" and path or nil
end

--- {pnet=, rnet=, onet=}: paths of MTCNN's files, or nil when one is missing.
function networks.mtcnn()
  local paths = {}
  for _, part in ipairs { "pnet", "rnet", "onet" } do
    paths[part] = networks.weight("mtcnn-" .. part)
    if not paths[part] then return nil end
  end
  return paths
end

--- The weight file of RetinaFace, {retinaface=}, or nil.
function networks.retinaface()
  local path = networks.weight "retinaface-mobilenet0.25"
  return path and { retinaface = path }
end

--- Runs a script of experiments/ that detects faces: the detector's weights are
-- found by name, in the folder that holds them.
-- @tparam string script its file name
-- @tparam string out where results go
-- @treturn integer exit status
-- @treturn string all that it printed
function networks.run_detecting(script, out, ...)
  local folder = networks.mtcnn().pnet:match "^(.*)/mtcnn/"
  return system.run {
    "env", "VISAGE_WEIGHTS=" .. folder, system.program(),
    system.root() .. "/experiments/" .. script, "--out", out, stderr = "merge", ...
  }
end

--- Draws a graph's weights, such that numbers keep their size.
function networks.set_random(g, random)
  for _, t in ipairs(g:tensors()) do
    local fan = 1
    for axis = 2, #t.shape do fan = fan * t.shape[axis] end
    local value = random:randn(t.shape) / fan ^ 0.5
    if t.slot == "var" or t.slot == "gamma" then value = value:abs() + 0.5 end
    g:set(t.node, t.slot, value)
  end
end

--- A graph of (N, 8, 6, 6) with branches of every length: what is overwritten too early
-- shows.
-- @treturn core.graph
-- @treturn {node,...}
function networks.tangle(seed)
  local g, pick = nn.graph(), tensor.generator(seed)
  local live = { g:input { "data", 8, 6, 6 } }
  for i = 1, 25 do
    local a, b = live[pick:integer(#live)], live[pick:integer(#live)]
    local kind = pick:integer(7)
    if kind <= 2 then
      live[#live + 1] = g:conv2d(a, { name = "c" .. i, out = 8, kernel = 3, pad = 1 })
    elseif kind == 3 then
      live[#live + 1] = g:relu(a)
    elseif kind == 4 then
      live[#live + 1] = g:max_pool(a, { kernel = 3, stride = 1, pad = 1 })
    elseif kind == 5 then
      live[#live + 1] = g:batch_norm(a)
    elseif kind == 6 then
      live[#live + 1] = g:prelu(a)
    else
      live[#live + 1] = g:l2_normalize(g:add(a, b))
    end
  end
  g:output(live[#live])
  networks.set_random(g, pick)
  return g, live
end

--- The graph of a network of visage.models as its default variant has it, every
-- weight 1: for what does not depend on them.
function networks.filled(spec)
  local network, variant = models.find(spec)
  local o = { name = spec, width = variant.input.width, height = variant.input.height,
    pooling = variant.pooling, feature = variant.feature }
  for key, value in pairs(variant.build or {}) do o[key] = value end
  local g = network.build(o)
  for _, t in ipairs(g:tensors()) do g:set(t.node, t.slot, tensor.ones(t.shape)) end
  return g
end

--- Who computes a step, when that is an implementation of oneDNN's for what its fast
-- ones do not take; else nil.
function networks.slow(by)
  return (by:find "^ref[:_]" or by:find "^simple" or by:find "^gemm") and by or nil
end

--- Faces of VGGFace2's sample photos, cut by their published boxes, n of them spread
-- over all; nil where the photos are not here.
-- @treturn {tensor,...}
function networks.sample_faces(n)
  local root = shared.data "vggface2"
  if not root then return nil end
  local boxes = assert(vggface2.boxes(root .. "/meta/loose_bb_test.csv"))
  local photos, faces = golden.load("experiment1").photos, {}
  for i = 1, n do
    local file = photos[1 + (i - 1) * #photos // n].file
    local b = boxes[file:gsub("%.jpg$", "")]
    local img = assert(image.load(root .. "/samples/loose/" .. file))
    faces[i] = assert(face.crop(img, { b[1], b[2], b[1] + b[3], b[2] + b[4] },
      "reproduction_csv"))
  end
  return faces
end

--- floor(PCG64(seed).random(shape) * 256) as u8: noise that shows no person.
function networks.pixels(seed, shape)
  return (tensor.generator(seed):rand(shape, "f64") * 256):to "u8"
end

local function fan_in(shape)
  local n = 1
  for i = 1, #shape - 1 do n = n * shape[i] end
  return n
end

local function draw(stream, name, shape)
  local u = stream:rand(shape, "f64")
  local kind = name:match "[^/]+$"
  if kind == "kernel:0" then return (u * 2 - 1) * math.sqrt(6 / fan_in(shape)) end
  if kind == "gamma:0" then return u + 0.5 end
  return (u * 2 - 1) * (kind == "bias:0" and 0.1 or 0.5)
end

--- The seeded weights of a network of experiment1.json by their Keras names.
-- @tparam string name "resnet50" or "senet50"
-- @treturn table name -> tensor
-- @treturn table the golden's entry
function networks.keras(name)
  local entry = golden.load("experiment1").networks[name]
  local moving = assert(tensor.load(golden.path("experiment1_" .. name .. ".npz")))
  local stream, drawn = tensor.generator(entry.seed), {}
  for _, row in ipairs(entry.weights) do
    local key, shape = row[1], row[2]
    drawn[key] = moving[key] or draw(stream, key, shape):to "f32"
  end
  return drawn, entry
end

--- ||a - b|| / ||b||: how far a network may be from the one it is compared with.
function networks.relative_error(a, b)
  return (a:to "f64" - b:to "f64"):norm() / b:to "f64":norm()
end

-- A tensor of a PyTorch module by the rules of common.seed_torch.
local function seeded(u, name, shape, gain)
  if name:find "prelu%.weight$" then return u * 0.5 end
  if #shape > 1 then
    local fan = 1
    for axis = 2, #shape do fan = fan * shape[axis] end
    return (u * 2 - 1) * math.sqrt(gain / fan)
  end
  if name:find "weight$" or name:find "running_var$" then return u + 0.5 end
  return (u * 2 - 1) * 0.5
end

--- The seeded weights of a PyTorch module (seed_torch of spec/golden/common.py).
-- @tparam {{string,table},...} listing names and shapes, in the stream's order
-- @tparam integer seed
-- @tparam[opt=6] number gain
-- @treturn table name -> tensor
function networks.torch(listing, seed, gain)
  local stream_of, drawn = tensor.generator(seed), {}
  for _, row in ipairs(listing) do
    local name, shape = row[1], row[2]
    drawn[name] = seeded(stream_of:rand(shape, "f64"), name, shape, gain or 6):to "f32"
  end
  return drawn
end

-- PCG64(k)'s first numbers in [-1, 1), k = 1 to 4; longer as they are asked for.
local streams = {}
local function stream(k, n)
  if not streams[k] or streams[k]:numel() < n then
    streams[k] = tensor.generator(k):rand({ n }, "f64") * 2 - 1
  end
  return streams[k]:narrow(1, 1, n)
end

--- How far a tensor is from the one of a golden's digest (spec/golden/common.py):
-- about ||a - b|| / ||b||, told by four projections.
-- @tparam tensor a
-- @tparam table digest { norm, p1, p2, p3, p4 }
-- @treturn number
function networks.distance(a, digest)
  local flat, squares = a:to "f64":contiguous():reshape { -1 }, 0
  for k = 1, 4 do
    local p = (flat * stream(k, flat:numel())):sum()
    squares = squares + (p - digest[k + 1]) ^ 2
  end
  -- The mean square of the stream is 1/3.
  return math.sqrt(3 * squares / 4) / digest[1]
end

--- The largest distance of the tapped layers from a golden's.
-- @tparam table taps node -> tensor
-- @tparam {table,...} rows { layer, norm, p1 .. p4 }
-- @tparam[opt] function node_of layer -> node; the name itself without it
-- @treturn number
-- @treturn string the layer
function networks.worst(taps, rows, node_of)
  local worst, where = 0, nil
  for _, row in ipairs(rows) do
    local node = node_of and node_of(row[1]) or row[1]
    local distance = networks.distance(taps[node], { table.unpack(row, 2) })
    -- Not a number is the worst.
    if distance > worst or distance ~= distance then worst, where = distance, row[1] end
  end
  return worst, where
end

return networks
