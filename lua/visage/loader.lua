--- Weight files: a path in, named tensors out.
-- The format is told by the file's content, never by its name. Names are those
-- that the file holds; a network's `names` function maps its own to them. Files
-- are data: nothing that one holds is ever executed.
--
--     local weights = assert(loader.read "resnet50.h5")
--     print(weights.format, #weights.order)            --> keras_h5  320
--     local kernel = weights.tensors["conv1/7x7_s2/kernel:0"]
-- @module visage.loader

local core = require "visage.core.loader"
local tensor = require "visage.tensor"

local loader = {}

--- Reads a file of weights.
-- @tparam string path
-- @treturn table `{format=, tensors=, order=, meta=, network=}`: the format's
--   name; name -> tensor; the names in the file's order; what else the file says
--   (an epoch, a version), key -> string; the network, where the format holds
--   one, in the file's own vocabulary: `{inputs = {{name=, shape=}, ...}, outputs
--   = {names}, operators = {{type=, name=, inputs=, outputs=, attributes=}, ...}}`
--   (nn.import makes a graph of it)
-- @return or nil, text, code: `"IO"` for a file that cannot be read, `"FORMAT"`
--   for a corrupt one (with its offset), `"UNSUPPORTED"`
function loader.read(path)
  return core.read(path)
end

--- The same from a string that holds the file's bytes.
-- @tparam string bytes
-- @tparam[opt="bytes"] string name stands for the file in errors
-- @treturn table as `read`
function loader.decode(bytes, name)
  return core.read_bytes(bytes, name or "bytes")
end

--- What keeps what from being written, or nil.
local function fault_of(what)
  if tensor.is(what) then return nil end
  if type(what) ~= "table" then
    return ("got a %s, wants a tensor or a table of tensors by name"):format(type(what))
  end
  for name, value in pairs(what) do
    if type(name) ~= "string" or not tensor.is(value) then
      return ("the table holds a %s as %s, wants tensors by name")
        :format(tensor.is(value) and "tensor" or type(value), name)
    end
  end
end

--- Writes one tensor as .npy or a table of tensors as .npz, as numpy reads them.
-- The file appears whole under its name or not at all; in an .npz the names are
-- in byte order, so equal tensors give equal files.
-- @tparam string path
-- @tparam core.tensor|table what a tensor, or name -> tensor
-- @treturn boolean true
-- @return or nil, text, code: `"IO"` with the system's reason
function loader.write(path, what)
  local fault = type(path) ~= "string" and "the path is a " .. type(path) or fault_of(what)
  if fault then error("write: " .. fault, 2) end
  if tensor.is(what) then return core.write_npy(path, what) end
  local names, tensors = {}, {}
  for name in pairs(what) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do tensors[i] = what[name] end
  return core.write_npz(path, names, tensors)
end

return loader
