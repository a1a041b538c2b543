describe("a report's style", function()
  it("fetches nothing and cannot end its element", function()
    local style = require "visage.report.style"
    for _, word in ipairs { "url(", "@import", "</" } do
      assert.is_nil(style:find(word, 1, true), word)
    end
  end)
end)
