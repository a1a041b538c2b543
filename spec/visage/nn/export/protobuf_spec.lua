local protobuf = require "visage.nn.export.protobuf"
local tensor = require "visage.tensor"

describe("visage.nn.export.protobuf", function()
  -- The numbers of the format's own description: field 1 of 150 is 08 96 01, the
  -- text "testing" as field 2 is 12 07 74 65 73 74 69 6e 67.
  it("writes whole numbers, text, floats and messages", function()
    assert.equal("\x08\x96\x01", protobuf.integer(1, 150))
    assert.equal("\x08" .. ("\xff"):rep(9) .. "\x01", protobuf.integer(1, -1))
    assert.equal("\x12\x07testing", protobuf.bytes(2, "test", "ing"))
    assert.equal("\x1a\x03\x08\x96\x01", protobuf.bytes(3, protobuf.integer(1, 150)))
    assert.equal("\x15\0\0\x80\x3f", protobuf.float(2, 1))
    assert.equal("\x22\x06\x03\x8e\x02\x9e\xa7\x05", protobuf.integers(4, { 3, 270, 86942 }))
    assert.equal("\xa2\x06\x00", protobuf.bytes(100))
  end)

  it("leaves tensors where they are and counts their bytes", function()
    local t = tensor.zeros { 3, 5 }
    local pieces = protobuf.message(9, { "ab", t })
    assert.same({ "\x4a\x3e", "ab", t }, pieces)
    assert.equal(2 + 2 + 60, protobuf.size(pieces))
  end)
end)
