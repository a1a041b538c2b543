--- The wire format of protocol buffers, written; core/base/protobuf.h draws it.
--
-- A message is a list of pieces, strings and tensors, so that a network's weights
-- are never copied: what gives a field returns its bytes as a string where it
-- can, and as a list of pieces where tensors are in it.
local protobuf = {}

local VARINT, BYTES, FOUR = 0, 2, 5 -- wires

local function varint(value)
  local bytes = {}
  repeat
    local low = value & 0x7f
    value = value >> 7
    bytes[#bytes + 1] = string.char(value ~= 0 and low | 0x80 or low)
  until value == 0
  return table.concat(bytes)
end

local function key(number, wire)
  return varint(number << 3 | wire)
end

--- A whole number; negative ones take ten bytes, as the format has it.
function protobuf.integer(number, value)
  return key(number, VARINT) .. varint(value)
end

--- A float of 32 bits.
function protobuf.float(number, value)
  return key(number, FOUR) .. string.pack("<f", value)
end

--- Text, or a message of the strings.
function protobuf.bytes(number, ...)
  local text = table.concat { ... }
  return key(number, BYTES) .. varint(#text) .. text
end

--- Whole numbers one behind another, without keys.
function protobuf.integers(number, list)
  local bytes = {}
  for i, value in ipairs(list) do bytes[i] = varint(value) end
  return protobuf.bytes(number, table.unpack(bytes))
end

--- Bytes of a list of pieces; tensors are f32.
function protobuf.size(pieces)
  local size = 0
  for _, piece in ipairs(pieces) do
    size = size + (type(piece) == "string" and #piece or 4 * piece:numel())
  end
  return size
end

--- A message of pieces, as pieces.
function protobuf.message(number, pieces)
  local head = key(number, BYTES) .. varint(protobuf.size(pieces))
  return { head, table.unpack(pieces) }
end

return protobuf
