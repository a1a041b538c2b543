describe("visage.core.status", function()
  it("gives each code of status.def its text", function()
    local status = require "visage.core.status"
    assert.equal("ok", status.OK)
    assert.equal("file is corrupt or of another format", status.FORMAT)
  end)
end)
