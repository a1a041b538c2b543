--- spec/support/corpus holds valid, cut and mutated files that the fuzzers found
-- telling, a folder for each format; here each is read again, in every make
-- test and under the sanitizers.
local corrupt = require "spec.support.corrupt"
local formats = require "spec.support.formats"
local image = require "visage.image"
local lfs = require "lfs"
local system = require "visage.system"

local ROOT = system.root() .. "/spec/support/corpus/"

local function files(format)
  local list = {}
  for name in lfs.dir(ROOT .. format) do
    if not name:find "^%." then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

-- An image, or nil with a text that names the file.
local function image_survives(bytes, what)
  local img, text, code = image.decode(bytes, { name = what, most_pixels = 1 << 22 })
  if img then return true end
  assert(text:find(what, 1, true) and code == "FORMAT", text)
  return false
end

describe("of the corpus, every file gives what it holds or an error:", function()
  for _, format in ipairs(formats.list()) do
    local survives = format.fuzzer == "loader" and corrupt.survives or image_survives
    it(format.name, function()
      local sound, broken = 0, 0
      for _, name in ipairs(files(format.name)) do
        local bytes = assert(system.read_file(ROOT .. format.name .. "/" .. name))
        if survives(bytes, name) then sound = sound + 1 else broken = broken + 1 end
      end
      assert(sound > 0, "no sound file")
      assert(broken > 0, "no broken file")
    end)
  end
end)
