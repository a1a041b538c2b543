--- Opens one network of a detector: its weights found, loaded and compiled.

local source = require "visage.models.source"

local network = {}

--- Builds and compiles a part of a detector's model: in the variant that a known
-- weight file is for, else in its default.
-- @tparam table model of visage.models: name, default, variants, parts, build
-- @tparam string part one of model.parts
-- @tparam table options weights {part = path, name of the manifest or table of
-- tensors}, device, engine, threads
-- @tparam integer batch
-- @treturn net and the file record {path, sha256, known}; or nil, text, code
function network.open(model, part, options, batch)
  local variant, place = model.variants[model.default], 1
  for i, name in ipairs(model.parts) do place = name == part and i or place end
  local from, text, code = source.resolve({ variant.weights[place] },
    options.weights and options.weights[part])
  if not from then return nil, text, code end
  if from.entry then variant = model.variants[from.entry.variant] or variant end
  local tensors, g, net
  tensors, text, code = source.tensors(from, variant)
  if not tensors then return nil, text, code end
  g, text, code = model.build { part = part }:load(tensors, variant.names)
  if not g then return nil, ("%s %s: %s"):format(model.name, part, text), code end
  net, text, code = g:compile {
    device = options.device, engine = options.engine, threads = options.threads,
    batch = batch,
  }
  if not net then return nil, text, code end
  return net, { path = from.path, sha256 = from.sha256, known = from.known }
end

return network
