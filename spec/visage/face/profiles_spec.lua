--- The option sets are complete: a new one cannot forget a field.
local profiles = require "visage.face.profiles"

describe("profiles", function()
  it("all have the same fields", function()
    local first = profiles["facenet-pytorch"]
    for name, profile in pairs(profiles) do
      for field in pairs(first) do assert(profile[field] ~= nil, name .. " lacks " .. field) end
      for field in pairs(profile) do assert(first[field] ~= nil, name .. " adds " .. field) end
    end
  end)
end)
