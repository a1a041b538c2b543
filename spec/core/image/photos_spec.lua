--- Every photo of ../shared/data decoded, cropped and resized as Pillow and
-- OpenCV do it, to the last bit. No photo differs and none is excepted; what
-- does differ between visage and the two is synthetic, and is listed where it is
-- shown: 16-bit grey in Pillow (decode_spec), warpAffine in OpenCV (warp_spec).
local golden = require "spec.support.golden"
local image = require "visage.image"
local pixels = require "spec.support.pixels"
local shared = require "spec.support.shared"

local expected = golden.load "preprocessing"

local function resized(filter, side)
  return function(img) return image.resize(img, side, side, filter) end
end

-- What spec/golden/preprocessing.py calls each operation.
local operations = {
  pillow = function(img) return img end,
  opencv = function(img) return img end,
  crop = function(img)
    local height, width = img:size(1), img:size(2)
    return image.crop(img, width // 3, -10, width, height)
  end,
  nearest = resized("nearest", 224),
  bilinear = resized("bilinear", 224),
  bicubic = resized("bicubic", 224),
  lanczos = resized("lanczos", 224),
  area = resized("area", 112),
  linear = resized("linear", 112),
}

local function folder_of(name)
  return name:match "^[^/]+/[^/]+" or name
end

-- Folder -> the names of its photos, sorted.
local folders, order = {}, {}
for name in pairs(expected.photos) do
  local folder = folder_of(name)
  if not folders[folder] then
    folders[folder], order[#order + 1] = {}, folder
  end
  table.insert(folders[folder], name)
end
table.sort(order)

local function wrong_ones(name, path)
  local list, img = {}, assert(image.load(path))
  for i, operation in ipairs(expected.operations) do
    local got = pixels.sha256(operations[operation](img)):sub(1, 12)
    if got ~= expected.photos[name][i] then list[#list + 1] = name .. " " .. operation end
  end
  return list
end

describe("decoding, cropping and resizing equal Pillow and OpenCV on", function()
  for _, folder in ipairs(order) do
    it(folder, function()
      if not shared.data(folder) then return pending("no " .. folder) end
      table.sort(folders[folder])
      for _, name in ipairs(folders[folder]) do
        local path = assert(shared.data(name), "no " .. name)
        assert.same({}, wrong_ones(name, path))
      end
    end)
  end
end)
