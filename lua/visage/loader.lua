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
local rows = require "visage.core.rows"
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

--- Opens a .npy that may be greater than memory, to read parts of its first axis. An
-- array in Fortran's order is refused.
-- @tparam string path
-- @treturn core.rows `rows:read(first, count)` gives a tensor, rows counted from 1;
--   `rows:blocks(count)`, `rows:shape()`, `rows:dtype()`, `#rows`, `rows:close()`
-- @return or nil, text, code as `read`
function loader.rows(path)
  return rows.open(path)
end

local BYTES = { u8 = 1, f16 = 2, bf16 = 2, i32 = 4, f32 = 4, i64 = 8, f64 = 8 }

-- Of a block that nobody has given a size, about: one that is worked on in cache, and
-- whose memory the next takes.
local BLOCK_BYTES = 1 << 23

--- The rows of an open .npy block by block, for a generic for; while one is worked on
-- the system reads the next. A file that cannot be read any more raises: its end would
-- not be told from that of the rows.
-- @tparam[opt] int count rows of a block; 8 MB by default
-- @treturn function the next tensor and its first row's number
function rows.methods:blocks(count)
  if count == nil then
    local bytes = BYTES[self:dtype()]
    for axis, size in ipairs(self:shape()) do bytes = axis == 1 and bytes or bytes * size end
    count = math.max(1, BLOCK_BYTES // math.max(1, bytes))
  elseif math.type(count) ~= "integer" or count < 1 then
    error(("blocks: of %s rows, wants 1 or more"):format(count), 2)
  end
  local first = 1
  return function()
    if first > #self then return nil end
    local block, text = self:read(first, math.min(count, #self + 1 - first))
    if not block then error(text, 0) end
    local at = first
    first = first + #block
    return block, at
  end
end

-- Layouts of tables of tensors, by the path's extension; others are .npz. Each
-- has fault(items), what keeps them from being written, and parts(items).
local LAYOUTS = {
  safetensors = require "visage.loader.safetensors",
  h5 = require "visage.loader.h5",
}

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

--- What keeps order from being the tensors' order, or nil.
local function order_fault(what, order)
  if order == nil then return nil end
  if tensor.is(what) or type(order) ~= "table" then return "order is a list of a table's names" end
  local seen, count = {}, 0
  for _, name in ipairs(order) do
    if not what[name] or seen[name] then
      return ("order has '%s', which is no name of the table or came before"):format(name)
    end
    seen[name] = true
  end
  for _ in pairs(what) do count = count + 1 end
  if count ~= #order then return ("order has %d names, the table %d"):format(#order, count) end
end

local function names_of(what)
  local names = {}
  for name in pairs(what) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Writes tensors: one as .npy; a table of them as .safetensors or .h5 by the
-- path's extension, otherwise as .npz. The file appears whole under its name or
-- not at all. Equal tensors give equal files: the names are in byte order, or in
-- the order given (an .h5 keeps it within a layer; a .safetensors has its own).
-- @tparam string path
-- @tparam core.tensor|table what a tensor, or name -> tensor
-- @tparam[opt] table order the table's names
-- @treturn boolean true
-- @return or nil, text, code: `"IO"` with the system's reason
function loader.write(path, what, order)
  local fault = type(path) ~= "string" and "the path is a " .. type(path) or fault_of(what)
    or order_fault(what, order)
  if fault then error("write: " .. fault, 2) end
  local extension = path:match "%.(%w+)$"
  local layout = LAYOUTS[extension]
  if tensor.is(what) then
    if layout then error(("write: a .%s holds tensors by name"):format(extension), 2) end
    return core.write_npy(path, what)
  end
  local names, tensors, items = order or names_of(what), {}, {}
  for i, name in ipairs(names) do
    local t = what[name]
    tensors[i], items[i] = t, { name = name, tensor = t, bytes = t:numel() * BYTES[t:dtype()] }
  end
  if not layout then return core.write_npz(path, names, tensors) end
  fault = layout.fault(items)
  if fault then error("write: " .. fault, 2) end
  return core.write_parts(path, layout.parts(items))
end

return loader
