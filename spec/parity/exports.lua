--- What visage exports, run by ONNX Runtime, with a table of how equal it is in
-- spec/parity/EXPORTS.md: make parity, or `./visage spec/parity/exports.lua`.
-- The small graphs of spec/support/exports.lua, whose files' hashes and outputs
-- by ONNX Runtime become spec/golden/onnx_exports.*, so that make test can tell
-- that today's files are the ones that it ran; then whole networks, and their
-- weights as .h5 and .safetensors read by h5py and safetensors. Fails where an
-- output is off by more than 1e-5 of its norm, or a weight differs at all.
package.path = "./?.lua;" .. package.path
local dkjson = require "dkjson"
local environments = require "spec.support.environments"
local exports = require "spec.support.exports"
local loader = require "visage.loader"
local models = require "visage.models"
local names = require "visage.models.names"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local system = require "visage.system"
local tensor = require "visage.tensor"

local MOST = 1e-5
local TABLE = "spec/parity/EXPORTS.md"

local folder <close> = setmetatable({ path = assert(system.temp_dir()) },
  { __close = function(self) assert(system.remove_tree(self.path)) end })

local function path(name) return folder.path .. "/" .. name end

-- Writes the model and its inputs by name.
local function write(case)
  local inputs, place = {}, 0
  assert(case.graph:export(path(case.name .. ".onnx")))
  for _, node in ipairs(case.graph:nodes()) do
    if node.layer == "input" then
      place = place + 1
      inputs[node.name] = case.inputs[place]
    end
  end
  assert(loader.write(path(case.name .. ".in.npz"), inputs))
end

local function run(cases)
  local python = assert(environments.python "export")
  for _, case in ipairs(cases) do write(case) end
  assert(system.run { python, "spec/parity/onnx_runtime.py", folder.path } == 0)
end

local rows = {}

-- The outputs of ONNX Runtime; notes the worst relative error of ours.
local function compare(case)
  local theirs, worst = assert(loader.read(path(case.name .. ".out.npz"))).tensors, 0
  for i, y in ipairs(exports.run(case.graph, case.inputs)) do
    local wanted = assert(theirs[tostring(i)], case.name)
    assert(table.concat(y:shape(), ",") == table.concat(wanted:shape(), ","), case.name)
    worst = math.max(worst, networks.relative_error(y, wanted))
  end
  rows[#rows + 1] = ("| %s | %.1e |"):format(case.name, worst)
  print(rows[#rows])
  assert(worst <= MOST, case.name)
  return theirs
end

local function small_ones()
  local cases, golden, outputs = exports.cases(), {}, {}
  run(cases)
  for i, case in ipairs(cases) do
    for place, y in pairs(compare(case)) do outputs[case.name .. "/" .. place] = y end
    golden[i] = { name = case.name,
      sha256 = assert(system.sha256_file(path(case.name .. ".onnx"))) }
  end
  local version = assert(system.read_file(path "version"))
  local text = dkjson.encode({ runtime = version, cases = golden },
    { indent = true, keyorder = { "runtime", "cases", "name", "sha256" } })
  assert(system.write_file("spec/golden/onnx_exports.json", text .. "\n"))
  assert(loader.write("spec/golden/onnx_exports.npz", outputs))
  return version
end

-- Batch-norm statistics of arbitrary numbers saturate the gates of a SE-ResNet,
-- which then shows nothing but rounding: these have measured ones.
local function measured(name)
  local _, variant = models.find(name .. ":keras")
  return assert(assert(models.graphs(name .. ":keras"))[""]:load(networks.keras(name),
    variant.names, { ignore = variant.top }))
end

local function compare_weights(case)
  for _, extension in ipairs { ".h5", ".safetensors" } do
    local theirs = assert(loader.read(path(case.name .. extension .. ".npz"))).tensors
    for _, t in ipairs(case.graph:tensors()) do
      local same = theirs[t.name:gsub("/", "|")]:to "f64" - case.graph:get(t.node, t.slot):to "f64"
      assert(same:abs():max() == 0, t.name)
    end
  end
end

local function network(name, graph)
  local shape = graph:nodes()[1].shape
  shape[1] = 2
  local x = (tensor.generator(6):rand(shape, "f64") * 2 - 1):to "f32"
  local case = { name = name, graph = graph, inputs = { x } }
  for _, extension in ipairs { ".h5", ".safetensors" } do
    assert(graph:save(path(name .. extension)))
  end
  run { case }
  compare(case)
  compare_weights(case)
  for file in require "lfs".dir(folder.path) do os.remove(path(file)) end
end

local version = small_ones()
for file in require "lfs".dir(folder.path) do os.remove(path(file)) end
for _, name in ipairs { "resnet50", "senet50" } do network(name, measured(name)) end
for _, name in ipairs { "vgg16", "dlib-resnet" } do
  network(name, exports.fill(assert(models.graphs(name))[""], 5))
end
-- A network that Keras has too, its weights saved by Keras's names; the network
-- is that of keras_weights.py.
local function in_keras()
  local g = nn.graph { name = "keras" }
  local x = g:input { "data", 2, 5, 5 }
  x = g:conv2d(x, { name = "a/conv", out = 3, kernel = { 3, 2 } })
  x = g:flatten(g:batch_norm(x, { name = "a/conv/bn", eps = 1e-3 }), { order = "hwc" })
  g:output(g:linear(x, { name = "fc", out = 4 }))
  assert(exports.fill(g, 7):save(path "keras.h5", names.keras { fc = true }))
  local input = tensor.generator(8):rand { 2, 2, 5, 5 }
  assert(loader.write(path "keras_in.npy", input))
  local python = assert(environments.python "keras")
  assert(system.run { python, "spec/parity/keras_weights.py", folder.path } == 0)
  local y = exports.run(g, { input })[1]
  for _, how in ipairs { "ordered", "named" } do
    local _, wanted = next(assert(loader.read(path(how .. ".npy"))).tensors)
    assert(networks.relative_error(y, wanted) < 1e-6, how)
  end
end

in_keras()
local weights = networks.weight "mobilefacenet-casia"
if not weights then
  print("mobilefacenet: its weights are not here; " .. TABLE .. " stays as it is")
  os.exit(1)
end
local model = assert(models.load("mobilefacenet:casia", { weights = weights }))
network("mobilefacenet", assert(model:weighted()))
model:close()
assert(system.write_file(TABLE, ([[
# Exports

Made by `make parity`: graphs that `g:export` wrote, run by %s, which checked them too, beside
the graphs themselves on visage's reference engine. The error is ||ours - theirs|| / ||theirs||,
fp32, of the worst output; up to %.0e passes. Weights are seeded, mobilefacenet's real. A name with
a number is one layer by itself, of spec/support/exports.lua. The weights of the networks, which
`g:save` wrote as .h5 and .safetensors, were read by h5py and safetensors without a difference, and
an .h5 with Keras's names by Keras, in order and by name.

| graph | error |
|---|---|
]]):format(version, MOST) .. table.concat(rows, "\n") .. "\n"))
