--- Which tensors of a Keras file are a layer's, in the order in which its class
-- keeps them. An .h5 has a group for each layer of the model (the loader's note
-- weight_layers), with a model's inner layers in one; a .keras has paths made of
-- the layers' classes, PLACE/layers/conv2d_1/vars/0.

local weights = {}
weights.__index = weights

-- Keras's own naming: "BatchNormalization" is batch_normalization.
local function snake(class)
  local text = class:gsub("%W", ""):gsub("(.)(%u%l+)", "%1_%2"):gsub("(%l)(%u)", "%1_%2")
  return text:lower()
end

--- Gathers a file's tensors by layer.
-- @tparam table file what visage.loader read
-- @treturn table
function weights.new(file)
  local self = setmetatable({ groups = {} }, weights)
  local owners = file.meta.weight_layers
  self.by_path = not owners
  local next_owner = owners and owners:gmatch "([^\n]*)\n"
  for _, name in ipairs(file.order) do
    local owner, number = next_owner and next_owner() or nil, nil
    if self.by_path then owner, number = name:match "^(.*)/vars/(%d+)$" end
    if owner then
      local group = self.groups[owner] or {}
      self.groups[owner] = group
      group[number and math.tointeger(number) + 1 or #group + 1] = name
    end
  end
  return self
end

--- Begins with the layers of a model: counts the classes, as Keras does.
-- @tparam table scope `order`, `path`
function weights.enter(_, scope)
  scope.paths = {}
  local used = {}
  for _, layer in ipairs(scope.order) do
    local name = snake(layer.class)
    local count = used[name] or 0
    used[name] = count + 1
    scope.paths[layer.name] = scope.path .. "/" .. name .. (count > 0 and "_" .. count or "")
  end
end

--- What a scope inside the layer has.
-- @tparam table scope the layer's
-- @tparam string name the layer
-- @tparam string prefix of the inner names
-- @treturn table {prefix, path, owner}
function weights:inside(scope, name, prefix)
  return {
    prefix = prefix, owner = scope.owner or name,
    path = self.by_path and scope.paths[name] .. "/layers" or "",
  }
end

--- The names of a layer's tensors.
-- @tparam table scope
-- @tparam string name the layer
-- @treturn {string,...}
function weights:of(scope, name)
  if self.by_path then return self.groups[scope.paths[name]] or {} end
  if not scope.owner then return self.groups[name] or {} end
  local found = {}
  for _, tensor in ipairs(self.groups[scope.owner] or {}) do
    local path = "/" .. (tensor:match "^(.*)/" or "")
    if path:sub(-#name - 1) == "/" .. name then found[#found + 1] = tensor end
  end
  return found
end

return weights
