--- The option sets are complete: a new one cannot forget a field.
local profiles = require "visage.face.profiles"

local first = { mtcnn = profiles["facenet-pytorch"], retinaface = profiles.retinaface }

describe("profiles", function()
  it("of one network all have the same fields", function()
    for name, profile in pairs(profiles) do
      local fields = first[profile.network]
      for field in pairs(fields) do assert(profile[field] ~= nil, name .. " lacks " .. field) end
      for field in pairs(profile) do assert(fields[field] ~= nil, name .. " adds " .. field) end
    end
  end)
end)
