--- Broken copies of a small file, for readers that must survive every one.
local corrupt = {}

--- Calls read(bytes, what) for the file cut at every length, and for every byte
-- (or, with `step`, each step-th) with its bits flipped in four ways.
-- @tparam string bytes
-- @tparam function read
-- @tparam[opt=1] number step
function corrupt.each(bytes, read, step)
  step = step or 1
  for n = 0, #bytes - 1, step do
    read(bytes:sub(1, n), ("cut at %d"):format(n))
  end
  for at = 1, #bytes, step do
    for _, mask in ipairs { 0x01, 0x10, 0x80, 0xff } do
      local byte = string.char(bytes:byte(at) ~ mask)
      read(bytes:sub(1, at - 1) .. byte .. bytes:sub(at + 1),
        ("byte %d xor %d"):format(at, mask))
    end
  end
end

--- Asserts that a loader gives tensors, or nil with a text and a code of the
-- world's faults. Returns whether it gave tensors.
-- @tparam string bytes
-- @tparam string what names the case
function corrupt.survives(bytes, what)
  local loader = require "visage.loader"
  local got, text, code = loader.decode(bytes, what)
  if got then return true end
  assert(type(text) == "string" and text:find(what, 1, true), text)
  assert(code == "FORMAT" or code == "UNSUPPORTED", code)
  return false
end

return corrupt
