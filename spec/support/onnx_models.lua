--- The ONNX models of spec/golden/onnx, with the weights that they are to have.
local golden = require "spec.support.golden"
local lfs = require "lfs"
local loader = require "visage.loader"
local system = require "visage.system"
local tensor = require "visage.tensor"

local models = {}

--- The values of a case's outputs, by name.
function models.outputs(case)
  local arrays = assert(loader.read(golden.path("onnx_models.npz"))).tensors
  local values = {}
  for i, name in ipairs(case.outputs) do values[i] = arrays[case.name .. "/" .. name] end
  return values
end

--- A case's input, N of the batch first.
function models.input(case)
  local noise = tensor.generator(case.input.seed):rand(case.input.shape, "f64")
  return (noise * 2 - 1):to "f32"
end

-- Writes the numbers that the case's weights are: one array, from byte 128 of the
-- file on.
local function write_weights(path, case)
  local stream, total, at = tensor.generator(case.seed), 0, 1
  for _, entry in ipairs(case.numbers) do total = total + entry[1] end
  local all = tensor.zeros { total }
  for _, entry in ipairs(case.numbers) do
    local count, low, high = table.unpack(entry)
    all:narrow(1, at, count):copy(stream:rand({ count }, "f64") * (high - low) + low)
    at = at + count
  end
  assert(tensor.save(path, all))
end

--- Calls f with the path of a network of spec/golden/onnx that has its weights
-- beside it.
-- @return what f returns
function models.with_weights(case, f)
  local folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
  local path = folder .. "/" .. case.name .. ".onnx"
  write_weights(folder .. "/weights.npy", case)
  assert(system.write_file(path,
    assert(system.read_file(golden.path("onnx/" .. case.name .. ".onnx")))))
  local ok, result = pcall(f, path)
  assert(system.remove_tree(folder))
  return ok and result or error(result, 0)
end

return models
