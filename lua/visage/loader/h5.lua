--- The layout of .h5 for loader.write: HDF5 as Keras keeps weights, so that
-- Keras, h5py and core/loader/keras_h5.c read it.
--
--     superblock | elements of every dataset | headers of datasets and groups
--
--     /                attribute layer_names, the groups with datasets
--     /LAYER           attribute weight_names
--     /LAYER/NAME      one tensor; LAYER is NAME up to its last "/" or "."
--
-- A "/" in a name makes a group of its own, as in Keras. Written are
-- superblock 0, object headers 1, groups as symbol tables and contiguous
-- datasets: what every version of libhdf5 reads. That library itself would be
-- the larger and the less predictable way to these few structures. Sections
-- named below are of The HDF Group's "HDF5 File Format Specification Version
-- 3.0".
local h5 = {}

local UNDEFINED = -1       -- an address that is none
local LEAF, INNER = 4, 16  -- half of the most entries of a symbol node, of a tree node
local SUPERBLOCK = 96      -- its bytes
local MESSAGE_MOST = 64512 -- bytes of an attribute's values; Keras's limit, libhdf5's is 64 KiB

-- A dtype's datatype message, section IV.A.2.d: class and version, flags, bytes
-- of an element, properties.
local function float(bytes, sign, exponent_at, exponent_bits, bias)
  return string.pack("<B BBB I4 I2I2 BBBB I4", 0x11, 0x20, sign, 0, bytes, 0, 8 * bytes,
    exponent_at, exponent_bits, 0, exponent_at, bias)
end

local function integer(bytes, flags)
  return string.pack("<B BBB I4 I2I2", 0x10, flags, 0, 0, bytes, 0, 8 * bytes)
end

local DTYPES = {
  f16 = float(2, 15, 10, 5, 15), f32 = float(4, 31, 23, 8, 127), f64 = float(8, 63, 52, 11, 1023),
  u8 = integer(1, 0), i32 = integer(4, 8), i64 = integer(8, 8),
}

