--- How the frameworks name the tensors of a layer: functions (node, slot) ->
-- what g:load wants, shared by the networks' variants.

local names = {}

local keras_slots = {
  bias = "bias:0",
  gamma = "gamma:0",
  beta = "beta:0",
  mean = "moving_mean:0",
  var = "moving_variance:0",
}

local torch_slots = {
  weight = "weight",
  bias = "bias",
  gamma = "weight",
  beta = "bias",
  mean = "running_mean",
  var = "running_var",
  slope = "weight",
}

-- A Caffe batch normalisation is two layers: BatchNorm (mean, variance, a factor
-- of both) and, under "/scale", Scale (gamma, beta).
local caffe_slots = {
  weight = ".1",
  bias = ".2",
  mean = ".1",
  var = ".2",
  gamma = "/scale.1",
  beta = "/scale.2",
  slope = ".1",
}

--- Keras: LAYER/kernel:0 and so on. Kernels lie H, W, in, out and dense ones
-- in, out.
-- @tparam[opt] table dense set of the nodes whose kernel is a dense layer's
-- @treturn function for g:load
function names.keras(dense)
  return function(node, slot)
    if slot ~= "weight" then return node .. "/" .. keras_slots[slot] end
    local order = dense and dense[node] and { 2, 1 } or { 4, 3, 1, 2 }
    return { name = node .. "/kernel:0", permute = order }
  end
end

--- PyTorch: the node's name is the module's path.
function names.torch(node, slot)
  return node .. "." .. torch_slots[slot]
end

--- Caffe: LAYER.1, LAYER.2, ..., the blobs as visage.loader numbers them; the
-- Scale layer after the BatchNorm layer X is X/scale.
function names.caffe(node, slot)
  return node .. caffe_slots[slot]
end

--- The tensors with each BatchNorm layer's sums divided by its third blob, the
-- weight of what was summed, as Caffe does at run time; without that blob.
-- @tparam table tensors by the names that names.caffe gives
-- @treturn table
function names.caffe_statistics(tensors)
  local out = {}
  for name, t in pairs(tensors) do
    local layer, blob = name:match "^(.*)%.(%d+)$"
    local weight = layer and tensors[layer .. ".3"]
    if not weight or weight:numel() ~= 1 then
      out[name] = t
    elseif blob ~= "3" then
      local w = weight:reshape({ 1 }):get(1)
      -- Zero: nothing was summed, and Caffe takes the statistics as zero.
      out[name] = t * (w == 0 and 0 or 1 / w)
    end
  end
  return out
end

return names
