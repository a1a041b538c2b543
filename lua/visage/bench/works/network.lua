--- The work "network": one network on batches of images, from prepared input to output.
local loader = require "visage.loader"
local networks = require "visage.bench.networks"
local tensor = require "visage.tensor"

local network = {
  --- Families without which a ratio does not count.
  families = { "onnxruntime", "openvino", "torch" },
}

-- How far an output may be from ours, relative: fp32 sums in another order, of up to 53
-- layers with squeeze-excite, whose gates amplify; rounding to 8 bits of mantissa; to 8
-- bits in all.
local MOST = { fp32 = 1e-4, bf16 = 5e-2, int8 = 0.3 }

local function check(precision)
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

--- The works that the options ask for.
-- @tparam table o networks, batches, threads (lists), precision, engine or nil, seed
-- @tparam string folder for models and inputs
-- @treturn function for a generic for: the next work (visage.bench.contest), with model,
-- case, unit and families
function network.works(o, folder)
  return coroutine.wrap(function()
    for _, name in ipairs(o.networks) do
      local g, spec = assert(networks.build(name, o.seed))
      local model = ("%s/%s.onnx"):format(folder, name)
      assert(g:export(model))
      for _, batch in ipairs(o.batches) do
        local input = ("%s/%s-%d.npy"):format(folder, name, batch)
        assert(loader.write(input, networks.input(g, batch, o.seed + 1)))
        for _, threads in ipairs(o.threads) do
          coroutine.yield {
            kind = "network", model = name, about = spec, unit = "images", units = batch,
            case = ("%s_b%d_t%d"):format(o.precision, batch, threads),
            families = network.families, check = check(o.precision),
            job = {
              work = "network", model = model, input = input, threads = threads,
              precision = o.precision, engine = o.engine,
            },
          }
        end
      end
      os.remove(model)
    end
  end)
end

return network
