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

return names