local function padded(bytes)
  return bytes .. ("\0"):rep(-#bytes % 8)
end

-- ---- what is in the file ----

--- The group of a name: up to its last "/" or ".", or all of it.
local function layer_of(name)
  return name:match "^(.+)[/.][^/.]*$" or name
end

--- What keeps the tensors from being written, or nil.
function h5.fault(items)
  local paths = {}
  for _, item in ipairs(items) do
    local path = layer_of(item.name) .. "/" .. item.name
    if not DTYPES[item.tensor:dtype()] then
      return ("h5: no %s; convert to f32"):format(item.tensor:dtype())
    end
    if ("/" .. path .. "/"):find "//" or ("/" .. path .. "/"):find("/./", 1, true)
      or path:find "\0" then
      return ("h5: the name %q makes no path of groups, whose parts are neither empty nor '.';"
        .. " save it under another (graph.save takes names)"):format(item.name)
    end
    paths[path] = true
  end
  for path in pairs(paths) do
    for at in path:gmatch "()/" do
      if paths[path:sub(1, at - 1)] then
        return ("h5: '%s' is a tensor and a group"):format(path:sub(1, at - 1))
      end
    end
  end
end

--- Below each group's name a table, below each dataset's an item.
local function tree_of(items)
  local root = {}
  for _, item in ipairs(items) do
    local group, last = root, nil
    for name in (layer_of(item.name) .. "/" .. item.name):gmatch "[^/]+" do
      if last then
        group[last] = group[last] or {}
        group = group[last]
      end
      last = name
    end
    group[last] = item
  end
  return root
end

--- The layers in their order, and the names in each.
local function layers_of(items)
  local layers, names = {}, {}
  for _, item in ipairs(items) do
    local layer = layer_of(item.name)
    if not names[layer] then
      layers[#layers + 1] = layer
      names[layer] = {}
    end
    table.insert(names[layer], item.name)
  end
  return layers, names
end

-- ---- object headers, section IV.A ----

local function message(kind, body)
  body = padded(body)
  return string.pack("<I2I2 BBBB", kind, #body, 0, 0, 0, 0) .. body
end

local function dataspace(shape)
  local sizes = {}
  for i, size in ipairs(shape) do sizes[i] = string.pack("<i8", size) end
  return string.pack("<BBBB I4", 1, #shape, 0, 0, 0) .. table.concat(sizes)
end

-- A list of texts of one width, zeros after the shorter ones, as numpy's S.
local function text_attribute(name, texts)
  local width, values = 1, {}
  for _, text in ipairs(texts) do width = math.max(width, #text) end
  for i, text in ipairs(texts) do values[i] = text .. ("\0"):rep(width - #text) end
  local datatype = string.pack("<B BBB I4", 0x13, 1, 0, 0, width)
  local space = dataspace { #texts }
  return message(0x0c, string.pack("<BB I2I2I2", 1, 0, #name + 1, #datatype, #space)
    .. padded(name .. "\0") .. padded(datatype) .. padded(space) .. table.concat(values))
end

--- The attribute, or as many name0, name1, ... as its values need.
local function text_attributes(name, texts)
  local width, messages = 1, {}
  for _, text in ipairs(texts) do width = math.max(width, #text) end
  local most = math.max(1, MESSAGE_MOST // width)
  if #texts <= most then return { text_attribute(name, texts) } end
  for first = 1, #texts, most do
    messages[#messages + 1] = text_attribute(name .. #messages,
      table.move(texts, first, math.min(first + most - 1, #texts), 1, {}))
  end
  return messages
end

local function object_header(messages)
  local body = table.concat(messages)
  return string.pack("<BB I2 I4 I4 I4", 1, 0, #messages, 1, #body, 0) .. body
end

-- ---- the part behind the elements ----

local writer = {}
writer.__index = writer

--- Appends a block and returns its address.
function writer.put(w, block)
  local at = w.at
  w.blocks[#w.blocks + 1] = padded(block)
  w.at = at + #w.blocks[#w.blocks]
  return at
end

function writer.dataset(w, item)
  return w:put(object_header {
    message(0x01, dataspace(item.tensor:shape())),
    message(0x03, DTYPES[item.tensor:dtype()]),
    message(0x05, string.pack("<BBBB", 2, 1, 0, 0)), -- no fill value: all is there
    message(0x08, string.pack("<BB i8i8", 3, 1, item.bytes > 0 and w.addresses[item] or UNDEFINED,
      item.bytes)),
  })
end

-- Names of a group and where in its heap they lie; section III.D. The first is
-- the empty one, the tree's least key.
function writer.heap(w, names)
  local texts, offsets, at = { ("\0"):rep(8) }, {}, 8
  for i, name in ipairs(names) do
    texts[i + 1] = padded(name .. "\0")
    offsets[name] = at
    at = at + #texts[i + 1]
  end
  local segment = w:put(table.concat(texts))
  return w:put(string.pack("<c4 I4 i8 i8 i8", "HEAP", 0, at, 1, segment)), offsets
end

-- A symbol node of some members, section III.C, and its last name's offset.
function writer.symbols(w, members, first, last)
  local entries = {}
  for i = first, last do
    local m = members[i]
    entries[#entries + 1] = string.pack("<i8i8 I4I4 i8i8", m.name_at, m.header, 0, 0, 0, 0)
  end
  local node = string.pack("<c4 BB I2", "SNOD", 1, 0, #entries) .. table.concat(entries)
  return { at = w:put(node .. ("\0"):rep(8 + 2 * LEAF * 40 - #node)), key = members[last].name_at }
end

-- The tree over nodes of the level below, section III.A.1, level by level until
-- one is its root. A child's key is the last name below it; before the first
-- child stands the key of what is left of the node.
function writer.tree(w, nodes, level)
  local most, start, above = 2 * INNER, w.at, {}
  local bytes = 24 + 8 * (2 * most + 1)
  local count = math.max(1, (#nodes + most - 1) // most)
  for i = 1, count do
    local first, last = (i - 1) * most + 1, math.min(i * most, #nodes)
    local key = i > 1 and nodes[first - 1].key or 0
    local fields = {}
    for k = first, last do
      fields[#fields + 1] = string.pack("<i8i8", key, nodes[k].at)
      key = nodes[k].key
    end
    local node = string.pack("<c4 BB I2 i8 i8", "TREE", 0, level, #fields,
      i > 1 and start + (i - 2) * bytes or UNDEFINED, i < count and start + i * bytes or UNDEFINED)
      .. table.concat(fields) .. string.pack("<i8", key)
    above[i] = { key = key, at = w:put(node .. ("\0"):rep(bytes - #node)) }
  end
  return count > 1 and w:tree(above, level + 1) or above[1].at
end

-- What attributes a group has: those of the root and of the layers.
function writer.attributes(w, path)
  if path == "" then return text_attributes("layer_names", w.layers) end
  return w.names[path] and text_attributes("weight_names", w.names[path]) or {}
end

--- Writes a group with all that is in it, members first.
-- @treturn integer the address of its header
function writer.group(w, group, path)
  local names, members, nodes = {}, {}, {}
  for name in pairs(group) do names[#names + 1] = name end
  table.sort(names)
  local heap, offsets = w:heap(names)
  for i, name in ipairs(names) do
    local inner = path == "" and name or path .. "/" .. name
    local header = w.addresses[group[name]] and w:dataset(group[name])
      or w:group(group[name], inner)
    members[i] = { header = header, name_at = offsets[name] }
  end
  for first = 1, #members, 2 * LEAF do
    nodes[#nodes + 1] = w:symbols(members, first, math.min(first + 2 * LEAF - 1, #members))
  end
  local messages = w:attributes(path)
  table.insert(messages, 1, message(0x11, string.pack("<i8i8", w:tree(nodes, 0), heap)))
  return w:put(object_header(messages))
end

-- Section II.A.
local function superblock(root, size)
  return "\x89HDF\r\n\x1a\n" .. string.pack("<BBBB BBBB I2I2 I4 i8i8i8i8 i8i8 I4I4 i8i8",
    0, 0, 0, 0, 0, 8, 8, 0, LEAF, INNER, 0, 0, UNDEFINED, size, UNDEFINED, 0, root, 0, 0, 0, 0)
end

--- The file's pieces, for core.write_parts.
-- @tparam table items list of { name =, tensor =, bytes = }
-- @treturn table
function h5.parts(items)
  local parts, addresses, at = { "" }, {}, SUPERBLOCK
  for _, item in ipairs(items) do
    addresses[item] = at
    table.insert(parts, item.tensor)
    table.insert(parts, ("\0"):rep(-item.bytes % 8))
    at = at + item.bytes + -item.bytes % 8
  end
  local layers, names = layers_of(items)
  local w = setmetatable({ at = at, blocks = {}, addresses = addresses, layers = layers,
    names = names }, writer)
  local root = w:group(tree_of(items), "")
  parts[1] = superblock(root, w.at)
  parts[#parts + 1] = table.concat(w.blocks)
  return parts
end

return h5
