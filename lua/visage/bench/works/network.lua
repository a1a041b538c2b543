--- The work "network": one network on batches of images, from prepared input to output.
local loader = require "visage.loader"
local networks = require "visage.bench.networks"
local tensor = require "visage.tensor"

local network = {
  --- By precision: families without which a ratio does not count. ONNX Runtime has no
  -- bf16 on these processors.
  families = {
    fp32 = { "onnxruntime", "openvino", "torch" },
    bf16 = { "openvino", "torch" },
    int8 = { "onnxruntime", "openvino", "torch" },
  },
}

-- How far an output may be from ours, relative: fp32 sums in another order, of up to 53
-- layers with squeeze-excite, whose gates amplify; rounding to 8 bits of mantissa; to 8
-- bits in all.
local MOST = { fp32 = 1e-4, bf16 = 5e-2, int8 = 0.3 }

-- Inputs that int8 is calibrated on, in every program by its own rules.
local CALIBRATION = 16

--- Compares two outputs of a precision.
-- @tparam string precision
-- @treturn function(path of ours, path of theirs): how far theirs is, and why it is wrong
function network.check(precision)
  return function(ours, theirs)
    local a, b = assert(tensor.load(ours)), assert(tensor.load(theirs))
    if a:numel() ~= b:numel() then
      return nil, ("its output has %d numbers, not %d"):format(b:numel(), a:numel())
    end
    local x, y = a:to "f64":reshape { -1 }, b:to "f64":reshape { -1 }
    local far = (y - x):norm() / x:norm()
    -- Not a number is far, too.
    if far ~= far or far > MOST[precision] then return far, "its output is not ours" end
    return far
  end
end

-- What fp32 computes, with which other precisions are compared.
local function in_fp32(g, input, path)
  local x = assert(tensor.load(input))
  local net <close> = assert(g:compile { batch = x:size(1) })
  assert(loader.write(path, net:run(x)))
  return path
end

--- The works that the options ask for.
-- @tparam table o networks, batches, threads (lists), precision, engine or nil, seed
-- @tparam string folder for models and inputs
-- @treturn function for a generic for: the next work (visage.bench.contest), with model,
-- case, unit, families and multiply_adds (of an image)
function network.works(o, folder)
  return coroutine.wrap(function()
    for _, name in ipairs(o.networks) do
      local g, spec = assert(networks.build(name, o.seed))
      local model = ("%s/%s.onnx"):format(folder, name)
      assert(g:export(model))
      local calibration = o.precision == "int8" and ("%s/%s-calibration.npy"):format(folder, name)
      if calibration then
        assert(loader.write(calibration, networks.input(g, CALIBRATION, o.seed + 2)))
      end
      for _, batch in ipairs(o.batches) do
        local input = ("%s/%s-%d.npy"):format(folder, name, batch)
        assert(loader.write(input, networks.input(g, batch, o.seed + 1)))
        local reference = o.precision ~= "fp32"
          and in_fp32(g, input, ("%s/%s-%d-fp32.npy"):format(folder, name, batch)) or nil
        for _, threads in ipairs(o.threads) do
          coroutine.yield {
            reference = reference, multiply_adds = networks.multiply_adds(g),
            kind = "network", model = name, about = spec, unit = "images", units = batch,
            case = ("%s_b%d_t%d"):format(o.precision, batch, threads),
            families = network.families[o.precision], check = network.check(o.precision),
            job = {
              work = "network", model = model, input = input, threads = threads,
              precision = o.precision, engine = o.engine, calibration = calibration or nil,
            },
          }
        end
      end
      os.remove(model)
    end
  end)
end

return network
