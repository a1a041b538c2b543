--- A writer of protobuf's wire format, for specs of what reads it.
local protobuf = {}

--- @treturn string seven bits a byte, lowest first
function protobuf.varint(value)
  local bytes = ""
  repeat
    local low = value & 0x7f
    value = value >> 7
    bytes = bytes .. string.char(low | (value ~= 0 and 0x80 or 0))
  until value == 0
  return bytes
end

--- A field that is an integer.
function protobuf.integer(number, value)
  return protobuf.varint(number << 3) .. protobuf.varint(value)
end

--- A field that is a float.
function protobuf.float(number, value)
  return protobuf.varint(number << 3 | 5) .. string.pack("<f", value)
end

--- A field of bytes: text, a message or packed numbers, in parts.
function protobuf.bytes(number, ...)
  local text = table.concat { ... }
  return protobuf.varint(number << 3 | 2) .. protobuf.varint(#text) .. text
end

--- The bytes of floats.
function protobuf.floats(...)
  return string.pack(("<f"):rep(select("#", ...)), ...)
end

return protobuf
