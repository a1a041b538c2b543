--- What is done when memory runs out while a file of weights is read.
local sanitized = require "spec.support.sanitized"
local scarce = require "spec.support.scarce"

describe("loaders", function()
  it("survive the failure of each single allocation, and leak nothing", function()
    if sanitized then return pending "the address sanitizer has an allocator of its own" end
    local failures, text = scarce.failures "scarce_loader.lua"
    -- 755 when this was written: far fewer would mean that nothing fails.
    assert.is_true(failures > 700, text)
  end)
end)
